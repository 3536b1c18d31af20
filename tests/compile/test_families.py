"""Families: labels that are the indices of one matrix, which explain then shows as one; never where it is in doubt."""

from __future__ import annotations

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.printing.blocks import SOME, Block, Labels, Step
from microgradx.compile.printing.step_names import BAR

from .printed import formulas


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ("A00 A01 A10 A11", "A(0,0) A(0,1) A(1,0) A(1,1)"),
        ("w11 w12 w21 w22 b1 b2", "w(1,1) w(1,2) w(2,1) w(2,2) b(1) b(2)"),
        ("W_1_2 W_1_1", "W(1,2) W(1,1)"),
        ("W0,0 W1,0", "W(0,0) W(1,0)"),
        ("w1_1 w1_2 w1_3 w2_1 w2_2", "w1(1) w1(2) w1(3) w2(1) w2(2)"),
        ("w11 w12 w13 w21", "w1(1) w1(2) w1(3) w21"),
        ("w111 w112 w121 w122 w211 w212", "w1(1,1) w1(1,2) w1(2,1) w1(2,2) w2(1,1) w2(1,2)"),
        ("x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11", " ".join(f"x({i})" for i in range(1, 12))),
        ("μ1 μ2 σ", "μ(1) μ(2) σ"),
        ("w[1,2] w[1,3] b", "w(1,2) w(1,3) b"),
        ("w1 w3", "w1 w3"),  # one is missing
        ("w2 w3", "w2 w3"),  # does not begin at 0 or 1
        ("w w1 w2", "w w1 w2"),  # w is something else
        ("w[0] w1 w2", "w(0) w1 w2"),
        ("w1 w2 w11 w12 w21 w22", "w1 w2 w11 w12 w21 w22"),  # a vector or a matrix
        ("A00 A01 A10", "A0(0) A0(1) A10"),  # no full grid, but a full row
        ("1 2 3", "1 2 3"),
        ("k1", "k1"),
        ("w_{11} w_{12} w_{21} w_{22}", "w(1,1) w(1,2) w(2,1) w(2,2)"),
        ("w_{1,1} w_{1,2}", "w(1,1) w(1,2)"),
        ("w(1,1) w(1,2)", "w(1,1) w(1,2)"),
        ("w₁₁ w₁₂ b₁ b₂", "w(1,1) w(1,2) b(1) b(2)"),
        ("W^{(1)}_{11} W^{(1)}_{12} W^{(2)}_{11}", "W^{(1)}(1,1) W^{(1)}(1,2) W^{(2)}_{11}"),
        ("w⁽¹⁾₁₁ w⁽¹⁾₁₂ w⁽²⁾₁₁ w⁽²⁾₁₂", "w⁽¹⁾(1,1) w⁽¹⁾(1,2) w⁽²⁾(1,1) w⁽²⁾(1,2)"),
        (" ".join(f"w_{i}" for i in range(1, 13)), " ".join(f"w({i})" for i in range(1, 13))),
        (" ".join(f"θ_{i}" for i in range(12)), " ".join(f"θ({i})" for i in range(12))),
        ("w1-1 w1-2", "w1-1 w1-2"),  # perhaps a difference
        ("w.1 w.2", "w.1 w.2"),
        ("w_{1} w_{2} w1 w2", "w_{1} w_{2} w1 w2"),  # two matrices of one name
        ("w(1) w(2) w", "w(1) w(2) w"),
        ("a\r1 a\r2", "a�1 a�2"),
    ],
)
def test_labels_are_families_only_where_nothing_else_can_be_meant(labels, expected):
    """A full grid of indices is a matrix; where one is missing, or a name is in use, labels stay what they are."""
    labels = labels.split(" ")
    found = Labels(labels)
    steps = [found.step(i) for i in range(len(labels))]
    told = [s.block + (f"({','.join(map(str, s.indices))})" if s.indices else "") for s in steps]
    assert " ".join(told) == expected


