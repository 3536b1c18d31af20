"""Program: graphs that are recorded already."""

from __future__ import annotations

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import DomainError, ShapeError

from .small_net import TARGETS

W, B = Value(1.0), Value(2.0)


@pytest.mark.parametrize("target", TARGETS)
def test_a_recorded_graph_is_a_program(target):
    """A graph gives the same numbers as Values on other inputs and parameters, and keeps their order of gradients."""
    w, b = Value(2.0, "w"), Value(-1.0, "b")
    x = [Value(0.5, "x0"), Value(1.5, "x1")]
    y = mx.tanh(w * x[0] + b) * x[1] + mx.dot([w, b], x)
    program = mx.compile_graph(y, inputs=x, parameters=[b, w], target=target)
    assert program([[0.5, 1.5]])[0] == pytest.approx(y.data, rel=1e-15)
    _, gradient = program.value_and_grad([[0.5, 1.5]])
    np.testing.assert_allclose(gradient, mx.grad(y, [b, w]), rtol=1e-14)
    np.testing.assert_allclose(program.gradients([[0.5, 1.5]])[0], mx.grad(y, x), rtol=1e-14)
    w.data, b.data = 0.3, 0.7
    again = mx.tanh(w * 3.0 + b) * 4.0 + mx.dot([w, b], [3.0, 4.0])
    assert program([[3.0, 4.0]])[0] == pytest.approx(again.data, rel=1e-15)


@pytest.mark.parametrize("target", TARGETS)
def test_a_loss_over_a_batch_is_a_program_of_nothing(target):
    """Code in micrograd's manner, one loss over a whole batch, compiles as it stands, and follows the parameters."""
    model = mx.nn.MLP(2, [3, 1], seed=1)
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(6, 2)).tolist(), rng.choice([-1.0, 1.0], 6).tolist()

    def loss():
        scores = [model([Value(a) for a in x]) for x in X]
        data = sum((1 + -y * s).relu() for y, s in zip(Y, scores, strict=True)) * (1.0 / 6)
        return data + 1e-4 * sum(p * p for p in model.parameters())

    program = mx.compile_graph(loss(), parameters=model.parameters(), target=target)
    as_function = mx.compile(loss, model.parameters(), target=target)
    for _ in range(3):
        expected = loss()
        slopes = mx.grad(expected, model.parameters())
        for each in (program, as_function):
            value, gradient = each.value_and_grad()
            assert value == pytest.approx(expected.data, rel=1e-13)
            np.testing.assert_allclose(gradient, slopes, rtol=1e-11, atol=1e-14)
        for v, g in zip(model.parameters(), slopes, strict=True):
            v.data -= 0.5 * g


def test_a_graph_outside_of_its_domain_raises_as_values_do():
    """The labels of the graph are in the error."""
    x = Value(2.0, "x")
    z = x - 1.0
    z.label = "z"
    program = mx.compile_graph(mx.log(z), inputs=x, target="numpy")
    assert program([2.0]).tolist() == [0.0]
    with pytest.raises(DomainError, match=r"log\(-1.0\) at 'z'"):
        program([0.0])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: mx.compile_graph(W * 2, inputs=[3.0]), TypeError, "not 3.0"),
        (lambda: mx.compile_graph(W * 2, inputs=[Value(1.0)]), ValueError, "none of the inputs"),
        (lambda: mx.compile_graph("W", inputs=[W]), TypeError, "'W'"),
        (lambda: mx.compile_graph(W * 2, parameters=[W * 2]), ValueError, "computed"),
        (lambda: mx.compile_graph(W * 2, inputs=[W], parameters=[W]), ValueError, "parameter"),
        (lambda: mx.compile_graph(W * 2, inputs=[W])([1.0]), ShapeError, r"are for inputs=x, not \[x\]$"),
        (
            lambda: mx.compile_graph(W * B, inputs=[W, B])([1.0, 2.0]),
            ShapeError,
            r"not \(n,\); for one row write \[row\]$",
        ),
    ],
)
def test_what_is_no_graph_is_refused(make, error, words):
    """Inputs that are no Values, or not those of the graph, are errors when the program is made."""
    with pytest.raises(error, match=words):
        make()
