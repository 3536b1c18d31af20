"""Futures: a task is done once, by whichever thread, and its result or error arrives."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from microgradx.compile.backends.backends import NumpyBackend
from microgradx.compile.backends.future import Executor, Future, results
from microgradx.compile.backends.llvm.workers import Workers


def started(task: Callable[[], Any]) -> Future[Any]:
    """Return the result of what a thread of its own does."""
    future = Future(task)
    assert future.start() is not None
    return future


WAYS: dict[str, Callable[[Callable[[], Any]], Future[Any]]] = {
    "whoever asks": Future,
    "numpy": NumpyBackend.submit,
    "a thread of its own": started,
    "an executor": lambda task: Executor(1).submit(task),
    "an executor without threads": lambda task: Executor(0).submit(task),
    "workers": lambda task: Workers(3).submit(task),
    "no other worker": lambda task: Workers(1).submit(task),
}
every_way = pytest.mark.parametrize("way", WAYS)


@every_way
def test_a_task_is_done_once(way: str) -> None:
    """Whoever does it, and however often the result is asked for, it is there, and the same."""
    for _ in range(100):
        done: list[object] = []

        def task(done: list[object] = done) -> object:
            done.append(object())
            return done[-1]

        future = WAYS[way](task)
        assert [future.result(), future.result(), future.so_far] == 3 * done
        assert future.is_done


@every_way
def test_an_error_is_raised_whenever_the_result_is_asked_for(way: str) -> None:
    """What a task raises does not get lost in a thread; who can do without the result gets none."""
    future = WAYS[way](lambda: 1 // 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            future.result()
    assert future.so_far is None


@pytest.mark.parametrize("way", ["a thread of its own", "an executor", "workers"])
def test_another_thread_does_it(way: str) -> None:
    """The task and this thread go on at one time."""
    meeting = threading.Barrier(2, timeout=20)

    def task() -> int:
        meeting.wait()
        return threading.get_ident()

    future = WAYS[way](task)
    assert future.so_far is None
    meeting.wait()
    assert future.result() != threading.get_ident()


@pytest.mark.parametrize("way", WAYS)
def test_without_threads_it_is_done_by_whoever_asks(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no more threads, nothing is lost."""

    def start(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setitem(WAYS, "a thread of its own", lambda task: (future := Future(task), future.start())[0])
    future = WAYS[way](threading.get_ident)
    assert not future.is_done
    assert future.result() == threading.get_ident()


def test_nothing_is_held_afterwards() -> None:
    """What a task needed is free as soon as it is done, without the collector."""

    class Thing:
        pass

    thing = Thing()
    gone = weakref.ref(thing)
    future = Future(lambda thing=thing: None)  # type: ignore[misc]
    future.result()
    gc.disable()
    try:
        del thing
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("threads", [0, 1, 3])
def test_an_executor_gives_results_in_order_and_their_first_error(threads: int) -> None:
    """No task is lost or done twice, however many threads there are and whichever ends first."""
    done: list[int] = []

    def task(i: int) -> int:
        done.append(i)
        return i * i

    executor = Executor(threads)
    futures = [executor.submit(partial(task, i)) for i in range(20)]
    assert results(futures) == [i * i for i in range(20)] == results(futures)
    assert sorted(done) == list(range(20))
    futures += [executor.submit(lambda: 1 // 0), executor.submit(partial(task, 20))]
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            results(futures)
    assert done[-1] == 20


def test_an_executor_has_so_many_threads_and_they_end() -> None:
    """Of many tasks two are done at one time, and a later one is done too."""
    before, at_once, most = set(threading.enumerate()), [0], [0]

    def task() -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        at_once[0] -= 1

    executor = Executor(2)
    for _ in range(2):
        futures = [executor.submit(task) for _ in range(10)]
        new = set(threading.enumerate()) - before
        assert 1 <= len(new) <= 2
        for thread in new:
            thread.join(20)
        assert all(future.is_done for future in futures)
    assert most == [2]


def test_whoever_waits_helps() -> None:
    """A thread that cannot go on keeps nobody from doing the other tasks, and its own result is waited for."""
    go_on, where = threading.Event(), []

    def last() -> int:
        where.append(threading.current_thread())
        go_on.set()
        return 2

    executor = Executor(1)
    futures = [executor.submit(lambda: int(go_on.wait(60))), executor.submit(last)]
    assert results(futures) == [1, 2]
    assert where == [threading.current_thread()]
