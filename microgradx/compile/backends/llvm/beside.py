"""Beside: tasks that other threads do while this one goes on, and that whoever waits for them helps to end."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from typing import Generic, ParamSpec, TypeVar

from ...forks import MAKING

T = TypeVar("T")
P = ParamSpec("P")


class Beside(Generic[T]):
    """Tasks in order of their coming, done by so many threads beside this one, by default all processors but one.

    A thread more would take time from this one, which still has tasks to think of; once it waits, it takes some too.

    >>> squares = Beside[int]()
    >>> for i in range(4):
    ...     squares.add(lambda i=i: i * i)
    >>> squares.results()
    [0, 1, 4, 9]
    """

    def __init__(self, threads: int | None = None) -> None:
        self._limit = max(1, (os.cpu_count() or 1) - 1) if threads is None else threads
        self._waiting: deque[int] = deque()
        self._tasks: list[Callable[[], T]] = []
        self._found: dict[int, T | BaseException] = {}
        self._threads: list[threading.Thread] = []
        self._free = 0  # threads that ended, because nothing was waiting
        self._lock = threading.Lock()

    def add(self, task: Callable[[], T]) -> None:
        """Let a thread do a task as soon as one is free."""
        with self._lock:
            self._tasks.append(task)
            place = len(self._tasks) - 1
            if len(self._threads) - self._free >= self._limit:
                self._waiting.append(place)
                return
            thread = threading.Thread(target=self._work, args=(place,))
            self._threads.append(thread)
        try:
            thread.start()
        except RuntimeError:  # there may be no more threads: then whoever waits for the results does it
            with self._lock:
                self._threads.remove(thread)
                self._waiting.append(place)

    def results(self) -> list[T]:
        """Return what all tasks gave, in order; the error of the first that failed is raised here."""
        if (place := self._next()) is not None:
            self._work(place)
        for thread in self._threads:
            thread.join()
        found = []
        for place in range(len(self._tasks)):
            if place not in self._found:  # this process was forked meanwhile, without the threads
                self._work(place)
            result = self._found[place]
            if isinstance(result, BaseException):
                raise result
            found.append(result)
        return found

    def _work(self, first: int) -> None:
        place: int | None = first
        while place is not None:
            try:
                self._found[place] = self._tasks[place]()
            except BaseException as error:  # raised where the results are asked for
                self._found[place] = error
            place = self._next()

    def _next(self) -> int | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._free += threading.current_thread() in self._threads
            return None


class Later(Generic[T]):
    """A task in a thread of its own: LLVM works without Python's lock, so that Python can go on meanwhile.

    >>> later = Later(lambda: 6 * 7)
    >>> later.result()
    42
    """

    def __init__(self, task: Callable[[], T]) -> None:
        self._task = task
        self._ended = False
        self._thread = threading.Thread(target=self._run)
        with suppress(RuntimeError):  # there may be no more threads, as when Python ends: then `result` does the task
            self._thread.start()

    @property
    def has_begun(self) -> bool:
        """Whether it is done by a thread, and not by whoever asks for the result."""
        return self._thread.ident is not None

    @property
    def so_far(self) -> T | None:
        """The result; None while it is not there, and where the task has failed: for whoever can do without."""
        return self._found if self._ended and self._error is None else None

    def result(self) -> T:
        """Wait for the result, and return it; an error of the task is raised here."""
        if self.has_begun:
            self._thread.join()
        if not self._ended:  # this process was forked meanwhile, without the thread, or there never was one
            self._run()
        if self._error is not None:
            raise self._error
        return self._found

    def _run(self) -> None:
        self._error: BaseException | None = None
        try:
            with MAKING.done():
                self._found = self._task()
        except BaseException as error:  # raised where the result is asked for
            self._error = error
        self._ended = True


def apart(f: Callable[P, T]) -> Callable[P, T]:
    """Let Python's first thread, which alone is interrupted, call a function in another one and wait for it.

    >>> apart(lambda x: x + 1)(41)
    42
    """

    @wraps(f)
    def call(*arguments: P.args, **settings: P.kwargs) -> T:
        if threading.current_thread() is not threading.main_thread():
            return f(*arguments, **settings)
        return Later(lambda: f(*arguments, **settings)).result()

    return call
