"""Derivations say what backprop computes, in the notation of the lectures."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.derive.lines import Derivation
from microgradx.replay import Replay

from .programs import random_program

BAR = "\u0304"


def leaves(**numbers: float) -> list[Value]:
    """Return a leaf for each name."""
    return [Value(x, name) for name, x in numbers.items()]


def logistic() -> tuple[Value, dict[str, Any]]:
    """Return L2-regularised logistic least squares, with its names (CSC 311, lecture 4)."""
    w, x, b, t, lam = leaves(w=2.0, x=3.0, b=-5.0, t=1.0, λ=0.1)
    z = w * x + b
    y = z.sigmoid()
    L = (y - t) ** 2 / 2
    R = w**2 / 2
    L_reg = L + lam * R
    return L_reg, {"w": w, "b": b, "z": z, "y": y, "L": L, "R": R, "L_reg": L_reg}


def softmax_by_hand() -> tuple[Value, dict[str, Any]]:
    """Return the cross-entropy of a softmax over three classes (CSC 311, lecture 4)."""
    z = leaves(z1=0.1, z2=0.2, z3=0.3)
    e = [zₖ.exp() for zₖ in z]
    S = mx.sum(e)
    y = [eₖ / S for eₖ in e]
    t = leaves(t1=0.0, t2=1.0, t3=0.0)
    L = -mx.dot(t, [yₖ.log() for yₖ in y])
    return L, {"S": S, **{f"e{k}": v for k, v in enumerate(e, 1)}, **{f"y{k}": v for k, v in enumerate(y, 1)}}


def network() -> tuple[Value, dict[str, Any]]:
    """Return the mean squared error of a network of nn over two examples."""
    model = mx.nn.MLP(2, [3, 2], activation="tanh")
    return mx.losses.mse_loss([model([1.0, 2.0]), model([0.5, -1.0])], [[1.0, 0.0], [0.0, 1.0]]), {}


def residual() -> tuple[Value, dict[str, Any]]:
    """Return a residual block with a leaky ReLU."""
    x, w1, w2, t = leaves(x=0.5, w1=0.3, w2=-0.7, t=1.0)
    h = mx.leaky_relu(w1 * x)
    a = w2 * h + x
    return (a - t) ** 2, {"h": h, "a": a}


GRAPHS = (logistic, softmax_by_hand, network, residual)


def backward_texts(derivation: Derivation) -> list[str]:
    """Return the equations of error signals."""
    return [line.text for line in derivation.lines if line.kind == "backward"]


def test_the_slide_of_the_lecture() -> None:
    """Logistic least squares with a penalty is derived as on slide 38: fan-out of w is a sum over children."""
    L_reg, names = logistic()
    derivation = mx.derive(L_reg, [names["w"], names["b"]], names)
    forward = [line.text for line in derivation.lines if line.kind == "forward"]
    assert forward == ["z = w·x + b", "y = σ(z)", "L = ½(y − t)²", "R = ½w²", "L_reg = L + λ·R"]
    assert backward_texts(derivation) == [
        f"L{BAR}_reg",
        f"R{BAR} = λ",
        f"L{BAR}",
        f"y{BAR} = L{BAR}·(y − t)",
        f"z{BAR} = y{BAR}·σ′(z)",
        f"b{BAR} = z{BAR}",
        f"w{BAR} = z{BAR}·x + R{BAR}·w",
    ]
    line = derivation.line_of(names["w"], "backward")
    assert line is not None
    assert line.tex == r"\bar{w} = \bar{z}\,x + \bar{R}\,w"
    assert [c.user for c in line.contributions] == [names["z"], names["R"]]


def test_half_a_square_gives_the_difference() -> None:
    """2 · ½ is left out, however the ½ was written: ȳ = y − t."""
    for half in (lambda u: u / 2, lambda u: 0.5 * u, lambda u: u * (1 / 2)):
        y, t = leaves(y=0.7, t=1.0)
        derivation = mx.derive(half((y - t) ** 2), y)
        assert backward_texts(derivation)[-1] == f"y{BAR} = y − t"
        assert str(derivation).endswith("= 0.7 − 1 = −0.3")


def test_partials_are_chained_in_the_other_notation() -> None:
    """In 6.390's notation a line shows the chain first, then what the partials are."""
    _, names = logistic()
    texts = backward_texts(mx.derive(names["L"], names["w"], names, profile="partials"))
    assert texts == ["∂L/∂L", "∂L/∂y = y − t", "∂L/∂z = ∂L/∂y·∂y/∂z = ∂L/∂y·σ′(z)", "∂L/∂w = ∂L/∂z·∂z/∂w = ∂L/∂z·x"]


