"""What a training leaves as it is, though its loss uses it: the Values that are no parameters of the program."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any

from ...names import labels, visible
from ..tracing.recording import Recording

MOST = 8
"""So many names are told."""


def frozen(f: Callable[..., Any], recordings: Iterable[Recording]) -> str:
    """Return the names of the Values that a function used besides its parameters: labels, or variables of its own.

    Others were made by the function itself.
    """
    used = dict.fromkeys(v for recording in recordings if recording.captured for v in recording.constants)
    variables = {} if all(v.label for v in used) else labels(_variables(f))
    names = dict.fromkeys(visible((v.label or variables.get(id(v), "")).partition("[")[0]) for v in used)
    known = [name for name in names if name]
    return ", ".join(known[:MOST]) + (f" and {len(known) - MOST} more" if len(known) > MOST else "")


def _variables(f: Any) -> dict[str, Any]:
    """Return the variables of a function by name; none of what is no function of Python's."""
    try:
        found = inspect.getclosurevars(f)
    except TypeError:
        return {}
    return {**found.globals, **found.nonlocals}
