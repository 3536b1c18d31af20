"""Printing: what became of the scalars, for people: explanations, and sources that can be read and run.

Read `explain`, `textbook` and `lines` (matrix by matrix), `colours` (which nodes belong to one matrix), `naming`,
`step_names`, `blocks`, `families`, `shared_labels`, `formulas`, `expressions`, `orientation`, `legend`, `abridged` and
`roles`; and `source`, `helpers`, `source_numpy`, `source_header`, `agreement` and `text`.
"""
