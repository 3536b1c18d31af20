"""Training in machine code, for `fit` and for `Program.train`.

Read `training`, `gradient` (what a step asks of a program), `leap` (many steps at once), `timetable` (which rows, at
which learning rate), `step` (an optimiser's rule as a plan), and `fixed` (which schedules can be known beforehand).
"""
