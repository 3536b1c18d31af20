"""Back ends: what runs a plan of loop nests. Each makes kernels of one form.

Read `backends`, `lazy` (what a kernel is made from), `result`, `numpy_backend` with `workspace` and `contraction`,
`jax_backend` with `jax_arrays`, `llvm`, and `cache` (machine code on disk).
"""
