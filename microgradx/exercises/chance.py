"""Numbers drawn for an exercise: small, few decimals, and the same for one seed on every platform."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from ..engine import Value

ODDS = {"0.8": "4", "0.75": "3", "0.6": "1.5", "0.9": "9"}
"""Outputs of σ above ½, and the odds y/(1 − y) of which their z is the logarithm."""


class Unsuitable(Exception):
    """The numbers that were drawn make no good exercise: draw again."""


class Chance:
    """What is drawn from one seed.

    Of Python's generator only `random()` is used, whose numbers are promised to stay the same from version to version.

    >>> chance = Chance("a seed")
    >>> chance.whole(-3, 3) in (-3, -2, -1, 1, 2, 3), chance.of("ab") in "ab"
    (True, True)
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed).random

    def of(self, options: Iterable[Any]) -> Any:
        """Return one of these."""
        listed = list(options)
        return listed[int(self._random() * len(listed))]

    def shuffled(self, options: Iterable[Any]) -> list[Any]:
        """Return all of these in random order."""
        left = list(options)
        return [left.pop(int(self._random() * len(left))) for _ in range(len(left))]

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from low to high, but not 0."""
        return int(self.of(n for n in range(low, high + 1) if n))

    def number(self, low: int = -3, high: int = 3, parts: int = 2) -> float:
        """Return a multiple of 1/parts from low to high, but not 0."""
        return self.whole(low * parts, high * parts) / parts

    def leaf(self, label: str, low: int = -3, high: int = 3, parts: int = 1) -> Value:
        """Return a named node with such a number."""
        return Value(self.number(low, high, parts), label)

    def logit(self, shift: float = 0.0) -> tuple[float, str, float]:
        """Return ln(y/(1 − y)) − shift for an output y of σ with few decimals, how it is written, and y."""
        y = self.of(ODDS)
        sign = self.of((1, -1))
        return *logarithm(ODDS[y], sign, -shift), float(y) if sign > 0 else float(1 - Fraction(y))

    def need(self, condition: bool) -> None:
        """Go on only if this holds; draw everything again if not."""
        if not condition:
            raise Unsuitable


def logarithm(of: str, sign: int = 1, shift: float = 0.0) -> tuple[float, str]:
    """Return shift ± ln(of) as a number, and how it is written.

    >>> logarithm("4", -1, 2.0)[1], logarithm("3")[1]
    ('2 − ln 4', 'ln 3')
    """
    number = shift + sign * math.log(float(of))
    if not shift:
        return number, f"{'−' if sign < 0 else ''}ln {of}"
    return number, f"{written(shift)} {'−' if sign < 0 else '+'} ln {of}"


def written(x: float) -> str:
    """Return a number as text and pictures show it: a minus sign, no more digits than it has.

    >>> written(-2.0), written(0.1 + 0.2), written(1e-8)
    ('−2', '0.3', '1e−08')
    """
    return f"{x:.10g}".replace("-", "−")


def factor(x: float) -> str:
    """Return a number as a product shows it: in parentheses if it is below 0.

    >>> factor(-2.0), factor(0.5)
    ('(−2)', '0.5')
    """
    return f"({written(x)})" if x < 0 else written(x)


def coefficient(x: float, sign: str = "·") -> str:
    """Return a number in front of what it multiplies, which nobody writes of 1.

    >>> f"{coefficient(-1)}z, {coefficient(1)}z, {coefficient(-2)}z, {coefficient(3, '')}x"
    '−z, z, −2·z, 3x'
    """
    return ("−" if x < 0 else "") if abs(x) == 1 else f"{written(x)}{sign}"


def listed(numbers: Iterable[float]) -> str:
    """Return numbers in brackets.

    >>> listed([1, -2.0])
    '[1, −2]'
    """
    return f"[{', '.join(map(written, numbers))}]"