@pytest.mark.parametrize("profile", ["error signals", "partials"])
@pytest.mark.parametrize("inline", [True, False])
@pytest.mark.parametrize("graph", GRAPHS)
def test_every_number_is_that_of_backprop(graph: Any, inline: bool, profile: str) -> None:
    """The value of each line is that of the graph or of mx.grad, and its contributions add up to it."""
    L, names = graph()
    derivation = mx.derive(L, Replay(L).order if not inline else None, names, profile)
    seen = set()
    for line in derivation.lines:
        if line.kind == "backward":
            assert line.value == mx.grad(L, line.node)
            assert sum(c.amount for c in line.contributions) == pytest.approx(
                line.value if line.contributions else 0.0, rel=1e-12, abs=1e-15
            )
            seen.add(id(line.node))
        else:
            assert line.value == line.node.data
        shown = re.sub(r"[^\d.e−-]", "", str(line).rsplit("=", 1)[1].split("·10")[0]).replace("−", "-")
        if "·10" not in str(line).rsplit("=", 1)[1]:
            assert float(shown) == pytest.approx(line.value, rel=1e-3, abs=1e-12)
    if not inline:
        reached = {id(v) for v in Replay(L).order if mx.grad(L, v) != 0.0}
        assert reached <= seen


def test_random_programs_derive_to_their_gradients() -> None:
    """For random graphs over all rows each error signal's formula comes to the number of backprop."""
    rng = random.Random(0)
    for _ in range(40):
        program = random_program(rng, 12)
        inputs = [Value(x, f"x{i}") for i, x in enumerate(program.inputs)]
        L = program(inputs)
        if not isinstance(L, Value):
            continue
        used = [v for v in Replay(L).order if v.label]
        for line in mx.derive(L, used).lines:
            if line.kind == "backward" and line.contributions:
                total = sum(c.amount for c in line.contributions)
                assert total == pytest.approx(mx.grad(L, line.node), rel=1e-6, abs=1e-9)


def test_an_expanded_neuron_is_a_sequence_of_primitives() -> None:
    """Without inlining the expanded neuron is the sequence t₁, t₂, … of the Ihler/Ng slides."""
    _, names = logistic()
    derivation = mx.derive(mx.expand(names["L"]), names["w"], inline=False)
    forward = [line.text for line in derivation.lines if line.kind == "forward"]
    assert forward == [
        "t1 = w·x", "t2 = t1 + b", "t3 = −t2", "t4 = e^t3", "t5 = 1 + t4", "t6 = 1/t5", "t7 = t6 − t", "t8 = t7²",
        "L = ½t8",
    ]  # fmt: skip
    assert backward_texts(derivation)[-1] == f"w{BAR} = t{BAR}1·x"


def test_only_what_leads_to_the_wanted_node_is_derived() -> None:
    """With wrt=b no line derives w, x or R."""
    L_reg, names = logistic()
    derived = {line.node for line in mx.derive(L_reg, names["b"], names).lines if line.kind == "backward"}
    assert derived == {names[n] for n in ("L_reg", "L", "y", "z", "b")}
    by_name = mx.derive(L_reg, "b", names)
    assert str(by_name) == str(mx.derive(L_reg, names["b"], names))


def test_an_inlined_node_has_the_line_of_its_user() -> None:
    """A node without a name is found in the line of the node that it is written into."""
    L_reg, names = logistic()
    derivation = mx.derive(L_reg, names["w"], names)
    square = names["L"].operands[0]
    assert derivation.line_of(square) is derivation.line_of(names["L"])
    assert derivation.line_of(Value(1.0)) is None


def test_a_node_without_a_path_gets_a_zero() -> None:
    """A node that the output does not depend on, or only through detach, has the error signal 0."""
    x, q = leaves(x=2.0, q=3.0)
    derivation = mx.derive(x * mx.detach(q) + 1.0, q)
    assert [str(line) for line in derivation.lines if line.kind == "backward"][-1] == f"q{BAR} = 0"


def test_a_long_sum_is_cut_and_says_so() -> None:
    """A sum of a hundred terms is written with its first and last terms and the number of those between."""
    xs = [Value(1.0, f"x{i}") for i in range(100)]
    L = mx.sum(xs)
    line = mx.derive(L, xs[0]).line_of(L)
    assert line is not None
    assert line.text == "L = x0 + x1 + x2 + ⋯ (96 more) + x99"


def test_edges_are_decided_by_the_recorded_number() -> None:
    """Kinks and poles give the numbers of the written policy, and no error."""
    x = Value(0.0, "x")
    assert mx.derive(mx.relu(x), x).lines[-1].value == 0.0
    assert mx.derive(mx.sqrt(x), x).lines[-1].value == math.inf
    assert mx.derive(x**0, x).lines[-1].value == 0.0
    assert mx.derive(mx.max(x, x), x).lines[-1].value == 1.0
    assert "−∞" in str(mx.derive(Value(-math.inf, "u") * 1.0))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda L: mx.derive(L, profile="physics"), "no notation named 'physics'"),
        (lambda L: mx.derive(L, "ww"), "no node named 'ww'"),
        (lambda L: mx.derive(L, limit=3), "more than limit=3"),
        (lambda L: mx.derive(L, profile="layers"), "as layers of mx.nn record them"),
    ],
)
def test_mistakes_are_explained(call: Any, message: str) -> None:
    """A wrong profile, name or size is a ValueError that says the way out."""
    with pytest.raises(ValueError, match=message):
        call(logistic()[0])


def test_wrong_kinds_are_refused() -> None:
    """What is no node is a TypeError."""
    with pytest.raises(TypeError, match="wrt= takes nodes"):
        mx.derive(logistic()[0], 3.0)
    with pytest.raises(TypeError, match="a graph is given by its output"):
        mx.derive(3.0)  # type: ignore[arg-type]
