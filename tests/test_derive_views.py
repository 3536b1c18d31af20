"""What a derivation looks like: MathML and LaTeX that are well formed, layers with shapes, names that are inert."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.derive.mathml import mathml
from microgradx.derive.typeset import text
from microgradx.primitives import TABLE

from .test_derive import GRAPHS, logistic, network

HOSTILE = [
    '"><script>alert(1)</script>',
    r"\input{/etc/passwd}",
    "a\nb$ & # _ ^ ~ %",
    "}" * 30,
    "x" * 10_000,
    "\u202e",
    "ß",
]


def parsed(html: str) -> ElementTree.Element:
    """Return HTML as a tree; it raises unless each element is closed and each sign escaped."""
    return ElementTree.fromstring(html)


def balanced(tex: str) -> bool:
    """Return whether braces, \\left and \\right, and environments come in pairs."""
    bare = re.sub(r"\\[{}]", "", tex)
    depth = 0
    for c in bare:
        depth += (c == "{") - (c == "}")
        if depth < 0:
            return False
    pairs = tex.count(r"\left") - tex.count(r"\leftarrow"), tex.count(r"\right") - tex.count(r"\rightarrow")
    return depth == 0 and pairs[0] == pairs[1] and tex.count(r"\begin{") == tex.count(r"\end{")


@pytest.mark.parametrize("slide", [False, True])
@pytest.mark.parametrize("profile", ["error signals", "partials", "layers"])
@pytest.mark.parametrize("graph", GRAPHS)
def test_every_view_is_well_formed(graph: Any, profile: str, slide: bool) -> None:
    """HTML parses as XML and needs no script, LaTeX is balanced and has no name undefined, text has no LaTeX."""
    L, names = graph()
    if profile == "layers" and graph is not network:
        return
    derivation = mx.derive(L, None, names, profile, slide=slide)
    tree = parsed(derivation._repr_html_())
    assert {e.tag for e in tree.iter()} & {"script", "img", "link", "style"} == set()
    shown = min(len([line for line in derivation.lines if line.kind == "backward"]), 11 if slide else 1000)
    assert len(list(tree.iter("math"))) > 2 * shown
    assert balanced(derivation.latex)
    assert "\\" not in str(derivation)
    assert "\\" not in "".join(tree.itertext())
    assert derivation._repr_latex_().startswith("$$\n")


def test_every_row_is_set() -> None:
    """The LaTeX of each row is understood: no command is left in the text, and the MathML is well formed."""
    for p in TABLE:
        tex = p.tex.format("x", "y")
        assert "\\" not in text(tex), p.name
        assert "\\" not in "".join(parsed(mathml(tex)).itertext()), p.name


@pytest.mark.parametrize("profile", ["error signals", "partials"])
@pytest.mark.parametrize("label", HOSTILE)
def test_hostile_names_are_inert(label: str, profile: str) -> None:
    """A label with markup, commands, a line break or ten thousand characters breaks no view."""
    w, x = Value(2.0, label), Value(3.0, "x")
    derivation = mx.derive((w * x).sigmoid(), None, profile=profile)
    html = derivation._repr_html_()
    assert "script" not in {e.tag for e in parsed(html).iter()}
    assert len(html) < 30_000
    assert balanced(derivation.latex)
    assert r"\input" not in derivation.latex
    assert all(len(line) < 400 for line in str(derivation).splitlines())
    assert len(str(derivation).splitlines()) == len(str(mx.derive((Value(2.0, "w") * x).sigmoid())).splitlines())


def test_an_unknown_command_stays_visible() -> None:
    """What the converter does not know is shown as it is, and nothing after it is lost."""
    assert text(r"\foo{x} + 1") == r"\foox + 1"
    assert "".join(parsed(mathml(r"\foo{x} + 1")).itertext()) == r"\foox+1"


@pytest.mark.parametrize(
    ("inside", "is_tall"),
    [
        ("z", False),
        (r"1 - \tanh^{2} z_{1}", False),
        (r"\frac{1}{z}", True),
        (r"-\sqrt{z}", True),
        (r"e^{\frac{1}{2}}", True),
    ],
)
def test_only_what_is_tall_stretches_its_brackets(inside: str, is_tall: bool) -> None:
    """Brackets around a fraction or a root grow with it; around one line they stay as they are in every browser."""
    found = mathml(rf"\left({inside}\right)")
    assert found.count(f'stretchy="{str(is_tall).lower()}"') == 2
    assert found.count("stretchy") == 2


@pytest.mark.parametrize("tex", ["σ(z)", r"\sigma(\frac{1}{2})", "[z]", "|z|"])
def test_brackets_that_are_no_fences_never_stretch(tex: str) -> None:
    """As in TeX, only `\\left` and `\\right` grow with what is between them."""
    assert mathml(tex).count('stretchy="false"') == mathml(tex).count("<mo") == 2


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"\frac{a + b}{c\,d}", "(a + b)/(c·d)"),
        (r"-\frac{1}{2}", "−½"),
        (r"e^{-z}", "e^(−z)"),
        (r"x^{12}_{3}", "x¹²₃"),
        (r"\sqrt{x + 1}", "√(x + 1)"),
        (r"\log \left(1 - y\right)", "log(1 − y)"),
        (r"\log y_{1}", "log y₁"),
        (r"\mathbb{1}[z > 0]", "𝟙[z > 0]"),
        (r"\begin{bmatrix}1 & -2 \\ 3 & 4\end{bmatrix}", "[1, −2; 3, 4]"),
        (r"x = -1", "x = −1"),
    ],
)
def test_formulas_as_text(tex: str, expected: str) -> None:
    """Fractions, powers, roots and matrices keep their meaning in one line."""
    assert text(tex) == expected


def test_a_slide_is_short() -> None:
    """A slide has no numbers and at most eleven lines a column, and says how many it leaves out."""
    L_reg, names = logistic()
    slide = mx.derive(L_reg, [names["w"], names["b"]], names, slide=True)
    assert "0.2362" not in slide.html + str(slide) + slide.latex
    w = Value(2.0, "w")
    third = mx.derive((w + (t := w * 2)) / 3, w, {"t": t}, slide=True)
    assert "0.3333" not in third.html + str(third) + third.latex
    L, _ = network()
    long = mx.derive(L, slide=True)
    assert "more" in str(long)
    assert len(str(long).splitlines()) <= 2 * (1 + 11 + 1)


def net(activation: str, output: str = "linear", examples: int = 2) -> tuple[Value, mx.nn.MLP]:
    """Return a network's loss over some examples, and the network."""
    model = mx.nn.MLP(2, [3, 4, 2], activation=activation, output=output)
    X = [[0.5, -1.0], [1.0, 2.0], [0.3, 0.3]][:examples]
    return mx.losses.mse_loss([model(x) for x in X], [[1.0, 0.0]] * examples), model


