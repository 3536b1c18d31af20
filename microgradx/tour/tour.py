"""The tour: what the library is for, shown on real data in under a minute, printed and written as one HTML page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..info import INSTALL, missing
from ..page import Page
from .derivatives import by_hand, second_derivatives
from .learning import iris, motorcycle, xor
from .speed import compiled, timing
from .telling import begin, say

_SECTIONS: tuple[tuple[str, tuple[str, ...], Callable[[Page], None]], ...] = (
    ("Logistic least squares, by hand and by backprop", (), by_hand),
    ("Second derivatives", (), second_derivatives),
    ("Motorcycle data: a regression", ("matplotlib",), motorcycle),
    ("Iris: three classes", ("matplotlib", "scikit-learn"), iris),
    ("XOR, by hand and learnt", (), xor),
    ("What a training step costs", (), timing),
    ("The same code at machine speed", ("numpy",), compiled),
)
"""Each section of the tour: its heading, the distributions that it needs besides the core, and what shows it."""


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
    page.text(f"The whole tour took {seconds:.0f} s.")
    path = folder / "index.html"
    page.save(path)
    print(f"\nThe whole tour took {seconds:.0f} s. Open {path} in a browser: pictures, tables and curves are there.")
    return path
