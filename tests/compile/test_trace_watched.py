"""What a traced function may not learn of Values that it captures: their numbers, in whatever way it asks for them."""

from __future__ import annotations

import copy
import math
import pickle
import random
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.tracing.trace import trace
from microgradx.errors import TraceError
from microgradx.nn import MLP

HERE = Path(__file__).name
W = [Value(0.75, "w0"), Value(-1.25, "w1")]
NET = MLP(2, [3, 1], activation="tanh", seed=1)
STATE = NET.state_dict()
OTHER = mx.compile(lambda x: x * W[0], W, target="numpy")
BOUND = OTHER.on([1.0, 2.0])
WATCHED = OTHER([1.0])  # traced already, so that nothing is left to trace in a call


def set_data(v: Any) -> None:
    v.data = 3.0


def set_grad(v: Any) -> None:
    v.grad = 0.0


ASKING: list[tuple[str, Callable[[Any], Any], str]] = [
    ("v.data", lambda w: w.data, r"mx\.detach\(v\)"),
    ("v.data", lambda w: (w * 2).data, r"compute with v itself"),
    ("v.data", lambda w: 1.0 if -0.5 < w.data < 0.5 else 2.0, r"compare it, as in v > 0"),
    ("v.data", lambda w: math.exp(w.data), "where"),
    ("v.data", lambda w: getattr(w, "data"), "where"),  # noqa: B009
    ("v.data", lambda w: np.array([w.data, 1.0])[0], "where"),
    ("v.data", lambda w: Value(w.data * 2), "where"),
    ("v.data", set_data, "where"),
    ("v.data", lambda w: NET.state_dict()["layers.0.neurons.0.b"], "where"),
    ("v.data", lambda w: NET.load_state_dict(STATE), "where"),
    ("v.data", lambda w: mx.value_and_grad(lambda u: u[0] * w)([2.0])[0], "where"),
    ("v.data", lambda w: mx.metrics.accuracy([NET([w, 1.0])], [1]), "where"),
    ("v.grad", lambda w: w.grad, r"program\.gradients"),
    ("v.grad", set_grad, r"program\.gradients"),
    ("v.grad", lambda w: NET.zero_grad(), r"program\.gradients"),
    ("v.backward()", lambda w: (w * w).backward(), r"program\.value_and_grad"),
    ("mx.grad(v, …)", lambda w: mx.grad(w * w, w), "create_graph=True"),
    ("mx.grad(v, …)", lambda w: mx.jacobian(lambda u: [u[0] * w], [1.0]) and 1.0, "create_graph=True"),
    ("float(v)", lambda w: float(w), r"not math\.exp\(v\)"),
    ("float(v)", lambda w: int(w), r"not math\.exp\(v\)"),
    ("float(v)", lambda w: math.log(w), r"write mx\.exp\(v\)"),
    ("float(v)", lambda w: np.array([w], np.float64)[0], r"write mx\.exp\(v\)"),
    ("truth of v", lambda w: 1.0 if w else 2.0, "compare it"),
    ("a copy or pickle of v", lambda w: copy.deepcopy(w), r"write \+v"),
    ("a copy or pickle of v", lambda w: copy.copy(w), r"write \+v"),
    ("a copy or pickle of v", lambda w: copy.deepcopy(NET)([1.0, 2.0]), r"write \+v"),
    ("a copy or pickle of v", lambda w: pickle.loads(pickle.dumps(w)), r"write \+v"),
    ("a call of a program", lambda w: OTHER([2.0])[0], r"program\.f"),
    ("a call of a program", lambda w: OTHER(w), r"program\.f"),
    ("a call of a program", lambda w: BOUND.value_and_grad()[0], r"program\.f"),
    ("a step of an optimiser", lambda w: mx.optim.SGD([w], lr=0.1).step(), "outside"),
]


@pytest.mark.parametrize(("what", "ask", "way_out"), ASKING)
def test_the_number_of_a_captured_value_is_not_told(what: str, ask: Callable[[Any], Any], way_out: str) -> None:
    """TraceError tells what was asked of which Value, at which file and line of the user, and what to write instead."""
    before = [v.data for v in (*W, *NET.parameters())]
    line = ask.__code__.co_firstlineno + (ask.__name__ in ("set_data", "set_grad"))
    for parameters in (W, []):
        with pytest.raises(TraceError, match=way_out) as caught:
            trace(lambda x: x * ask(W[0]), [()], parameters, example=[1.0])
        assert str(caught.value).startswith(f"{what} at {HERE}:{line}: ")
    assert [v.data for v in (*W, *NET.parameters())] == before


