"""Forks: of its parent's threads a forked process has only the one that forked, and all their locks as they were.

All hooks of `compile` are registered here, in a module that is imported early: of hooks that a thread registers while
another forks, only those are run that follow the fork.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from time import monotonic, sleep

PATIENCE = 60.0
"""A fork waits for so many seconds at the most."""


class Undivided:
    """Work of which no process must be forked in the midst: a fork waits until no other thread is at it.

    Threads do it side by side.

    >>> work = Undivided()
    >>> with work.done(), work.done():
    ...     pass
    """

    def __init__(self) -> None:
        self._threads: dict[object, int] = {}  # which thread does which work
        self._begin = threading.RLock()  # an interrupt comes between two steps of Python, and a Condition takes several
        if hasattr(os, "register_at_fork"):
            release = self._begin.release
            os.register_at_fork(before=self._wait, after_in_parent=release, after_in_child=release)
            os.register_at_fork(after_in_child=self._forget)

    @contextmanager
    def done(self) -> Iterator[None]:
        """Do some of it."""
        work = object()
        try:
            with self._begin:
                self._threads[work] = threading.get_ident()
            yield
        finally:
            self._threads.pop(work, None)

    def _wait(self) -> None:
        """Wait until no other thread is at it, and let none begin."""
        me, end = threading.get_ident(), monotonic() + PATIENCE
        self._begin.acquire()
        while monotonic() < end and any(thread != me for thread in list(self._threads.values())):
            self._begin.release()  # work may wait for other work, which must begin
            try:
                sleep(0.001)
            finally:
                self._begin.acquire()

    def _forget(self) -> None:
        """Forget the work of threads that a forked process has not."""
        me = threading.get_ident()
        self._threads = {work: thread for work, thread in self._threads.items() if thread == me}
        _renew_properties()


def _renew_properties() -> None:
    """Give cached properties new locks where Python has one for each, as it has before 3.12."""
    modules = [module for name, module in sys.modules.items() if name.startswith(f"{__package__}.")]
    classes = {x for module in modules for x in vars(module).values() if isinstance(x, type)}
    for x in (x for cls in classes for x in vars(cls).values()):
        if isinstance(x, cached_property) and hasattr(x, "lock"):
            x.lock = threading.RLock()


def _end_imports() -> None:
    """Import what NumPy's `unique` imports when it is first called, and which another thread may be importing."""
    if "numpy" in sys.modules:
        import numpy.ma  # noqa: F401


MAKING = Undivided()
"""What makes code that runs: imports made late, passes, LLVM, and what waits for it.

A module that a thread is importing is locked, in a forked process for ever.
"""

MOVING = threading.RLock()
"""Held while leaves have other data than their own, and while programs read leaves or training changes them: neither
meets the other data."""

if hasattr(os, "register_at_fork"):  # a child must not inherit the other data, nor a lock that another thread holds
    os.register_at_fork(before=_end_imports)
    # Asked for last, it is taken first: a fork waits for MAKING with this lock held, and not the other way round.
    os.register_at_fork(before=MOVING.acquire, after_in_parent=MOVING.release, after_in_child=MOVING.release)
