"""Training of functions with Python's ifs: paths that come up late, that raise, that are counted and explained."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.training.branches import UNKNOWN, tree
from microgradx.errors import DomainError, TraceError

from .test_training import OPTIMIZERS
from .test_training_paths import huber


def steps_of(w: Value, f: Any, rows: Any, optimizer: Any = None, **settings: Any) -> Any:
    """Train one parameter; return the program and the history."""
    program = mx.compile(f, [w], strict=True, cache=False)
    return program, program.train(*rows, optimizer=optimizer or mx.optim.SGD(lr=1.0), **settings)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_path_that_comes_up_late_is_found_in_its_step(optimizer: str) -> None:
    """Where w crosses a border in the midst of a run, or in its last step, the new path is taken from there on."""

    def f(x: Any, w: Any) -> Any:
        return (w - 1) ** 2 * x if w > 0.52 else (w + 1) ** 2 * 3 * x

    def last(epochs: int, compiled: bool) -> tuple[float, list[float]]:
        make: Any = OPTIMIZERS[optimizer]
        w, optimizer_ = Value(1.5), make()
        if compiled:
            _, history = steps_of(w, lambda x: -f(x, w), [[1.0, 2.0, 0.5]], optimizer_, epochs=epochs, batch_size=2)
            return w.data, history.loss
        optimizer_.bind([w])
        losses = []
        for epoch in range(epochs):
            order, total = list(range(3)), 0.0
            random.Random(f"0 {epoch}").shuffle(order)
            for some in (order[:2], order[2:]):
                w.grad = 0.0
                for i in some:
                    loss = -f([1.0, 2.0, 0.5][i], w)
                    total += loss.data
                    loss.backward(1 / len(some))
                optimizer_.step()
            losses.append(total / 3)
        return w.data, losses

    for epochs in range(1, 7):
        assert last(epochs, True) == last(epochs, False)


@pytest.mark.parametrize("size", [1, 2])
def test_a_path_that_raises_stops_there(size: int) -> None:
    """What a path raises comes through, with the weights of the last whole step."""
    w = Value(4.0)

    def f(x: Any) -> Any:
        if w < 1:
            raise RuntimeError("w is small")
        return w * x

    with pytest.raises(RuntimeError, match="w is small"):
        steps_of(w, f, [[1.0, 1.0]], epochs=50, batch_size=size)
    assert w.data == 0.0  # 4, 3, 2, 1, 0: at 0 it raises


def test_a_domain_is_left_along_a_path() -> None:
    """A row that leaves a domain on one path is the DomainError of Values; elsewhere the same number is none."""
    w = Value(1.0, "w")

    def f(x: Any) -> Any:
        return mx.log(x * w) if x > 0.5 or x < -0.5 else x * w

    _, history = steps_of(w, f, [[0.7, -0.2, 0.9]], mx.optim.SGD(lr=0.01), epochs=3)
    assert len(history.loss) == 3
    with pytest.raises(DomainError, match="log"):
        steps_of(w, f, [[0.7, -0.2, 0.9, -0.9]], mx.optim.SGD(lr=0.01), epochs=3)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("target", ["llvm", "numpy"])
@pytest.mark.parametrize("size", [None, 1, 3])
def test_paths_count_the_rows_of_all_steps(size: int | None, target: str, strict: bool) -> None:
    """After a training each path has the rows that took it, of all steps, also where validation came after them."""
    w = Value(1.0)
    program = mx.compile(lambda x: w * x * x if x > 0 else w * x, [w], strict=strict, target=target, cache=False)
    rows = [1.0, -1.0, 2.0, 3.0, 4.0, -2.0, 5.0]
    optimizer = mx.optim.SGD(lr=1e-3, momentum=0.5)
    program.train(rows, optimizer=optimizer, epochs=3, batch_size=size, validation=[[1.0, -3.0, 2.0]])
    assert [route.rows for route in program.paths] == [15, 6]
    program([1.0, -1.0, -2.0])
    assert [route.rows for route in program.paths] == [1, 2]


def test_rows_of_several_shapes_take_several_paths() -> None:
    """Sequences of two lengths, each of two paths, train as on Values."""

    def run(compiled: bool) -> Any:
        w, b = Value(0.3), Value(0.1)
        xs = [[0.5, -1.0], [1.0, 2.0, 3.0], [-1.0, -2.0], [0.1, -0.4, 0.2], [2.0, 1.0]]
        f: Any = lambda x: huber(w * sum(x) + b, 1.0)  # noqa: E731
        if compiled:
            program = mx.compile(f, [w, b], strict=True, cache=False)
            program.train(xs, optimizer=mx.optim.SGD(lr=0.1), epochs=5, batch_size=2)
            assert sum(route.rows for route in program.paths) == 25
        else:
            optimizer = mx.optim.SGD([w, b], lr=0.1)
            for epoch in range(5):
                order = list(range(5))
                random.Random(f"0 {epoch}").shuffle(order)
                for some in (order[:2], order[2:4], order[4:]):
                    optimizer.zero_grad()
                    for i in some:
                        f(xs[i]).backward(1 / len(some))
                    optimizer.step()
        return w.data, b.data

    assert run(True) == run(False)


def test_an_index_is_checked_on_the_path_of_its_row() -> None:
    """An index may be out of range on a path that its row does not take; on its own it is an IndexError."""
    table = [Value(1.0), Value(2.0)]

    def f(x: Any, i: Any) -> Any:
        return mx.lookup(table, i) * x if x > 0 else x * table[0]

    for rows in ([[1.0, -1.0, 2.0], [0, 7, 1]], [[-1.0, 1.0, 2.0], [7, 0, 1]]):
        program = mx.compile(f, table, indices="i", cache=False)
        assert len(program.train(*rows, epochs=2, batch_size=2).loss) == 2
    program = mx.compile(f, table, indices="i", cache=False)
    with pytest.raises(IndexError, match="2 entries"):
        program.train([1.0, -1.0, 2.0], [0, 1, 7], epochs=2, batch_size=2)


def test_a_function_that_changes_is_seen_on_every_path() -> None:
    """A number that only one path reads, and that a callback changes, is a TraceError, and the weights are restored."""
    w, factor = Value(1.0), {"k": 2.0}
    program = mx.compile(lambda x: w * x if x > 0 else factor["k"] * w, [w], cache=False)

    def change(run: Any) -> None:
        factor["k"] = 3.0

    with pytest.raises(TraceError, match="no longer does"):
        program.train([1.0, 2.0, -1.0], epochs=3, batch_size=1, callbacks=change)
    assert w.data == 1.0


def test_explain_tells_how_the_steps_were_made() -> None:
    """After a training the explanation says who made its steps, and of many paths what to write instead."""

    class Own(mx.optim.SGD):
        """Runs a rule of the user's."""

        def rule(self, w: Any, g: Any, memory: Any, hyper: Any) -> Any:
            return super().rule(w, g, memory, hyper)

    w = Value(1.0, "w")
    program = mx.compile(lambda x: huber(w * x, 0.0), [w], cache=False)
    assert "last training" not in program.explain([1.0]).text
    program.train([1.0, -3.0], optimizer=mx.optim.SGD(lr=0.1), epochs=4, batch_size=1)
    assert "the last training was 8 steps, all in machine code" in program.explain().text
    for batch_size, words in ((2, "1 step, all made by Python"), (1, "2 steps, 1 of them made by Python")):
        program.train([1.0, -3.0], optimizer=mx.optim.Adam(), epochs=1, batch_size=batch_size)
        text = " ".join(program.explain().text.split())
        assert f"the last training was {words}, with the gradients of machine code" in text
    program.train([1.0, -3.0], optimizer=Own(lr=0.1), epochs=4, batch_size=1)
    text = " ".join(program.explain().text.split())
    assert "was 8 steps, which Python made with the gradients of compiled code, as Own has its own rule" in text
    assert "mx.relu" not in text
    many = mx.compile(lambda xs: w * mx.sum([x if x > 0 else 2 * x for x in xs]), [w], cache=False)
    text = " ".join(many.explain([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]).text.split())
    assert "4 paths are as many kernels" in text
    assert "mx.relu" in text


