"""Formulas as text, such as "(y - t) * x": parsed into steps, evaluated on any kind of number, never executed."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import FormulaError
from .grammar import FUNCTIONS, Parser, Step, error_at
from .names import near_names, normal

LONGEST = 10_000
"""The most characters of a formula."""

CONSTANTS = {"pi": math.pi, "π": math.pi}
"""Names with a number of their own, unless a node bears the name."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A formula that was understood: its text, and the steps that compute it, operands first.

    >>> str(parse("(y - t) * x"))
    '(y - t) * x'
    """

    text: str
    steps: tuple[Step, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names that need a value, in order of appearance; `pi` has one."""
        return tuple(
            dict.fromkeys(normal(step.name) for step in self.steps if step.name and step.name not in CONSTANTS)
        )

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Return the formula's value; `values` gives each name a float, a Value or any other kind of number.

        FormulaError if a name has no value; DomainError where an operation raises it.

        >>> parse("-x**2").evaluate({"x": 3.0})
        -9.0
        """
        known = {normal(name): x for name, x in values.items()}
        self.require(known)
        stack: list[Any] = []
        for step in self.steps:
            if step.function is not None:
                first = len(stack) - step.operands
                stack[first:] = [step.function.call(*stack[first:])]
            elif step.name:
                name = normal(step.name)
                stack.append(known[name] if name in known else CONSTANTS[name])
            else:
                stack.append(step.number)
        return stack[0]

    def require(self, known: Collection[str], hint: str = "") -> None:
        """Raise FormulaError, with a mark under the place, at the first name that is not among the known ones."""
        for step in self.steps:
            name = normal(step.name)
            if not name or name in known or name in CONSTANTS:
                continue
            is_function = f"; the function is written {name}(…)" if name in FUNCTIONS else near_names(name, known)
            raise error_at(self.text, step.place, f"no node named {step.name!r}{is_function}{hint}")

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Expression:
    """Return the expression that a text describes, by the grammar of `grammar`.

    FormulaError, with a mark under the place and the reason, if the text does not follow the grammar, is longer than
    `LONGEST` characters or is nested deeper than `grammar.DEEPEST` levels.

    >>> parse("-x**2 + exp(y)").names
    ('x', 'y')
    """
    if not isinstance(text, str):
        raise TypeError(f"a formula is a string, not {text!r}")
    if len(text) > LONGEST:
        raise FormulaError(f"the formula has {len(text)} characters; at most {LONGEST} are read")
    text = text.strip()
    if not text:
        raise FormulaError("the formula is empty; write one such as (y - t) * x")
    return Expression(text, tuple(Parser(text).parse()))
