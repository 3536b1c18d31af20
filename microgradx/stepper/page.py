"""One HTML file on which a gradient is stepped through, in a notebook or by itself."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
import os
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

from ..draw.cards import EDGE, FILL, INK, LINK, PAPER, QUIET
from ..draw.metrics import markup
from ..engine import Value
from ..files import write_atomically
from ..names import brief
from ..sweep import nodes
from .frames import Film
from .steps import Step, require_predicate

LARGEST = 500
"""The most nodes of a graph that is shown as a page."""

LISTED = 60
"""The most lines of the text that stands where there are no pages."""

_BY_NIGHT = {
    PAPER: "#10161d", INK: "#e6edf3", QUIET: "#9aa4ae", LINK: "#6e7781",
    EDGE["leaf"]: "#d9a441", EDGE["node"]: "#6fa3e8", FILL["leaf"]: "#4a3a12", FILL["node"]: "#1c3350",
    FILL["constant"]: "#2a313a",
}  # fmt: skip


def stepper(
    output: Value, *, names: Mapping[str, Any] | None = None, until: Callable[[Step], bool] | None = None
) -> Stepper:
    """Return the page that goes through the graph of `output` one node at a time: forward, then v̄ += z̄ · ∂z/∂v.

    It shows the node at work, the partials on its edges, what is added to the error signal of each operand, the
    running totals, and the line of the derivation. A notebook shows it; `.save("step.html")` writes one file that
    needs no network. Arrow keys, Home and End, the slider or a click on a line move it. `names=locals()` names nodes
    by their variables; `until`, as in `backward_steps`, is where it opens.

    TypeError for what is not a Value; ValueError for more than 500 nodes, and for an `until` that never holds.

    >>> x = Value(3.0, "x")
    >>> print(stepper(x * x))
    Backpropagation through L, step by step
    x = 3
    L = x² = 3² = 9
    x̄ += L̄ · ∂L/∂x = 1 × 3 = 3
    x̄ += L̄ · ∂L/∂x = 1 × 3 = 3
    x̄ = 6 is complete: it is ∂L/∂x.
    """
    if not isinstance(output, Value):
        raise TypeError(f"stepper shows the graph of one output, a Value, not {brief(output)}")
    require_predicate(until)
    if (count := len(nodes(output))) > LARGEST:
        raise ValueError(
            f"the graph has {count:,} nodes, and stepper shows at most {LARGEST}: show the loss of one example, or a "
            f"smaller model; for step in mx.backward_steps(L) goes through a graph of any size"
        )
    film = Film(output, names)
    start = 0
    if until is not None:
        first = len(film.frames) - len(film.steps)
        start = next((first + k for k, step in enumerate(film.steps) if until(step)), -1)
        if start < 0:
            raise ValueError(
                f"no step of {film.name(output)!r} is one at which the page could open: {until!r} never holds"
            )
    return Stepper(film, start)


class Stepper:
    """A page that is stepped through; `frames` holds what it shows at each position, `start` where it opens."""

    def __init__(self, film: Film, start: int) -> None:
        self.frames = film.frames
        self.start = start
        self._film = film

    def html(self, *, back: str = "") -> str:
        """Return the whole page, with a link to the page `back` if there is one."""
        script, style = _part("script.js"), _part("style.css") + _night()
        # The hash of the script lets no other run, and no address is one that may be loaded.
        policy = (
            "default-src 'none'; style-src 'unsafe-inline'; "
            f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        )
        heading = markup(self._heading())
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{heading}</title><style>\n{style}</style></head>\n"
            f'<body><main class="stepper"><h1>{heading}</h1>\n{self._controls(back)}'
            f'<figure role="img" tabindex="0" aria-label="The computation graph">{self._film.picture.svg}</figure>\n'
            f"{_KEY}{_STEP}{self._listing()}"
            f'<script type="application/json">{self._data()}</script></main>\n'
            f"<script>{script}</script></body></html>\n"
        )

    def save(self, path: str | os.PathLike[str], *, back: str = "") -> str:
        """Write the page, whole or not at all, with a link to the page `back` if one is given, and return its path.

        FileNotFoundError if the folder is not there.
        """
        write_atomically(path, self.html(back=back).encode())
        return os.fspath(path)

    def _repr_html_(self) -> str:
        height = min(self._film.picture.height, 420.0) + 400.0
        return (
            f'<iframe srcdoc="{html.escape(self.html())}" sandbox="allow-scripts" title="{markup(self._heading())}" '
            f'style="width:100%;height:{height:.0f}px;border:1px solid rgba(128,128,128,.35)"></iframe>'
        )

    def __str__(self) -> str:
        lines = [line for frame in self.frames for line in frame.text]
        more = [f"… and {len(lines) - LISTED} more lines"] if len(lines) > LISTED else []
        return "\n".join([self._heading(), *lines[:LISTED], *more])

    __repr__ = __str__

    def _heading(self) -> str:
        return f"Backpropagation through {self._film.name(self._film.order[-1])}, step by step"

    def _controls(self, back: str) -> str:
        link = f'<a href="{html.escape(back)}">Back to the page before</a>' if back else ""
        buttons = "".join(
            f'<button type="button" value="{key}" aria-label="{label}">{word}</button>' for key, word, label in _BUTTONS
        )
        return (
            f'<div class="controls"><span>{buttons}</span><label class="slide">Step '
            f'<input type="range" min="0" max="{len(self.frames) - 1}" value="{self.start}"></label>'
            f'<output></output><label><input type="checkbox">whole graph</label>{link}</div>\n'
        )

    def _listing(self) -> str:
        items = "".join(
            f'<li data-line="{i}">{", ".join(line.html for line in lines)}</li>\n'
            for i, lines in enumerate(self._film.listing)
        )
        return f'<ol class="side listing" tabindex="0" aria-label="The derivation">{items}</ol>\n'

    def _data(self) -> str:
        frames = [dataclasses.asdict(frame) for frame in self.frames]
        return json.dumps({"frames": frames, "start": self.start}, ensure_ascii=False).replace("<", "\\u003c")


_BUTTONS = (
    ("Home", "First", "First step"),
    ("ArrowLeft", "Back", "One step back"),
    ("ArrowRight", "Next", "One step on"),
    ("End", "Last", "Last step"),
)
_KEY = (
    '<p class="key">Arrow keys, Home, End. Thick: at work. Dashed: its operands. Italic: a sum not yet complete.</p>\n'
)
_STEP = (
    '<section class="step" aria-live="polite" aria-atomic="true"><h2></h2><p class="told"></p>'
    "<table><thead><tr><th>contribution</th><th>total before</th><th>after</th></tr></thead><tbody></tbody></table>"
    "</section>\n"
)


def _part(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")


def _night() -> str:
    rules = "".join(
        f'  svg [{what}="{day}"] {{ {what}: {night}; }}\n'
        for day, night in _BY_NIGHT.items()
        for what in ("fill", "stroke")
    )
    return f"@media (prefers-color-scheme: dark) {{\n{rules}}}\n"
