"""Turns: threads that share a strict call give eager's gradient bit for bit, in the order of the rows."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import machine, sharing, turns_code
from microgradx.compile.backends.llvm.jit import Kernel
from microgradx.compile.backends.llvm.memory import Room, address
from microgradx.compile.backends.llvm.turns import ADDED, WAY, WORDS, Shared
from microgradx.compile.backends.llvm.workers import Workers
from microgradx.compile.tape.tape import Floats

from .crosschecks import same_bits
from .zoo import example as example_of

pytest.importorskip("llvmlite")

ROWS = 10_000

OTHERS = ["moons, the batch written out", "softmax regression by lookup", "hinge loss with an if", "Gaussian mixture"]
OTHERS += ["net of 5-7-4, tanh, cross-entropy of an index", "convolution", "LSTM over 4 steps", "random graph 3"]


def net() -> tuple[Any, Any]:
    """Return a small net and its loss."""
    model = mx.nn.MLP(2, [4, 1], activation="relu", seed=0)
    return model, lambda x, y: (model(x) - y) ** 2


def rows(n: int) -> tuple[Floats, Floats]:
    """Return n rows."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(ROWS, 2))[:n], rng.normal(size=ROWS)[:n]


def compiled(threads: int | None, strict: bool = True) -> Any:
    """Return the compiled loss."""
    model, loss = net()
    return mx.compile(loss, model.parameters(), target="llvm", strict=strict, threads=threads, cache=False)


def eager(n: int) -> Floats:
    """Return the gradient of the mean as Values add it up, row after row."""
    model, loss = net()
    for x, y in zip(*(a.tolist() for a in rows(n)), strict=True):
        loss(x, y).backward(1.0 / n)
    return np.array([w.grad for w in model.parameters()])


