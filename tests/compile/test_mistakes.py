"""Mistakes that are easily made with compiled functions: each is an error that says what was wrong."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import DomainError, TraceError
from microgradx.optim import SGD

N = 50


def notes(error: BaseException) -> str:
    """Return what was added to an error."""
    return "\n".join(getattr(error, "__notes__", ()))


W = Value(2.0, "w")
ROWS: list[tuple[Callable[..., Any], list[tuple[int, ...]], list[str]]] = [
    (
        lambda X, y: sum((W * x[0] - t) ** 2 for x, t in zip(X, y, strict=True)),
        [(N, 1), (N,)],
        ["X is a list of 1 number"],
    ),
    (
        lambda x, y: W * x[0] - y,
        [(N,), (N,)],
        [f"x is one number, since all rows have shape ({N},)", "y is one number"],
    ),
    (
        lambda x, y: W * x[0] - y,
        [(N, 3), (N, 1)],
        ["x is a list of 3 numbers", f"y is a list of 1 number, since .* ({N}, 1)"],
    ),
    (lambda x: x + 1.0, [(N, 2, 3)], ["x is a list of 2 lists of 3 numbers"]),
    (lambda x: x.nothing, [(N,)], ["x is one number"]),
    (lambda x: float(x), [(N,)], ["x is one number"]),
]


@pytest.mark.parametrize(("f", "shapes", "told"), ROWS)
def test_an_error_of_the_first_trace_tells_what_the_function_was_given(f: Any, shapes: Any, told: list[str]) -> None:
    """Whatever a function raises when it is first traced, a note tells the shape of one row, and why."""
    program = mx.compile(f, [W], target="numpy")
    for _ in range(2):
        with pytest.raises((TypeError, AttributeError)) as caught:
            program(*[np.ones(shape) for shape in shapes])
        text = notes(caught.value)
        assert "The function is called with one row at a time: " in text
        for part in told:
            assert all(piece in text for piece in part.split(".*"))


def test_indices_are_whole_numbers_in_the_note() -> None:
    """An argument that is an index is one whole number in each row."""
    program = mx.compile(lambda i: [1.0, 2.0][i], indices="i", target="numpy")
    with pytest.raises(TraceError) as caught:
        program([0, 1])
    assert "i is one whole number, since all rows have shape (2,)" in notes(caught.value)


def test_later_errors_have_no_such_note() -> None:
    """Once a function was traced, an error of another of its paths is about that path, and not about shapes."""
    program = mx.compile(lambda x: x * W if x > 0 else [][0], [W], target="numpy")
    program([1.0])
    with pytest.raises(IndexError) as caught:
        program([1.0, -1.0])
    assert notes(caught.value) == "It arose in row 1, counted from 0."


@pytest.mark.parametrize("call", ["__call__", "value_and_grad", "gradients"])
def test_a_domain_error_tells_the_row(call: str) -> None:
    """Of a thousand rows the one that left the domain is named in the message itself."""
    program = mx.compile(lambda x: mx.log(x) * W, [W], target="numpy")
    with pytest.raises(DomainError, match=r"^row 999: log\(-0\.001\) at 'x': a real logarithm needs x > 0"):
        getattr(program, call)(np.linspace(1.0, -0.001, 1000))


def test_rows_that_are_not_finite_cannot_be_trained_on() -> None:
    """NaN or inf among the rows is told with its place before anything is trained, also where shapes differ."""
    w = Value(0.5, "w")
    X, y = np.ones((10, 2)), np.ones(10)
    program = mx.compile(lambda x, y: (w * mx.sum(x) - y) ** 2, [w], target="numpy")
    for place, number in (((7, 1), math.nan), ((0, 0), math.inf)):
        bad = X.copy()
        bad[place] = number
        with pytest.raises(ValueError, match=rf"^x\[{place[0]}\]\[{place[1]}\] is {number}, and only finite"):
            program.train(bad, y, epochs=2, optimizer=SGD(lr=0.1))
    with pytest.raises(ValueError, match=r"^y\[3\] is nan"):
        program.train(X, np.where(np.arange(10) == 3, math.nan, y), epochs=2, optimizer=SGD(lr=0.1))
    ragged = [[1.0], [1.0, 2.0], [3.0], [4.0, math.nan]]
    with pytest.raises(ValueError, match=r"^x\[3\]\[1\] is nan"):
        program.train(ragged, [1.0] * 4, epochs=2, optimizer=SGD(lr=0.1))
    assert (w.data, w.grad) == (0.5, 0.0)


@pytest.mark.parametrize("target", ["numpy", "llvm"])
def test_parameters_that_the_function_does_not_use(target: str) -> None:
    """A function of other Values than its parameters cannot learn: its gradient is an error, its values are not."""
    model = mx.nn.MLP(1, [2, 1], seed=0)

    def loss(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    program = mx.compile(loss, model.parameters(), target=target)
    model = mx.nn.MLP(1, [2, 1], seed=1)
    X, y = np.ones((4, 1)), np.zeros(4)
    assert program(X, y).tolist() == [(model([1.0]) ** 2).data] * 4
    told = r"uses none of its parameters \(7 given\).* it uses 7 other Values"
    for _ in range(2):
        with pytest.raises(ValueError, match=told):
            program.value_and_grad(X, y)
        with pytest.raises(ValueError, match=told):
            program.on(X, y).value_and_grad(at=[0.0] * 7)
        with pytest.raises(ValueError, match=told):
            program.train(X, y, epochs=1)
    constant = mx.compile(lambda x: x * x, [W], target=target)
    assert constant.value_and_grad([3.0])[1].tolist() == [0.0]
    with pytest.raises(ValueError, match="uses none of its parameters"):
        constant.train([3.0], epochs=1)


def test_some_unused_parameters_have_the_gradient_0() -> None:
    """A parameter among others that the function does not use, or not on this path, has the gradient 0."""
    w, unused = Value(2.0, "w"), Value(3.0, "unused")
    program = mx.compile(lambda x: w * x, [unused, w], target="numpy")
    assert program.value_and_grad([1.0, 3.0])[1].tolist() == [0.0, 2.0]
    hinge = mx.compile(lambda x: w * x if x > 0 else 0.0, [w], target="numpy")
    assert hinge.value_and_grad([-1.0, -2.0])[1].tolist() == [0.0]
    assert hinge.value_and_grad([-1.0, 2.0])[1].tolist() == [1.0]
    assert mx.compile(lambda x: x * x, target="numpy").gradients([1.0]).tolist() == [2.0]


def test_a_value_of_a_traced_number() -> None:
    """`Value(x)` of what is a number already says that it is to be left out."""
    model = mx.nn.Neuron(2)
    program = mx.compile(lambda x: model(list(map(Value, x))), target="numpy")
    with pytest.raises(TypeError, match=r"not <traced x\[0\]> .* it is a number already: leave Value\(...\) out"):
        program([[1.0, 2.0]])


def test_a_recorded_graph_says_that_it_keeps_its_branches() -> None:
    """What Python's max chose is chosen in every call of a recorded graph, as `explain` says; `mx.max` chooses anew."""
    w, x = Value(2.0, "w"), Value(1.0, "x")
    kept = mx.compile_graph(max(0.0, 1.0 - w * x) + w * x, [x], [w], target="numpy")
    assert kept([[1.0], [0.25]]).tolist() == [2.0, 0.5]
    assert "what mx.where and Python's if, max, min and sorted chose" in str(kept.explain())
    of_where = mx.compile_graph(mx.where(w * x > 1.0, w * x, 0.0), [x], [w], target="numpy")
    assert of_where([[1.0], [0.25]]).tolist() == [2.0, 0.5]  # on Values the other branch is no part of the graph
    anew = mx.compile_graph(mx.max(0.0, 1.0 - w * x) + w * x, [x], [w], target="numpy")
    assert anew([[1.0], [0.25]]).tolist() == [2.0, 1.0]
    assert "Python's if" in (mx.compile_graph.__doc__ or "")


