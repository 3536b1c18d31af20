"""Labels are text and nothing else: in SVG, in DOT, and in what Graphviz makes of it."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import graphviz
import pytest

import microgradx as mx
from microgradx.draw import draw, draw_network
from microgradx.draw.metrics import shorten, text_width, visible

from .gauge import SVG
from .test_draw_look import NO_DOT, RENDERERS

LABELS = [
    '"><script>alert(1)</script>',
    "</title></text></svg><script>",
    "<b>bold</b>",
    "<<b>html-like</b>>",
    "\\N \\G \\l",
    "ends in \\",
    'a "quoted" \\" word',
    "{x|y} <p> }",
    "&lt; &#60; &amp;",
    "one\ntwo\r\n\tthree",
    "\x00\x1b[31mred\u202e",
    "' onload='alert(1)",
    "v0",
    "θ̂ 重み 🙂",
    "]]> --> <!--",
]
HARMLESS = {"svg", "g", "rect", "path", "polygon", "text", "tspan", "title", "circle", "line"}


def labelled(label: str) -> mx.Value:
    """A leaf and a computed node, both with this label."""
    x = mx.Value(2.0, label)
    y = x - 1.0
    y.label = label
    return y


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("label", LABELS)
def test_a_label_is_inert_and_whole_in_svg(label: str, renderer: str) -> None:
    """No label makes an element or an attribute of its own; it stands in the picture, and in full under the pointer."""
    root = ET.fromstring(draw(labelled(label)).svg(renderer))
    plain = ET.fromstring(draw(labelled("plain")).svg(renderer))
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= HARMLESS
    assert [e.attrib.keys() for e in root.iter()] == [e.attrib.keys() for e in plain.iter()]
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert sum(title.startswith(visible(label) + "\n") for title in titles) == 2
    shown = shorten(visible(label), 130.0, 13.0, bold=True)
    assert sum("".join(text.itertext()).startswith(shown) for text in root.iter(f"{SVG}text")) == 2


@NO_DOT
@pytest.mark.parametrize("label", LABELS)
def test_graphviz_reads_back_the_label_from_the_source(label: str) -> None:
    """Graphviz itself, given the DOT source, shows the label as it is, in leaves and in records."""
    graph = draw(labelled(label))
    root = ET.fromstring(graphviz.Source(graph.source).pipe(format="svg", encoding="utf-8", quiet=True))
    shown = " ".join(shorten(visible(label), 130.0, 13.0, bold=True).split())
    texts = [" ".join((text.text or "").split()) for text in root.iter(f"{SVG}text")]
    assert sum(text in (shown, f"{shown} −") for text in texts) == 2


def test_operation_symbols_are_escaped_too() -> None:
    """A row of the table whose symbol is markup is drawn as text."""
    symbol, domain = "<script>{|}\\N", ((-1.0, 1.0),)
    p = mx.Primitive(name="p", symbol=symbol, tex="{0}", domain=domain, value=lambda m, x: x, partials=(1.0,))
    graph = draw(mx.apply(p, mx.Value(1.0)))
    for renderer in ("wasi", "builtin"):
        root = ET.fromstring(graph.svg(renderer))
        assert symbol in {text for element in root.iter(f"{SVG}text") for text in element.itertext()}


def test_labels_of_a_network_are_escaped() -> None:
    """A parameter's label and the name of a user's activation are text in the picture of a network."""

    def activation(x: mx.Value) -> mx.Value:
        return x

    activation.__name__ = "<script>"
    layer = mx.nn.Layer(1, 1, activation)
    layer.neurons[0].w[0].label = "</title><script>"
    root = ET.fromstring(draw_network(layer).svg())
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= HARMLESS
    assert "1 <script>" in {text.text for text in root.iter(f"{SVG}text")}


def test_control_characters_are_written_out_in_text() -> None:
    """A label cannot break a line or send a control sequence to a terminal."""
    text = draw(labelled("a\n\x1b[31mb")).text()
    assert text.splitlines()[0].startswith(r"a\n\x1b[31mb  -  1")
    assert all(c.isprintable() or c == "\n" for c in text)


def test_a_long_label_ends_in_an_ellipsis_and_is_whole_under_the_pointer() -> None:
    """A label of 1000 letters is shortened to fit its box; the hint keeps all of it."""
    svg = draw(mx.Value(1.0, "long" * 250)).svg("builtin")
    assert "long" * 250 in svg
    assert "longlonglongl…" in svg


@pytest.mark.parametrize("text", ["", "0.1234", "grad −1.235e−05", "w·x + b", "MMMM", "重み"])
def test_shortened_text_fits_and_keeps_what_fits(text: str) -> None:
    """shorten gives the text itself if it fits, else the longest beginning that fits with an ellipsis."""
    for width in (20.0, 50.0, 1000.0):
        short = shorten(text, width, 12.0)
        assert text_width(short, 12.0) <= width
        if short != text:
            assert text.startswith(short[:-1])
            assert text_width(text[: len(short)] + "…", 12.0) > width
