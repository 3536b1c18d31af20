"""explain: what is printed is what the user wrote, and what becomes of it."""

from __future__ import annotations

import random

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.printing.blocks import Labels
from microgradx.compile.printing.step_names import BAR

from .printed import formulas, net
from .zoo import ZOO

EXAMPLES = [pytest.param(each, id=each.name) for each in ZOO]


def explained(f, *rows, **settings):
    """Return the explanation of a function on some rows."""
    return mx.compile(f, target="numpy", **settings).explain(*rows)


def test_a_net_is_the_formulas_of_its_layers():
    """The loops of a net are z = W·a + b for each layer, and their error signals the chain rule, under their labels."""
    found = net().explain([[1.0, 2.0]], [1.0])
    lines = formulas(found)
    assert lines[:6] == [
        "z1 = w1·x + b1",
        "a1 = relu(z1)",
        "z2 = w2·a1 + b2",
        "a2 = relu(z2)",
        "z3 = w3·a2 + b3 − y",
        "value = z3²",
    ]
    z1, z2, z3, a1, a2 = (f"{name[0]}{BAR}{name[1]}" for name in ("z1", "z2", "z3", "a1", "a2"))
    assert lines[6:] == [
        f"{z3} = 2·z3·weight",
        f"∂w3 += {z3}·a2",
        f"∂b3 += {z3}",
        f"{a2} = w3·{z3}",
        f"{z2} = {a2} ⊙ [z2 > 0]",
        f"∂w2 += {z2}·a1ᵀ",
        f"∂b2 += {z2}",
        f"{a1} = w2ᵀ·{z2}",
        f"{z1} = {a1} ⊙ [z1 > 0]",
        f"∂w1 += {z1}·xᵀ",
        f"∂b1 += {z1}",
    ]
    start = f"<lambda>(x, y) and its gradient: {found.operations} scalar operations are 17 matrix operations"
    assert str(found).startswith(start)


def test_the_running_example_is_what_was_written():
    """Logistic least squares is z, σ and the square, and its gradient the chain rule with σ′, each line once."""
    w, b = Value(0.5, "w"), Value(0.1, "b")
    found = explained(lambda x, t: (mx.sigmoid(w * x + b) - t) ** 2 / 2, [1.0], [0.0], parameters=[w, b])
    z1, z2, a1, a2 = (f"{name[0]}{BAR}{name[1]}" for name in ("z1", "z2", "a1", "a2"))
    assert formulas(found) == [
        "z1 = w·x + b",
        "a1 = σ(z1)",
        "z2 = a1 − t",
        "a2 = z2²",
        "value = a2 / 2",
        f"{a2} = 0.5·weight",
        f"{z2} = 2·z2·{a2}",
        f"{a1} = {z2}",
        f"{z1} = {a1}·σ′(z1)",
        f"∂w += {z1}·x",
        f"∂b += {z1}",
    ]
    assert found.operations == 6 + 7
    for words in (f"{a2}: the error signal of a2, ∂L/∂a2, where L is", "weight: 1/n", "σ′: the derivative of σ"):
        assert words in str(found)


def test_unrelated_products_are_apart():
    """A line is one matrix: a square and a product of the gradient at the same depth do not share it."""
    w = Value(0.5, "w")
    found = explained(lambda x, y: (w * x - y) ** 2 / y, [1.0], [2.0], parameters=[w])
    assert formulas(found) == [
        "z1 = w·x − y",
        "a1 = z1²",
        "value = a1 / y",
        f"a{BAR}1 = (1 / y)·weight",
        f"z{BAR}1 = 2·z1·a{BAR}1",
        f"∂w += z{BAR}1·x",
    ]


def test_parts_of_softmax_are_lines():
    """Cross-entropy with an index is logsumexp minus one score; a softmax by hand is its exp, sum and quotient."""
    model = mx.nn.MLP(4, [3])
    fused = explained(
        lambda x, c: mx.losses.cross_entropy(model(x), c), [[1.0] * 4], [1], parameters=model.parameters(), indices="c"
    )
    assert "value = logsumexp(a1)" in formulas(fused)
    assert f"a{BAR}1 = weight·logsumexp′(a1)" in formulas(fused)
    assert "logsumexp′: the derivative of logsumexp, softmax" in str(fused)
    assert "c: one-hot, 1 at the index and else 0" in str(fused)
    by_hand = formulas(explained(lambda x: mx.softmax(x), [[1.0, 2.0]]))
    assert by_hand == [
        "a1 = max(x)",
        "a2 = detach(a1)",
        "z1 = x − a2",
        "a3 = exp(z1)",
        "z2 = Σ a3",
        "value = a3 / z2",
    ]


