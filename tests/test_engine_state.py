"""What the engine keeps and shares: threads, edited data, copies, memory, what an error leaves."""

from __future__ import annotations

import copy
import gc
import math
import pickle
import sys
import threading
import tracemalloc
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import StaleGraphError, Value
from microgradx.nn import MLP
from microgradx.primitives import REAL, Primitive


def test_error_leaves_all_gradients() -> None:
    """An error in the middle of a sweep leaves every gradient as it was."""

    def broken(m: Any, z: Any, x: Any) -> Any:
        raise RuntimeError("in the middle")

    p = Primitive("broken", "?", "{0}", (REAL,), lambda m, x: x, (broken,))
    x = Value(0.5)
    inner = x * 3.0
    output = mx.apply(p, inner) * x
    x.grad = inner.grad = 7.0
    for differentiate in (output.backward, lambda: mx.grad(output, x), lambda: mx.grad(output, x, create_graph=True)):
        with pytest.raises(RuntimeError, match="in the middle"):
            differentiate()
        assert (x.grad, inner.grad, output.grad) == (7.0, 7.0, 0.0)
    (x * 2).backward()
    assert x.grad == 9.0


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.float64, np.int64, float])
def test_data_that_is_set_is_computed_with_in_double_precision(kind: Any) -> None:
    """A parameter set to an entry of an array in single precision is that number, and nothing is rounded after it."""
    model, other = MLP(2, [3, 1], seed=1), MLP(2, [3, 1], seed=1)
    for v, u in zip(model.parameters(), other.parameters(), strict=True):
        v.data = kind(1.7 * v.data)
        u.data = float(kind(1.7 * u.data))
        assert type(v.data) is float
    assert model([0.1, -0.3]).data == other([0.1, -0.3]).data
    assert mx.compile(model, model.parameters(), strict=True)([[0.1, -0.3]]).tolist() == [model([0.1, -0.3]).data]


def test_threads_on_shared_parameters_give_exact_sums() -> None:
    """Threads that differentiate graphs of their own over shared parameters lose no gradient."""
    shared = [Value(float(i)) for i in range(4)]
    rounds = 300

    def work() -> None:
        for k in range(rounds):
            output = mx.sum([shared[0] * shared[1], shared[2] * k, mx.dot(shared, [1.0, 2.0, 3.0, 4.0])])
            output.backward()
            assert mx.grad(output, shared[2]) == k + 3.0

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    sums = [1.0 + 1.0, 2.0 + 0.0, 3.0 + (rounds - 1) / 2, 4.0]
    assert [v.grad for v in shared] == [4 * rounds * s for s in sums]


def test_edited_data_changes_nothing_recorded() -> None:
    """After an edit of .data, backward on the old result differentiates what was recorded."""
    x, y = Value(3.0), Value(4.0)
    between = x * y
    output = between * between
    x.data, between.data = 100.0, -1.0
    output.backward()
    assert (x.grad, y.grad, between.grad) == (2 * 12.0 * 4.0, 2 * 12.0 * 3.0, 24.0)
    assert mx.grad(output, [x, y]) == [96.0, 72.0]


def test_gradient_graph_of_edited_nodes_is_refused() -> None:
    """A gradient graph of edited nodes would mix old and new: StaleGraphError names the node and both numbers."""
    x, y = Value(3.0, label="x"), Value(4.0, label="y")
    between = x * y
    between.label = "product"
    output = mx.sum([between * between, mx.dot([x, y], [1.0, y])])
    for v in (x, y, between, output):
        before, v.data = v.data, 5.0
        message = rf"recorded with {before}{f' at .{v.label}.' if v.label else ''}.*now 5\.0"
        with pytest.raises(StaleGraphError, match=message):
            mx.grad(output, x, create_graph=True)
        v.data = before
    assert mx.grad(mx.grad(output, x, create_graph=True), x) == 2 * 4.0 * 4.0


def test_unedited_nan_is_not_stale() -> None:
    """A node that holds NaN, or a 0-d copy of its own number, has not been edited."""
    x = Value(float("nan"))
    assert math.isnan(mx.grad(x * x, x, create_graph=True).data)
    y = Value(2.0)
    z = y * y
    y.data = float("2.0")
    assert mx.grad(z, y, create_graph=True).data == 4.0


def test_no_reference_cycles() -> None:
    """After `del`, reference counts alone free a graph, a gradient graph and what an error left behind."""
    gc.collect()
    gc.disable()
    try:
        model = MLP(2, [4, 1])
        loss = mx.sum(model([1.0, 2.0]) * w for w in model.parameters())
        loss.backward()
        gradient = mx.grad(loss, model.parameters(), create_graph=True)
        tangent = mx.jvp(model, [1.0, 2.0], [1.0, 0.0])
        hessian = mx.hessian(lambda x: mx.tanh(x[0] * x[1]), [1.0, 2.0])
        del loss, gradient, tangent, hessian
        assert gc.collect() == 0
    finally:
        gc.enable()


def blocks_grown_by(steps: int) -> int:
    """Train with the cyclic collector off; return how many more blocks are allocated than after a hundred steps."""
    model = MLP(1, [2, 1], activation="tanh")
    gc.disable()
    try:
        for step in range(steps):
            loss = (model([0.5]) - 1.0) ** 2
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.01 * p.grad
            if step == 100:
                early = sys.getallocatedblocks()
        return sys.getallocatedblocks() - early
    finally:
        gc.enable()


def test_steps_do_not_grow_with_the_collector_off() -> None:
    """10⁴ training steps with the cyclic collector off leave as many blocks allocated as the first hundred."""
    assert blocks_grown_by(10_000) < 200


def test_memory_of_a_binary_node() -> None:
    """A binary node takes at most 150 bytes, its float and the collector's header among them."""
    count = 20_000
    x, y = Value(1.5), Value(2.5)
    kept: list[Any] = [None] * count
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for i in range(count):
            kept[i] = x * y
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert taken / count <= 150


def test_copies_of_a_module_are_bit_equal_and_apart() -> None:
    """deepcopy and pickle of a Module give equal bits, and neither copy nor original writes into the other."""
    model = MLP(2, [3, 2], activation=["tanh"], output="softmax", seed=3)
    mx.sum(model([0.1, -0.2])).backward()
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin.state_dict() == model.state_dict()
        assert [p.grad for p in twin.parameters()] == [p.grad for p in model.parameters()]
        assert [p.label for p in twin.parameters()] == [p.label for p in model.parameters()]
        before = [(p.data, p.grad) for p in model.parameters()]
        assert [v.data for v in twin([0.1, -0.2])] == [v.data for v in model([0.1, -0.2])]
        twin([0.1, -0.2])[0].backward()
        for p in twin.parameters():
            p.data += 1.0
        assert [(p.data, p.grad) for p in model.parameters()] == before
        assert not {id(p) for p in twin.parameters()} & {id(p) for p in model.parameters()}


def test_leaves_are_copied_and_computed_nodes_refused() -> None:
    """A leaf copies with data, gradient and label; a computed node is refused with advice, at any depth."""
    x = Value(2.0, label="x")
    (x * 3).backward()
    for twin in (copy.copy(x), copy.deepcopy(x), pickle.loads(pickle.dumps(x))):
        assert (twin.data, twin.grad, twin.label) == (2.0, 3.0, "x")
        assert twin is not x
    v = x
    for _ in range(10_000):
        v = v + 1.0
    for refused in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match=r"not copied or pickled: copy its leaves .* or keep v\.data"):
            refused(v)