def side_by_side(task: Callable[[int], None], count: int) -> None:
    """Do a task in so many threads at once."""
    threads = [threading.Thread(target=task, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture(autouse=True)
def every_call_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share calls however little there is to do."""
    monkeypatch.setattr(machine, "PART", 1)


@pytest.mark.parametrize("n", [1, 3, 7, 8, 9, 33, 1023, ROWS])
def test_the_gradient_is_eagers(n: int) -> None:
    """With one thread or several, first time or later, it has the bits of Values, and the value is the same."""
    expected, values = eager(n), set()
    for threads in (1, 2, 3, None):
        bound = compiled(threads).on(*rows(n))
        for _ in range(3):
            value, gradient = bound.value_and_grad()
            assert same_bits(gradient + 0.0, expected + 0.0)
            values.add(value)
    assert len(values) == 1


def test_another_order_has_other_bits() -> None:
    """Were parts of the rows added up by themselves, as by default, the gradient would not be eager's."""
    _, gradient = compiled(2, strict=False).value_and_grad(*rows(ROWS))
    expected = eager(ROWS)
    assert not same_bits(gradient, expected)
    np.testing.assert_allclose(gradient, expected, rtol=1e-11)


def test_no_rows() -> None:
    """The mean over nothing is refused, as by one thread."""
    with pytest.raises(ValueError, match="the mean over 0 rows is undefined"):
        compiled(3).value_and_grad(*rows(0))


def test_calls_are_really_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the tests above compare is computed by several threads, where there is enough to do."""
    counts, run = list[int](), Workers.run

    def counted(self: Workers, task: Any, parts: int) -> None:
        counts.append(parts)
        run(self, task, parts)

    monkeypatch.setattr(Workers, "run", counted)
    compiled(3).value_and_grad(*rows(ROWS))
    assert counts == [3]
    monkeypatch.setattr(machine, "PART", 5_000_000)
    compiled(3).value_and_grad(*rows(100))
    assert counts == [3]


def test_rows_of_several_paths() -> None:
    """Rows that were picked out for a path are added in their order."""
    w = mx.Value(2.0)
    x = np.random.default_rng(0).normal(size=500)
    found = set()
    for threads in (1, 2, 3):
        program = mx.compile(lambda x: mx.exp(x * w) if x > 0 else mx.sin(x) * w, [w], strict=True, threads=threads)
        found.add(program.value_and_grad(x)[1].item())
    assert len(found) == 1


def test_large_nests_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nests whose tiles can be shared give the same bits within a call that is shared: each block has its own board."""
    expected = eager(1023)
    monkeypatch.setattr(sharing, "SHARED_FROM", 1)
    for threads in (1, 2, 3):
        assert same_bits(compiled(threads).value_and_grad(*rows(1023))[1] + 0.0, expected + 0.0)


@pytest.mark.parametrize("name", OTHERS)
def test_programs_of_all_kinds(name: str) -> None:
    """Whatever a program computes, of its rows or alike for all, several threads find the bits of one."""
    found = []
    for threads in (1, 3):
        example = example_of(name)
        settings: Any = {"strict": True, "threads": threads, "target": "llvm", "cache": False}
        program = mx.compile(example.f, example.parameters, indices=example.indices, **settings)
        value, gradient = program.value_and_grad(*example.rows(600, 0))
        found.append([value, *gradient.tolist()])
    assert found[0] == found[1]


def test_calls_at_one_time() -> None:
    """Threads that call at once, each at its own point, get what they get alone."""
    program = compiled(3)
    bound = program.on(*rows(1023))
    points = [np.full(len(program.parameters), 0.1 * i) for i in range(4)]
    alone = [bound.value_and_grad(at) for at in points]
    wrong = []

    def work(i: int) -> None:
        for _ in range(50):
            value, gradient = bound.value_and_grad(points[i])
            if value != alone[i][0] or (gradient != alone[i][1]).any():
                wrong.append(i)

    side_by_side(work, 4)
    assert not wrong


@cache
def machine_of_net() -> tuple[Any, Floats]:
    """Return the machine of the net, and its parameters."""
    program = compiled(1)
    program.value_and_grad(*rows(ROWS))
    (found,) = program._last[0].stages._kernels.values()
    return found, np.array([w.data for w in program.parameters])


class Call:
    """A call of the strict kernel of the net on n rows, by any number of threads, on a board that can be looked at."""

    def __init__(self, n: int) -> None:
        owner, parameters = machine_of_net()
        self.kernel: Kernel = owner.kernel(ROWS)
        self._inputs = np.column_stack(rows(n))
        self._parameters = owner.header.laid_out(parameters)
        self._outputs = np.zeros(n * owner.header.width)
        self.gradient = np.zeros(owner.header.layout.own + 8)
        self._board = Room(WORDS)
        self.words = (ctypes.c_int64 * WORDS).from_address(self._board.address)
        self.words[0], self.words[ADDED], self.words[WAY] = 0, 0, sharing.give_way()
        given = n, None, address(self._inputs), 3, 1.0 / n, address(self._parameters)
        self.arguments: tuple[Any, ...] = (*given, address(self._outputs), address(self.gradient))

    def __call__(self, _: int = 0) -> None:
        """Make it."""
        assert self.kernel.in_turns is not None
        self.kernel.in_turns(*self.arguments, Room(self.kernel.scratch).address, self._board.address)


@pytest.mark.parametrize("n", [0, 1, 255, 256, 257, 3000])
def test_any_number_of_threads(n: int) -> None:
    """Five threads that begin at once give what the kernel gives, and all of them end."""
    alone = Call(n or 1)
    alone.kernel.run(n, *alone.arguments[1:], Room(alone.kernel.scratch).address)
    for _ in range(20):
        shared = Call(n or 1)
        shared.arguments = (n, *shared.arguments[1:])
        side_by_side(shared, 5)
        assert same_bits(shared.gradient, alone.gradient)
        assert shared.words[ADDED] == -(-n // (32 * turns_code.TOGETHER))


def test_a_thread_waits_for_its_turn() -> None:
    """Blocks are not added before those that another thread has taken; then all that are left are."""
    call = Call(600)
    call.words[0] = 1  # somebody took the first blocks
    thread = threading.Thread(target=call)
    thread.start()
    thread.join(0.1)
    assert thread.is_alive()
    assert not call.gradient.any()
    call.words[ADDED] = 1
    thread.join(20)
    assert not thread.is_alive()
    assert call.gradient.any()
    assert call.words[ADDED] == 3


@pytest.mark.parametrize("wrong", ["caller", "helper"])
def test_an_error_is_raised(wrong: str) -> None:
    """If a thread cannot begin, the others do its work, the error arises in the call, and the next call works."""
    call, workers, meeting = Call(600), Workers(2), threading.Barrier(2, timeout=20)
    caller, failed = threading.get_ident(), list[bool]()
    rooms = [Room(call.kernel.scratch) for _ in range(2)]

    def scratch() -> int:
        if not failed:
            meeting.wait()
            if (threading.get_ident() == caller) == (wrong == "caller"):
                failed.append(True)
                raise MemoryError("no scratch")
        return rooms[threading.get_ident() == caller].address

    assert call.kernel.in_turns is not None
    shared = Shared(call.kernel.in_turns, scratch, workers, 2)
    with pytest.raises(MemoryError, match="no scratch"):
        shared(call.arguments, call)
    call, alone = Call(600), Call(600)
    shared(call.arguments, call)
    alone.kernel.run(*alone.arguments, rooms[0].address)
    assert same_bits(call.gradient, alone.gradient)
