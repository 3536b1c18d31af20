"""What is wrong at special numbers: powers of 0 and of negative numbers, relu at 0, saturated functions."""

from __future__ import annotations

from .case import Case
from .experiments import CORNERS

_POWERS_AT_0 = (
    "use n * x**(n - 1) with the cases n = 0 (slope 0) and n = 1 (slope 1) apart; n * out / x and exp(n * log x) have "
    "no value at 0"
)
_REAL = "use Python's x**n and its slope n * x**(n - 1); exp(n * log x) needs x > 0"
_TANH = "use math.tanh(x): a quotient of exponentials overflows"
_SIGMOID = "use 1/(1 + e⁻ˣ) for x >= 0 and eˣ/(1 + eˣ) for x < 0: neither overflows"

BUGS = {
    "x ** 2 at 0": ("pow at 0", _POWERS_AT_0, "x ** 3"),
    "x ** 1 at 0": ("pow at 0", _POWERS_AT_0, "x ** 3"),
    "x ** 0 at 0": ("pow at 0", _POWERS_AT_0, "x ** 3"),
    "x ** 3 at -2": ("pow of a negative number", _REAL, "x ** 3"),
    "x ** 2 at -2": ("pow of a negative number", _REAL, "x ** 3"),
    "x ** 0.5 at 4": ("pow with a fraction", _REAL, "x ** 3"),
    "relu at 0": ("relu at 0", "take the slope 0 (or 1) at 0: relu is max(x, 0)", "x.relu()"),
    "tanh at 1000": ("overflow in tanh", _TANH, "x.tanh()"),
    "tanh at -1000": ("overflow in tanh", _TANH, "x.tanh()"),
    "sigmoid at 1000": ("overflow in sigmoid", _SIGMOID, "x.sigmoid()"),
    "sigmoid at -1000": ("overflow in sigmoid", _SIGMOID, "x.sigmoid()"),
}


def judge_corners(case: Case) -> None:
    """Judge values and slopes at special numbers, for operations that are right elsewhere."""
    for name in CORNERS:
        bug, advice, op = BUGS[name]
        if op in case.missing or case.blocked(name, (op,)):
            continue
        seen = case.seen[name]
        slope = seen.numbers.get("derivative", -1.0)
        if name == "relu at 0" and seen.numbers.get("value") == 0.0 and 0.0 <= slope <= 1.0:
            case.passed(name, f"its slope there is {slope:g}; lecturers choose 0 or 1, both are subgradients")
        elif case.right(name):
            case.passed(name)
        else:
            case.failed(name, bug, case.told(name, name), advice)
