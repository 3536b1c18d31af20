"""The doctor names the planted mistakes of the catalogue, accuses nobody falsely, and lets right derivations be."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

import microgradx as mx
from microgradx.check.doctor import KINDS, Explanation

from . import batches
from .catalogue import MISTAKES, RIGHT, Mistake
from .graphs import GRAPHS
from .mutations import measure


def rows(graph: str, hand: dict[str, Any]) -> dict[str, Any]:
    """Return the rows of a comparison by name."""
    example, output = GRAPHS[graph]
    variables = example()
    return {row.name: row for row in mx.compare(variables[output], hand, names=variables).rows}


def verdict(mistake: Mistake, numbers: bool) -> str:
    """Return "right", "unsure" or "wrong" for what the doctor says of a mistake, from its formulas or their numbers."""
    graph, hand, wrong, kind, node = mistake
    found = rows(graph, hand)
    if numbers:
        found = rows(graph, {name: row.hand for name, row in found.items()})
    told: Explanation | None = found[wrong].explanation
    if told is None or not told.certain:
        return "unsure" if told is None or (told.kind, told.name) != (kind, node) else "right"
    return "right" if (told.kind, told.name) == (kind, node) else "wrong"


def test_the_catalogue_is_large_enough() -> None:
    """At least 40 mistakes of every kind that formulas can make, and 40 right derivations, over at least six graphs."""
    assert len(MISTAKES) >= 40
    assert sum(map(len, RIGHT.values())) >= 40
    assert len({graph for graph, *_ in MISTAKES}) >= 6
    planted = {kind for *_, kind, _ in MISTAKES}
    assert planted == set(KINDS) - {"circle", "kink", "rounded", "not finite", "unexplained"}


@pytest.mark.parametrize(
    "mistake", MISTAKES, ids=[f"{graph}: {wrong}, {kind}" for graph, _, wrong, kind, _ in MISTAKES]
)
def test_a_planted_mistake_is_named(mistake: Mistake) -> None:
    """Each mistake of the catalogue is named by its kind and its node, with certainty."""
    assert verdict(mistake, numbers=False) == "right"
    graph, hand, wrong, *_ = mistake
    assert not rows(graph, hand)[wrong].ok


def test_mistakes_are_named_from_numbers_too() -> None:
    """Of the same mistakes given as mere numbers nine tenths are named, and none wrongly with confidence."""
    wrong = [mistake for mistake in MISTAKES if mistake[3] != "this point only"]  # a number is at one point only
    found = Counter(verdict(mistake, numbers=True) for mistake in wrong)
    assert found["wrong"] == 0
    assert found["right"] >= 0.9 * len(wrong)


def test_the_score_can_be_bad() -> None:
    """A mistake that is filed under another kind or node than the doctor names counts as wrong."""
    graph, hand, wrong, kind, node = MISTAKES[0]
    assert verdict((graph, hand, wrong, "mask", node), numbers=False) == "wrong"
    assert verdict((graph, hand, wrong, kind, "w"), numbers=False) == "wrong"


@pytest.mark.parametrize("graph", RIGHT)
def test_right_derivations_raise_no_alarm(graph: str) -> None:
    """Right derivations are right and nothing is said of them, however they are written."""
    for row in rows(graph, RIGHT[graph]).values():
        assert row.ok
        assert row.explanation is None
        assert row.diagnosis == ""


@pytest.mark.parametrize(("numbers", "least"), [(False, 0.95), (True, 0.9)], ids=["formulas", "numbers"])
def test_random_slips_in_random_graphs_are_named(numbers: bool, least: float) -> None:
    """Slips that a program plants in graphs that a program makes are named as they are, almost all."""
    found = measure(programs=40, slips=6, numbers=numbers)
    total = sum(found.values())
    assert total > 100
    assert found["right"] + found["same"] >= least * total
    assert found["wrong"] <= 0.01 * total


@pytest.mark.parametrize(("numbers", "least"), [(False, 0.97), (True, 0.8)], ids=["formulas", "numbers"])
def test_slips_in_batches_with_penalties_are_named(numbers: bool, least: float) -> None:
    """One slip in a loss over a batch, of terms without names, is named; or it is left open."""
    found = batches.measure(range(120), numbers=numbers)
    assert sum(found.values()) > 80
    assert found["right"] >= least * sum(found.values())
    assert found["wrong"] <= 0.01 * sum(found.values())


def test_of_two_slips_none_is_taken_for_a_third() -> None:
    """Two slips at once are told together, or one after the other, or left open, and hardly ever named as another."""
    found = batches.measure(range(200), slips=2)
    assert sum(found.values()) > 80
    assert found["wrong"] <= 0.02 * sum(found.values())


def test_right_derivations_over_batches_raise_no_alarm() -> None:
    """Without a slip nothing is said."""
    for seed in range(40):
        batch = batches.Batch(seed)
        hand = {row: batch.derivative(row) for row in "wb"}
        for row in mx.compare(batch.values["L"], hand, names=batch.values).rows:
            assert row.ok
            assert row.explanation is None
