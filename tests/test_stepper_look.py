"""The stepper in a real browser can be read: narrow, dark, by a screen reader, with the line at work in sight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.page import Page

from .browser import Browser
from .stepped import GRAPHS, least_squares
from .test_stepper_page import SHOWN, saved


def deep() -> tuple[mx.Value, dict[str, Any]]:
    """Return a graph that is drawn tall, with an equation that is longer than a telephone is wide."""
    xs = [mx.Value(float(k), f"a_long_name_of_number_{k}") for k in range(20)]
    return mx.sum([x * x for x in xs]) * mx.sum(xs), {}


def test_on_a_telephone_the_equations_are_near(browser: Browser, tmp_path: Path) -> None:
    """At 400 pixels the graph takes less than half of the height, and no equation runs off the line that is lit."""
    *_, path = saved(tmp_path, deep)
    probe = """(() => ({
      figure: document.querySelector("figure").clientHeight,
      graph: document.querySelector("figure").scrollHeight,
      window: innerHeight,
      off: [...document.querySelectorAll(".listing li")].filter((e) => e.scrollWidth > e.clientWidth).length,
      wide: [...document.querySelectorAll(".listing li")].some((e) => e.clientWidth > innerWidth),
    }))()"""
    (found,) = browser.visit(path, probe, width=400, height=1400).found
    assert found["graph"] > 0.5 * found["window"] >= found["figure"]
    assert found["wide"]
    assert found["off"] == 0


def test_it_is_told_to_a_screen_reader(browser: Browser, tmp_path: Path) -> None:
    """The live region and the slider say which node is at work and what is added; the line that is executed is lit."""
    *_, path = saved(tmp_path, least_squares)
    seen = browser.visit(path, SHOWN, [("fill", "input[type=range]", "11")])
    shown = seen.found[-1]
    assert shown["spoken"] == "Backward: y"
    assert shown["work"] == ["y"]
    assert "Backward: y\n" in shown["live"]
    assert "z\u0304 += y\u0304·σ′(z) = −0.6225 × 0.235 = −0.1463" in shown["live"]
    (line,) = shown["lines"]
    assert line.endswith("0.235=−0.1463")
    named = "[...document.querySelectorAll('button, figure, ol, label')].map(e => e.ariaLabel || e.textContent.trim())"
    labels = browser.visit(path, named).found[0]
    assert labels[:6] == ["First step", "One step back", "One step on", "Last step", "Step", "whole graph"]
    assert all(labels)


def test_it_opens_with_the_line_at_work_in_sight(browser: Browser, tmp_path: Path) -> None:
    """A stepper that opens at a later step, in a frame far down a notebook, shows the line that is executed there."""
    output, names = GRAPHS["network"]()
    found = mx.stepper(output, names=names, until=lambda step: step.name == "y")
    path = tmp_path / "notebook.html"
    head = "<!doctype html><meta charset='utf-8'><title>notebook</title><div style='height:5000px'></div>"
    path.write_text(head + found._repr_html_(), encoding="utf-8")
    probe = """(() => {
      const [line, list] = ["li.lit", ".listing"].map((e) => document.querySelector(e).getBoundingClientRect());
      const scrolled = document.querySelector(".listing").scrollTop;
      return [scrolled > 0, line.top >= list.top && line.bottom <= list.bottom];
    })()"""
    assert browser.visit(path, probe, [("click", "h1")], frame=0).found[-1] == [True, True]  # a click scrolls to it


LOOK = """(() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).map((x) => x / 255);
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  };
  const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const paper = getComputedStyle(document.body).backgroundColor;
  const style = (element) => getComputedStyle(element);
  const card = (text) => style(text.closest(".box") ? text.closest(".box").querySelector("rect") : text).fill;
  const words = [...document.querySelectorAll("h1, h2, .told, .key, td, th, button, label")];
  const texts = [...document.querySelectorAll(".box text")];
  const partials = [...document.querySelectorAll(".complete .partials text")].map((e) => e.getBoundingClientRect());
  const cards = [...document.querySelectorAll(".box > rect:first-of-type")].map((e) => e.getBoundingClientRect());
  const meet = (a, b) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 2 && b.top < a.bottom - 2;
  return {
    dim: light(paper) < 0.2,
    words: Math.min(...words.map((e) => contrast(style(e).color, paper))),
    texts: Math.min(...texts.map((e) => contrast(style(e).fill, card(e)))),
    sticking: texts.filter((e) => {
      const [inner, outer] = [e, e.closest(".box").querySelector("rect")].map((part) => part.getBoundingClientRect());
      return inner.left < outer.left || inner.right > outer.right || inner.bottom > outer.bottom + 1;
    }).length,
    partials: partials.length,
    overlaps: partials.flatMap((a, i) => [...partials.slice(i + 1), ...cards].filter((b) => meet(a, b))).length,
  };
})()"""


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["regularised", "network"])
def test_it_can_be_read_by_day_and_by_night(name: str, dark: bool, browser: Browser, tmp_path: Path) -> None:
    """Words and numbers stand out from what is behind them (4.5 to 1), texts lie in boxes, partials on nothing."""
    output, _, path = saved(tmp_path, GRAPHS[name])
    seen = browser.visit(path, LOOK, [("press", "End")], dark=dark)
    for look in seen.found[1:]:
        assert look["dim"] is dark
        assert look["words"] >= 4.5
        assert look["texts"] >= 4.5
        assert look["partials"] == sum(len(s.contributions) for s in mx.backward_steps(output))
        assert look["overlaps"] == 0
        assert look["sticking"] == 0


@pytest.mark.parametrize(("graph", "all_of_it"), [("least squares", True), ("network", False)])
def test_in_a_window_the_derivation_takes_the_height_that_is_left(
    graph: str, all_of_it: bool, browser: Browser, tmp_path: Path
) -> None:
    """At 1200 × 900 pixels all lines are in sight if there is room, and else reach down to the end of the window."""
    *_, path = saved(tmp_path, GRAPHS[graph])
    probe = """(() => {
      const list = document.querySelector(".listing"), page = document.documentElement;
      const below = innerHeight - list.getBoundingClientRect().bottom;
      return [list.clientHeight, list.scrollHeight, below, page.scrollHeight];
    })()"""
    ((height, whole, below, page),) = browser.visit(path, probe, width=1200, height=900).found
    assert page == 900
    assert (height == whole) is all_of_it
    assert below >= 0 if all_of_it else 0 <= below < 20


def test_a_page_that_is_linked_links_back(tmp_path: Path) -> None:
    """The page that another page keeps beside it has a link to that one, and a page of its own has none."""
    stepper = mx.stepper(least_squares()[0])
    page = Page("A page")
    page.beside("steps.html", stepper, "steps")
    page.save(tmp_path / "a page.html")
    assert '<a href="a page.html">' in (tmp_path / "steps.html").read_text(encoding="utf-8")
    assert "<a " not in stepper.html()
