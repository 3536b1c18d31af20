"""Exercises come out well for every seed, take right answers, and say of wrong ones what is wrong."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest

import microgradx as mx
from microgradx.exercises import COURSE, KINDS, Exercise, listing
from microgradx.exercises.chance import Chance
from microgradx.exercises.questions import Number, Order, Reading, Signal, Word
from microgradx.exercises.task import has_few_decimals, make
from microgradx.notation import bar

SEEDS = range(50)
NAMES = [kind.name for kind in KINDS]


def right_answers(one: Exercise) -> dict[str, Any]:
    """Return the right answers, but for whole numbers with three digits."""
    return {
        question.name: question.right if isinstance(question.right, str | int) else float(f"{question.right:.3g}")
        for question in one._task.questions
    }


@pytest.mark.parametrize("kind", NAMES)
def test_every_seed_can_be_answered(kind: str) -> None:
    """For every seed each name is asked once, what is asked has few decimals or is whole, and right answers are taken.

    The right error signals are backprop's, and three digits are enough.
    """
    for seed in SEEDS:
        one = mx.exercise(kind, seed)
        assert len(set(one.asked)) == len(one.asked)
        for question in one._task.questions:
            assert isinstance(question.right, str | int) or has_few_decimals(question.right)
        feedback = one.check(right_answers(one))
        assert feedback.ok, str(feedback)
        assert feedback.score == 1.0


@pytest.mark.parametrize("kind", NAMES)
def test_wrong_answers_are_refused(kind: str) -> None:
    """An answer that is 1 % off or has the other sign is not right; a usual mistake is not either, and is named."""
    for seed in range(4):
        one = mx.exercise(kind, seed)
        for question in one._task.questions:
            if isinstance(question.right, str):
                continue
            wrong = [question.right * 1.01, -question.right] if question.right else [0.5]
            for answer in wrong:
                assert not one.check({question.name: answer}).rows[one.asked.index(question.name)].ok
            for number, why in question.mistakes if isinstance(question, Number) else ():
                row = one.check({question.name: number}).rows[one.asked.index(question.name)]
                assert row.verdict == "WRONG"
                assert why in row.remark


@pytest.mark.parametrize("kind", NAMES)
def test_what_is_asked_is_no_answer(kind: str) -> None:
    """An error signal is not answered by its own name, nor a value by the node's."""
    one = mx.exercise(kind, 1)
    for question in one._task.questions:
        if isinstance(question, Signal | Reading):
            own = bar(question.name) if isinstance(question, Signal) else question.name
            for answer in (own, f"{own} + 0"):
                row = one.check({question.name: answer}).rows[one.asked.index(question.name)]
                assert not row.ok
                assert "is what is asked for" in row.remark or "is not known before" in row.remark


@pytest.mark.parametrize("kind", NAMES)
def test_feedback_does_not_tell_the_answer(kind: str) -> None:
    """Neither the statement nor the feedback on wrong answers shows the right number of an error signal."""
    one = mx.exercise(kind, 1)
    told = one.check({question.name: 0.12345 for question in one._task.signals}) if one._task.signals else None
    for question in one._task.signals:
        number = f"{question.right:.6g}"
        if len(number.lstrip("-")) > 4:
            assert number not in str(told)
            assert number.replace("-", "−") not in str(one)


@pytest.mark.parametrize("kind", NAMES)
def test_hints_come_one_at_a_time_and_the_solution_when_asked(kind: str) -> None:
    """Hints differ, end with a pointer to the solution, and the solution has the answers and what to read again."""
    one = mx.exercise(kind, 2)
    hints = [str(one.hint()) for _ in range(8)]
    told = [hint for hint in hints if hint.startswith("hint ")]
    assert 1 <= len(set(told)) == len(told) < 8
    assert hints[-1] == "no hint is left: .solution() shows the derivation"
    solution = str(one.solution())
    assert "Answers: " in solution
    assert one.topic.split(": ", 1)[1].split()[0] in solution
    assert "Answers" in one.solution()._repr_html_()
    assert one.check(...).rows[0].verdict == "not answered yet"


@pytest.mark.parametrize("kind", NAMES)
def test_an_exercise_shows_itself(kind: str) -> None:
    """Text and HTML state the task and what is asked; a picture stands where there is a graph."""
    one = mx.exercise(kind, 4)
    page = one._repr_html_()
    assert ("<svg" in page) == (one._task.output is not None or one._task.picture is not None)
    for question in one._task.questions:
        assert question.name in str(one)
        assert question.name in page
    assert str(one) == str(mx.exercise(kind, 4))


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if make(kind, 0).is_forward])
def test_a_picture_hides_what_is_asked(kind: str) -> None:
    """Where values are asked, no number that is computed stands in the page, nor in what the mouse finds there."""
    one = mx.exercise(kind, 0)
    page = one._repr_html_()
    shown = set(re.findall(r">([^<>]+)<", page[page.index("<svg") :]))
    assert "?" in shown
    assert "data" not in "".join(re.findall(r"<title>[^<]*operation[^<]*</title>", page))


