"""The page of a stepper holds the exact numbers, and needs nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.draw.metrics import number
from microgradx.sweep import nodes

from .stepped import GRAPHS, hostile, least_squares


def data(page: str) -> Any:
    """Return what the script of a page is given."""
    (found,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found)


@pytest.mark.parametrize("name", GRAPHS)
def test_the_page_holds_the_exact_numbers(name: str) -> None:
    """The frames go through all nodes forward and backward, with every number in full."""
    output, names = GRAPHS[name]()
    frames = data(mx.stepper(output, names=names).html())["frames"]
    order = nodes(output)
    values = {box: exact for frame in frames for box, _, exact in frame["values"]}
    assert sorted(values.values()) == sorted(repr(v.data) for v in order)
    output.backward()
    worked = [frame for frame in frames if frame["phase"] == "backward"]
    assert [frame["signals"][0][2] for frame in worked] == [repr(s.signal) for s in mx.backward_steps(output)]
    assert [float(frame["signals"][0][2]) for frame in worked] == [v.grad for v in reversed(order)]


def test_the_derivation_stands_beside() -> None:
    """Each backward frame lights the lines of the operands that it contributes to, and prints them with numbers."""
    output, names = least_squares()
    page = mx.stepper(output, names=names)
    frame = next(frame for frame in page.frames if frame.title == "Backward: y")
    y = names["y"]
    slope = y.data * (1 - y.data)
    amount = (y.data - 1.0) * slope
    printed = f"z\u0304 += y\u0304·σ′(z) = {number(y.data - 1.0)} × {number(slope)} = {number(amount)}"
    assert frame.terms == [(printed, "0", number(amount))]
    assert len(frame.lines) == 1


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    """No address, import or font is asked for; what a notebook shows is the page in a frame of its own."""
    output, names = least_squares()
    page = mx.stepper(output, names=names)
    assert page.save(tmp_path / "step.html") == str(tmp_path / "step.html")
    text = (tmp_path / "step.html").read_text(encoding="utf-8")
    assert text == page.html()
    addresses = set(re.findall(r"https?://[^\"'\s<]+", text))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert not re.search(r"<(link|img|iframe|object|embed)\b|@import|url\(|\bsrc=|\bimport\b", text)
    assert re.match(r'<iframe srcdoc="[^"]+" sandbox="allow-scripts" title="[^"<>]+"', page._repr_html_())


def test_a_hostile_label_closes_no_script() -> None:
    """Only our own two scripts stand in the page, and no attribute ends early."""
    output, names = hostile()
    page = mx.stepper(output, names=names)
    assert page.html().count("</script") == 2
    assert "<img" not in page.html()
    assert page._repr_html_().count('"') == 8
    assert data(page.html())["frames"]


def test_text_where_there_are_no_pages() -> None:
    """`print` and a terminal show what is computed, a line each, of a large graph the first ones."""
    output, names = least_squares()
    lines = str(mx.stepper(output, names=names)).splitlines()
    assert lines[0] == "Backpropagation through L, step by step"
    assert lines[-1].startswith("w\u0304 = −0.2926")
    large = mx.stepper(mx.sum([mx.Value(float(i)) * 2.0 for i in range(100)]))
    assert str(large).endswith("more lines")
    assert repr(large) == str(large)


def test_the_page_opens_where_until_says() -> None:
    """`until` chooses the frame at which the page opens, and without it that is the first."""
    output, names = least_squares()
    y = names["y"]
    page = mx.stepper(output, names=names, until=lambda step: step.node is y)
    assert page.frames[page.start].title == "Backward: y"
    assert data(page.html())["start"] == page.start
    assert mx.stepper(output).start == 0
