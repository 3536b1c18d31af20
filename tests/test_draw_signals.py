"""Partials, error signals and what gets none, as pictures of graphs show them."""

from __future__ import annotations

import re
import unicodedata
import xml.etree.ElementTree as ET

import pytest

import microgradx as mx
from microgradx.draw import draw
from microgradx.draw.cards import IDLE, MINUS, PLUS
from microgradx.replay import Replay

from .gauge import SVG, groups
from .test_draw import texts
from .test_draw_look import RENDERERS, dead


def least_squares() -> tuple[mx.Value, dict[str, mx.Value]]:
    """The slides' program, with the names of its nodes."""
    w, x, b, t = mx.Value(0.5, "w"), mx.Value(2.0, "x"), mx.Value(-1.5, "b"), mx.Value(1.0, "t")
    z = w * x + b
    y = mx.sigmoid(z)
    L = (y - t) ** 2 / 2
    return L, {"z": z, "y": y, "L": L}


def partials(svg: str) -> list[str]:
    """Return the partials that stand on the arrows of a picture."""
    root = ET.fromstring(svg)
    return ["".join(text.itertext()) for group in groups(root, "partials") for text in group.iter(f"{SVG}text")]


def grads(text: str) -> list[float]:
    """Return the error signals of a tree of text."""
    return [float(x) for x in re.findall(r"grad (\S+)", text)]


def test_no_error_signal_is_shown_before_one_was_computed() -> None:
    """Before backward a picture shows data alone, also where leaves have gradients from another graph."""
    L, names = least_squares()
    assert "grad" not in draw(L, names=names).text()
    L.backward()
    assert len(grads(draw(L, names=names).text())) == 10
    assert "grad" not in draw(mx.expand(L)).text()


def test_a_part_of_a_graph_shows_the_error_signals_of_the_whole() -> None:
    """After L.backward(), the picture of z shows ∂L/∂z and what is behind it."""
    L, names = least_squares()
    L.backward()
    assert grads(draw(names["z"]).text())[0] == pytest.approx(names["z"].grad, rel=1e-3)


def test_error_signals_are_those_that_backward_left_in_grad() -> None:
    """A leaf's accumulates over two calls, as `grad` does; the picture hides nothing of that."""
    x = mx.Value(3.0, "x")
    y = x * x
    y.backward()
    y.backward()
    assert grads(draw(y).text()) == [1.0, 12.0]


def test_an_expanded_picture_has_the_error_signals_of_the_opened_graph() -> None:
    """Nodes that backward never met show what it would have left there."""
    L, names = least_squares()
    L.backward(2.0)
    text = draw(L, names=names, expand=True).text()
    opened = mx.expand(L)
    replay = Replay(opened)
    signals = sorted(replay.signals(replay.values(), 2.0))
    assert sorted(grads(text)) == pytest.approx(signals, rel=1e-3)


def test_a_fused_node_opens_with_the_names_of_the_slide() -> None:
    """L = ½(σ(wx + b) − t)² opens into t₁ = wx, t₂, t₃ = −t₂, t₄ = e^t₃, t₅ = 1 + t₄, y, t₆ = y − t, t₇, L."""
    L, names = least_squares()
    shown = draw(L, names={"y": names["y"], "L": L}, expand=True).text()
    found = dict(re.findall(r"(t\d|y|L)  (?:#\d  )?(\S+)  -?\d", shown))
    assert found == {
        "t1": "*", "t2": "+", "t3": "neg", "t4": "exp", "t5": "+", "y": "/", "t6": "-", "t7": "**", "L": "/",
    }  # fmt: skip


@pytest.mark.parametrize("renderer", RENDERERS)
def test_partials_stand_on_their_arrows(renderer: str) -> None:
    """Each arrow from a node bears ∂user/∂operand, with symbols where these are short, in all renderers."""
    L, names = least_squares()
    assert sorted(partials(draw(L, names=names, partials=True).svg(renderer))) == sorted(
        ["x = 2", "w = 0.5", "1", "1", "σ′(z) = 0.235", "1", "−1", "2·t2 = −1.245", "0.5"]
    )


