"""Gradient clipping: against gradients that explode on their way back through many layers."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from .engine import Value
from .names import brief
from .numbers import no_parameters, real


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients by one factor so that √Σg² is at most `max_norm`, and return that norm as it was.

    The direction stays (Pascanu et al. 2013). ValueError unless max_norm is above 0; FloatingPointError, with
    nothing changed, if the norm is inf or NaN.

    >>> w, b = Value(0.0), Value(0.0)
    >>> w.grad, b.grad = 3.0, 4.0
    >>> clip_grad_norm([w, b], 1.0)
    5.0
    >>> w.grad, b.grad
    (0.6000000000000001, 0.8)
    """
    max_norm = _limit("max_norm", max_norm)
    clipped = _values(parameters)
    norm = math.hypot(*[v.grad for v in clipped])
    if not math.isfinite(norm):
        cause = "".join([f", because of {v!r}" for v in clipped if not math.isfinite(v.grad)][:1])
        raise FloatingPointError(f"the norm of the gradient is {norm!r}{cause}; nothing was clipped")
    if norm > max_norm:
        for v in clipped:
            v.grad *= max_norm / norm
    return norm


def clip_grad_value(parameters: Iterable[Value], clip_value: float) -> None:
    """Move each gradient into [−clip_value, clip_value]. ValueError unless clip_value is above 0.

    >>> w = Value(0.0)
    >>> w.grad = -7.0
    >>> clip_grad_value([w], 5.0)
    >>> w.grad
    -5.0
    """
    clip_value = _limit("clip_value", clip_value)
    for v in _values(parameters):
        if abs(v.grad) > clip_value:
            v.grad = math.copysign(clip_value, v.grad)


def _values(parameters: Any) -> list[Value]:
    if not isinstance(parameters, Iterable):
        raise TypeError(f"a gradient is clipped of a list of Values, not of {no_parameters(parameters)}")
    given: list[Any] = list(parameters)
    if not all(isinstance(v, Value) for v in given):
        raise TypeError(
            f"a gradient is clipped of a list of Values, not of {brief(parameters)}; pass model.parameters()"
        )
    return given


def _limit(name: str, x: Any) -> float:
    try:
        limit = real(x)
    except (TypeError, OverflowError):
        limit = math.nan
    if not limit > 0.0:
        raise ValueError(f"{name} must be above 0, not {x!r}")
    return limit
