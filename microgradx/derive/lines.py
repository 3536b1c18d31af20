"""What a derivation looks like: its lines, and the lines together as LaTeX, text and HTML."""

from __future__ import annotations

import os
import textwrap
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, NamedTuple

from ..engine import Value
from ..files import write_atomically
from ..names import visible
from ..notation import LONGEST
from ..tables import WIDTH
from .algebra import Name
from .latex import Piece, level_of
from .latex_parts import STANDIN
from .mathml import mathml
from .sheet import paper, sheet
from .typeset import text

Kind = str
HEADINGS = {"given": "Given", "forward": "Forward", "backward": "Backward"}
MOST_GIVEN = 24
"""The most given numbers that are listed; of more the first ones."""
MOST_ON_SLIDE = 11
"""The most equations of one column of a slide."""


class Contribution(NamedTuple):
    """What a child vⱼ sends to a node vᵢ: v̄ⱼ ∂vⱼ/∂vᵢ as a formula, and its numbers."""

    user: Value
    tex: str
    text: str
    signal: float
    partial: float
    amount: float


@dataclass(frozen=True)
class Line:
    """One equation: in symbols, then in numbers, each as LaTeX and as text, and the value that it ends with.

    A line is about one node, or in the notation by layers about all of a layer; then the value is a matrix. `kind` is
    "given", "forward" or "backward"; `contributions` are the terms of an error signal, one for each user.
    """

    nodes: tuple[Value, ...]
    kind: Kind
    tex: str
    text: str
    numbers_tex: str
    numbers_text: str
    value: Any
    contributions: tuple[Contribution, ...] = ()
    shape: str = ""

    @property
    def node(self) -> Value:
        """The node that the line is about, the first of a layer."""
        return self.nodes[0]

    @property
    def html(self) -> str:
        """The equation in symbols and numbers as MathML."""
        return mathml(f"{self.tex} = {self.numbers_tex}", display=True)

    def __str__(self) -> str:
        return f"{self.text} = {self.numbers_text}"


