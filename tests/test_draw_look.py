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
}


@pytest.mark.parametrize("renderer", RENDERERS)
@pytest.mark.parametrize("name", DRAWN)
def test_nothing_overlaps_or_is_cut(name: str, renderer: str) -> None:
    """Texts lie inside their boxes, boxes apart and on the page, and no arrow runs over a box."""
    assert faults(DRAWN[name]().svg(renderer)) == []


SOUND = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60">
<g class="edge"><path d="M60,30L100,30C120,30 120,40 140,40"/></g>
<g class="box leaf"><title>a</title><rect x="10" y="10" width="50" height="40"/>
<text x="35" y="25" text-anchor="middle" font-size="12">1.25</text>
<text x="35" y="42" text-anchor="middle" font-size="12">grad 1</text></g>
<g class="box node"><title>b</title><rect x="140" y="10" width="50" height="40"/>
<text x="165" y="30" text-anchor="middle" font-size="12">
<tspan font-weight="bold">z</tspan><tspan dx="9">+</tspan></text></g>
</svg>"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", None),
        ('x="10" y="10" width="50"', 'x="20" y="10" width="30"', "'grad 1' sticks out of 'a'"),
        ('dx="9"', 'dx="40"', "'z+' sticks out of 'b'"),
        ('y="42"', 'y="52"', "'grad 1' sticks out of 'a'"),
        ('y="42"', 'y="30"', "'1.25' overlaps 'grad 1'"),
        ('x="140"', 'x="50"', "'a' overlaps 'b'"),
        ("140,40", "180,40", "an arrow runs over 'b'"),
        ('viewBox="0 0 200 60"', 'viewBox="0 0 180 60"', "'b' is cut off"),
    ],
)
def test_the_gauge_finds_faults(old: str, new: str, complaint: str | None) -> None:
    """A text too long or too low, two in one place, boxes that overlap or are cut and an arrow over one are found."""
    found = faults(SOUND.replace(old, new))
    assert complaint in found if complaint else found == []


PROBE = """
const out = [];
for (const svg of document.querySelectorAll("svg")) {
  const name = svg.parentNode.id, boxes = [...svg.querySelectorAll("g.box")];
  if (!boxes.length) out.push(name + ": no boxes");
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
    svgs["too wide"] = draw(square()).svg("builtin").replace(">grad 0<", ">gradient is 0<", 1)
    body = "".join(f'<div id="{name}">{svg}</div>' for name, svg in svgs.items())
    page = tmp_path / "page.html"
    page.write_text(f'<meta charset="utf-8">{body}<pre id="out"></pre><script>{PROBE}</script>', encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    command = ["chromium", *flags.split(), "--disable-component-update", "--disable-sync", "--dump-dom", str(page)]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    report = re.search(r'<pre id="out">(.*?)</pre>', dom, re.DOTALL)
    assert report is not None
    assert json.loads(html.unescape(report[1])) == ["too wide: gradient is 0"]
