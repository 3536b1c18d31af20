"""What a derivation tells is what holds: partials, names and arguments that cannot be taken for another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.derive import Derivation
from microgradx.notation import Notation, bar

from .test_derive import BAR, backward_texts, leaves


def fan_out() -> tuple[Value, Value, Value]:
    """Return L = h² + w with h = w x, and w and h: w reaches L directly and through h."""
    w, x = leaves(w=0.5, x=2.0)
    h = w * x
    h.label = "h"
    return h**2 + w, w, h


def test_the_total_derivative_has_a_symbol_of_its_own() -> None:
    """Where a node reaches the output directly too, the direct term is written as its formula, not as ∂L/∂w again."""
    L, w, _ = fan_out()
    line = mx.derive(L, w, profile="partials").lines[-1]
    assert str(line) == "∂L/∂w = ∂L/∂h·∂h/∂w + 1 = ∂L/∂h·x + 1 = 2·2 + 1 = 5"
    assert line.tex.count(r"\frac{\partial L}{\partial w}") == 1


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (lambda u, v: -mx.log(u / v), "L = −log(u/v)"),
        (lambda u, v: mx.sin(u - v), "L = sin(u − v)"),
        (lambda u, v: mx.log(u**2), "L = log(u²)"),
        (lambda u, v: mx.log(u * v), "L = log(u·v)"),
        (lambda u, v: mx.log(u + v), "L = log(u + v)"),
        (lambda u, v: mx.log(u / 2), "L = log(½u)"),
        (lambda u, v: mx.log(u) / v, "L = (log u)/v"),
        (lambda u, v: mx.log(u), "L = log u"),
    ],
)
def test_an_argument_ends_where_it_seems_to(formula: Callable[[Value, Value], Value], text: str) -> None:
    """In text what is no single name or number stands in parentheses after log, sin, …"""
    u, v = leaves(u=2.0, v=3.0)
    derivation = mx.derive(formula(u, v))
    assert next(line.text for line in derivation.lines if line.kind == "forward") == text


@pytest.mark.parametrize("plain", [False, True])
def test_layers_go_down_to_the_inputs(plain: bool) -> None:
    """An input as `wrt` has ∂L/∂x = β¹·W¹ with the engine's numbers, with a plain number beside it too."""
    model = mx.nn.MLP(2, [3, 1], activation="tanh")
    x1, x2 = leaves(x1=1.0, x2=2.0)
    L = (model([x1, 2.0 if plain else x2]) - 1.0) ** 2
    derivation = mx.derive(L, x1, profile="layers")
    line = derivation.lines[-1]
    assert [text.split(" = ")[0] for text in backward_texts(derivation)] == ["β²", "β¹", "∂L/∂x"]
    assert line.text == "∂L/∂x = β¹·W¹"
    assert line.value[0][0] == mx.grad(L, x1)
    assert line.value[0][1] == pytest.approx(mx.grad((model([x1, x2]) - 1.0) ** 2, x2) if plain else mx.grad(L, x2))
    assert "other uses" in mx.derive(L + x1, x1, profile="layers").lines[-1].text


def test_layers_derive_by_what_they_have() -> None:
    """Only the layers of the wanted weights have gradients, and a node that is no parameter or input is refused."""
    model = mx.nn.MLP(2, [3, 2, 1], activation="tanh")
    L = (model([1.0, 2.0]) - 1.0) ** 2
    derivation = mx.derive(L, model.layers[1].neurons[0].w[0], profile="layers")
    assert [text.split(" = ")[0] for text in backward_texts(derivation)] == ["β³", "β²", "∂L/∂W²", "∂L/∂b²"]
    assert r"\nabla" not in derivation.latex
    with pytest.raises(ValueError, match="write profile='error signals'"):
        mx.derive(L, L, profile="layers")


@pytest.mark.parametrize(
    "labels",
    [("lambda", "λ"), ("y1", "y_1"), ("λ", "lambda", "λ"), ("x" * 50, "x" * 60), ("a", "b", "a"), ("a(1)", "a", "a")],
)
def test_symbols_are_apart_in_latex(labels: tuple[str, ...]) -> None:
    """No two nodes have one symbol in LaTeX, nor one name in text."""
    nodes = [Value(float(k), label) for k, label in enumerate(labels, 1)]
    L = nodes[0]
    for v in nodes[1:]:
        L = L * v
    notation = Notation(L)
    for spell in (lambda v: notation.symbol(v).tex, lambda v: notation.symbol(v).bar, notation.name):
        assert len(set(map(spell, notation.order))) == len(notation.order)
    assert Notation(nodes[0]).symbol(nodes[0]).above == ""


def test_what_nobody_named_counts_by_itself() -> None:
    """Nodes that have one name in common are numbered from 1, and so are the nodes without a name between them."""
    first, second = Value(1.0, "t"), Value(2.0, "t")
    notation = Notation((first + 1.0) * second + 3.0)
    assert [notation.name(v) for v in notation.order if v.operands] == ["t1", "t2", "L"]
    assert [notation.name(v) for v in (first, second)] == ["t(1)", "t(2)"]


