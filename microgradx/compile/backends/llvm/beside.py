"""Beside: tasks that other threads begin as they come, and that whoever waits for them helps to end."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


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
        thread.start()

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
