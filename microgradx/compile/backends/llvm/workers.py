"""Workers: threads that run parts of one call, or tasks beside it; machine code runs without Python's lock."""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from queue import SimpleQueue
from typing import TypeVar

from ...forks import MAKING
from ..future import Future

Task = Callable[[int], None]
Done = SimpleQueue[BaseException | None]
Job = Callable[[], None]
T = TypeVar("T")


class Workers:
    """Up to `count` threads, the caller's among them, by default one for each processor.

    The others start when they are first needed, and end with this object.

    >>> found = [0, 0, 0]
    >>> Workers().run(lambda i: found.__setitem__(i, i * i), 3)
    >>> found
    [0, 1, 4]
    """

    _started = 0  # also of one whose making was interrupted

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._process = 0
        self._lock = threading.Lock()

    def run(self, task: Task, parts: int) -> None:
        """Call task(i) for each of so many parts, and wait for all; the error of a part is raised here.

        Whoever is free takes the next part, so that no time is lost where a processor has other work: this thread
        waits for parts that others have begun, and not for threads.
        """
        waiting, done = list(range(parts))[::-1], Done()
        helpers = min(parts, self.count) - 1
        if helpers > 0:
            self._start(helpers)
        for _ in range(helpers):
            self._jobs.put(partial(_help, task, waiting, done))
        own = 0
        try:
            while (i := _taken(waiting)) is not None:
                own += 1
                task(i)
        finally:
            waiting.clear()
        for error in [done.get() for _ in range(own, parts)]:
            if error is not None:
                raise error

    def submit(self, task: Callable[[], T]) -> Future[T]:
        """Return the result of a task to come, which another thread does beside this one, if there are several."""
        future = Future(task)
        with suppress(RuntimeError):  # there may be no more threads: then it is done where it is waited for
            if self.count > 1:
                self._start(1)
                self._jobs.put(future.begin)
        return future

    def _start(self, count: int) -> None:
        """Make sure that so many threads run; a forked process has none of those that its parent started."""
        if self._process == os.getpid() and self._started >= count:
            return
        with MAKING.done(), self._lock:
            if self._process != os.getpid():
                self._process, self._started, self._jobs = os.getpid(), 0, SimpleQueue()
            for _ in range(self._started, count):
                threading.Thread(target=_work, args=(self._jobs,), daemon=True).start()
                self._started += 1

    def __del__(self) -> None:
        for _ in range(self._started):
            self._jobs.put(None)


def _work(jobs: SimpleQueue[Job | None]) -> None:
    while (job := jobs.get()) is not None:
        job()
        del job  # and with it the memory of the call


def _help(task: Task, waiting: list[int], done: Done) -> None:
    while (i := _taken(waiting)) is not None:
        try:
            task(i)
        except BaseException as error:  # it is raised where the work was asked for
            done.put(error)
        else:
            done.put(None)


def _taken(waiting: list[int]) -> int | None:
    """Return a part that nobody has begun, and take it; None if there is none."""
    try:
        return waiting.pop()
    except IndexError:
        return None


@cache
def give_way() -> int:
    """Return the address of the system's function that lets other threads run."""
    if sys.platform == "win32":
        return ctypes.cast(ctypes.windll.kernel32.SwitchToThread, ctypes.c_void_p).value or 0
    return ctypes.cast(ctypes.CDLL(None).sched_yield, ctypes.c_void_p).value or 0
