"""Kernels on disk: machine code together with all that must be known of the plan to run it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import prod
from typing import Any

import numpy as np

from ...nests.layout import Layout
from ...nests.nests import Plan
from ...tape.tape import Floats, Ints
from ..cache import SOURCES, Cache, key
from ..lazy import LazyPlan
from .beside import Beside
from .jit import Kernel, Later, from_object, joined, object_code
from .parts import Code
from .square import is_bounded
from .target import Target


@dataclass(frozen=True)
class Form:
    """What must be known of a plan to run its machine code.

    layout      where the parameters stand
    gradients   how many of them have gradients
    outputs     name → how many numbers
    operations  about how many multiply-adds are made for a row
    """

    layout: Layout
    gradients: int
    outputs: dict[str, int]
    operations: int

    @classmethod
    def of(cls, plan: Plan, layout: Layout) -> Form:
        """Return the form of a plan, which is to have this layout."""
        terms = sum(prod(nest.extents) * sum(s.length for s in nest.segments) for nest in plan.nests)
        return cls(layout, plan.gradients, {name: len(places) for name, places in plan.outputs.items()}, 1 + terms)

    @cached_property
    def width(self) -> int:
        """How many numbers there are in all outputs."""
        return sum(self.outputs.values())

    @cached_property
    def columns(self) -> tuple[tuple[str, slice], ...]:
        """Name → where its numbers stand among all outputs."""
        ends = np.cumsum([0, *self.outputs.values()]).tolist()
        return tuple((name, slice(*ends[i : i + 2])) for i, name in enumerate(self.outputs))

    def packed(self, parameters: Floats) -> Floats:
        """Return the parameters as the layout has them; nobody uses what stands in its holes."""
        return parameters if self._sources is None else parameters[self._sources]

    def unpacked(self, gradient: Floats) -> Floats:
        """Return the gradient in the order of the parameters."""
        return gradient[: self.gradients].copy() if self._sources is None else gradient[self._own]

    @cached_property
    def _sources(self) -> Ints | None:
        """Which parameter stands in each place; None if they stand as they are given."""
        layout = self.layout
        if np.array_equal(layout.places, np.arange(layout.size)):
            return None
        sources = np.zeros(layout.size, np.int64)
        sources[layout.places] = np.arange(len(layout.places))
        return sources

    @cached_property
    def _own(self) -> Ints:
        return self.layout.places[: self.gradients]


Written = tuple[Form, Code, int]
"""A plan as code that is not compiled yet: its form, the code, and how many rows a block of it has."""

Finished = Callable[[str], None]
"""What is told each module of the code as soon as that is written."""


class Kept:
    """The kernels for one processor; in a folder, if there is one, those that this very compiler made before."""

    def __init__(self, cache: Cache | None, target: Target) -> None:
        self._cache = cache
        self._target = target

    def kernel(
        self, plan: LazyPlan, parts: Sequence[bytes | str], write: Callable[[Finished], Written]
    ) -> Callable[[], tuple[Form, Kernel]]:
        """Return what waits for the kernel of a plan under these other parts of a name.

        It is loaded now if it is kept. If not, its code is written now, and LLVM compiles each module from when it is
        finished, all of them side by side; when it is waited for it is kept.
        """
        name = "" if self._cache is None else key([*self._made_by, plan.name, *parts])
        found = None if self._cache is None else self._cache.load(name)
        if found is not None:
            kept = self._read(*found)
            return lambda: kept
        objects = Beside[bytes]()
        form, code, lanes = write(lambda ir: objects.add(lambda: object_code(ir, self._target)))

        def made() -> tuple[Form, Kernel]:
            found, modules = joined(objects.results()), code.modules
            kernel = from_object(found, lanes=lanes, scratch=code.scratch, target=self._target, modules=modules)
            if self._cache is not None:
                self._cache.store(name, *_entry(form, kernel))
            return form, kernel

        return made

    def module(self, ir: str) -> Callable[[], bytes]:
        """Return what waits for the object code of a module that belongs to no plan, kept too."""
        name = "" if self._cache is None else key([*self._made_by, ir])
        found = None if self._cache is None else self._cache.load(name)
        if found is not None:
            kept = found[1]
            return lambda: kept
        machine_code = _begun(ir, self._target)

        def made() -> bytes:
            try:
                found = machine_code.result()
            except BaseException:
                _begun.cache_clear()  # the next one tries again
                raise
            if self._cache is not None:
                self._cache.store(name, {}, found)
            return found

        return made

    def _read(self, about: dict[str, Any], payload: bytes) -> tuple[Form, Kernel]:
        end = 8 * about["places"]
        layout = Layout(np.frombuffer(payload[:end], "<i8"), about["own"], about["size"])
        form = Form(layout, about["gradients"], about["outputs"], about["operations"])
        return form, from_object(payload[end:], lanes=about["lanes"], scratch=about["scratch"], target=self._target)

    @cached_property
    def _made_by(self) -> tuple[str, ...]:
        """All that machine code depends on besides the plan: the compiler, its versions, and the processor."""
        import llvmlite
        import llvmlite.binding as llvm

        versions = (llvmlite.__version__, np.__version__, platform.python_version())
        system = sys.platform, str(is_bounded()), llvm.get_process_triple()
        return *versions, SOURCES, *system, repr(self._target)


@cache
def _begun(ir: str, target: Target) -> Later[bytes]:
    """Return the object code of a module to come, begun once: it is the same for all programs."""
    return Later(lambda: object_code(ir, target))


def _entry(form: Form, kernel: Kernel) -> tuple[dict[str, Any], bytes]:
    layout, payload = form.layout, form.layout.places.astype("<i8").tobytes() + kernel.to_object()
    numbers = {"gradients": form.gradients, "operations": form.operations, "places": len(layout.places)}
    numbers |= {"own": layout.own, "size": layout.size, "lanes": kernel.lanes, "scratch": kernel.scratch}
    return {"outputs": form.outputs, **numbers}, payload
