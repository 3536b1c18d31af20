"""The words of formulas: a text becomes a list of tokens, and an error shows the place that is none."""

from __future__ import annotations

import re
from typing import NamedTuple

from .errors import FormulaError

FRACTIONS = "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
"""Numbers of one character, which stand before what they multiply."""

_LETTERS = r"[^\W\d²³¹⁰⁴-⁹½⅓-⅞](?:[^\W²³¹⁰⁴-⁹]|[\u0300-\u036f])*"  # y² is no name: its normal form would be y2
_INDICES = r"(?:\[\s*[0-9]+\s*(?:,\s*[0-9]+\s*)*\])*"  # parameters of a layer bear them, as in w2[1,3] or w[1][3]
_TOKEN = re.compile(
    rf"(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[{FRACTIONS}])"
    rf"|(?P<signal>∂{_LETTERS}{_INDICES}/∂{_LETTERS}{_INDICES})"
    rf"|(?P<name>{_LETTERS}{_INDICES}(?:['′’](?=\s*\())?)"  # σ'(z)
    r"|(?P<power>⁻?[²³¹⁰⁴-⁹]+)"
    r"|(?P<operator>\*\*|[-+*/^(),·×−])|(?P<space>\s+)"
)
_AS_PYTHON = {"^": "**", "·": "*", "×": "*", "−": "-"}
_PRIMES = str.maketrans("′’", "''")


class Token(NamedTuple):
    """A word of a formula: its kind, how it is written, and where."""

    kind: str
    text: str
    place: int


def tokens(text: str) -> list[Token]:
    """Return the words of a text, and the token "end"; FormulaError at what is none.

    An error signal ∂L/∂z is one word, and a name.

    >>> [token.text for token in tokens("∂L/∂z·x")]
    ['∂L/∂z', '*', 'x', '']
    """
    found, place = [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise error_at(text, place, _unexpected(text[place]))
        if match.lastgroup != "space":
            kind = "name" if match.lastgroup == "signal" else str(match.lastgroup)
            found.append(Token(kind, _AS_PYTHON.get(match[0], match[0]).translate(_PRIMES), place))
        place = match.end()
    return [*found, Token("end", "", place)]


_INSTEAD = {
    "'": "only names the derivative of a function, as in σ'(z); an error signal is z_bar, or z̄",
    "∂": "has no meaning here; an error signal is written ∂L/∂z, with the output's name as L, or z_bar, or z̄",
    "[": "has no meaning here; only whole numbers index a name, as in w2[1,3]",
    ">": "does not compute a number; the indicator 𝟙[z > 0] is written step(z)",
    "=": "does not compute a number; give one expression",
    "𝟙": "has no meaning in a formula; the indicator 𝟙[z > 0] is written step(z)",
    "|": "has no meaning in a formula; |z| is written abs(z)",
    "√": "has no meaning in a formula; the root of z is written sqrt(z)",
    "\\": "has no meaning in a formula; a letter is written by its name alone, as in sigma(z)",
}
_INSTEAD |= {"′": _INSTEAD["'"], "’": _INSTEAD["'"], "]": _INSTEAD["["], "<": _INSTEAD[">"].replace("z > 0", "0 < z")}


def _unexpected(character: str) -> str:
    return f"{character!r} {_INSTEAD.get(character, 'has no meaning in a formula')}"


def error_at(text: str, place: int, reason: str) -> FormulaError:
    """Return the error that shows the text around the place, and a mark under it.

    >>> print(error_at("x + * y", 4, "a number is missing"))
    a number is missing
        x + * y
            ^
    """
    start = max(0, place - 60)
    shown = "".join(c if c.isprintable() else " " for c in text[start : place + 40])
    if len(reason) > 300:  # it may quote a name of any length
        reason = f"{reason[:300]}…"
    return FormulaError(f"{reason}\n    {shown}\n    {' ' * (place - start)}^")
