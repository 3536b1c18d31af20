"""A hand derivation of a whole vector or matrix is compared entry by entry, and has the shape of what it derives."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx import FormulaError, ShapeError, Value, compare

Variables = dict[str, Any]


def two_layers() -> Variables:
    """z = W1·x, h = σ(z), y = W2·h, L = ½‖y − t‖², with two inputs, three hidden units and two outputs."""
    x, t = [Value(0.9), Value(-0.4)], [0.5, -0.5]
    W1 = [[Value(0.4), Value(-0.7)], [Value(1.1), Value(0.2)], [Value(-0.3), Value(0.8)]]
    W2 = [[Value(0.6), Value(0.9), Value(-0.2)], [Value(-1.0), Value(0.3), Value(0.7)]]
    z = [mx.dot(row, x) for row in W1]
    h = [mx.sigmoid(each) for each in z]
    y = [mx.dot(row, h) for row in W2]
    L = mx.losses.half_squared_error(y, t)
    return locals()


def signals(v: Variables) -> Variables:
    """The error signals of `two_layers` in matrix form (CSC 311, lecture 4), on plain numbers."""
    x, h, y = ([u.data for u in v[name]] for name in "xhy")
    y_bar = [a - b for a, b in zip(y, v["t"], strict=True)]
    h_bar = [mx.dot(y_bar, [w.data for w in column]) for column in zip(*v["W2"], strict=True)]
    z_bar = [g * a * (1 - a) for g, a in zip(h_bar, h, strict=True)]
    outer = {"W2": [[g * a for a in h] for g in y_bar], "W1": [[g * a for a in x] for g in z_bar]}
    return {"y": y_bar, "h": h_bar, "z": z_bar, **outer}


def test_whole_vectors_and_matrices_are_compared_entry_by_entry() -> None:
    """Every entry has a row of its own, in order, named as in Python, and all are right."""
    v = two_layers()
    report = compare(v["L"], signals(v), names=v)
    assert report.ok
    assert [row.name for row in report.rows[:2]] == ["y[0]", "y[1]"]
    assert [row.name for row in report.rows if row.name[:2] == "W2"] == [
        f"W2[{k},{i}]" for k in range(2) for i in range(3)
    ]
    assert len(report.rows) == 2 + 3 + 3 + 6 + 6


def test_arrays_and_lists_of_formulas_and_functions_are_taken() -> None:
    """An array of numpy, a tuple, formulas and functions derive entries as numbers do."""
    numpy = pytest.importorskip("numpy", reason="numpy is an extra")
    v = two_layers()
    hand = {"W1": numpy.array(signals(v)["W1"]), "y": ("y[0] - t[0]", lambda: v["y"][1].data - v["t"][1])}
    assert compare(v["L"], hand, names=v).ok


def test_one_wrong_entry_is_named_and_diagnosed() -> None:
    """Of a matrix with one mistake, that entry's row alone is wrong, and the doctor says why."""
    v = two_layers()
    wrong = signals(v)["W1"]
    wrong[2][1] = -wrong[2][1]
    report = compare(v["L"], {"W1": wrong}, names=v)
    assert [row.name for row in report.rows if not row.ok] == ["W1[2,1]"]
    assert report.rows[-1].explanation.kind == "sign"


def test_labels_of_layers_count_from_one() -> None:
    """The weights and biases of a layer are derived by the name that their labels share: w1 for all w1[j,i]."""
    x = [0.7, -0.3]
    model = mx.nn.MLP(2, [3, 1], activation="tanh")
    L = model(x) ** 2
    L.backward()
    neurons = model.layers[0].neurons
    hand = {"w1": [[w.grad for w in neuron.w] for neuron in neurons], "b1": [neuron.b.grad for neuron in neurons]}
    report = compare(L, hand)
    assert report.ok
    assert [row.name for row in report.rows[:3]] == ["w1[1,1]", "w1[1,2]", "w1[2,1]"]


@pytest.mark.parametrize(
    ("hand", "error", "told"),
    [
        ({"W1": [[0.0] * 3] * 2}, ShapeError, "'W1' is 3 × 2, and its derivation 2 × 3: .* transpose"),
        ({"W1": [[0.0] * 2] * 2}, ShapeError, "'W1' is 3 × 2, and its derivation 2 × 2: .* taken by$"),
        ({"y": [0.0] * 3}, ShapeError, "'y' is a list of 2, and its derivation a list of 3"),
        ({"y": [[0.0, 0.0]]}, ShapeError, "'y' is a list of 2, and its derivation 1 × 2"),
        ({"y": []}, ShapeError, "'y' is a list of 2, and its derivation a list of 0"),
        ({"W1": [[0.0, 0.0], [0.0], [0.0, 0.0]]}, ShapeError, "rows of different lengths"),
        ({"L": [1.0]}, TypeError, "a derivation gives one real number"),
        ({"Q": [1.0]}, FormulaError, "no list named 'Q' holds nodes of the graph"),
        ({"t": [1.0, 1.0]}, FormulaError, r"'t\[0\]' is not in the graph"),
    ],
)
def test_another_shape_is_refused_with_both_shapes(hand: Variables, error: type[Exception], told: str) -> None:
    """A derivation has the shape of what it derives; the error names both shapes, and a transposed one as such."""
    v = two_layers()
    with pytest.raises(error, match=told):
        compare(v["L"], hand, names=v)


def test_a_column_in_which_nothing_stands_is_left_out() -> None:
    """Where all derivations are numbers there is no empty column of formulas, and one formula brings it back."""
    v = two_layers()
    numbers, formula = (
        compare(v["L"], {"y": signals(v)["y"]}, names=v),
        compare(v["L"], {"y[0]": "y[0] - t[0]"}, names=v),
    )
    assert "derivation" not in str(numbers) + numbers._repr_html_()
    assert all("derivation" in text for text in (str(formula), formula._repr_html_()))


def test_zero_is_printed_without_a_sign() -> None:
    """An error signal of −0.0 stands in the report as 0."""
    w = Value(2.0, "w")
    report = compare(w * 0.0 * -1.0, {"w": -0.0})
    assert report.rows[0].cells[2:4] == ("0", "0")
