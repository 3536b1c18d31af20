"""The whole suite on one class, experiment after experiment, until too many have not come to an end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from .experiments import experiments
from .watch import Observation, observe

PATIENCE = 3
"""How many experiments may hang before the others are left out."""
NOT_RUN = Observation({}, "NotRun", f"left out, after {PATIENCE} experiments without an end")


def observations(engine: Any, seconds: float, first: str = "") -> Iterator[tuple[str, Observation]]:
    """Yield each experiment's key and what it gave, from one on.

    >>> from microgradx import Value
    >>> dict(observations(Value, 5.0))["leaf"].numbers
    {'x': 1.0}
    """
    programs = experiments()
    keys = list(programs)
    hung = 0
    for key in keys[keys.index(first) if first else 0 :]:
        seen = NOT_RUN if hung == PATIENCE else observe(partial(programs[key], engine), seconds)
        hung += seen.error == "TimeLimit"
        yield key, seen