@pytest.mark.parametrize("examples", [1, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "softplus", "leaky_relu", "linear"])
def test_layers_have_the_matrices_of_backprop(activation: str, examples: int) -> None:
    """β^l, ∇W^l and ∇b^l are the error signals of the engine, and the recursion gives one from the other."""
    L, model = net(activation, examples=examples)
    derivation = mx.derive(L, profile="layers")
    found = {line.text.split(" = ")[0]: line for line in derivation.lines}
    for l, layer in enumerate(model.layers, 1):
        number = "⁰¹²³"[l]
        weights = [mx.grad(L, neuron.w) for neuron in layer.neurons]
        assert found[f"∂L/∂W{number}"].value == weights
        assert found[f"∂L/∂b{number}"].value == [mx.grad(L, [neuron.b for neuron in layer.neurons])]
        β, below = found[f"β{number}"].value, found[f"h{'⁰¹²³'[l - 1]}"].value
        assert (len(β), len(β[0])) == (examples, len(layer.neurons))
        for j, row in enumerate(weights):
            product = [sum(β[n][j] * below[n][i] for n in range(examples)) for i in range(len(row))]
            assert product == pytest.approx(row, rel=1e-12, abs=1e-15)


def test_layers_state_their_shapes() -> None:
    """The recursion and the gradients are written with the shapes of their matrices."""
    L, model = net("sigmoid", examples=3)
    lines = str(mx.derive(L, profile="layers"))
    assert "β² = (β³·W³) ∗ σ′(z²)" in lines
    assert "(3×2)(2×4) = 3×4" in lines
    assert "∂L/∂W¹ = (β¹)ᵀ·h⁰" in lines
    one = mx.derive(L, model.layers[2].neurons[0].w[0], profile="layers")
    assert [line.text.split(" = ")[0] for line in one.lines if line.kind == "backward"] == ["β³", "∂L/∂W³", "∂L/∂b³"]


def test_layers_tell_of_other_ways() -> None:
    """With a penalty on the weights the line says that more arrives than (β)ᵀh, and the number is the whole."""
    L, model = net("tanh")
    L = L + 0.1 * mx.losses.l2_penalty(model.parameters())
    derivation = mx.derive(L, profile="layers")
    line = next(line for line in derivation.lines if line.text.startswith("∂L/∂W¹"))
    assert line.text == "∂L/∂W¹ = (β¹)ᵀ·h⁰ + from other uses of W"
    assert line.value == [mx.grad(L, neuron.w) for neuron in model.layers[0].neurons]


def test_layers_refuse_what_has_none() -> None:
    """A residual network, and an activation that is no row, are refused with the way out."""
    inner = mx.nn.Residual(mx.nn.Layer(2, 2, "relu"))
    first, last = mx.nn.Layer(2, 2, "tanh"), mx.nn.Layer(2, 1)
    y = last(inner(first([1.0, 2.0])))[0]
    with pytest.raises(ValueError, match="profile='error signals'"):
        mx.derive(y * y, profile="layers")
    swish = mx.nn.MLP(2, [2, 1], activation=lambda z: z * mx.sigmoid(z))
    with pytest.raises(ValueError, match="profile='error signals'"):
        mx.derive(swish([1.0, 2.0]) ** 2, profile="layers")


def test_a_line_of_a_layer_is_found_by_its_nodes() -> None:
    """Each pre-activation, weight and bias of a layer leads to the line about it."""
    L, model = net("tanh")
    derivation = mx.derive(L, profile="layers")
    w = model.layers[1].neurons[2].w[1]
    line = derivation.line_of(w, "backward")
    assert line is not None
    assert line.text.startswith("∂L/∂W²")
