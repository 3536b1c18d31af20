"""Paths: Python's own branches, each recorded once, and rows that are sent along the right one.

Read `paths`, `path`, `stages` with `derivatives` (from a recording to kernels), `packing` and `leaves` (what kernels
are given), `calls` (the results of all rows put together), `mean` (what becomes of them in a mean), `routes` (paths as
people read them), and `tally` (how many rows take them).
"""
