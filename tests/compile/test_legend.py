"""explain: what the legend says of the notation above it."""

from __future__ import annotations

import re

import pytest

import microgradx as mx
from microgradx import Value


@pytest.mark.parametrize(
    ("f", "words"),
    [
        (lambda x: mx.relu(x[0]) * mx.step(x[1] - 1), ["[z1 > 0]: 1 where z1 > 0, else 0"]),
        (
            lambda x: mx.where(x[0] > x[1], x[0], x[2]),
            ["[x[1] < x[0]]: 1 where x[1] < x[0], else 0", "select(c, x, y): x where c is not 0, else y"],
        ),
        (lambda x: mx.softmax(x)[0], ["detach(x): x, whose derivative is taken to be 0"]),
        (lambda x: mx.sum([mx.exp(mx.sum(x[:n])) for n in (2, 3)]), ["(z1, z2): these, one after the other"]),
        (lambda x: mx.exp(x[0]), []),
    ],
)
def test_notation_is_told_where_it_occurs(f, words):
    """What is no school mathematics in the formulas has its line below them, and what does not occur has none."""
    text = str(mx.compile(f, target="numpy").explain([[2.0, 1.0, 0.5]]))
    assert re.findall(r"^  (\S.*: .*)", text, re.MULTILINE) == words


def test_a_function_without_rows_has_no_mean():
    """Where no argument is read, the loss is the value, and its weight 1."""
    w = Value(2.0, "w")
    text = str(mx.compile(lambda: mx.exp(w) ** 2, [w], target="numpy").explain())
    assert "where L is value\n" in text
    assert "  weight: 1\n" in text
    assert "rows" not in text.partition("\nwhere\n")[2].partition("\nfunction and gradient")[0]