def test_partials_times_error_signals_are_error_signals() -> None:
    """On every arrow, the user's error signal times the partial adds up to the operand's, in the picture's numbers."""
    L, names = least_squares()
    L.backward()
    z, y = names["z"], names["y"]
    written = partials(draw(L, names=names, partials=True).svg("builtin"))
    slope = float(next(p for p in written if p.startswith("σ′")).split("= ")[1])
    assert y.grad * slope == pytest.approx(z.grad, rel=1e-3)


def test_partials_of_rows_over_blocks_stand_with_their_operands() -> None:
    """The fused node of a neuron has its inputs as the partials by its weights, and the other way round."""
    z = mx.nn.Neuron(2, init=[0.5, -0.25, 0.1])([mx.Value(3.0, "x1"), 4.0])
    assert partials(draw(z, partials=True).svg("builtin")) == ["x1 = 3", "4", "1", "w1 = 0.5"]


def test_many_partials_beside_each_other_are_numbers_only() -> None:
    """Downwards, seven partials with their symbols would make a box of 750 pixels: there they are numbers."""
    z = mx.nn.Neuron(3, init=[0.8437, 0.6319, -0.1946, 0.1])([mx.Value(1.25, "x1"), mx.Value(2.0), mx.Value(-1.5)])
    across, down = (draw(z, partials=True, direction=direction) for direction in ("LR", "TB"))
    assert "w1 = 0.8437" in partials(across.svg("builtin"))
    assert partials(down.svg("builtin")) == ["1.25", "2", "−1.5", "1", "0.8437", "0.6319", "−0.1946"]
    assert max(box.size("TB")[0] for box in down.sketch.boxes) < 400.0


def test_a_long_formula_gives_way_to_its_number() -> None:
    """Symbols that would be wider than a box are left out."""
    x = mx.Value(2.0, "a_name_that_is_rather_long")
    assert partials(draw(x * 3.0 * x, partials=True).svg("builtin")) == ["3", "2", "t1 = 6"]


def test_signs_and_sizes_have_colours() -> None:
    """Error signals above 0 lie on blue, below on orange, the largest on the deepest ground, 0 on none."""
    a, b, c, d = (mx.Value(x, name) for x, name in zip((4.0, -1.0, 0.5, 0.0), "abcd", strict=True))
    y = a * b + c * d  # ∂/∂a = −1, ∂/∂b = 4, ∂/∂c = 0, ∂/∂d = 0.5
    y.backward()
    root = ET.fromstring(draw(y).svg("builtin"))
    ground: dict[str, tuple[str, float] | None] = {}
    for group in groups(root, "box"):
        rects = group.findall(f"{SVG}rect")[1:]
        found = [(r.get("fill", ""), float(r.get("fill-opacity", "0"))) for r in rects]
        ground[(group.findtext(f"{SVG}title") or "").split("\n")[0]] = found[0] if found else None
    assert ground["c"] is None
    assert [ground[name][0] for name in "abd"] == [MINUS, PLUS, PLUS]  # type: ignore[index]
    assert ground["b"][1] > ground["a"][1] > ground["d"][1] > 0.0  # type: ignore[index]


def grey(v: mx.Value) -> set[str]:
    """Return the labels of the boxes that are grey."""
    root = ET.fromstring(draw(v).svg("builtin"))
    found = [g for g in groups(root, "box") if (g[1].get("stroke"), g[1].get("stroke-dasharray")) == (IDLE, "4 3")]
    return {(g.findtext(f"{SVG}title") or "").split("\n")[0] for g in found}


def relu_net(w2: float, skip: bool = False) -> mx.Value:
    """The network of 6.390's dead ReLUs: z₁¹ < 0, and z² > 0 or < 0 as w2 is."""
    model = mx.nn.MLP(2, [2, 1], output="relu", init=[-1.0, -0.5, 0.2, 0.5, 0.4, 0.1, 0.7, w2, 0.1])
    h = model.layers[0]([1.0, 2.0])
    g = model.layers[1](h)[0] + (h[1] if skip else 0.0)
    L: mx.Value = (g - 1.0) ** 2
    L.backward()
    return L


