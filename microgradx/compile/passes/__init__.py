"""Passes: each makes another tape of a tape, and can be read and checked on its own.

Read `simplify` (their order), `collapse` and `runs`, `adjoint` with `terms`, `placing`, `distribution` and `ends`,
`dead`, `common` with `fingerprints`, `folding`, `lower`, `second` (gradients that are differentiated again), and
`domain` (rows that a tape does not speak for).
"""
