"""Kernels on disk: machine code together with its header, so that the plan need not be made again."""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ...forks import MAKING
from ..cache import SOURCES, Cache, key, unchanged
from ..future import Executor, Future, apart, results
from ..lazy import LazyPlan
from .c_functions import is_bounded
from .header import Header
from .jit import Kernel, from_object
from .objects import AT_ONCE, OPTIMISED, joined, object_code, prepare
from .target import Target

if TYPE_CHECKING:
    from .parts import Code
    from .writing import Writing

Written = tuple[Header, "Code", int]
"""A plan as code that is not compiled yet: its header, the code, and how many rows a block of it has."""

NO_MODULES: Mapping[str, Callable[[], str]] = {}

Finished = Callable[[str], None]
"""What is told each module of the code as soon as that is written."""


class Kept:
    """The kernels for one processor; in a folder, if there is one, those that this very compiler made before."""

    def __init__(self, cache: Cache | None, target: Target) -> None:
        self._cache = cache
        self.target = target

    @property
    def writing(self) -> type[Writing]:
        """What writes code, which is imported when something is first to be written."""
        with MAKING.done():
            from .writing import Writing

            return Writing

    def kernel(
        self,
        plan: LazyPlan,
        parts: Sequence[bytes | str],
        write: Callable[[Finished], Written],
        common: Mapping[str, Callable[[], str]] = NO_MODULES,
        hurried: Callable[[], bool] = lambda: False,
    ) -> Callable[[], tuple[Header, Kernel]]:
        """Return what waits for the kernel of a plan under these other parts of a name.

        It is loaded now if it is kept. If not, its code is written now, and LLVM compiles each module from when it is
        finished, all of them side by side; when it is waited for it is kept. The first of its modules are `common` to
        all plans: see `module`. If one is `hurried`, the kernel is there at once, and improved, and then kept, while it
        is used.
        """
        name = self._name(plan.name, *parts)
        if (kept := self._read(name)) is not None:
            return lambda: kept
        first = [self.module(of, text) for of, text in common.items()]
        level = AT_ONCE if hurried() else OPTIMISED
        prepare(self.target, level)
        executor, objects = Executor(), list[Future[bytes]]()

        def submit(ir: str) -> None:
            objects.append(executor.submit(lambda: object_code(ir, self.target, level)))

        header, code, lanes = write(submit)

        def loaded(own: Iterable[bytes]) -> Kernel:
            found, modules = joined([*(each() for each in first), *own]), code.modules
            return from_object(found, lanes=lanes, scratch=code.scratch, target=self.target, modules=modules)

        def optimised() -> Kernel:
            return loaded(object_code(ir, self.target, OPTIMISED) for ir in code.modules[len(common) :])

        def made() -> tuple[Header, Kernel]:
            if level == OPTIMISED:
                return header, self._kept(name, header, lambda: loaded(results(objects)))
            return header, self._improving(name, header, loaded(results(objects)), optimised)

        return made

    def header(self, plan: LazyPlan, parts: Sequence[bytes | str], make: Callable[[], Header]) -> Header:
        """Return the header of a plan, loaded if it is kept, else made and kept now: before there is any kernel."""
        name = self._name(plan.name, *parts, "header")
        if (found := self._load(name)) is not None:
            return Header.read(*found)
        header = make()
        self._store(name, *header.written())
        return header

    def decided(self, what: str, decide: Callable[[], bool]) -> bool:
        """Return what is decided of something that is named by all that it depends on: in a folder it is kept."""
        name = self._name(what, "decided")
        if (found := self._load(name)) is not None:
            return bool(found[0]["is"])
        decision = decide()
        self._store(name, {"is": decision}, b"")
        return decision

    def module(self, of: str, text: Callable[[], str]) -> Callable[[], bytes]:
        """Return what waits for the object code of a module of no plan, kept too: a process has it once.

        These sources write one `text` for a processor under the name that says what it is `of`.
        """
        name, ready = self._name(of), _ready(self.target)
        if self._cache is not None:
            with suppress(LookupError):
                ready[of] = _loaded(self._cache, name)
                return lambda: ready[of]
        elif of in ready:
            return lambda: ready[of]
        machine_code = _begun(text(), self.target)

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
        if self._cache is not None and unchanged():
            self._cache.store(name, about, payload)

    def _read(self, name: str) -> tuple[Header, Kernel] | None:
        if (found := self._load(name)) is None:
            return None
        about, payload = found
        code = payload[8 * about["places"] :]
        kernel = from_object(code, lanes=about["lanes"], scratch=about["scratch"], target=self.target)
        return Header.read(about, payload), kernel

    def _improving(self, name: str, header: Header, kernel: Kernel, make: Callable[[], Kernel]) -> Kernel:
        """Return a kernel that is there, while a better one is made, which then takes its place and is kept."""
        _coming(self._cache)[name] = kernel
        kernel.improve(lambda: self._kept(name, header, make))
        return kernel

    def _kept(self, name: str, header: Header, make: Callable[[], Kernel]) -> Kernel:
        """Return a kernel once it is made and kept, and no longer on its way."""
        try:
            kernel = make()
            about, places = header.written()
            self._store(name, about | {"lanes": kernel.lanes, "scratch": kernel.scratch}, places + kernel.to_object())
        finally:
            _coming(self._cache).pop(name, None)
        return kernel


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
    """Return the object code, by their names, of modules that belong to no plan and were loaded by any program."""
    return {}


@cache
def _begun(ir: str, target: Target) -> Future[bytes]:
    """Return the object code of a module to come, begun once: it is the same for all programs."""
    prepare(target)
    future = Future(lambda: object_code(ir, target))
    future.start()
    return future
