"""What the engine costs, measured beside what it is compared with: `python -m tests.benchmarks`.

Each contender runs in a process of its own. All of a benchmark are started first, then take turns, a short batch of
steps each, so that whatever slows the machine down slows all of them. To add one, write a function that returns its
step (see `moons`) and name it in `plan`. What compile is measured beside stands in `peers`; `tasks` holds what all of
these are given.
"""
