"""Back ends: what runs a plan of loop nests. Each makes kernels of one form.

Read `protocols` and `backends`, `lazy` (what a kernel is made from), `result`, `numpy_backend` with `workspace` and
`contraction`, `jax_backend` with `jax_arrays`, `llvm`, `cache` (machine code on disk), and `future` (what other threads
make).
"""
