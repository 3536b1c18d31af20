"""Draws: generators of random numbers and how far they are, which tells that a function has drawn some."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterable
from typing import Any


def is_generator(x: Any) -> bool:
    """Return whether random numbers are drawn from an object, of Python's library or of NumPy.

    >>> is_generator(random.Random(0)), is_generator(0.5)
    (True, False)
    """
    cls: Any = type(x)
    return issubclass(cls, random.Random) or (
        str(cls.__module__).startswith("numpy.random") and not issubclass(cls, type)
    )


def drawn(generators: Iterable[Any]) -> list[Any]:
    """Return how far these generators are, and those that everybody shares: another list after a draw.

    >>> before = drawn([])
    >>> before == drawn([])
    True
    >>> x = random.random()
    >>> before == drawn([])
    False
    """
    shared = getattr(sys.modules.get("numpy.random.mtrand"), "_rand", None)  # None if nobody has imported it
    return [random.getstate(), *map(_state, generators), *([] if shared is None else [_state(shared)])]


def _state(x: Any) -> Any:
    if isinstance(x, random.Random):
        return None if isinstance(x, random.SystemRandom) else x.getstate()
    if hasattr(x, "bit_generator"):
        return pickle.dumps(x.bit_generator.state)
    if not hasattr(x, "get_state"):
        return None
    _, key, *rest = x.get_state(legacy=True)
    return key.tobytes(), rest
