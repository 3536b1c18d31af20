"""Tracing: a function of one row is run once on numbers that record.

Read `trace`, then `traced` and `traced_index` (what a function is given), `recorder` and `nodes` (what they write to),
`condition` and `walks` (comparisons become guards), `choices` and `regions` (`where` and `lookup`), `imported`
(Values made elsewhere), `taping` with `runs` (parameters as vectors) and `recording` (what comes of it), `eager_order`
(what strict mode keeps), and `differences` (whether two recordings are the same).
"""