class Derivation:
    """Equations one below the other; `str`, `.latex` and `.html` give them whole, `.lines` and `line_of` singly.

    `.save("slide.html")` writes a page. A notebook shows the HTML, set by the browser itself; where that is not to be
    had, in a PDF say, the LaTeX.
    """

    def __init__(self, lines: Sequence[Line], profile: str, slide: bool, within: Mapping[int, Value]) -> None:
        self.lines = tuple(lines)
        self.profile = profile
        self.slide = slide
        self._within = within
        self._places = {(id(v), line.kind): line for line in reversed(lines) for v in line.nodes}

    def line_of(self, v: Value, kind: Kind = "forward") -> Line | None:
        """Return the line about a node: of its value if `kind` is "forward", of its error signal if "backward".

        For a node that is written into the equation of another it is the line of that one. None if there is none.
        """
        kinds = ("backward",) if kind == "backward" else ("forward", "given")
        for each in (v, self._within.get(id(v))):
            for found in kinds:
                if each is not None and (id(each), found) in self._places:
                    return self._places[id(each), found]
        return None

    def _parts(self) -> Iterator[tuple[str, list[Line], int]]:
        """Yield each part's heading and lines, and how many lines were left out."""
        for kind, heading in HEADINGS.items():
            lines = [line for line in self.lines if line.kind == kind]
            if self.slide and kind == "given":
                continue
            most = MOST_GIVEN if kind == "given" else MOST_ON_SLIDE if self.slide else len(lines)
            if lines:
                yield heading, lines[:most], max(len(lines) - most, 0)

    def _equation(self, line: Line) -> tuple[str, str]:
        """Return the LaTeX of a line before and after its first equals sign, with numbers unless on a slide."""
        left, _, right = line.tex.partition(" = ")
        if not right:
            return left, line.numbers_tex.split(" = ")[0] if self.slide else line.numbers_tex
        return left, right

    @property
    def latex(self) -> str:
        """The derivation in LaTeX, for an `equation*` or between two dollar signs."""
        columns = [[rf"&\textbf{{{heading}}}", *self._rows(lines, left)] for heading, lines, left in self._parts()]
        if self.slide:  # side by side, as columns of one alignment
            columns = [[r" &\qquad ".join(row) for row in zip_longest(*columns, fillvalue="&")]]
        body = " \\\\[4pt]\n".join(" \\\\\n".join(rows) for rows in columns)
        return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

    def _rows(self, lines: Sequence[Line], left_out: int) -> list[str]:
        """Return the rows of an alignment: given numbers a few in a row, all else one equation each."""
        rest = [rf"& \cdots \text{{ {left_out} more}}"] if left_out else []
        if lines[0].kind == "given":
            given = [f"{line.tex} = {line.numbers_tex}" for line in lines]
            return ["&" + r",\quad ".join(given[i : i + 4]) for i in range(0, len(given), 4)] + rest
        rows = []
        for line in lines:
            left, right = self._equation(line)
            numbers = "" if self.slide or "=" not in line.tex else f" &&= {line.numbers_tex}"
            shape = rf" &&\quad {line.shape}" if line.shape and not self.slide else ""
            rows.append(f"{left} &= {right}{numbers}{shape}")
        return rows + rest

    def __str__(self) -> str:
        found = []
        for heading, lines, left_out in self._parts():
            found.append(heading)
            if heading == "Given":
                found += _given(lines, f", … and {left_out} more" if left_out else "")
                continue
            width = min(max(_width(line.text) for line in lines), 48)
            for line in lines:
                numbers = f" = {line.numbers_text}"
                if self.slide:
                    numbers = "" if "=" in line.text else numbers.rsplit(" = ", numbers.count("=") - 1)[0]
                shape = f"   {text(line.shape)}" if line.shape and not self.slide else ""
                space = "" if self.slide else " " * (width - _width(line.text))
                found.append(f"  {line.text}{space}{numbers}{shape}".rstrip())
            found += [f"  … {left_out} more"] if left_out else []
        return "\n".join(found)

    text = property(__str__)
    __repr__ = __str__

    @property
    def html(self) -> str:
        """The derivation as HTML with MathML, which a browser sets without any script."""
        return sheet(list(self._parts()), self.slide)

    def save(self, path: str | os.PathLike[str]) -> str:
        """Write the derivation as a page of its own, whole or not at all, and return the path.

        FileNotFoundError if the folder is not there.
        """
        write_atomically(path, paper(self.html).encode())
        return os.fspath(path)

    def _repr_html_(self) -> str:
        return self.html

    def _repr_latex_(self) -> str:
        return "\n".join(["$$", *([r"\large"] if self.slide else []), self.latex, "$$"])


def _given(lines: Sequence[Line], more: str) -> list[str]:
    """Return as many given numbers on a line of text as fit, each of them whole."""
    given = ", ".join(str(line).replace(" ", "\xa0") for line in lines) + more
    wrapper = textwrap.TextWrapper(WIDTH, "  ", "  ", break_long_words=False, break_on_hyphens=False)
    return [row.replace("\xa0", " ") for row in wrapper.wrap(given)]


def shown(numbers: Sequence[str]) -> tuple[str, str]:
    """Return numbers, already in LaTeX, with equals signs between them, in LaTeX and as text."""
    tex = " = ".join(numbers)
    return tex, text(tex)


def plain(written: Callable[[Callable[[Name], Piece]], str]) -> str:
    """Return what is written with names as plain text, each name by its own text."""
    names: list[str] = []

    def standin(x: Name) -> Piece:
        names.append(one_line(x.text))
        return Piece(chr(ord(STANDIN) + len(names) - 1), level_of(x))

    found = text(written(standin))
    return "".join(names[ord(c) - ord(STANDIN)] if c >= STANDIN else c for c in found)


def _width(written: str) -> int:
    return sum(not unicodedata.combining(c) for c in written)


def one_line(name: str) -> str:
    """Return a name as it is printed: on one line, and cut if it is long."""
    name = visible(name)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