def test_what_gets_no_update_is_grey_as_on_the_slides() -> None:
    """z² > 0 and z₁¹ < 0 grey some weights, z² < 0 all, and a skip connection brings the earlier layer back."""
    weights = {"w1[1,1]", "w1[1,2]", "b1[1]", "w1[2,1]", "w1[2,2]", "b1[2]", "w2[1,1]", "w2[1,2]", "b2[1]"}
    first_unit = {"w1[1,1]", "w1[1,2]", "b1[1]"}
    assert grey(relu_net(0.9)) & weights == first_unit | {"w2[1,1]"}
    assert grey(relu_net(-0.9)) & weights == weights
    assert grey(relu_net(-0.9, skip=True)) & weights == first_unit | {"w2[1,1]", "w2[1,2]", "b2[1]"}


def test_grey_is_what_is_not_reached_and_not_what_was_reset() -> None:
    """zero_grad after backward greys nothing: the graph still sends an error signal there."""
    x = mx.Value(3.0, "x")
    y = x * x
    y.backward()
    x.grad = 0.0
    assert grey(y) == set()


@pytest.mark.parametrize("renderer", RENDERERS)
def test_grey_arrows_are_dashed_in_every_renderer(renderer: str) -> None:
    """An arrow along which no error signal flows is dashed and grey, in each renderer as often."""
    root = ET.fromstring(draw(dead()).svg(renderer))
    edges = [path for g in groups(root, "edge") for path in g.iter(f"{SVG}path")]
    dashed = [path for path in edges if path.get("stroke-dasharray") and path.get("stroke") == IDLE]
    assert len(dashed) == 7  # five into the dead unit, one out of it, and one from the weight that its 0 multiplies


def test_without_gradients_nothing_is_grey() -> None:
    """grad=False shows the forward pass alone."""
    svg = draw(dead(), grad=False).svg("builtin")
    assert IDLE not in svg
    assert "grad" not in " ".join(texts(svg))


@pytest.mark.parametrize(
    ("profile", "shown"),
    [
        ("error signals", {"ȳ = −0.6225", "z̄ = −0.1463", "w̄ = −0.2926", "t̄2 = −0.6225", "L̄ = 1"}),
        ("partials", {"∂L/∂y = −0.6225", "∂L/∂z = −0.1463", "∂L/∂w = −0.2926", "∂L/∂t2 = −0.6225", "∂L/∂L = 1"}),
    ],
)
def test_error_signals_are_called_as_the_lectures_call_them(profile: str, shown: set[str]) -> None:
    """A profile of `derive` names each error signal in its box, coloured and of the same numbers as before."""
    L, names = least_squares()
    L.backward()
    picture = draw(L, names=names, profile=profile)
    assert {unicodedata.normalize("NFC", text) for text in shown} <= {
        unicodedata.normalize("NFC", text) for text in texts(picture.svg("builtin"))
    }
    assert "grad" not in picture.text()
    usual = draw(L, names=names).svg("builtin")
    assert [picture.svg("builtin").count(ink) for ink in (PLUS, MINUS)] == [usual.count(ink) for ink in (PLUS, MINUS)]


def test_of_several_outputs_partials_name_the_sum() -> None:
    """What `backward` of several outputs left in grad belongs to their sum."""
    x = mx.Value(2.0, "x")
    one, two = x * 3, x * x
    one.backward()
    two.backward()
    shown = draw([one, two], names={"one": one, "two": two}, profile="partials").text()
    assert "∂(one + two)/∂x = 7" in shown


def test_no_other_notation_is_taken() -> None:
    """A profile that pictures do not have is refused with those that there are."""
    with pytest.raises(ValueError, match=r"no notation .* named 'layers'; there are 'error signals', 'partials'"):
        draw(least_squares()[0], profile="layers")
