"""Loop nests: the loops that a tape was unrolled from, and where their numbers stand in memory.

Read `nests` and `addresses`, `reroll` with `vectors`, `grouping`, `places`, `blocks`, `pieces` and `strides`, `layout`,
`joint` (several paths as one plan), then `reading` and `literals`.
"""
