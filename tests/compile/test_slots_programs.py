"""Programs whose Values machine code reads and sets give the same as where Python does."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.backends.llvm import slots
from microgradx.compile.backends.llvm.slots import Slots

from .slotted import N, made


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have every program read and set all its Values by machine code, from the first call on, and note how many."""
    code, counts = made()._code(N), list[int]()
    assert code is not None

    def at_once(self: Slots, count: int) -> Any:
        """Return the machine code."""
        counts.append(count)
        return code

    monkeypatch.setattr(slots, "LEAST", 1)
    monkeypatch.setattr(Slots, "_code", at_once)
    return counts


def run(make: Callable[[], Any], strict: bool) -> list[Any]:
    """Return all that a training and calls around it give."""
    net, own = mx.nn.MLP(2, [6, 1], seed=0), Value(0.5)
    program = mx.compile(lambda x, y: (net(x) * own - y) ** 2, net.parameters(), strict=strict)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2)), rng.normal(size=40)
    found: list[Any] = [program.value_and_grad(X, y)[1].tolist()]
    graph = (net.parameters()[0] * 2.0).exp()
    for _ in range(3):
        history = program.train(X, y, optimizer=make(), epochs=4, batch_size=8, progress=False)
        own.data = own.data + 1.0
        found += [history.loss, [v.data for v in net.parameters()], program(X, y).tolist()]
    with pytest.raises(mx.StaleGraphError) as error:
        mx.grad(graph, net.parameters()[:1], create_graph=True)
    net.parameters()[3].data = 2
    return [*found, str(error.value), program.value_and_grad(X, y)[1].tolist()]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("make", [lambda: mx.optim.SGD(lr=0.01), lambda: mx.optim.Adam(lr=0.01)], ids=["SGD", "Adam"])
def test_programs_give_the_same(make: Callable[[], Any], strict: bool, request: pytest.FixtureRequest) -> None:
    """Gradients, training, and what is told of stale graphs are the same to the bit, whoever reads and sets."""
    without = run(make, strict)
    asked = request.getfixturevalue("asked")
    assert run(make, strict) == without
    assert len(asked) > 10


@pytest.mark.usefixtures("asked")
def test_a_training_that_fails_leaves_the_values_as_they_were() -> None:
    """Where it is seen after training that the function has changed, all Values hold what they held before it."""
    net, settings = mx.nn.MLP(2, [6, 1], seed=0), {"scale": 1.0}
    program = mx.compile(lambda x, y: (net(x) * settings["scale"] - y) ** 2, net.parameters())
    before = [v.data for v in net.parameters()]

    def change(run: Any) -> None:
        settings["scale"] = 2.0

    X, y = np.ones((4, 2)), np.zeros(4)
    given: dict[str, Any] = {"optimizer": mx.optim.SGD(lr=0.1), "progress": False, "callbacks": change}
    with pytest.raises(mx.TraceError):
        program.train(X, y, epochs=3, batch_size=2, **given)
    assert [v.data for v in net.parameters()] == before


@pytest.mark.usefixtures("asked")
def test_a_leaf_without_a_number_is_named() -> None:
    """The error of a call tells which leaf holds no number, also where machine code reads."""
    w = [Value(1.0, f"w{i}") for i in range(5)]
    program = mx.compile(lambda x: mx.dot(w, x), w)
    program.value_and_grad([[1.0] * 5])
    w[3].data = [1.0]  # type: ignore[assignment]
    with pytest.raises(TypeError, match=r"leaf at 'w3' must be a number.*not \[1.0\]"):
        program.value_and_grad([[1.0] * 5])


@pytest.mark.parametrize("make", [lambda: mx.optim.SGD(lr=0.01, momentum=0.5), lambda: mx.optim.Adam(lr=0.01)])
def test_what_an_optimiser_remembers_after_machine_code_is_plain(make: Callable[[], Any]) -> None:
    """Its memory is written as JSON, copied, and gone on from by Python, as what Python itself remembered is."""
    net, optimizer = mx.nn.MLP(2, [6, 1], seed=0), make()
    program = mx.compile(lambda x, y: (net(x) - y) ** 2, net.parameters())
    program.train(np.ones((4, 2)), np.zeros(4), optimizer=optimizer, epochs=3, progress=False)
    other, state = make(), json.loads(json.dumps(optimizer.state_dict()))
    copied = copy.deepcopy(optimizer)
    other.bind(net.parameters())
    other.load_state_dict(state)
    assert copied.state_dict()["state"] == other.state_dict()["state"] == state["state"]
    for v in net.parameters():
        v.grad = 0.25
    assert optimizer.propose() == other.propose()
