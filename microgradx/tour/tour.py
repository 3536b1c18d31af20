"""The tour: what the library is for, shown on real data in under a minute, printed and written as one HTML page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..info import INSTALL, missing
from ..page import Page
from .derivatives import by_hand, by_mistake, second_derivatives
from .learning import iris, motorcycle, xor
from .speed import compiled, timing
from .telling import begin, say

_SECTIONS: tuple[tuple[str, tuple[str, ...], Callable[[Page], None]], ...] = (
    ("Logistic least squares, by hand and by backprop", (), by_hand),
    ("What is wrong with a derivation", (), by_mistake),
    ("Second derivatives", (), second_derivatives),
    ("Motorcycle data: a regression", ("matplotlib",), motorcycle),
    ("Iris: three classes", ("matplotlib", "scikit-learn"), iris),
    ("XOR, by hand and learnt", (), xor),
    ("What a training step costs", (), timing),
    ("The same code at machine speed", ("numpy",), compiled),
)
"""Each section of the tour: its heading, the distributions that it needs besides the core, and what shows it."""


_NEXT = (
    "In a notebook: mx.compare, mx.derive, mx.draw and mx.stepper on a graph of your own, each with names=locals(), "
    "and mx.diagnose on a network; help(mx.compare) and so on is the manual. The folder notebooks of the repository is "
    "a course: begin with 04_backpropagation if you came to check a derivation. The README's second example is the way "
    "to compiled code."
)


def tour(output: str | Path = "tour") -> Path:
    """Run the main job, print what it does, write pictures and results to `output`/index.html, and return that path."""
    folder = Path(output)
    folder.mkdir(parents=True, exist_ok=True)
    page = Page("microgradx: a tour")
    page.text("Each number on this page was computed by the run that wrote it; the page needs no network.")
    sections = [(heading, missing(needs), show) for heading, needs, show in _SECTIONS]
    if absent := {name: None for _, lacks, _ in sections for name in lacks}:
        say(page, f"Not installed: {', '.join(absent)}. What needs them is left out; install: {INSTALL}")
    started = time.perf_counter()
    for heading, lacks, show in sections:
        begin(page, heading)
        if lacks:
            say(page, f"Left out, for it needs {' and '.join(lacks)}.")
        else:
            show(page)
    seconds = time.perf_counter() - started
    begin(page, "Where to go from here")
    say(page, _NEXT)
    page.text(f"The whole tour took {seconds:.0f} s.")
    path = folder / "index.html"
    page.save(path)
    print(f"\nThe whole tour took {seconds:.0f} s. Open {path} in a browser: pictures, tables and curves are there.")
    return path