def layer(label):
    """Return the program of a layer of three units whose weights are labelled so."""
    w = [[Value(0.1 * i - 0.2 * j, label("A", i, j)) for j in range(3)] for i in range(3)]
    b = [Value(0.1 * i, label("b", i)) for i in range(3)]
    f = lambda x: mx.sum([mx.tanh(mx.dot(w[i], x) + b[i]) for i in range(3)])  # noqa: E731
    return mx.compile(f, [*(v for row in w for v in row), *b], target="numpy")


LABELS = {
    "A00": lambda name, *i: name + "".join(map(str, i)),
    "A_0_0": lambda name, *i: "_".join((name, *map(str, i))),
    "A11": lambda name, *i: name + "".join(str(k + 1) for k in i),
}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_a_layer_is_one_line_however_its_weights_are_labelled(label):
    """A00 and A_0_0 are shown as A[0,0] is, and the legend says what A is."""
    expected = layer(lambda name, *i: f"{name}[{','.join(map(str, i))}]").explain([[1.0, 2.0, 3.0]])
    found = layer(label).explain([[1.0, 2.0, 3.0]])
    assert found.nests == expected.nests
    assert len(found.nests) == 7
    names = [label("A", 0, 0), label("A", 0, 1), "…", label("A", 2, 2)]
    assert f"  A: {', '.join(names)}\n" in str(found)


def test_a_number_of_a_family_keeps_its_label():
    """One weight alone is called as its user labelled it, a row by its index."""
    a = [[Value(1.0 + i + j, f"A{i}{j}") for j in range(3)] for i in range(2)]
    f = lambda x: mx.dot(a[0], x) * mx.tanh(a[1][2])  # noqa: E731
    text = str(mx.compile(f, a[0] + a[1], target="numpy").explain([[1.0, 2.0, 3.0]]))
    for words in ("a1 = tanh(A12) ", "z1 = A[0]·x ", "∂A[0] += ", "∂A12 += ", "  A: A00, A01, …, A12\n"):
        assert words in text


def test_arguments_and_parameters_are_not_taken_for_each_other():
    """Parameters x1, x2 beside an argument x are no matrix x."""
    x1, x2 = Value(1.0, "x1"), Value(2.0, "x2")
    text = str(mx.compile(lambda x: x1 * x[0] + x2 * x[1], [x1, x2], target="numpy").explain([[1.0, 2.0]]))
    assert "value = x1·x[0] + x2·x[1] " in text


def test_labels_in_the_function_and_of_inputs_are_families_too():
    """Hidden units h1, h2 are the block h, and the inputs x1, x2 of a graph the block x."""
    x, w = [Value(1.0, "x1"), Value(2.0, "x2")], [Value(0.5, "w1"), Value(-0.5, "w2")]
    h = [mx.tanh(u * v) for u, v in zip(w, x, strict=True)]
    for i, unit in enumerate(h):
        unit.label = f"h{i + 1}"
    lines = formulas(mx.compile_graph(mx.sum(h), x, w, target="numpy").explain())
    assert lines[:3] == ["z1 = w ⊙ x", "h = tanh(z1)", "value = Σ h"]


def test_it_is_said_how_to_label_weights():
    """Where many leaves are shown one by one although their labels end in numbers, the text says what to write."""
    odd = [Value(float(i), f"k{2 * i}") for i in range(1, 9)]
    f = lambda x: mx.sum([k * x for k in odd])  # noqa: E731
    advice = "leaves whose labels have their indices in brackets, as w[0,1], are shown as one matrix"
    assert advice in " ".join(str(mx.compile(f, odd, target="numpy").explain([1.0])).split())
    for i, k in enumerate(odd):
        k.label = f"k{i}"
    assert advice not in " ".join(str(mx.compile(f, odd, target="numpy").explain([1.0])).split())


