"""Draws: generators of random numbers and how far they are, which tells that a function has drawn some."""

from __future__ import annotations

import pickle
import random
import sys
from collections.abc import Iterable
from typing import Any

SHARED = {"numpy.random.mtrand": "_rand", "torch": "default_generator"}
"""The generators that everybody shares besides Python's, where their modules are imported."""


def is_generator(x: Any) -> bool:
    """Return whether random numbers are drawn from an object, of Python's library, of NumPy or of PyTorch.

    >>> is_generator(random.Random(0)), is_generator(0.5)
    (True, False)
    """
    cls: Any = type(x)
    of = str(cls.__module__)
    return (
        issubclass(cls, random.Random)
        or (of.startswith("numpy.random") and not issubclass(cls, type))
        or (of == "torch._C" and hasattr(cls, "initial_seed"))
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
    shared = (getattr(sys.modules.get(module), name, None) for module, name in SHARED.items())
    return [random.getstate(), *map(_state, generators), *map(_state, shared)]


def _state(x: Any) -> Any:
    if isinstance(x, random.Random):
        return None if isinstance(x, random.SystemRandom) else x.getstate()
    if hasattr(x, "bit_generator"):
        return pickle.dumps(x.bit_generator.state)
    if not hasattr(x, "get_state"):
        return None
    if hasattr(x, "initial_seed"):  # PyTorch's
        return x.get_state().numpy().tobytes()
    _, key, *rest = x.get_state(legacy=True)
    return key.tobytes(), rest
