"""draw_network: the picture of a network shows its weights, biases and activations, and fits a page."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.draw import NetworkPicture, draw_network

from .gauge import SVG, Frame, frame_of

MODELS: dict[str, tuple[Any, list[float]]] = {
    "2-4-3-1": (mx.nn.MLP(2, [4, 3, 1], activation="tanh", output="sigmoid"), [1.0, -2.0]),
    "64-32-10": (mx.nn.MLP(64, [32, 10], output="softmax"), [i / 64 for i in range(64)]),
    "2-2-1": (mx.nn.MLP(2, [2, 1], activation="step", init=[1, 1, -0.5, 1, 1, -1.5, 1, -2, -0.5]), [1.0, 0.0]),
    "deep": (mx.nn.MLP(3, [5, 8, 12, 6, 5, 4, 4, 2, 1]), [1e-7, -2.5e9, 1.0]),
    "layer": (mx.nn.Layer(6, 3, "leaky_relu", seed=0), [1.0] * 6),
    "neuron": (mx.nn.Neuron(3, "sigmoid", seed=0), [0.1, 0.2, -3e-5]),
    "skip": (mx.nn.Sequential(mx.nn.Layer(2, 3), mx.nn.Residual(mx.nn.Layer(3, 3, seed=1))), [1.0, 2.0]),
    "skips": (
        mx.nn.Sequential(
            mx.nn.Residual(mx.nn.Sequential(mx.nn.Layer(3, 5), mx.nn.Residual(mx.nn.Layer(5, 5)), mx.nn.Layer(5, 3))),
            mx.nn.Layer(3, 2, "softmax"),
        ),
        [1.0, 2.0, 3.0],
    ),
}


def shown(picture: NetworkPicture) -> list[str]:
    """Return all lines of text of the picture."""
    return ["".join(text.itertext()) for text in ET.fromstring(picture.svg()).iter(f"{SVG}text")]


@pytest.mark.parametrize("with_input", [False, True])
@pytest.mark.parametrize("name", MODELS)
def test_no_text_overlaps_another_or_leaves_its_circle(name: str, with_input: bool) -> None:
    """Numbers stand inside their circles, texts apart from each other and on the page."""
    model, x = MODELS[name]
    root = ET.fromstring(draw_network(model, x if with_input else None, updates=with_input).svg())
    texts = [frame_of(text) for text in root.iter(f"{SVG}text")]
    assert [(a.what, b.what) for a, b in combinations(texts, 2) if a.meets(b)] == []
    page = Frame(0.0, 0.0, float(root.get("width", "0")), float(root.get("height", "0")))
    assert [text.what for text in texts if not page.holds(text)] == []
    for unit in (g for g in root.iter(f"{SVG}g") if g.get("class") == "unit"):
        circle, text = unit.find(f"{SVG}circle"), unit.find(f"{SVG}text")
        assert circle is not None
        assert text is not None
        x0, y0, r = (float(circle.get(name, "0")) for name in ("cx", "cy", "r"))
        assert Frame(x0 - r, y0 - r, x0 + r, y0 + r).holds(frame_of(text))


@pytest.mark.parametrize("name", ["2-4-3-1", "64-32-10", "2-2-1", "layer", "neuron", "skip", "skips"])
def test_the_picture_fits_a_notebook(name: str) -> None:
    """Networks of up to seven columns are at most 900 pixels wide."""
    root = ET.fromstring(draw_network(MODELS[name][0]).svg())
    assert float(root.get("width", "inf")) <= 900.0


def test_lines_show_size_and_sign_of_the_weights() -> None:
    """The largest weight has the widest line; positive and negative weights differ in colour, and 0 from both."""
    root = ET.fromstring(draw_network(mx.nn.Neuron(4, init=[1.0, -2.0, 0.5, 0.0, 0.0])).svg())
    lines = list(root.iter(f"{SVG}line"))
    weights = [float((line.findtext(f"{SVG}title") or "").split(" = ")[1]) for line in lines]
    widths = [float(line.get("stroke-width", "0")) for line in lines]
    colors = [line.get("stroke") for line in lines]
    assert weights == [0.0, 0.5, 1.0, -2.0]  # large ones over small ones
    assert widths == [0.5, 1.62, 2.75, 5.0]
    assert colors[1] == colors[2]
    assert len(set(colors)) == 3


def test_activations_are_those_of_the_model() -> None:
    """With an input, each circle holds what its unit computes, to three digits, and in full under the pointer."""
    model, x = MODELS["2-4-3-1"]
    root = ET.fromstring(draw_network(model, x).svg())
    h1 = model.layers[0](x)
    h2 = model.layers[1](h1)
    values = [*x, *(v.data for v in (*h1, *h2, *model.layers[2](h2)))]
    hints = [title.text or "" for title in root.iter(f"{SVG}title") if "unit" in (title.text or "")]
    assert [float(hint.split("activation ")[1].split("\n")[0]) for hint in hints] == values
    texts = [unit.findtext(f"{SVG}text") or "" for unit in root.iter(f"{SVG}g") if unit.get("class") == "unit"]
    assert [float(text.replace("−", "-")) for text in texts] == pytest.approx(values, rel=5e-3)


def test_headings_and_biases_are_shown() -> None:
    """Each column has its sizes and activation, each neuron its bias, and the legend explains the lines."""
    lines = shown(draw_network(mx.nn.MLP(2, [2, 1], activation="tanh", init=[1, 2, 3, 4, 5, 6, 7, 8, -9])))
    assert {"input", "2", "layer 1", "2 tanh", "output", "1 linear"} <= set(lines)
    assert {"b 3", "b 6", "b −9", "x1", "x2"} <= set(lines)
    assert "w > 0w < 0the widest line is |w| = 8" in lines
    assert {"1", "2", "4", "5", "7", "8"} <= set(lines)  # a small network has its weights written on the lines


def test_big_layers_are_elided() -> None:
    """Of 64 units the first 7 and the last are drawn, and a count of the others."""
    lines = shown(draw_network(MODELS["64-32-10"][0]))
    assert {"x1", "x7", "x64", "56 more", "24 more", "⋮"} <= set(lines)
    assert "x8" not in lines


def test_numbers_that_are_not_finite_do_no_harm() -> None:
    """Weights and activations that are inf or NaN are written as such, and the picture stays well-formed."""
    svg = draw_network(mx.nn.Layer(2, 2, init=[math.nan, math.inf, 0.0, 1.0, 1.0, 0.0]), [1.0, -math.inf]).svg()
    root = ET.fromstring(svg)
    numbers = [e.get(key, "0") for e in root.iter() for key in ("stroke-width", "fill-opacity", "x", "y", "width")]
    assert all(math.isfinite(float(x)) for x in numbers)
    assert {"nan", "inf", "−inf"} <= set(
        shown(draw_network(mx.nn.Neuron(3, init=[math.nan, math.inf, -math.inf, 0.0])))
    )


class Handmade(mx.nn.Module):
    """A module whose computation only its author knows."""

    def __init__(self) -> None:
        self.hidden = mx.nn.Layer(2, 3)

    def __call__(self, x: Any) -> Any:
        return sum(self.hidden(x))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (mx.nn.Sequential(mx.nn.Layer(2, 1), abs), "not builtin_function_or_method"),
        (mx.Value(1.0), "not Value"),
        (None, "not NoneType"),
        (Handmade(), r"not Handmade; draw its parts, as in draw_network\(model.hidden\); mx.draw\(model\(x\)\)"),
    ],
)
def test_other_models_are_refused(model: Any, message: str) -> None:
    """What is not made of layers is a TypeError that says so, and what draws it."""
    with pytest.raises(
        TypeError, match="draw_network draws an MLP, .* or a Sequential or Residual of these, " + message
    ):
        draw_network(model)


def test_sequential_and_residual_are_drawn_as_they_compute() -> None:
    """Layers in a Sequential stand in a row, a skip connection is an arc, and activations are those of the model."""
    first, inner, last = mx.nn.Layer(2, 3, "tanh", seed=0), mx.nn.Layer(3, 3, "relu", seed=1), mx.nn.Layer(3, 1, seed=2)
    model = mx.nn.Sequential(first, mx.nn.Residual(inner), last)
    x = [0.5, -1.0]
    root = ET.fromstring(draw_network(model, x).svg())
    h = first(x)
    skipped = mx.nn.Residual(inner)(h)
    values = [*x, *(v.data for v in (*h, *skipped, *model(x)))]
    hints = [title.text or "" for title in root.iter(f"{SVG}title") if "unit" in (title.text or "")]
    assert [float(hint.split("activation ")[1].split("\n")[0]) for hint in hints] == values
    assert [g.get("class") for g in root.iter(f"{SVG}g")].count("skip") == 1
    assert "3 relu, + skip" in shown(draw_network(model))


def dead(w2: float, skip: bool = False) -> tuple[Any, list[str]]:
    """A ReLU network whose first hidden unit is dead at (1, 2), and the titles of its grey lines and circles."""
    nn = mx.nn
    first = nn.Layer(2, 2, "relu", init=[-1.0, -0.5, 0.2, 0.5, 0.4, 0.1])
    second = nn.Layer(2, 2, "relu", init=[0.7, w2, 0.1, -0.7, w2, 0.1])
    first.label(1)
    second.label(2)
    model = nn.Sequential(first, nn.Residual(second) if skip else second)
    root = ET.fromstring(draw_network(model, [1.0, 2.0], updates=True).svg())
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    return model, [title for title in titles if "no update" in title]


def test_what_gets_no_update_is_grey() -> None:
    """The pictures of 6.390: a dead unit greys its weights, a dead layer all, a skip brings earlier ones back."""
    _, some = dead(0.9)
    assert [title.split(" =")[0] for title in some if title.startswith("w")] == [
        "w1[1,1]", "w1[1,2]", "w2[1,1]", "w2[2,1]",
    ]  # fmt: skip
    model, everything = dead(-0.9)
    assert len(everything) == len(model.parameters())
    _, skipped = dead(-0.9, skip=True)
    assert {title.split(" =")[0] for title in skipped if title.startswith("w1")} == {"w1[1,1]", "w1[1,2]"}


def test_grey_is_what_finite_differences_find() -> None:
    """A weight is grey exactly if moving it changes no output."""
    model = mx.nn.MLP(3, [4, 4, 2], seed=5)
    x = [0.3, -1.0, 0.0]
    root = ET.fromstring(draw_network(model, x, updates=True).svg())
    grey = {(t.text or "").split(" =")[0] for t in root.iter(f"{SVG}title") if "no update" in (t.text or "")}
    before = [v.data for v in model(x)]
    for v in model.parameters():
        if v.label.startswith("w"):
            v.data += 1e-6
            moved = [v.data for v in model(x)] != before
            v.data -= 1e-6
            assert moved == (v.label not in grey), v.label


def test_updates_need_an_input() -> None:
    """Which weights get an update depends on the example."""
    with pytest.raises(ValueError, match="updates=True shows which weights an example x updates"):
        draw_network(mx.nn.MLP(2, [1]), updates=True)


@pytest.mark.parametrize("name", ["q.png", "q.pdf", "q.jpg", "q"])
def test_a_file_that_would_not_be_what_its_name_says_is_refused(name: str, tmp_path: Path) -> None:
    """Only .svg is written; another name is a ValueError that says what works, and no file."""
    with pytest.raises(ValueError, match=r'does not end in .svg; save it as "q.svg"'):
        draw_network(mx.nn.MLP(2, [1])).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("x", ["abc", 3.0, ["a", "b"], [[1.0, 2.0]], {0: 1.0}, []])
def test_an_input_that_is_no_list_of_numbers_is_refused(x: Any) -> None:
    """What is no input is a TypeError that shows it."""
    with pytest.raises(TypeError, match=r"x is one input of the network, a list of numbers such as .* not "):
        draw_network(mx.nn.MLP(2, [1]), x)


def test_an_input_of_the_wrong_length_is_refused() -> None:
    """The module's own error passes through."""
    with pytest.raises(mx.ShapeError, match="2 inputs"):
        draw_network(mx.nn.MLP(2, [1]), [1.0, 2.0, 3.0])


def test_the_picture_is_shown_and_saved(tmp_path: Path) -> None:
    """A notebook gets SVG, a terminal the table of the model, and save writes the file."""
    model = mx.nn.MLP(2, [1])
    picture = draw_network(model)
    assert picture._repr_svg_() == picture.svg()
    assert picture._repr_mimebundle_() == {"image/svg+xml": picture.svg(), "text/plain": repr(model)}
    assert picture._repr_mimebundle_(exclude=["image/svg+xml"]) == {"text/plain": picture.text()}
    assert repr(picture) == repr(model)
    picture.save(tmp_path / "network.svg")
    assert (tmp_path / "network.svg").read_text(encoding="utf-8") == picture.svg()
