"""Hyper-parameters of optimisers: their ranges, and groups of them as plain data."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Any

from .numbers import real

Group = dict[str, Any]
Ranges = dict[str, tuple[Callable[[Any], bool], str]]

FLAG = (lambda x: isinstance(x, bool), "True or False")
RANGES: Ranges = {
    "lr": (lambda x: 0.0 <= x < math.inf, "at least 0"),
    "momentum": (lambda x: 0.0 <= x < 1.0, "at least 0 and below 1"),
    "weight_decay": (lambda x: 0.0 <= x < math.inf, "at least 0"),
    "betas": (lambda x: len(x) == 2 and all(0.0 <= β < 1.0 for β in x), "two numbers of at least 0 and below 1"),
    "alpha": (lambda x: 0.0 <= x < 1.0, "at least 0 and below 1"),
    "eps": (lambda x: 0.0 < x < math.inf, "above 0"),
    "nesterov": FLAG,
    "centered": FLAG,
}
"""Which values of a hyper-parameter make sense, and how to say so; a new one needs no entry, and is kept as given."""


def shown(hyper: Group) -> str:
    """Return hyper-parameters as they are written in a call.

    >>> shown({"params": [], "lr": 0.1})
    'lr=0.1'
    """
    return ", ".join(f"{name}={x!r}" for name, x in hyper.items() if name != "params")


def validated(hyper: Group) -> Group:
    """Return hyper-parameters as plain data; ValueError for one out of its range.

    >>> validated({"betas": [0, 0.5], "my_own": "kept"})
    {'betas': (0.0, 0.5), 'my_own': 'kept'}
    """
    checked = {name: _in_range(name, x) for name, x in hyper.items()}
    if hyper.get("nesterov") and not hyper["momentum"]:
        raise ValueError("nesterov looks ahead along the momentum, which is 0.0; give momentum=0.9, for example")
    return checked


def _in_range(name: str, x: Any) -> Any:
    """Return a hyper-parameter as plain data: a float, a tuple of floats, or True or False."""
    if name not in RANGES:
        return tuple(x) if isinstance(x, list) else x
    allowed, words = RANGES[name]
    try:
        found = x if words is FLAG[1] else tuple(map(real, x)) if isinstance(x, list | tuple) else real(x)
        if allowed(found):
            return found
    except (TypeError, OverflowError):
        pass
    raise ValueError(f"{name} must be {words}, not {reprlib.repr(x)}")
