"""Answers to exercises are judged as a teacher would: what is wrong is named, what cannot be read is said."""

from __future__ import annotations

from typing import Any

import pytest

import microgradx as mx
from microgradx.exercises.questions import Order
from microgradx.sweep import nodes

SIGNALS = [
    ("logistic-least-squares", "w", "(y - t) * y * (1 - y)", "you dropped the factor x"),
    ("logistic-least-squares", "z", "y - t", "dropped"),
    ("logistic-least-squares", "z", "(y - t) * y", "σ'(z)"),
    ("logistic-least-squares", "w", "-(y - t) * y * (1 - y) * x", "sign"),
    ("l2-regularised", "w", "(y - t) * y * (1 - y) * x", "path"),
    ("l2-regularised", "R", "1", "lambda"),
    ("fan-out", "t", "2 * t * x", "path"),
    ("softmax-regression", "z1", "exp(z1) / (exp(z1) + exp(z2) + exp(z3)) + 1", ""),
    ("power-times", "g", "c * g * h", "2"),
    ("outer-product", "w[1,2]", "(y[1] - t[1]) * x[1]", "x[2]"),
    ("recurrent-cell", "u", "h3 * h2", "path"),
    ("dead-relu", "g", "g - t", "2"),
    ("logistic-least-squares", "w", "z * x", "z stands for the value of the node"),
    ("l2-regularised", "w", "z * x + R * w", "z and R stand for"),
    ("mean-squared-error", "y1", "2 * (y1 - t1)", "mean"),
]


@pytest.mark.parametrize(("kind", "name", "formula", "expected"), SIGNALS)
def test_wrong_formulas_get_their_diagnosis(kind: str, name: str, formula: str, expected: str) -> None:
    """A wrong formula is refused for ten seeds, and the doctor says what is wrong with it."""
    for seed in range(10):
        one = mx.exercise(kind, seed)
        row = one.check({name: formula}).rows[one.asked.index(name)]
        assert row.verdict == "WRONG"
        assert expected in row.remark, row.remark


READINGS = [
    ("neuron-value", "z", lambda z, b: z - b, "you left out b"),
    ("neuron-value", "z", lambda z, b: z - 2 * b, "you took b with the other sign"),
    ("network-value", "y", lambda y, c: y - c, "you left out c"),
]


@pytest.mark.parametrize(("kind", "name", "slip", "expected"), READINGS)
def test_wrong_values_get_their_slip(kind: str, name: str, slip: Any, expected: str) -> None:
    """A value that a single slip explains is told with that slip."""
    for seed in range(10):
        one = mx.exercise(kind, seed)
        by_name = {v.label: v.data for v in nodes(one._task.output)}
        wrong = slip(by_name[name], by_name["b" if "b" in by_name else "c"])
        row = one.check({name: wrong}).rows[one.asked.index(name)]
        assert row.verdict == "WRONG"
        assert expected in row.remark


def test_one_wrong_answer_is_blamed_once() -> None:
    """An error signal that is wrong only because an earlier one is says so."""
    one = mx.exercise("logistic-least-squares", 3)
    y, z, w, _ = (question.right for question in one._task.questions)
    rows = one.check({"y": -y, "z": -z, "w": -w}).rows
    assert "sign" in rows[0].remark
    assert "wrong only because" in rows[1].remark or "follows" in rows[1].remark, rows[1].remark


def test_answers_of_every_form() -> None:
    """Numbers, formulas, functions, a bare answer to a single question, and what is open yet, are all understood."""
    one = mx.exercise("logistic-least-squares", 1)
    rows = one.check({"y": "y - t", "z": lambda y, t: (y - t) * y * (1 - y), "w": ..., "b": "…"}).rows
    assert [row.verdict for row in rows] == ["right", "right", "not answered yet", "not answered yet"]
    loop = mx.exercise("training-loop", 1)
    assert loop.check(loop._task.questions[0].right.lower()).ok
    assert not mx.exercise("training-loop", 1).check(...).answered


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("y - ", "ends where"), ("q * 2", "no node named 'q'"), ([1], "list"), ("y" * 400, "no node"), (True, "bool")],
)
def test_what_cannot_be_read_is_said(answer: Any, expected: str) -> None:
    """An answer that is none gets a row that says why; the other answers are judged."""
    rows = mx.exercise("logistic-least-squares", 1).check({"w": answer, "y": "y - t"}).rows
    assert rows[2].verdict == "cannot be read"
    assert expected in rows[2].remark
    assert rows[0].ok


def test_a_name_that_is_not_asked_is_an_error() -> None:
    """A misspelt name is refused with the nearest one, and bare answers to several questions too."""
    one = mx.exercise("l2-regularised", 1)
    with pytest.raises(ValueError, match="'bias' is not asked"):
        one.check({"bias": 1.0})
    with pytest.raises(TypeError, match="answers are given by name"):
        one.check(1.0)


def test_a_hostile_answer_is_inert() -> None:
    """What a student writes is escaped in HTML, and cannot steer a terminal."""
    feedback = mx.exercise("neuron-value", 1).check({"z": "<script>alert(1)</script>", "a": "\x1b[31m"})
    assert "<script" not in feedback._repr_html_()
    assert "\x1b" not in str(feedback)


def test_orders_are_judged_by_their_rules() -> None:
    """Every order of the loop's lines that works is right, and the first broken rule is told."""
    one = mx.exercise("training-loop", 5)
    (question,) = one._task.questions
    assert isinstance(question, Order)
    zero, predict, loss, backward, step = question.right
    for order in ((predict, loss, zero, backward, step), (predict, zero, loss, backward, step)):
        assert one.check({"order": " ".join(order)}).ok
    told = one.check({"order": "".join((zero, predict, loss, step, backward))}).rows[0].remark
    assert told.startswith(f"{backward} comes before {step}")
    assert one.check({"order": "ABC"}).rows[0].verdict == "cannot be read"