def test_errors_of_a_trace_tell_what_its_numbers_stand_for() -> None:
    """What a function raises shows traced numbers as they are computed, and a note gives their numbers in that row."""

    def f(x: Any) -> Any:
        score = W * x[0] + x[1] / 2
        if score > 5:
            raise ValueError(f"too large: {score} of {x}")
        return score

    program = mx.compile(f, [W], target="numpy")
    with pytest.raises(
        ValueError, match=r"too large: <traced w\*x\[0\] \+ x\[1\] / 2\.0> of \[<traced x\[0\]>"
    ) as caught:
        program([[1.0, 1.0], [8.0, 2.0]])
    shown = "<traced w*x[0] + x[1] / 2.0> is 17.0, <traced x[0]> is 8.0, <traced x[1]> is 2.0"
    assert f"traced on names in place of numbers; in this row {shown}" in notes(caught.value)
    assert "in row 1" in notes(caught.value)


@pytest.mark.parametrize(("f", "said"), [
    (lambda x: x[5], r"x\[5\] at test_mistakes\.py:\d+, where x has 3 entries"),
    (lambda x: next(x[i] for i in range(3, 4)), r"x\[i\] at test_mistakes\.py:\d+, where x has 3 entries, i is 3"),
    (lambda x: x.pop(7), r"x\.pop\(7\) at test_mistakes\.py:\d+, where x has 3 entries"),
])  # fmt: skip
def test_an_entry_that_no_row_has_is_named(f: Any, said: str) -> None:
    """An index beyond the columns is an IndexError with what is written there, the line, the index and the shape."""
    with pytest.raises(IndexError, match=f"index out of range: {said}") as caught:
        mx.compile(f, target="numpy")([[1.0, 2.0, 3.0]] * 2)
    assert "x is a list of 3 numbers, since all rows have shape (2, 3)" in notes(caught.value)


def test_a_loss_without_parameters_is_told_once() -> None:
    """A gradient that is 0 by mistake is warned of once; one that may be 0 on some rows, or for one input, is not."""
    forgot = mx.compile(lambda x: x * 2.0, [W], target="numpy")
    with pytest.warns(UserWarning, match=r"none of its parameters \(1 given\), so that every") as caught:
        assert forgot.value_and_grad([3.0]) == (6.0, [0.0])
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        forgot.value_and_grad([3.0])
        mx.compile(lambda x: W * x if x > 0 else 0.0, [W], target="numpy").value_and_grad([-1.0])
        mx.compile(lambda x, y: W * x, [W, Value(1.0)], target="numpy").value_and_grad([1.0], [2.0])
        mx.compile(lambda x: x * 2.0, [W], target="numpy")([3.0])
