"""Reads LaTeX, as far as this library writes it, into parts that can be set in other ways: one source for all outputs.

A command that is not known stays visible as text.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..notation import GREEK

STANDIN = chr(0xF0000)
"""From here on characters belong to nobody: in plain text they stand for names, which are put in at the end."""

SPACES = {",": "0.17em", " ": "0.25em", "quad": "1em", "qquad": "2em", ";": "0.28em"}
"""Commands for spaces, and their widths."""

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)
_LETTERS = {name: letter for letter, name in GREEK.items()} | {
    "infty": "∞", "partial": "∂", "nabla": "∇", "top": "⊤",
}  # fmt: skip
_OPERATORS = {"cdot": "·", "times": "×", "sum": "∑", "circ": "∘", "cdots": "⋯", "ast": "∗"}
_FUNCTIONS = {"log", "exp", "sin", "cos", "tanh", "max", "min", "ln"}
_ACCENTS = {"bar", "overline", "hat"}
_ENDS = ("}", r"\right", "&", r"\\", r"\end")
_DOUBLE = {"1": "𝟙", "R": "ℝ"}


class Part(NamedTuple):
    """A part of a formula: its kind, its text, and the parts that it is made of."""

    kind: str
    text: str = ""
    parts: tuple[Part, ...] = ()


def read(tex: str) -> tuple[Part, ...]:
    """Return the parts of a formula, side by side.

    >>> read("2x")
    (Part(kind='number', text='2', parts=()), Part(kind='letter', text='x', parts=()))
    """
    return _Reader(tex).row()


class _Reader:
    """Reads LaTeX into parts."""

    def __init__(self, tex: str) -> None:
        self.tokens = _TOKEN.findall(tex)
        self.place = 0

    def row(self) -> tuple[Part, ...]:
        found: list[Part] = []
        while self.place < len(self.tokens) and self.tokens[self.place] not in _ENDS:
            token = self.tokens[self.place]
            if token.isspace():
                self.place += 1
            elif token in "^_" and found:
                found.append(self._scripts(found.pop()))
            else:
                found.append(self._part())
        return tuple(found)

    def _scripts(self, base: Part) -> Part:
        scripts = {}
        while self.place < len(self.tokens) and self.tokens[self.place] in ("^", "_"):
            sign = self.tokens[self.place]
            self.place += 1
            scripts[sign] = self._part()
        if base.kind == "under":
            return Part("under", "", (*base.parts, *scripts.values()))
        return Part("script", "".join(scripts), (base, *scripts.values()))

    def _part(self) -> Part:
        token = self.tokens[self.place] if self.place < len(self.tokens) else ""
        self.place += 1
        if token == "{":
            inner = self.row()
            self.place += 1
            return inner[0] if len(inner) == 1 else Part("row", "", inner)
        if not token.startswith("\\"):
            kind = (
                "number"
                if token[:1].isdigit()
                else "letter"
                if token.isalpha() or token == "'" or token >= STANDIN
                else "sign"
            )
            return Part(kind, {"-": "−", "'": "′", "*": "∗"}.get(token, token))
        return self._command(token[1:])

    def _command(self, name: str) -> Part:
        if name in ("frac", "tfrac"):
            return Part("fraction", name, (self._part(), self._part()))
        if name == "sqrt":
            return Part("root", "", (self._part(),))
        if name in _ACCENTS:
            return Part("accent", name, (self._part(),))
        if name == "underbrace":
            return Part("under", "", (self._part(),))
        if name in ("mathrm", "mathbf", "text", "mathbb"):
            written = self._verbatim()
            return Part("upright", "".join(_DOUBLE.get(c, c) for c in written) if name == "mathbb" else written)
        if name == "left":
            return self._fence()
        if name == "begin":
            return self._matrix()
        if name in _LETTERS:
            return Part("letter", _LETTERS[name])
        if name in _OPERATORS:
            return Part("sign", _OPERATORS[name])
        if name in _FUNCTIONS:
            return Part("function", name)
        if name in SPACES:
            return Part("space", name)
        return Part("upright", name if not name.isalpha() else f"\\{name}")

    def _fence(self) -> Part:
        opening = self.tokens[self.place]
        self.place += 1
        inner = self.row()
        closing = self.tokens[self.place + 1] if self.place + 1 < len(self.tokens) else ""
        self.place += 2
        return Part("fence", opening + closing, inner)

    def _matrix(self) -> Part:
        self._verbatim()
        rows: list[list[Part]] = [[]]
        while self.place < len(self.tokens):
            rows[-1].append(Part("row", "", self.row()))
            end = self.tokens[self.place] if self.place < len(self.tokens) else r"\end"
            self.place += 1
            if end == r"\\":
                rows.append([])
            elif end != "&":
                break
        self._verbatim()
        return Part("matrix", "", tuple(Part("row", "", tuple(row)) for row in rows))

    def _verbatim(self) -> str:
        """Return the text between braces, in which a command is the character that it escapes."""
        self.place += 1
        found, depth = "", 1
        while self.place < len(self.tokens):
            token = self.tokens[self.place]
            self.place += 1
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            found += token[1:] if token.startswith("\\") else token
        return found
