"""Orientation: where leaves are labelled as the parts of a matrix, the labels say what is a row and what a column."""

from __future__ import annotations

import re
from itertools import product

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.printing.step_names import BAR

from .printed import formulas

Z = f"z{BAR}1"
EVERY = list(product(range(3), range(2)))
BY_UNIT = sorted(EVERY, key=lambda index: index[::-1])
LABELS = ["W[{},{}]", "W{}{}", "W_{}_{}", "W_{{{}{}}}", "W_{{{},{}}}", "W({},{})"]


def layer(label, order):
    """Return the program of two units of three inputs; label(i, j) is that of the weight from input i to unit j."""
    w = {(i, j): Value(0.1 * (2 * i + j + 1), label(i, j)) for i, j in EVERY}
    b = [Value(0.1 * j, f"b[{j}]") for j in range(2)]
    f = lambda x: mx.sum([mx.tanh(mx.sum(w[i, j] * x[i] for i in range(3)) + b[j]) for j in range(2)])  # noqa: E731
    program = mx.compile(f, [*(w[index] for index in order), *b], target="numpy")
    program.value_and_grad([[1.0, 2.0, 3.0]])
    return program


def lines(program):
    """Return the lines that read or compute W, with their sizes, of the explanation and of both sources."""
    found = [[re.sub(r"\s{3,}", "   ", line) for line in program.explain().nests]]
    for language in ("python", "numpy"):
        found.append([line.strip("# ") for line in program.source(language).splitlines() if line.startswith("    # ")])
    return [[line for line in some if line.startswith(("z1", "∂W"))] for some in found]


@pytest.mark.parametrize("order", [EVERY, BY_UNIT], ids=["by row", "by unit"])
@pytest.mark.parametrize("style", LABELS)
def test_labels_decide_what_is_transposed(style, order):
    """W[i,j] from input i to unit j is Wᵀ·x, its gradient x·z̄ᵀ, in whatever order the parameters are listed."""
    program = layer(style.format, order)
    for found in lines(program):
        assert found == ["z1 = Wᵀ·x + b   2 sums of 4 terms", f"∂W += x·{Z}ᵀ   3 × 2 numbers"]
    note = "  W: by the indices of its labels; the leaves come in another order\n"
    assert (note in str(program.explain())) == (order is BY_UNIT)


@pytest.mark.parametrize("order", [EVERY, BY_UNIT], ids=["by row", "by unit"])
def test_labels_by_unit_are_not_transposed(order):
    """W[j,i] from input i to unit j is W·x."""
    for found in lines(layer(lambda i, j: f"W[{j},{i}]", order)):
        assert found == ["z1 = W·x + b   2 sums of 4 terms", f"∂W += {Z}·xᵀ   2 × 3 numbers"]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        (lambda i, j: f"W[{i},{1 - j}]", ["z1 = W[…]ᵀ·x + b   2 sums of 4 terms", f"∂W += x·{Z}[…]ᵀ   3 × 2 numbers"]),
        (lambda i, j: f"W[{2 - i},{j}]", ["z1 = Wᵀ·x[…] + b   2 sums of 4 terms", f"∂W += x[…]·{Z}ᵀ   3 × 2 numbers"]),
        (
            lambda i, j: f"W[{i},{j if i else 1 - j}]",
            ["z1 = W[…]·x + b   2 sums of 4 terms", f"∂W[…] += x·{Z}ᵀ   3 × 2 numbers"],
        ),
    ],
    ids=["units reversed", "inputs reversed", "mixed"],
)
def test_no_name_alone_stands_for_numbers_in_another_order(label, expected):
    """Where labels name other rows or columns than are read, the name says […], and the legend what this means."""
    program = layer(label, EVERY)
    for found in lines(program):
        assert found == expected
    name = re.search(r"(\w+)\[…\]", expected[0])[1]
    told = f"  {name}[…]: some of {name}, or {name} in another order than that of its indices\n"
    assert told in str(program.explain())


def test_a_matrix_that_is_computed_is_read_by_its_labels():
    """Units labelled in the opposite order are no tanh(z1) entry by entry."""
    w = [Value(0.5, "w[0]"), Value(-0.5, "w[1]")]

    def f(x):
        h = [mx.tanh(u * x) for u in w]
        for i, unit in enumerate(h):
            unit.label = f"h{1 - i}"
        return h[0] * h[1]

    found = formulas(mx.compile(f, w, target="numpy").explain([1.0]))
    assert found[:2] == ["z1 = w·x", "h = tanh(z1[…])"]


def test_constants_do_not_decide_the_order():
    """In the gradient of a batch that is written out, error signals stand in their order, whatever the constants."""
    rows = [[0.05, 0.1], [0.15, 0.3], [0.25, 0.5], [0.35, 0.7]]
    model = mx.nn.MLP(2, [3, 1], activation="tanh")
    program = mx.compile(lambda: mx.sum([model(row) ** 2 for row in rows]), model.parameters(), target="numpy")
    found = formulas(program.explain())
    assert found[0] == "z1 = constants·w1ᵀ + b1"
    assert found[-1] == f"∂w1 += {Z}ᵀ·constants"
