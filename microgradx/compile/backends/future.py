"""Futures: results that other threads may make while this one goes on; whoever waits makes what nobody has begun."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

from ..forks import MAKING

T = TypeVar("T")
P = ParamSpec("P")


class Future(Generic[T]):
    """The result of a task, which is done once: by a thread that begins it, or by whoever asks for it before that.

    Its error is raised wherever the result is asked for. An interrupt is no error of it: who asks next begins anew.

    >>> future = Future(lambda: 6 * 7)
    >>> future.result()
    42
    """

    def __init__(self, task: Callable[[], T]) -> None:
        self._task: Callable[[], T] | None = task
        self._error: Exception | None = None
        self._is_begun = False
        self._locks: dict[int, threading.RLock] = {}  # by process: a forked one has not the threads of its parent

    @property
    def is_done(self) -> bool:
        """Whether the task has ended, with a result or an error."""
        return self._task is None

    @property
    def so_far(self) -> T | None:
        """The result; None while it is not there, and where the task has failed: for whoever can do without."""
        return self._found if self._task is None and self._error is None else None

    def result(self) -> T:
        """Wait for the result, or do the task, and return it; an error of the task is raised here."""
        if not self.is_done:
            self._is_begun = True
            with self._lock:
                self._run()
        if self._error is not None:
            raise self._error.with_traceback(self._traceback)  # which grows wherever it is raised
        return self._found

    def begin(self) -> None:
        """Do the task, unless that has begun; whoever asks for the result meets its error."""
        if not self._is_begun:
            with suppress(Exception):
                self.result()

    def start(self) -> threading.Thread | None:
        """Return a thread of its own that does the task, or None where there may be no more threads.

        Python waits for that thread before it ends; while it ends, there may be none.
        """
        thread = threading.Thread(target=self.begin)
        try:
            thread.start()
        except RuntimeError:
            return None
        return thread

    @property
    def _lock(self) -> threading.RLock:
        return self._locks.setdefault(os.getpid(), threading.RLock())

    def _run(self) -> None:
        with MAKING.done():
            if self._task is None:
                return
            try:
                self._found = self._task()
            except Exception as error:
                self._error, self._traceback = error, error.__traceback__
            self._task = None  # and what it needed is free


class Executor:
    """Threads that do tasks in the order of their coming, so many at a time, by default all processors but one.

    A thread more would take time from this one, which still has tasks to think of. They end when nothing waits.

    >>> executor = Executor()
    >>> results([executor.submit(lambda i=i: i * i) for i in range(4)])
    [0, 1, 4, 9]
    """

    def __init__(self, threads: int | None = None) -> None:
        self._free = max(1, (os.cpu_count() or 1) - 1) if threads is None else threads
        self._waiting: deque[Future[Any]] = deque()
        self._lock = threading.Lock()

    def submit(self, task: Callable[[], T]) -> Future[T]:
        """Return the result of a task to come, done as soon as a thread is free."""
        future = Future(task)
        with self._lock:
            self._waiting.append(future)
            if not self._free:
                return future
            self._free -= 1
        if Future(self._work).start() is None:
            with self._lock:
                self._free += 1
        return future

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._free += 1
                    return
                future = self._waiting.popleft()
            future.begin()


def results(futures: Sequence[Future[T]]) -> list[T]:
    """Return all results, in order, once this thread has done what nobody had begun; the first error is raised."""
    for future in futures:
        future.begin()
    return [future.result() for future in futures]


def apart(f: Callable[P, T]) -> Callable[P, T]:
    """Let Python's first thread, which alone is interrupted, call a function in another one and wait for it.

    >>> apart(lambda x: x + 1)(41)
    42
    """

    @wraps(f)
    def call(*arguments: P.args, **settings: P.kwargs) -> T:
        if threading.current_thread() is not threading.main_thread():
            return f(*arguments, **settings)
        future = Future(lambda: f(*arguments, **settings))
        if (thread := future.start()) is not None:
            thread.join()
        return future.result()

    return call
