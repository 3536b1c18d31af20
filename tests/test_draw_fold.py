"""A batch is drawn as one of its examples and a count."""

from __future__ import annotations

import microgradx as mx
from microgradx.draw import draw

from .test_draw_look import batch


def test_a_batch_is_folded_to_one_example_and_a_count() -> None:
    """Of eight examples one is drawn with the parameters that all share; a box counts the others."""
    L = batch()
    lines = draw(L, fold=True).text().splitlines()
    assert sum("w2[1,1]" in line for line in lines) == 1
    assert sum("... 7 more alike" in line for line in lines) == 1
    assert len(draw(L, fold=False).text().splitlines()) > 5 * len(lines)


def test_sums_written_with_plus_fold_too() -> None:
    """(l₁ + l₂) + l₃ + … is one sum."""
    w = mx.Value(0.5, "w")
    L = sum(((w * float(x) - 1.0) ** 2 for x in range(6)), start=mx.Value(0.0, "start"))
    assert draw(L, fold=True).text().splitlines()[-1] == "`-- ... 5 more alike"


def test_only_what_is_computed_alike_is_folded() -> None:
    """Another formula, another exponent and another parameter are drawn; data and targets may differ."""
    w, v = mx.Value(0.5, "w"), mx.Value(0.7, "v")
    alike = [(w * x) ** 2 for x in (1.0, 2.0, 3.0)]
    other = [(w * 4.0) ** 3, (v * 5.0) ** 2, (v * 6.0) ** 2, (w * 7.0).tanh()]
    text = draw(mx.sum(alike + other), fold=True, grad=False).text()
    assert text.count("alike") == 1
    assert "2 more alike" in text
    assert text.count("**") == 1 + 3


def test_a_graph_too_large_is_folded_before_it_is_summarised() -> None:
    """A batch that exceeds the limit is drawn folded; fold=False gives the summary."""
    X, y = mx.datasets.moons(100)
    model = mx.nn.MLP(2, [2, 1])
    L = mx.losses.mse_loss([model(x) for x in X], y)
    assert "99 more alike" in draw(L).text()
    assert draw(L, fold=False).text().splitlines()[0].endswith(" nodes:")


def test_folding_a_long_sum_needs_no_recursion() -> None:
    """A sum of 20,000 terms written with + is folded."""
    w = mx.Value(0.5, "w")
    L = w * 1.0
    for i in range(20_000):
        L = L + w * float(i)
    assert "20,000 more alike" in draw(L).text()
