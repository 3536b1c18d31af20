"""Helpers: functions that a source in Python needs, as Python's own raise an error where numbers become inf or NaN."""

from __future__ import annotations

import re
from collections.abc import Iterable

IEEE = '''

def ieee(f, overflow=nan, pole=nan, at=0.0):
    """Return f with inf and NaN where Python raises an error."""

    def of(x):
        try:
            return f(x)
        except OverflowError:
            return overflow
        except ValueError:
            return pole if x == at else nan

    return of

'''

DIVIDE = """

def divide(x, y):
    if y != 0:
        return x / y
    return nan if x == 0 or x != x else math.copysign(inf, x) * math.copysign(1.0, y)"""

POWER = """

def pow(x, y):
    odd = y % 2 == 1
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and odd else inf
    except ValueError:
        return nan if x != 0 else math.copysign(inf, x) if odd else inf"""

EXTREMUM = """

def {0}imum(*numbers):
    return nan if any(x != x for x in numbers) else {0}(numbers)"""

STEP = """

def step(x):
    return 1.0 if x > 0 else 0.0 if x <= 0 else nan"""

SIGN = """

def sign(x):
    return 1.0 if x > 0 else -1.0 if x < 0 else 0.0 if x == 0 else nan"""

HELPERS = {
    "exp": "exp = ieee(math.exp, overflow=inf)",
    "expm1": "expm1 = ieee(math.expm1, overflow=inf)",
    "log": "log = ieee(math.log, pole=-inf)",
    "log1p": "log1p = ieee(math.log1p, pole=-inf, at=-1.0)",
    "sin": "sin = ieee(math.sin)",
    "cos": "cos = ieee(math.cos)",
    "sqrt": "sqrt = ieee(math.sqrt)",
    "tanh": "tanh = math.tanh",
    "divide": DIVIDE,
    "pow": POWER,
    "maximum": EXTREMUM.format("max"),
    "minimum": EXTREMUM.format("min"),
    "step": STEP,
    "sign": SIGN,
}
"""What defines the functions: inf and NaN are carried on, as IEEE 754 has it."""


def helpers_of(lines: Iterable[str]) -> list[str]:
    """Return what defines the functions that lines call.

    >>> helpers_of(["row[1] = tanh(row[0])"])
    ['', 'tanh = math.tanh']
    """
    called = {name for line in lines if "#" not in line for name in re.findall(r"\b(\w+)\(", line)}
    texts = [text for name, text in HELPERS.items() if name in called]
    short, long = [text for text in texts if "\n" not in text], [text for text in texts if "\n" in text]
    first = [IEEE.rstrip()] * any("ieee(" in text for text in short)
    return [*first, *[""] * bool(short), *[""] * bool(first), *short, *long]
