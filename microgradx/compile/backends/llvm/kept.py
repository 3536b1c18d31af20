"""Kernels on disk: machine code together with all that must be known of the plan to run it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
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
from .beside import Beside, Later, apart
from .bytecode import length
from .jit import Kernel, from_object
from .objects import AT_ONCE, OPTIMISED, joined, object_code
from .parts import Code
from .squaring import is_bounded
from .target import Target


@dataclass(frozen=True)
class Header:
    """What must be known of a plan to run its machine code.

    layout      where the parameters stand
    gradients   how many of them have gradients
    outputs     name → how many numbers
    operations  about how many multiply-adds are made for a row
    lines       about how long all of it would be as code, without bytecode
    """

    layout: Layout
    gradients: int
    outputs: dict[str, int]
    operations: int
    lines: int

    @classmethod
    def of(cls, plan: Plan, layout: Layout) -> Header:
        """Return the header of a plan, which is to have this layout."""
        terms = sum(prod(nest.extents) * sum(s.length for s in nest.segments) for nest in plan.nests)
        outputs = {name: len(places) for name, places in plan.outputs.items()}
        return cls(layout, plan.gradients, outputs, 1 + terms, length(plan))

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


Written = tuple[Header, Code, int]
"""A plan as code that is not compiled yet: its header, the code, and how many rows a block of it has."""

Finished = Callable[[str], None]
"""What is told each module of the code as soon as that is written."""


class Kept:
    """The kernels for one processor; in a folder, if there is one, those that this very compiler made before."""

    def __init__(self, cache: Cache | None, target: Target) -> None:
        self._cache = cache
        self.target = target

    def kernel(
        self,
        plan: LazyPlan,
        parts: Sequence[bytes | str],
        write: Callable[[Finished], Written],
        common: Sequence[str] = (),
        hurried: Callable[[], bool] = lambda: False,
    ) -> Callable[[], tuple[Header, Kernel]]:
        """Return what waits for the kernel of a plan under these other parts of a name.

        It is loaded now if it is kept. If not, its code is written now, and LLVM compiles each module from when it is
        finished, all of them side by side; when it is waited for it is kept. The first of its modules are `common` to
        all plans. If one is `hurried`, the kernel is there at once, and improved, and then kept, while it is used.
        """
        name = self._name(plan.name, *parts)
        if (found := self._load(name)) is not None:
            kept = self._read(*found)
            return lambda: kept
        first = [self.module(ir) for ir in common]
        objects = Beside[bytes]()
        level = AT_ONCE if hurried() else OPTIMISED
        header, code, lanes = write(lambda ir: objects.add(lambda: object_code(ir, self.target, level)))

        def loaded(own: Iterable[bytes]) -> Kernel:
            found, modules = joined([*(each() for each in first), *own]), code.modules
            return from_object(found, lanes=lanes, scratch=code.scratch, target=self.target, modules=modules)

        def stored(own: Iterable[bytes]) -> Kernel:
            try:
                kernel = loaded(own)
                self._store(name, *_entry(header, kernel))
            finally:
                _coming(self._cache).pop(name, None)
            return kernel

        def made() -> tuple[Header, Kernel]:
            if level == OPTIMISED:
                return header, stored(objects.results())
            kernel = _coming(self._cache)[name] = loaded(objects.results())
            own = code.modules[len(common) :]
            kernel.improve(lambda: stored(object_code(ir, self.target, OPTIMISED) for ir in own))
            return header, kernel

        return made

    def header(self, plan: LazyPlan, parts: Sequence[bytes | str], make: Callable[[], Header]) -> Header:
        """Return the header of a plan, loaded if it is kept, else made and kept now: before there is any kernel."""
        name = self._name(plan.name, *parts, "header")
        if (found := self._load(name)) is not None:
            return _header(*found)
        header = make()
        self._store(name, *_described(header))
        return header

    def module(self, ir: str) -> Callable[[], bytes]:
        """Return what waits for the object code of a module of no plan, kept too: a process has it once."""
        name, ready = self._name(ir), _ready(self.target)
        if self._cache is not None:
            with suppress(LookupError):
                ready[ir] = _loaded(self._cache, name)
                return lambda: ready[ir]
        elif ir in ready:
            return lambda: ready[ir]
        machine_code = _begun(ir, self.target)

        def made() -> bytes:
            try:
                found = machine_code.result()
            except BaseException:
                _begun.cache_clear()  # the next one tries again
                raise
            self._store(name, {}, found)
            return found

        return made

    def _name(self, *parts: bytes | str) -> str:
        return "" if self._cache is None else key([_made_by(SOURCES, self.target), *parts])

    def _load(self, name: str) -> tuple[dict[str, Any], bytes] | None:
        if self._cache is None:
            return None
        if (coming := _coming(self._cache).get(name)) is not None:
            coming.settled()
        return self._cache.load(name)

    def _store(self, name: str, about: dict[str, Any], payload: bytes) -> None:
        if self._cache is not None:
            self._cache.store(name, about, payload)

    def _read(self, about: dict[str, Any], payload: bytes) -> tuple[Header, Kernel]:
        code = payload[8 * about["places"] :]
        kernel = from_object(code, lanes=about["lanes"], scratch=about["scratch"], target=self.target)
        return _header(about, payload), kernel


@cache
@apart
def _made_by(sources: str, target: Target) -> str:
    """Name all that machine code depends on besides the plan: the compiler, its versions, and the processor."""
    import llvmlite
    import llvmlite.binding as llvm

    versions = (llvmlite.__version__, np.__version__, platform.python_version())
    system = sys.platform, str(is_bounded()), llvm.get_process_triple()
    return key([*versions, sources, *system, repr(target)])


@cache
def _loaded(folder: Cache, name: str) -> bytes:
    """Return the object code of a module that is kept, loaded once; LookupError if it is not."""
    if (found := folder.load(name)) is None:
        raise LookupError(name)
    return found[1]


@cache
def _coming(folder: Cache | None) -> dict[str, Kernel]:
    """Return the kernels, by name, that are to be kept as soon as they are improved."""
    return {}


@cache
def _ready(target: Target) -> dict[str, bytes]:
    """Return the object code, by their text, of modules that belong to no plan and were loaded by any program."""
    return {}


@cache
def _begun(ir: str, target: Target) -> Later[bytes]:
    """Return the object code of a module to come, begun once: it is the same for all programs."""
    return Later(lambda: object_code(ir, target))


def _entry(header: Header, kernel: Kernel) -> tuple[dict[str, Any], bytes]:
    about, places = _described(header)
    return about | {"lanes": kernel.lanes, "scratch": kernel.scratch}, places + kernel.to_object()


def _described(header: Header) -> tuple[dict[str, Any], bytes]:
    layout = header.layout
    numbers = {name: getattr(header, name) for name in ("gradients", "operations", "lines")}
    numbers |= {"places": len(layout.places), "own": layout.own, "size": layout.size}
    return {"outputs": header.outputs, **numbers}, layout.places.astype("<i8").tobytes()


def _header(about: dict[str, Any], payload: bytes) -> Header:
    layout = Layout(np.frombuffer(payload[: 8 * about["places"]], "<i8"), about["own"], about["size"])
    return Header(layout, about["gradients"], about["outputs"], about["operations"], about["lines"])
