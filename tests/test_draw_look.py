"""Pictures as they look: nothing overlaps, sticks out or is cut off, in any of the three renderers."""

from __future__ import annotations

import html
import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import microgradx as mx
from microgradx.draw import Graph, draw

from .gauge import faults

NO_DOT = pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot of Graphviz")
NO_BROWSER = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the browser chromium")
RENDERERS = [pytest.param("dot", marks=NO_DOT), "wasi", "builtin"]


def least_squares() -> mx.Value:
    """The logistic least squares of CSC 311, with a penalty on w."""
    w, x, b, t = mx.Value(2.0, "w"), mx.Value(1.0, "x"), mx.Value(-0.5, "b"), mx.Value(1.0, "t")
    z = w * x + b
    y = z.sigmoid()
    L = (y - t) ** 2 / 2
    J = L + 0.1 * (w**2 / 2)
    z.label, y.label, L.label, J.label = "z", "y", "L", "J"
    J.backward()
    return J


def square() -> mx.Value:
    """Two arrows from one box to one box."""
    x = mx.Value(-3.0, "x")
    return x * x


def neuron() -> mx.Value:
    """A fused row with seven operands, constants among them."""
    y: mx.Value = mx.nn.Neuron(3, "sigmoid", init=[0.5, -0.25, 0.1, 0.3])([1.0, mx.Value(2.0, "x2"), -1.5])
    y.backward()
    return y


def network() -> mx.Value:
    """A network on one input."""
    o: mx.Value = mx.nn.MLP(2, [3, 1], activation="tanh")([mx.Value(1.0, "x1"), mx.Value(-2.0, "x2")])
    o.backward()
    return o


def fan() -> list[mx.Value]:
    """Three outputs that share all that is below them."""
    return mx.softmax([mx.Value(1.0, "z1"), mx.Value(2.0, "z2"), mx.Value(3.0, "z3")])


def chain() -> mx.Value:
    """Forty nodes in a row."""
    v = mx.Value(0.5, "x")
    for i in range(40):
        v = v.tanh() if i % 2 else v.exp()
    return v


def awkward() -> mx.Value:
    """Long and wide labels, huge, tiny and missing numbers."""
    a, b = mx.Value(-1.23456e-300, "MMMMMMMMMMMMMMMM"), mx.Value(-9.87654e300, "a very long label " * 9)
    inf = mx.exp(mx.Value(1000.0, "W"))
    return mx.leaky_relu(a, 0.01) - b * inf + (inf - inf)


def dead() -> mx.Value:
    """A ReLU network in which half of the weights get no error signal."""
    model = mx.nn.MLP(2, [2, 1], output="relu", init=[-1.0, -0.5, 0.2, 0.5, 0.4, 0.1, 0.7, 0.9, 0.1])
    L: mx.Value = (model([mx.Value(1.0, "x1"), mx.Value(2.0, "x2")]) - mx.Value(1.0, "t")) ** 2
    L.backward()
    return L


def batch() -> mx.Value:
    """The mean loss of a network over eight examples."""
    X, y = mx.datasets.moons(8)
    model = mx.nn.MLP(2, [2, 1], activation="tanh")
    L: mx.Value = mx.losses.mse_loss([model(x) for x in X], y)
    L.backward()
    return L


def residual() -> mx.Value:
    """A block with a skip connection between two layers."""
    nn = mx.nn
    block = nn.Sequential(nn.Layer(2, 2, "tanh", seed=0), nn.Residual(nn.Layer(2, 2, "relu", seed=1)))
    L: mx.Value = mx.losses.squared_error(block([mx.Value(0.5, "x1"), mx.Value(-1.0, "x2")]), [0.0, 1.0])
    L.backward()
    return L


def hidden() -> tuple[mx.Value, dict[str, list[mx.Value]]]:
    """A neuron written by hand, and the frame that its author names."""
    x, w, b = mx.Value(2.0, "x"), mx.Value(0.5, "w"), mx.Value(-1.0, "b")
    z = w * x + b
    h = z.tanh()
    z.label, h.label = "z", "h"
    return (h - 1) ** 2 + w**2, {"a neuron with a long name": [z, h]}


def framed() -> Graph:
    """The picture of the neuron in its frame."""
    L, clusters = hidden()
    return draw(L, clusters=clusters)


