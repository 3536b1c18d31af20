"""Workers: parts of a call side by side, with the same bits however many threads there are."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm import machine
from microgradx.compile.backends.llvm.workers import Workers


@pytest.mark.parametrize("parts", [0, 1, 2, 3, 20])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_each_part_runs_once(count, parts):
    """Whoever takes them, all parts have run when the call returns, and none twice."""
    workers, found = Workers(count), []
    for _ in range(20):
        found.clear()
        workers.run(found.append, parts)
        assert sorted(found) == list(range(parts))


def test_parts_run_side_by_side():
    """Two parts that wait for each other both end: they run at one time."""
    meeting = threading.Barrier(2, timeout=20)
    Workers(2).run(lambda i: meeting.wait(), 2)


def test_a_busy_helper_is_not_waited_for():
    """Where no thread comes to help, the caller does all parts itself."""
    workers, gate, begun = Workers(2), threading.Event(), threading.Semaphore(0)

    def task(i):
        begun.release()
        gate.wait(20)

    busy = threading.Thread(target=workers.run, args=(task, 2))
    busy.start()
    for _ in range(2):
        begun.acquire(timeout=20)
    found = []
    workers.run(found.append, 5)
    assert found == [0, 1, 2, 3, 4]
    gate.set()
    busy.join()


@pytest.mark.parametrize("wrong", [0, 1])
def test_the_error_of_a_part_is_raised(wrong):
    """An error arises where the work was asked for, from whichever thread, and the next call works."""
    workers, meeting = Workers(2), threading.Barrier(2, timeout=20)
    caller = threading.get_ident()

    def task(i):
        meeting.wait()
        if (threading.get_ident() == caller) == (wrong == 0):
            raise RuntimeError("this part failed")

    with pytest.raises(RuntimeError, match="this part failed"):
        workers.run(task, 2)
    found = []
    workers.run(found.append, 3)
    assert sorted(found) == [0, 1, 2]


@pytest.mark.filterwarnings("error")
def test_an_interrupt_while_they_are_made_leaves_nothing_to_end(monkeypatch):
    """Workers that were not made have started no threads."""

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules[Workers.__module__], "SimpleQueue", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Workers()
    gc.collect()


def test_threads_end_with_their_workers():
    """Threads start with the first parts, and none is left when their object is gone."""
    before = set(threading.enumerate())
    workers = Workers(3)
    assert set(threading.enumerate()) == before
    workers.run(lambda i: None, 3)
    started = set(threading.enumerate()) - before
    assert len(started) == 2
    del workers
    gc.collect()
    for thread in started:
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_a_forked_process_starts_its_own_threads():
    """A child does not wait for threads that only its parent has."""
    program = (
        "import os, threading, warnings\n"
        "from microgradx.compile.backends.llvm.workers import Workers\n"
        "warnings.simplefilter('ignore')\n"
        "workers, found = Workers(2), []\n"
        "def work():\n"
        "    meeting = threading.Barrier(2, timeout=20)\n"
        "    workers.run(lambda i: meeting.wait(), 2)\n"
        "work()\n"
        "child = os.fork()\n"
        "work()\n"
        "if child:\n"
        "    assert os.waitpid(child, 0)[1] == 0\n"
        "    print('both')\n"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert run.stdout == "both\n"


# Calls in parts.


def net():
    """Return a small net and its loss."""
    model = mx.nn.MLP(2, [4, 1], seed=0)
    return model, lambda x, y: (model(x) - y) ** 2


def rows(n):
    """Return n rows."""
    rng = np.random.default_rng(n)
    return rng.normal(size=(n, 2)), rng.normal(size=n)


def results(rows, **settings):
    """Return all that a program gives."""
    model, loss = net()
    program = mx.compile(loss, model.parameters(), target="llvm", **settings)
    value, gradient = program.value_and_grad(*rows)
    return [program(*rows), *program.gradients(*rows), np.array(value), gradient]


@pytest.fixture
def small_parts(monkeypatch):
    """Let parts be small enough for tests."""
    monkeypatch.setattr(machine, "PART", 1)
    monkeypatch.setattr(machine, "COPY", 1)


@pytest.mark.parametrize("n", [33, 64, 100, 1000])
def test_bits_do_not_depend_on_the_number_of_threads(n, small_parts):
    """One thread or several, first time or later: each result is the same to the last bit."""
    expected = results(rows(n), threads=1)
    for threads in (2, 5, None):
        for a, b in zip(results(rows(n), threads=threads), expected, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("n", [9, 33, 64, 1000])
def test_parts_give_what_the_whole_gives(n, monkeypatch):
    """In parts each row has the bits that it has otherwise; sums over rows differ by rounding, in strict mode not."""
    whole, strict = results(rows(n)), results(rows(n), strict=True)
    monkeypatch.setattr(machine, "PART", 1)
    monkeypatch.setattr(machine, "COPY", 1)
    for a, b in zip(results(rows(n), strict=True), strict, strict=True):
        np.testing.assert_array_equal(a, b)
    *values, mean, gradient = results(rows(n))
    for a, b in zip(values, whole, strict=False):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(mean, whole[-2], rtol=1e-14)
    np.testing.assert_allclose(gradient, whole[-1], rtol=1e-12, atol=1e-15)


def test_small_parts_are_parts(small_parts, monkeypatch):
    """What the tests above compare is really computed in parts, and in strict mode gradients by threads that share."""
    counts = []
    run = Workers.run
    monkeypatch.setattr(Workers, "run", lambda self, task, parts: counts.append(parts) or run(self, task, parts))
    results(rows(1000))
    assert counts == [8, 8, 8]
    counts.clear()
    results(rows(1000), strict=True, threads=3)
    assert counts == [3, 8, 8]


def test_rows_of_several_paths_in_parts(small_parts):
    """Rows that were picked out for a path are computed in parts too, in their order."""
    w = Value(2.0)
    program = mx.compile(lambda x: mx.exp(x * w) if x > 0 else mx.sin(x) * w, [w], target="llvm")
    x = np.random.default_rng(0).normal(size=500)
    expected = np.where(x > 0, np.exp(2 * x), np.sin(x) * 2)
    np.testing.assert_allclose(program(x), expected, rtol=1e-14)
    slope = np.where(x > 0, x * np.exp(2 * x), np.sin(x)).mean()
    assert program.value_and_grad(x)[1].tolist() == pytest.approx([slope], rel=1e-12)


def test_work_is_not_split_where_that_does_not_pay():
    """A hundred rows of a small net are one part; so many that they take a millisecond are several."""
    model, loss = net()
    program = mx.compile(loss, model.parameters(), target="llvm")
    program.value_and_grad(*rows(100))
    (made,) = program._last[0].stages._kernels.values()
    kernel = made.kernel(100)
    assert made._parts(100, kernel) == (100, 1)
    each, parts = made._parts(1_000_000, kernel)
    assert parts == machine.MOST
    assert each % kernel.lanes == 0
    assert each * (parts - 1) < 1_000_000 <= each * parts


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_threads_are_a_number_of_them(threads):
    """Anything else is refused when the program is made, for whichever target."""
    with pytest.raises(ValueError, match="threads is a whole number of at least 1"):
        mx.compile(lambda x: x, target="numpy", threads=threads)


# Memory.
