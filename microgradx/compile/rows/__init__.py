"""Rows: what a call is given, as arrays and as lists of numbers, and single rows run on Values.

Read `signature` (a function with named arguments), `arguments` with `lists` (whatever holds rows of numbers, as arrays
of float64), and `eager` (what a row gives on Values, which compiled code must equal).
"""