DRAWN: dict[str, Callable[[], Graph]] = {
    "least squares": lambda: draw(least_squares()),
    "least squares, downwards": lambda: draw(least_squares(), direction="TB"),
    "square": lambda: draw(square()),
    "square, downwards": lambda: draw(square(), direction="TB"),
    "neuron": lambda: draw(neuron()),
    "neuron, downwards": lambda: draw(neuron(), direction="TB"),
    "network": lambda: draw(network()),
    "softmax": lambda: draw(fan()),
    "chain": lambda: draw(chain()),
    "awkward": lambda: draw(awkward()),
    "awkward, downwards": lambda: draw(awkward(), direction="TB", grad=False),
    "a part": lambda: draw(network(), depth=2),
    "summary": lambda: draw(network(), limit=5),
    "partials": lambda: draw(least_squares(), partials=True, direction="LR"),
    "partials, downwards": lambda: draw(least_squares(), partials=True, direction="TB"),
    "partials of a network": lambda: draw(network(), partials=True),
    "awkward partials": lambda: draw(awkward(), partials=True),
    "awkward partials, downwards": lambda: draw(awkward(), partials=True, direction="TB"),
    "expanded": lambda: draw(neuron(), expand=True, partials=True),
    "dead": lambda: draw(dead()),
    "dead, with partials": lambda: draw(dead(), partials=True, direction="LR"),
    "neurons in frames": lambda: draw(network(), clusters="neuron"),
    "neurons in frames, to the right": lambda: draw(network(), clusters="neuron", direction="LR"),
    "layers in frames": lambda: draw(network(), clusters="layer"),
    "layers in frames, with partials": lambda: draw(network(), clusters="layer", partials=True, direction="LR"),
    "a frame of one's own": framed,
    "neurons collapsed": lambda: draw(network(), clusters="neuron", collapse=True),
    "layers collapsed": lambda: draw(residual(), clusters="layer", collapse=True),
    "residual": lambda: draw(residual()),
    "residual in frames": lambda: draw(residual(), clusters="layer", direction="LR"),
    "batch": lambda: draw(batch(), fold=True),
    "batch in frames": lambda: draw(batch(), fold=True, clusters="neuron"),
}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_overlaps_or_is_cut(name: str, renderer: str) -> None:
    """Texts lie inside their boxes, boxes apart and on the page, and no arrow runs over a box."""
    assert faults(DRAWN[name]().svg(renderer)) == []


PROBE = """
const out = [];
for (const svg of document.querySelectorAll("svg")) {
  const name = svg.parentNode.id, boxes = [...svg.querySelectorAll("g.box")];
  if (!boxes.length) out.push(name + ": no boxes");
  const rects = boxes.map(box => box.querySelector("rect").getBoundingClientRect());
  const partials = [...svg.querySelectorAll("g.partials text")].map(text => [text, text.getBoundingClientRect()]);
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1;
  partials.forEach(([text, t], i) => {
    if (rects.some(r => meet(t, r)) || partials.slice(i + 1).some(([_, u]) => meet(t, u)))
      out.push(name + ": " + text.textContent);
  });
  for (const box of boxes) {
    const r = box.querySelector("rect").getBoundingClientRect();
    for (const text of box.querySelectorAll("text")) {
      const t = text.getBoundingClientRect();
      if (t.left < r.left || t.right > r.right || t.top < r.top - 1 || t.bottom > r.bottom + 1)
        out.push(name + ": " + text.textContent);
    }
  }
}
document.getElementById("out").textContent = JSON.stringify(out);
"""


@NO_BROWSER
def test_a_browser_finds_every_text_inside_its_box(tmp_path: Path) -> None:
    """Chromium measures every text inside its box, in every picture; and it finds one that is too wide."""
    renderers = ["dot", "wasi", "builtin"] if shutil.which("dot") else ["wasi", "builtin"]
    svgs = {f"{name} by {r}": make().svg(r) for name, make in DRAWN.items() for r in renderers}
    svgs["too wide"] = draw(square()).svg("builtin").replace(">9<", ">the square is 9<", 1)
    partials = draw(square(), partials=True, direction="LR").svg("builtin")
    svgs["on top of each other"] = re.sub(r' y="[^"]*" text-anchor="end"', ' y="0" text-anchor="end"', partials)
    body = "".join(f'<div id="{name}">{svg}</div>' for name, svg in svgs.items())
    page = tmp_path / "page.html"
    page.write_text(f'<meta charset="utf-8">{body}<pre id="out"></pre><script>{PROBE}</script>', encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = ["chromium", *flags.split(), "--disable-component-update", "--disable-sync", "--dump-dom", str(page)]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    report = re.search(r'<pre id="out">(.*?)</pre>', dom, re.DOTALL)
    assert report is not None
    assert json.loads(html.unescape(report[1])) == ["too wide: the square is 9", "on top of each other: x = −3"]
