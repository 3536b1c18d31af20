"""What the engine keeps and shares: all or nothing, threads, edited data, copies, memory."""

from __future__ import annotations

import _thread
import copy
import gc
import linecache
import pickle
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import microgradx as mx
from microgradx import StaleGraphError, Value
from microgradx.nn import MLP
from microgradx.primitives import REAL, Primitive


@contextmanager
def interrupt(at: int, files: tuple[str, ...]) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt before the line of this number that runs in the sweep; the yielded list counts them."""
    lines: list[int] = []

    def on_event(frame: Any, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if not name.endswith(files):
            return None
        # The line of a `with` is traced once more after its body, where no signal is ever delivered.
        if event == "line" and not linecache.getline(name, frame.f_lineno).lstrip().startswith("with "):
            lines.append(frame.f_lineno)
            if len(lines) == at:
                raise KeyboardInterrupt
        return on_event

    before = sys.gettrace()
    sys.settrace(on_event)
    try:
        yield lines
    finally:
        sys.settrace(before)


def check_interrupts(*files: str) -> None:
    """Interrupt a sweep before each of its lines in turn: all gradients are as they were, or all are new."""
    x, y, z = Value(0.5), Value(2.0), Value(-1.0)
    output = mx.sum([x * y, (x / y).tanh(), mx.dot([x, y], [y, z])]) * z.exp()
    leaves = (x, y, z)
    new = [7.0 + g for g in mx.grad(output, leaves)]
    lines, outcomes = [0], set()
    at = 0
    while len(lines) >= at:
        at += 1
        for v in leaves:
            v.grad = 7.0
        with suppress(KeyboardInterrupt), interrupt(at, ("sweep.py", "chain.py", "engine.py", *files)) as lines:
            output.backward()
        found = [v.grad for v in leaves]
        assert found in ([7.0] * 3, new), f"half of the gradients were written at line {lines[-1]}"
        outcomes.add(found == new)
    assert outcomes == {True, False}
    assert at > 100


def test_interrupt_leaves_all_gradients_or_none() -> None:
    """Ctrl-C before any line that a sweep runs leaves every gradient as it was, or all new, and the engine usable."""
    check_interrupts()


def test_signals_leave_all_gradients_or_none() -> None:
    """Real interrupts at a hundred moments leave every leaf with the same number of gradients."""
    leaves = [Value(float(i)) for i in range(100)]
    output = mx.dot(leaves, [float(i) for i in range(100)])
    for v in leaves:
        output = output + v
    landed = 0
    for moment in range(100):
        timer = threading.Timer(1e-5 * moment, _thread.interrupt_main)
        try:
            timer.start()
            while True:
                output.backward()
        except KeyboardInterrupt:
            landed += 1
        timer.join()
        assert {v.grad / (i + 1.0) for i, v in enumerate(leaves)} == {leaves[0].grad}
    assert landed == 100


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
    assert mx.grad(x * x, x, create_graph=True).data != 0.0
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


def test_steps_do_not_grow_with_the_collector_off() -> None:
    """10⁴ training steps with the cyclic collector off leave as many blocks allocated as the first hundred."""
    model = MLP(1, [2, 1], activation="tanh")
    gc.disable()
    try:
        for step in range(10_000):
            loss = (model([0.5]) - 1.0) ** 2
            model.zero_grad()
            loss.backward()
            for p in model.parameters():
                p.data -= 0.01 * p.grad
            if step == 100:
                early = sys.getallocatedblocks()
        assert sys.getallocatedblocks() - early < 200
    finally:
        gc.enable()


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