def test_a_plain_number_is_a_path() -> None:
    """A path that returns a number in which no parameter stands teaches nothing, also where it comes first."""
    for first in (-1.0, 1.0):
        w = Value(0.5)
        rows = [first, -first, 2.0]
        program = mx.compile(lambda x, w=w: w * x if x > 0 else 0.0, [w], strict=True, cache=False)
        history = program.train(rows, optimizer=mx.optim.SGD(lr=0.5), epochs=1)
        assert history.loss == [1.5 / 3]
        assert w.data == 0.5 - 0.5 * (1.0 * (1 / 3) + 2.0 * (1 / 3))


@pytest.mark.parametrize("seed", range(20))
def test_trees_lead_every_row_to_its_path(seed: int) -> None:
    """Of a random tree of comparisons some paths are known: rows get there, all others are unknown."""
    generator = np.random.default_rng(seed)
    leaves: list[tuple[bool, ...]] = [(True,), (False,)]
    for _ in range(12):
        grown = leaves.pop(int(generator.integers(len(leaves))))
        leaves += [(*grown, True), (*grown, False)]
    known = [leaf for leaf in leaves if generator.random() < 0.7] or leaves[:1]
    first, states = tree(known)
    for leaf in leaves:
        state = first
        for _ in range(len(leaves)):
            if state >= UNKNOWN:
                break
            guards = known[-2 - state]
            held = next((j for j, (a, b) in enumerate(zip(guards, leaf, strict=False)) if a != b), len(guards))
            state = states[-2 - state][held]
        assert state == (known.index(leaf) if leaf in known else UNKNOWN)
