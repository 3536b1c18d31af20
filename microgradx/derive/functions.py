"""The functions of a listed program: what a row computes in more than one step, defined once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ..primitives import TABLE, Primitive
from .source import CODE, Author, Code, counted

THRESHOLDS = {
    "step": "1.0 if x > 0 else 0.0 if x <= 0 else math.nan",
    "sign": "1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else math.nan",
    "equal": "1.0 if x == y else 0.0",
}
"""The atoms that Python has no function for."""

_SLOPES = {p.name: f"{of.name}_slope" for p in TABLE for of in TABLE if p.symbol == f"{of.symbol}'"}
"""The rows that are the derivative of another, and what a program calls them."""


class Functions:
    """The names of a program, no two alike, and the functions that its statements call."""

    def __init__(self) -> None:
        self.taken = {"math", "abs", "max", "min", "print"}
        self.names: dict[str, str] = {}
        self.definitions: dict[str, list[str]] = {}
        self.author = Author(self.name)

    def free(self, name: str) -> str:
        """Return a name that is not taken yet, and take it."""
        while name in self.taken:
            name += "_"
        self.taken.add(name)
        return name

    def name(self, row: str) -> str:
        """Return the name of the function for a row of the table."""
        if row not in self.names and row not in ("abs", "max", "min"):
            self.names[row] = self.free(_SLOPES.get(row, row))
        return self.names.get(row, row)

    def call(
        self, p: Primitive, operands: Sequence[Any], suffix: str, rule: Any, z: Code | None = None, note: str = ""
    ) -> list[Code]:
        """Return the results of a rule as calls of a function that is defined once for each number of operands.

        The function takes what the rule uses of z and the operands; `note` is a comment on it.
        """
        shape = tuple(len(x) if isinstance(x, tuple) else 0 for x in operands)
        key = f"{p.name}{suffix}{shape if p.blocks else ''}{'' if p in TABLE else id(p)}"
        letters = "xy" if len(operands) == 2 else "x"
        own = [_parameters(letter, x) for letter, x in zip(letters, operands, strict=True)]
        given = [*([Code("z", z.number)] if z else []), *own]
        results = rule(given)
        # A variable is computed before the choice that might not need it: where that raises, so does the call.
        raises = any(count > 1 and each.number is None for each, count in counted(results).values())
        numbers = [None if raises else x.number if isinstance(x, Code) else x for x in results]
        used = counted(results)
        kept = [isinstance(x, tuple) or id(x) in used for x in given]
        if key not in self.definitions:
            name = self.free(f"{p.name}{suffix}" if p.name.isidentifier() else f"row{suffix}")
            self.names[key] = name
            taken = [x for x, keep in zip(given, kept, strict=True) if keep]
            arguments = [each.form for x in taken for each in (x if isinstance(x, tuple) else (x,))]
            self.definitions[key] = self.author.define(name, arguments, results)
            self.definitions[key][1:1] = [f"    # {note}"] if note else []
        passed = [x for x, keep in zip((*([z] if z else []), *operands), kept, strict=True) if keep]
        call = self.author(Code(key, 0.0, tuple(passed)))
        self.author.called.pop(key, None)
        if len(results) == 1:
            return [Code(call, numbers[0])]
        return [Code(f"{call}[{k}]", x) for k, x in enumerate(numbers)]

    def defined(self) -> Iterator[list[str]]:
        """Yield the functions that are needed, those first that others call."""
        rows = {p.name: p for p in TABLE}
        written: dict[str, list[str]] = {}
        while missing := [name for name in self.author.called if name not in written]:
            p = rows[missing[-1]]
            own = [Code(letter, None) for letter in "xy"[: len(p.domain)]]
            name = self.name(p.name)
            if p.name in THRESHOLDS:
                arguments = ", ".join(x.form for x in own)
                written[p.name] = [f"def {name}({arguments}):", f"    return {THRESHOLDS[p.name]}"]
            else:
                written[p.name] = self.author.define(name, [x.form for x in own], [p.value(CODE, *own)])
        yield from reversed(written.values())
        yield from self.definitions.values()


def _parameters(letter: str, operand: Any) -> Any:
    """Return the arguments of a function in place of operands: x, or x1, x2, … for a block."""

    def one(name: str, x: Any) -> Code:
        return Code(name, x.number if isinstance(x, Code) else float(x))

    if isinstance(operand, tuple):
        return tuple(one(f"{letter}{k}", x) for k, x in enumerate(operand, 1))
    return one(letter, operand)
