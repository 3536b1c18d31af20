"""Watch: whether a function still does what it did when it was traced.

Read `sentinel` (when to look, and what to compare), `outside` (what a function reads besides its arguments), `reads`
with `asked` and `ways`, `classes`, `called` and `things` (how that is found), `place` and `containers` (what stands
there), `taken` (whether it still does), `draws` (whether random numbers were drawn).
"""