@pytest.mark.parametrize("seed", range(200))
def test_no_two_parts_of_a_block_bear_one_name(seed):
    """The indices in a name are those of the part and of nothing else: read back, they give it."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 5, rng.integers(1, 4)).tolist()
    every = [index for index in np.ndindex(*shape) if rng.random() < rng.choice([1.0, 1.0, 0.8])] or [(0,) * len(shape)]
    block = Block("w", np.arange(len(every)), lambda: [Step("w", index) for index in every])
    kept = [rng.choice(n, rng.integers(1, n + 1), replace=False) for n in shape]
    part = [i for i, index in enumerate(every) if all(k in some for k, some in zip(index, kept, strict=True))]
    if not part:
        return
    name = block.part(np.array(part))
    if not name.endswith(SOME):
        assert [i for i, index in enumerate(every) if is_in(index, name)] == part


def is_in(index, name):
    """Return whether a name such as w[1,:,0…4 by 2] is that of a part with these indices."""
    words = name.partition("[")[2].removesuffix("]")
    for k, word in zip(index, words.split(",") if words else [], strict=False):
        first, _, rest = word.partition("…")
        last, _, step = rest.partition(" by ")
        if word != ":" and k not in range(int(first), int(last or first) + 1, int(step or 1)):
            return False
    return True


def test_labels_of_leaves_and_of_what_is_computed_do_not_meet():
    """Hidden units that are labelled as the weights are get names of their own."""
    w = [Value(0.5, "w1"), Value(-0.5, "w2")]

    def f(x):
        h = [mx.tanh(u * x) for u in w]
        for i, unit in enumerate(h):
            unit.label = f"w{i + 1}"
        return h[0] * h[1] + mx.exp(h[0]) * w[1]

    lines = formulas(mx.compile(f, w, target="numpy").explain([1.0]))
    assert lines[:4] == [
        "z1 = w·x",
        "w₂ = tanh(z1)",
        "a1 = exp(w₂[1])",
        "value = w₂[1]·w₂[2] + w2·a1",
    ]


def test_leaves_of_one_label_are_told_apart_by_what_reads_them():
    """Weights and biases that are all labelled w are w and w₂, in explanations and sources, numbered in a legend."""
    w = [[Value(0.1, "w") for _ in range(4)] for _ in range(3)]
    b = [Value(0.1, "w") for _ in range(3)]
    f = lambda x: mx.sum([mx.tanh(mx.dot(row, x) + each) for row, each in zip(w, b, strict=True)])  # noqa: E731
    program = mx.compile(f, [*(v for row in w for v in row), *b], target="numpy")
    text = str(program.explain([[1.0, 2.0, 3.0, 4.0]]))
    note = "leaves with equal labels, by number: w 0…11; w₂ 12…14"
    for words in ("z1 = w·x + w₂ ", f"∂w += z{BAR}1·xᵀ ", f"∂w₂ += z{BAR}1 ", f"  {note}\n"):
        assert words in text
    for words in ("# z1 = w·x + w₂ ", f"# ∂w += z{BAR}1·xᵀ ", f"# ∂w₂ += z{BAR}1 ", note):
        assert words in program.source("numpy")


@pytest.mark.parametrize("label", [f"z{BAR}1", f"a{BAR}1", "\u01011"])
def test_error_signals_and_leaves_do_not_bear_one_name(label):
    """A leaf labelled z̄1 keeps its name, however it is encoded, and the error signal of z1 gets another."""
    w, b = Value(0.3, label), Value(0.2, "b")
    program = mx.compile(lambda x: mx.exp(mx.tanh(w * x + b)), [w, b], target="numpy")
    program.value_and_grad([1.0])
    signal = f"z{BAR}1₂" if label[0] == "z" else f"z{BAR}1"
    assert f"∂{label} += {signal}·x " in str(program.explain())
    assert f"# ∂{label} += {signal}·x " in program.source("python")
    assert label[0] == "z" or f"a{BAR}1₂ = " in str(program.explain())
