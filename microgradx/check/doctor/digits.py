"""How exactly a number was given, by the digits with which it is written."""

from __future__ import annotations


def digits(x: float) -> int:
    """Return to how many significant digits a number was given.

    >>> digits(0.2350), digits(-12.5), digits(0.1 + 0.2)
    (3, 3, 17)
    """
    return len(repr(abs(x)).partition("e")[0].replace(".", "").strip("0"))


def half_unit(x: float) -> float:
    """Return half a unit in the last decimal place that a number was given with.

    >>> half_unit(0.125)
    0.0005
    """
    mantissa, _, exponent = repr(abs(x)).partition("e")
    places = len(mantissa.partition(".")[2].rstrip("0"))
    return 0.5 * 10.0 ** (int(exponent or 0) - places)