ASKING = (mx.derive, mx.program_listing, mx.paths)


@pytest.mark.parametrize("ask", ASKING)
def test_nodes_are_given_by_name_everywhere(ask: Callable[..., Any]) -> None:
    """derive, program_listing and paths take a label, or a name of `names`, for the node itself."""
    L, w, h = fan_out()
    h.label = ""
    for name, node in (("w", w), ("hidden", h)):
        assert str(ask(L, name, names={"hidden": h})) == str(ask(L, node, names={"hidden": h}))


@pytest.mark.parametrize("ask", ASKING)
def test_what_is_not_in_the_graph_is_refused(ask: Callable[..., Any]) -> None:
    """A node of another graph, a name that nobody has, and what is no node are errors that say so."""
    L, _, _ = fan_out()
    with pytest.raises(ValueError, match="not in the graph"):
        ask(L, Value(1.0, "w"))
    with pytest.raises(ValueError, match=r"no node named 'ww'.*did you mean 'w'"):
        ask(L, "ww")
    with pytest.raises(ValueError, match=r"that was recorded later$"):
        ask(L, Value(1.0))
    with pytest.raises(ValueError, match=r"no node named 'W' .*; it is a list, with the entries 'W\[0\]', 'W\[1\]'$"):
        ask(Value(1.0, "W[0]") * Value(2.0, "W[1]"), "W")
    with pytest.raises(TypeError, match="takes nodes or their names"):
        ask(L, 3.0)


def test_a_graph_without_labels_is_derived() -> None:
    """If no leaf has a name the derivation is by all leaves, else by those that have one."""
    u, v = Value(2.0), Value(3.0)
    z = u * v + u
    L = z.tanh()
    assert [line.node for line in mx.derive(L).lines if line.kind == "backward"] == [L, z, v, u]
    assert [line.node for line in mx.derive(L, names={"u": u}).lines if line.kind == "backward"] == [L, z, u]


def test_numbers_follow_symbols() -> None:
    """A product of names is written with its numbers in the same places, and like terms are one."""
    w, x, b, t = leaves(w=0.5, x=2.0, b=-1.5, t=1.0)
    lines = mx.derive(mx.expand(((w * x + b).sigmoid() - t) ** 2 / 2), inline=False).lines
    assert f"t{BAR}7 = 2·t{BAR}8·t7 = 2·0.5·(−0.6225) = −0.6225" in map(str, lines)
    assert str(mx.derive(2 * (w * x) + x * w, w).lines[-1]) == f"w{BAR} = 3·x = 3·2 = 6"
    lam = Value(0.1, "λ")
    penalty = mx.derive(lam * w * w + w * (lam * 1.0), w)
    assert str(penalty.lines[-1]) == f"w{BAR} = 2·w·λ + λ = 2·0.5·0.1 + 0.1 = 0.2"


@pytest.mark.parametrize(
    ("name", "signal"),
    [
        ("z", f"z{BAR}"),
        ("λ", f"λ{BAR}"),
        ("w2[1,3]", f"w{BAR}2[1,3]"),
        ("L_reg", f"L{BAR}_reg"),
        ("y(2)", f"y{BAR}(2)"),
        ("h1(2)", f"h{BAR}1(2)"),
        ("z'", f"z{BAR}'"),
        ("lambda", "bar(lambda)"),
        ("bias_1", "bar(bias_1)"),
        ("__import__", "bar(__import__)"),
        ("a b", "bar(a b)"),
        ("3", "bar(3)"),
    ],
)
def test_a_bar_stands_over_a_letter_or_around_a_word(name: str, signal: str) -> None:
    """ȳ for a letter with what belongs to it, bar(bias) for all else."""
    assert bar(name) == signal


def test_a_line_break_in_a_label_is_seen_everywhere() -> None:
    """Text, LaTeX, HTML and the steps show it as \\n."""
    L = Value(2.0, "a\nb") * 3.0
    derivation = mx.derive(L)
    assert r"a\nb" in str(derivation)
    assert r"a\nb" in str(mx.paths(L, "a\nb"))
    assert "a∖nb" in derivation.latex
    assert "a∖nb" in derivation.html
    assert r"a\nb" in str(mx.stepper(L))


def test_a_derivation_is_saved_as_a_page(tmp_path: Path) -> None:
    """The file has a doctype and a title, equations of the size of the slide, and nothing that is loaded."""
    L, w, _ = fan_out()
    derivation: Derivation = mx.derive(L, w, slide=True)
    path = tmp_path / "slide.html"
    assert derivation.save(path) == str(path)
    page = path.read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "<title>" in page
    assert derivation.html in page
    assert "http" not in page
    assert derivation.html.count("<table") == derivation.html.count("font-size:inherit") == 2
    with pytest.raises(FileNotFoundError):
        derivation.save(tmp_path / "nowhere" / "slide.html")
