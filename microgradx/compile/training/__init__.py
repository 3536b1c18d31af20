"""Training in machine code, for `fit` and for `Program.train`.

Read `training` and `work`, `groups` and `gradient` (what a step asks of a program), `branches` (rows of several paths)
with `side_by_side`, `leap` with `native_steps`, `kernels` and `last_gradient` (many steps at once), `timetable` (which
rows, at which learning rate), `step` (an optimiser's rule as a plan), `fixed` (what may read what training changes),
and `frozen` (what is no parameter, and stays as it is).
"""
