"""Every form in which a plan can run, as kernels of one kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from microgradx.compile.backends.llvm.objects import OPTIMISED
from microgradx.compile.backends.llvm.target import Target
from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.backends.protocols import Kernel
from microgradx.compile.backends.result import Result
from microgradx.compile.nests.layout import Layout, choose, laid_out
from microgradx.compile.nests.nests import Plan
from microgradx.compile.tape.tape import Floats, Ints

from .kernels import compile_kernel
from .machine_lanes import targets
from .sketches import run


def by_numpy(plan: Plan, strict: bool) -> Kernel:
    """Return a plan run by NumPy."""
    kernel = NumpyKernel(plan, strict)

    def call(inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
        return Result(*kernel(inputs if order is None else inputs[order], parameters, weight))

    return call


def by_machine(
    plan: Plan,
    strict: bool,
    lanes: int,
    target: Target | None = None,
    layout: Layout | None = None,
    level: int = OPTIMISED,
) -> Kernel:
    """Return a plan as machine code for blocks of so many rows; in a layout, with something else in its holes."""
    layout = layout or choose(plan, strict)
    there = laid_out(plan, layout)
    kernel = compile_kernel(there, lanes=lanes, strict=strict, target=target, level=level)

    def call(inputs: Floats, order: Ints | None, weight: float, parameters: Floats) -> Result:
        packed, gradient = np.full(layout.size, np.nan), np.full(layout.own, 7.0)
        packed[layout.places] = parameters
        gradient[layout.places[: plan.gradients]] = 0.0
        numbers = run(kernel, there, inputs, packed, weight, gradient, order)
        if (np.delete(gradient, layout.places[: plan.gradients]) != 7.0).any():
            raise AssertionError("something was written into a hole between the gradients")
        ends = np.cumsum([0, *map(len, plan.outputs.values())])
        found = {name: numbers[:, ends[i] : ends[i + 1]] for i, name in enumerate(plan.outputs)}
        return Result(found, gradient[layout.places[: plan.gradients]])

    return call


@dataclass(frozen=True)
class Form:
    """A way to run a plan: by NumPy, or as machine code for a processor and blocks of so many rows."""

    name: str
    target: Target | None = None
    lanes: int = 0

    def kernel(self, plan: Plan, strict: bool) -> Kernel:
        """Return a plan in this form."""
        return by_machine(plan, strict, self.lanes, self.target) if self.lanes else by_numpy(plan, strict)


def forms() -> list[Form]:
    """Return every form in which plans can run on this machine: an older processor is one that it can imitate."""
    names = ("this processor", *(target.cpu for target in targets()[1:]))
    machine = [Form(f"{n}, {k} rows", t, k) for n, t in zip(names, targets(), strict=True) for k in (1, 32)]
    return [Form("numpy"), *machine]