def test_numbers_are_the_same_everywhere() -> None:
    """A seed gives the numbers that are written down here, on every platform and version of Python."""
    found = [
        mx.exercise(kind, seed)._task.questions[-1].right for kind, seed in (("l2-regularised", 7), ("fan-out", 3))
    ]
    assert found == pytest.approx(PINNED)
    assert [Chance("x").whole(-9, 9), Chance("y").of("abc")] == PINNED_DRAWS


PINNED = [-0.096, 114.0]
PINNED_DRAWS = [3, "c"]


def test_the_registry_is_in_order() -> None:
    """Every notebook has at least three kinds, their names are unique, and they stand in rising difficulty."""
    assert len(set(NAMES)) == len(NAMES)
    for number in range(1, len(COURSE) + 1):
        levels = [kind.level for kind in KINDS if kind.notebook == number]
        assert len(levels) >= 3
        assert levels == sorted(levels)
    assert [kind.notebook for kind in KINDS] == sorted(kind.notebook for kind in KINDS)
    assert all(kind.hints for kind in KINDS)


def test_an_unknown_kind_lists_the_kinds() -> None:
    """The error names the nearest kind, and all kinds by notebook."""
    with pytest.raises(ValueError, match="did you mean 'fan-out'") as caught:
        mx.exercise("fanout")
    assert listing() in str(caught.value)
    with pytest.raises(TypeError, match="whole number"):
        mx.exercise("fan-out", 1.5)  # type: ignore[arg-type]


def numbers(text: str) -> list[float]:
    """Return the numbers in a text."""
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


def asked(kind: str, seed: int) -> tuple[dict[str, Any], list[float]]:
    """Return the right answers of an exercise, and the numbers of its statement."""
    task = mx.exercise(kind, seed)._task
    return {question.name: question.right for question in task.questions}, numbers(task.text)


@pytest.mark.parametrize("seed", range(5))
def test_answers_agree_with_the_library(seed: int) -> None:
    """Counts, optimiser steps, schedules and clipping come out as this library computes them."""
    right, (n, h, m, *_) = asked("layer-parameters", seed)
    assert right["total"] == len(mx.nn.MLP(int(n), [int(h), int(m)]).parameters())

    right, (w, μ, lr, g1, g2) = asked("momentum-steps", seed)[0], _momentum(seed)
    v = mx.Value(w)
    optimizer = mx.optim.SGD([v], lr=lr, momentum=μ)
    for g, name in ((g1, "w1"), (g2, "w2")):
        v.grad = g
        optimizer.step()
        assert v.data == pytest.approx(right[name])

    right, found = asked("adam-steps", seed)
    v = mx.Value(found[0])
    v.grad = found[-2]
    mx.optim.Adam([v], lr=found[2]).step()
    assert v.data == pytest.approx(right["w"])

    right, found = asked("learning-rates", seed)
    rate, gamma, every, _, period = found[0], found[1], found[2], found[3], found[-1]
    names = {
        question.name: numbers(question.asks)[-1] for question in mx.exercise("learning-rates", seed)._task.questions
    }
    cosine = mx.schedules.Cosine(period)
    assert rate * mx.schedules.Step(every, gamma)(names["step"]) == pytest.approx(right["step"])
    for name in ("third", "half", "restarted"):
        assert rate * cosine(names[name]) == pytest.approx(right[name])


def _momentum(seed: int) -> list[float]:
    text = mx.exercise("momentum-steps", seed)._task.text
    w, _, μ, lr, g1, g2 = numbers(text)
    return [w, μ, lr, g1, g2]


@pytest.mark.parametrize("seed", range(3))
def test_paths_and_tangents_agree_with_the_library(seed: int) -> None:
    """The number of paths is that of `paths`, and tangents are those of forward mode."""
    right, found = asked("path-counts", seed)
    sizes = [abs(int(x)) for x in found[:5]]
    model = mx.nn.MLP(sizes[0], sizes[1:], activation="tanh")
    x = [mx.Value(0.1 * i, f"x{i}") for i in range(sizes[0])]
    L = mx.sum(model(x))
    assert mx.paths(L, x[0]).count == right["input"]


def test_questions_of_every_class_are_asked() -> None:
    """The registry uses error signals, values, numbers, words and orders."""
    used = {type(question) for kind in KINDS for question in make(kind, 0).questions}
    assert used == {Signal, Reading, Number, Word, Order}


def test_few_decimals_is_told_from_many() -> None:
    """The test of numbers above can fail: a third, π and huge numbers do not come out well."""
    assert not any(map(has_few_decimals, (1 / 3, math.pi, 1e7, random.Random(0).random())))


def test_a_picture_without_values_shows_none() -> None:
    """`draw(v, values=False)` puts a question mark for each number that is computed."""
    x = mx.Value(3.0, "x")
    y = x * x
    y.backward()
    assert mx.draw(y, values=False).text() == "*  ?\n|-- x  #1  3\n`-- x  #1  (above)"
