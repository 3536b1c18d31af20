"""Forks: of its parent's threads a forked process has only the one that forked, and all their locks as they were.

All hooks of `compile` are registered here, in a module that is imported early: of hooks that a thread registers while
another forks, only those are run that follow the fork.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

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
        self._at_it: Counter[int] = Counter()
        self._free = threading.Condition()
        if hasattr(os, "register_at_fork"):
            after = {"after_in_parent": self._free.release, "after_in_child": self._begin}
            os.register_at_fork(before=self._wait, **after)

    @contextmanager
    def done(self) -> Iterator[None]:
        """Do some of it."""
        me = threading.get_ident()
        with self._free:
            self._at_it[me] += 1
        try:
            yield
        finally:
            with self._free:
                self._at_it[me] -= 1
                self._free.notify_all()

    def _wait(self) -> None:
        me = threading.get_ident()
        self._free.acquire()
        self._free.wait_for(lambda: not any(n for thread, n in self._at_it.items() if thread != me), PATIENCE)

    def _begin(self) -> None:
        me = threading.get_ident()
        self._at_it = Counter({me: self._at_it[me]})
        self._free.release()
        _renew_properties()


def _renew_properties() -> None:
    """Give cached properties new locks where Python has one for each, as it has before 3.12."""
    modules = [module for name, module in sys.modules.items() if name.startswith(f"{__package__}.")]
    classes = {x for module in modules for x in vars(module).values() if isinstance(x, type)}
    for x in (x for cls in classes for x in vars(cls).values()):
        if isinstance(x, cached_property) and hasattr(x, "lock"):
            x.lock = threading.RLock()


MAKING = Undivided()
"""What makes code that runs: imports made late, passes, LLVM, and what waits for it.

A module that a thread is importing is locked, in a forked process for ever.
"""

MOVING = threading.RLock()
"""Held while leaves have other data than their own, and while programs read leaves or training changes them: neither
meets the other data."""

if hasattr(os, "register_at_fork"):  # a child must not inherit the other data, nor a lock that another thread holds
    # Asked for last, it is taken first: a fork waits for MAKING with this lock held, and not the other way round.
    os.register_at_fork(before=MOVING.acquire, after_in_parent=MOVING.release, after_in_child=MOVING.release)
