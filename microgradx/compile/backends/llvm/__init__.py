"""From nests to machine code by LLVM: its intermediate language as text, of integers and hexadecimal floats only.

Read, from the whole to its parts:

    kernels        `backend`, `machine`, `kept` (on disk) with `header` and `lengths`, `jit`, `objects` (LLVM itself)
                   and `images` (without it), `target`, `c_functions`
    text           `writing` (all that writes code), `kernel` with `order` and `parts`, `module`, `lines`, `writer`
    rows           `rows`, `common` (what all kernels call), `standing`, `alignment`, `row_by_row`
    loops          `grid`, `nests_as_grids`, `groups` (nests that run together), `lanes`, `schedule` with `views`,
                   `forms`
    one nest       `pointwise`, `tiles`, `walk`, `points`, `loops`, `recall`, `holding`; nests as data: `bytecode`
    sums           `sums`, `dots`, `squares`, `across`, `gates`, `beforehand`, `vectors`
    functions      `operations`, `mathematics` with `float_lanes` and `arithmetic`, `error_free`, `exponential`,
                   `logarithm`, `power`, `trigonometric`; in strict mode `certain` with `squaring`, `powers_of_e`
    threads        `memory`, `workers`, `sharing` (tiles of one nest), `partition` (and the nests beside it), `turns`
                   and `turns_code` (strict gradients)
    training       `mean` with `mean_code`, `columns` (an optimiser's step), `in_place`, `training_loop` with `batches`,
                   `dispatch` with `framed` (rows of several paths), `shuffle` and `epochs`
    from Python    `alike` and `untouched` (the watch), `slots` (numbers of Values, read and set)
"""
