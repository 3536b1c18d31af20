"""A module of LLVM's intermediate language as text: its literals, tables, declarations and functions."""

from __future__ import annotations

import struct
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from .target import Target


def number(x: float) -> str:
    """Return the literal of a float, exact.

    >>> number(1.5)
    '0x3FF8000000000000'
    """
    return f"0x{struct.pack('>d', x).hex().upper()}"


def vector_type(n: int, of: str = "double") -> str:
    """Return the type of n lanes.

    >>> vector_type(8), vector_type(1)
    ('<8 x double>', 'double')
    """
    return of if n == 1 else f"<{n} x {of}>"


def splat(literal: str, n: int, of: str = "double") -> str:
    """Return the literal of n equal lanes.

    >>> splat("1", 2, "i64")
    'splat (i64 1)'
    """
    return literal if n == 1 else f"splat ({of} {literal})"


def mask(active: int, n: int) -> str:
    """Return the literal that is true in the first lanes.

    >>> mask(1, 2)
    '<i1 true, i1 false>'
    """
    return f"<{', '.join(['i1 true'] * active + ['i1 false'] * (n - active))}>"


class Module:
    """Functions under construction, with the tables and declarations that they need.

    A line of code is worth `line` cycles: compiling it takes as long as so many in each of some 10⁵ to 10⁶ runs. Parts
    are other modules whose functions these call; `finished` is told the text of each as soon as it is complete.
    """

    def __init__(self, target: Target, line: float = 0.15, finished: Callable[[str], None] = lambda text: None) -> None:
        self.target = target
        self.line = line
        self.parts: list[str] = []
        self._finished = finished
        self._whole = self
        self._tables: dict[bytes, str] = {}
        self._declared: dict[str, None] = {}
        self._functions: list[str] = []
        self._reserved = self._names = 0
        self._open: Module | None = None
        self._functions_of: dict[Hashable, tuple[Module, str]] = {}

    def table(self, values: Any) -> str:
        """Return the name of a constant array of numbers."""
        data = np.ascontiguousarray(values).tobytes()
        return self._tables.setdefault(data, f"@table{len(self._tables)}")

    def declare(self, result: str, name: str, arguments: Sequence[str]) -> None:
        """Declare a function that is defined elsewhere."""
        self._declared[f"declare {result} @{name}({', '.join(arguments)})"] = None

    def define(self, text: str) -> None:
        """Add a function, as text."""
        self._functions.append(text)

    def define_once(self, text: str) -> None:
        """Add a function that several others, in parts too, may call, as text, unless it is there."""
        if text not in self._whole._functions:
            self._whole.define(text)
        if self._whole is not self:
            self._declared[text[: text.index(")") + 1].replace("define", "declare")] = None

    def function(
        self, key: Hashable, name: str, result: str, arguments: Sequence[str], define: Callable[[str], None]
    ) -> str:
        """Return the name of the function of a key, which this or another part has: it is defined when first asked for.

        `define` is told its name, which begins with the given one.
        """
        known = self._whole._functions_of
        if key not in known:
            known[key] = self, f"{name}{len(known)}"
            define(known[key][1])
        home, found = known[key]
        if home is not self:
            self.declare(result, found, arguments)
        return found

    def reserve(self, n: int) -> int:
        """Return where n numbers of scratch stand that nothing else uses, in all parts, from a multiple of 8 on."""
        place = self._whole._reserved
        self._whole._reserved = place - (-n // 8) * 8
        return place

    @property
    def whole(self) -> Module:
        """The module that this is a part of, or itself."""
        return self._whole

    @property
    def lines(self) -> int:
        """How many lines the functions have that are defined here."""
        return sum(text.count("\n") for text in self._functions)

    def new_name(self, name: str) -> str:
        """Return a name that no function defined here or in a part has yet."""
        self._names += 1
        return f"{name}{self._names}"

    def part(self, enough: int) -> Module:
        """Return the part under construction, or a new one if it has `enough` lines already."""
        if self._open is not None and self._open.lines >= enough:
            self.close()
        if self._open is None:
            self._open = Module(self.target, self.line)
            self._open._whole = self
        return self._open

    def close(self) -> None:
        """Add the part under construction, if there is one: it is complete."""
        if self._open is not None:
            self.parts.append(self._open.text())
            self._finished(self.parts[-1])
            self._open = None

    def text(self) -> str:
        """Return the module."""
        lines = []
        for data, name in self._tables.items():
            spelled = data.hex("\\", 1)
            lines.append(f'{name} = private unnamed_addr constant [{len(data)} x i8] c"\\{spelled}", align 64')
        defined = {_name(text) for text in self._functions}
        declared = [text for text in self._declared if _name(text) not in defined]
        return "\n".join([*lines, *declared, *self._functions]) + "\n"


def _name(function: str) -> str:
    """Return the name of a function that is defined or declared."""
    return function[: function.index("(")].partition("@")[2]
