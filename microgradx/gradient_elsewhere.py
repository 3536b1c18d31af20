"""A gradient that a compiled program gave back, and that nobody put where an optimiser looks for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import FrameType, ModuleType
from typing import Any

from .engine import Value
from .errors import user_frame, warn_user
from .node import grads_of


def warn_of_gradient_elsewhere(parameters: Sequence[Value]) -> None:
    """Warn if every gradient is 0, and who makes this step has a program at hand that differentiates by these Values.

    Its `value_and_grad` leaves `.grad` as it is, so that a step after it alone learns nothing. Nothing is said without
    such a program: gradients may be 0, at a minimum for example.
    """
    if any(grads_of(parameters)):
        return
    own = set(parameters)
    for name, x in _variables(user_frame()):
        theirs = x.parameters if type(x).__module__.startswith(__package__) and hasattr(x, "value_and_grad") else ()
        if own.isdisjoint(theirs):
            continue
        warn_user(
            f"every gradient is 0, so that this step learns nothing: {name}.value_and_grad(…) returns a gradient, and "
            f"leaves .grad as it is. Before step() write for v, g in zip({name}.parameters, gradient): v.grad = g, or "
            f"let {name}.train(…) make all steps"
        )
        return


def _variables(frame: FrameType) -> Iterator[tuple[str, Any]]:
    """Yield the variables that a frame sees, and the attributes of its own ones, as self.program, by name."""
    yield from [*frame.f_locals.items(), *frame.f_globals.items()]
    for name, x in list(frame.f_locals.items()):
        if not isinstance(x, ModuleType | type):
            yield from [(f"{name}.{inner}", y) for inner, y in getattr(x, "__dict__", {}).items()]
