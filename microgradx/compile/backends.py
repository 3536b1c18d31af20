"""Back ends: what runs a plan. Each makes kernels of one form, so that a program need not know which one it has."""

from __future__ import annotations

import importlib.util
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .nests import Plan
from .numpy_backend import NumpyKernel
from .tape import Floats, Ints


class Result(NamedTuple):
    """What a kernel gives: `outputs` by name, each (rows, size), and the gradient (p,), summed over the rows."""

    outputs: dict[str, Floats]
    gradient: Floats

    def rows(self, which: NDArray[np.bool_]) -> Result:
        """Return some of the rows."""
        return Result({name: x[which] for name, x in self.outputs.items()}, self.gradient)


class Kernel(Protocol):
    """A plan that can be run.

    inputs       (n, inputs) float64 in C order, without the weight
    order        which rows, in this order; None: all
    weight       that of each row, the seed of its error signals
    parameters   (parameters,) float64, captured leaves after the parameters
    """

    def __call__(self, inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
        """Run the plan."""
        ...


class Backend(Protocol):
    """Makes kernels of plans."""

    name: str

    def build(self, plan: Plan, strict: bool) -> Kernel:
        """Return a kernel; `strict` for results that equal those of Values bit for bit."""
        ...


class NumpyBackend:
    """Runs plans by NumPy."""

    name = "numpy"

    def build(self, plan: Plan, strict: bool) -> Kernel:
        """Return a kernel that runs the plan by NumPy."""
        run = NumpyKernel(plan)

        def kernel(inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
            rows = inputs if order is None else inputs[order]
            return Result(*run(rows, parameters, weight=weight, strict=strict))

        return kernel


class LlvmBackend:
    """Runs plans as machine code."""

    name = "llvm"

    def build(self, plan: Plan, strict: bool) -> Kernel:
        """Return a kernel that compiles the plan when it first meets a batch of one kind: few rows, or many."""
        return _Compiled(plan, strict)


FEW = 3
"""So many rows are run one by one, without lanes."""

LANES = 32
"""Rows that machine code computes side by side."""


class _Compiled:
    def __init__(self, plan: Plan, strict: bool) -> None:
        self._plan = plan
        self._strict = strict
        self._run: dict[int, Callable[..., None]] = {}
        self._kernels: dict[int, Any] = {}
        self._scratch: dict[int, list[Floats]] = {}
        self._width = sum(map(len, plan.outputs.values()))
        ends = np.cumsum([0, *map(len, plan.outputs.values())]).tolist()
        self._slices = {name: slice(*ends[i : i + 2]) for i, name in enumerate(plan.outputs)}

    def __call__(self, inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
        n = len(inputs) if order is None else len(order)
        lanes = LANES if n > FEW or self._plan.weighted and False else 1
        kernel = self._kernels.get(lanes) or self._compile(lanes)
        outputs, gradient = np.empty((n, self._width)), np.zeros(self._plan.gradients)
        pool = self._scratch[lanes]
        scratch = pool.pop() if pool else _aligned(kernel.scratch)
        kernel.run(
            *(n, None if order is None else _address(order), _address(inputs), inputs.shape[1], weight),
            *(_address(parameters), _address(outputs), _address(gradient), _address(scratch)),
        )
        pool.append(scratch)
        return Result({name: outputs[:, part] for name, part in self._slices.items()}, gradient)

    def _compile(self, lanes: int) -> Any:
        from .llvm.jit import compile_kernel

        self._scratch[lanes] = []
        self._kernels[lanes] = kernel = compile_kernel(self._plan, lanes=lanes, strict=self._strict)
        return kernel


def _address(x: Any) -> int:
    address: int = x.__array_interface__["data"][0]
    return address


def _aligned(count: int) -> Floats:
    """Return memory for that many numbers, aligned to 64 bytes."""
    memory = np.empty(count + 8)
    first = -_address(memory) // 8 % 8
    return memory[first : first + count]


def backend(target: str, cache: bool = True) -> Backend:
    """Return the back end of a name: "numpy", "llvm", or "auto", which is "llvm" where llvmlite is installed.

    ValueError for another name, ImportError for "llvm" without llvmlite.

    >>> backend("numpy").name
    'numpy'
    """
    if target not in ("auto", "llvm", "numpy"):
        raise ValueError(f"the target is 'auto', 'llvm' or 'numpy', not {target!r}")
    if target == "numpy" or (target == "auto" and importlib.util.find_spec("llvmlite") is None):
        return NumpyBackend()
    return LlvmBackend()