def test_outside_of_a_trace_everything_is_told() -> None:
    """After a trace, and after one that an error or an interrupt ended, numbers are read and set as ever."""

    def stopped(x: Any) -> Any:
        raise KeyboardInterrupt

    trace(lambda x: x, [()])
    for f in (stopped, lambda x: x * W[0].data):
        with pytest.raises((KeyboardInterrupt, TraceError)):
            trace(f, [()])
        v = Value(1.5)
        v.data += 1.0
        v.grad = 3.0
        assert (v.data, v.grad, copy.copy(v).data) == (2.5, 3.0, 2.5)


def test_other_threads_may_read() -> None:
    """While one thread traces, another reads and sets what it likes."""
    seen: list[float] = []

    def work() -> None:
        v = Value(2.0)
        v.data += W[0].data
        (v * v).backward()
        seen.extend([v.data, v.grad])

    def f(x: Any) -> Any:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return x

    trace(f, [()])
    assert seen == [2.75, 5.5]


def test_traces_in_traces_are_closed_to_numbers() -> None:
    """The end of an inner trace does not open the outer one."""

    def outer(x: Any) -> Any:
        trace(lambda y: y * W[0], [()])
        return x * W[0].data

    with pytest.raises(TraceError, match=r"v\.data at"):
        trace(outer, [()])


def test_what_shows_values_goes_on() -> None:
    """Text, labels, operands and graphs of Values are there in a trace, as is what the library computes with them."""

    def f(x: Any) -> Any:
        assert repr(W[0]).startswith("Value(")
        assert "." in f"{W[0]:.1f}"
        assert W[0].label == "w0"
        assert (W[0] * 2).operands == (W[0], 2)
        slope = mx.grad(W[0] ** 3, W[0], create_graph=True)
        return NET([x, W[1]]) + mx.detach(W[0]) + slope + mx.max(W[0], x) + mx.losses.mse_loss(x, W[1])

    program = mx.compile(f, W, target="numpy", strict=True)
    assert program([2.0]).tolist() == [f(Value(2.0)).data]
    W[0].data = -3.0
    try:
        assert program([2.0]).tolist() == [NET([2.0, W[1]]).data - 3.0 + 27.0 + 2.0 + (2.0 - W[1].data) ** 2]
    finally:
        W[0].data = 0.75


class Asking(mx.nn.Module):
    """A model that looks at its parameter's number."""

    def __init__(self) -> None:
        self.w = Value(0.75, "w")

    def __call__(self, x: Any) -> Any:
        return self.w * x[0] * (2.0 if -0.5 < self.w.data < 0.5 else 1.0)


@pytest.mark.parametrize("strict", [False, True])
def test_fit_does_not_freeze_a_parameter(strict: bool) -> None:
    """A model that asks for the number of a parameter is trained on Values, which one line says."""
    found = []
    for compiled in (True, False):
        model = Asking()
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            mx.fit(model, [[1.0], [2.0]], [0.1, 0.2], epochs=30, compile=compiled, strict=strict)
        found.append(model.w.data)
        messages = [str(w.message) for w in said]
        assert len(messages) == compiled
        assert all(f"not compiled: v.data at {HERE}:" in message and "\n" not in message for message in messages)
    assert found[0] == found[1]


def test_fit_does_not_freeze_random_numbers() -> None:
    """A model that draws random numbers is trained on Values, which one line says."""
    rng, w = random.Random(0), Value(0.5)

    class Noisy(mx.nn.Module):
        def __init__(self) -> None:
            self.w = w

        def __call__(self, x: Any) -> Any:
            return self.w * (x[0] + rng.random())

    with pytest.warns(UserWarning, match="not compiled: the model or the loss draws random numbers"):
        history = mx.fit(Noisy(), [[1.0], [2.0]], [0.1, 0.2], epochs=3)
    assert history.by.startswith("Values")