def test_leaves_without_a_label_are_told_apart_by_their_use():
    """Neurons written by hand are W·x + b for each layer, whatever the order of their weights."""
    rng = random.Random(0)
    layers = [[[Value(rng.gauss(0.0, 1.0)) for _ in range(n + 1)] for _ in range(m)] for n, m in ((2, 8), (8, 1))]

    def f(x):
        for layer in layers:
            x = [mx.tanh(sum((w * xᵢ for w, xᵢ in zip(ws, x, strict=False)), ws[-1])) for ws in layer]
        return x[0]

    parameters = [v for layer in layers for ws in layer for v in ws]
    found = explained(f, [[1.0, 2.0]], parameters=parameters)
    assert formulas(found)[:4] == ["z1 = θ1 + θ2·x", "a1 = tanh(z1)", "z2 = θ3 + θ4·a1", "value = tanh(z2)"]
    assert "parameters without a label, by number: θ1 2, 5, 8, …, 23; θ2 0, 1, " in str(found)


def test_the_number_of_nests_does_not_grow_with_width():
    """A net of any width is as many matrix operations, of more scalar ones."""
    small = net((3, 8, 8, 1), "tanh").explain([[1.0] * 3], [1.0])
    large = net((6, 40, 30, 1), "tanh").explain([[1.0] * 6], [1.0])
    assert len(small.nests) == len(large.nests)
    assert large.operations > 5 * small.operations


def test_operations_are_counted():
    """Scalar operations of the recording, and arithmetic of the nests, are those that one counts by hand."""
    forward = explained(lambda x: mx.tanh(x[0] * x[1] + x[2]) - 1.0, [[1.0, 2.0, 3.0]])
    assert forward.operations == 4
    assert forward.counts == {"multiply-add": 1, "add": 3, "tanh": 1}
    w = Value(2.0, "w")
    both = explained(lambda x: w * x, [1.0], parameters=[w])
    assert formulas(both) == ["value = w·x", "∂w += weight·x"]
    assert both.counts == {"multiply-add": 2}


def test_signs_constants_and_parts():
    """Differences, constants and sums over parts of arguments are printed as they are."""
    assert formulas(explained(lambda x: x[0] - 2.5 * x[1], [[1.0, 2.0]])) == ["value = x[0] − 2.5·x[1]"]
    assert formulas(explained(lambda x, y: -x - y, [1.0], [2.0])) == ["value = −x − y"]
    assert formulas(explained(lambda x: mx.sum(x), [[1.0] * 5])) == ["value = Σ x"]


@pytest.mark.parametrize(("label", "expected"), [("w1[2,3]", "w1"), ("b", "b"), ("", ""), ("x[0]", "x")])
def test_labels_without_their_indices(label, expected):
    """Values labelled alike but for indices are one block."""
    assert Labels([label]).stems == [expected]


def test_labels_of_users_name_blocks():
    """What a function labels bears that name, its error signal the name with a bar."""
    w = [Value(1.0, f"w[{i}]") for i in range(4)]

    def f(x):
        hidden = [mx.tanh(wᵢ * x) for wᵢ in w]
        for i, h in enumerate(hidden):
            h.label = f"hidden[{i}]"
        return mx.dot(hidden, hidden)

    lines = formulas(explained(f, [1.0], parameters=w))
    assert "hidden = tanh(z1)" in lines
    assert any(line.startswith(f"h{BAR}idden = ") for line in lines)


def test_parts_of_a_matrix_are_told_by_their_indices():
    """Where a part of a labelled matrix, or of an argument, is read, it bears the indices of that part."""
    w = [[Value(1.0, f"w[{i},{j}]") for j in range(2)] for i in range(3)]
    lines = formulas(
        explained(lambda x: mx.dot(w[1], x[0]) + x[1][0], [[[1.0] * 2] * 2], parameters=[*w[0], *w[1], *w[2]])
    )
    assert lines == ["value = w[1]·x[0] + x[1,0]", "∂w[1] += weight·x[0]"]
