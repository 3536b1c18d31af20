"""The tape: a recorded function as columns of numbers.

Read `tape`, then `columns` and `arrays` (rules of the table on whole columns), `links`, `edges` and `levels` (how nodes
hang together), `unroll` (vectors as their numbers), `gaps` (outputs without their NONEs), `evaluate` and `slopes` (the
oracles), and `wording` (nodes as a person writes them).
"""
