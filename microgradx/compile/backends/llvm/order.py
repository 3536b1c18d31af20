"""A plan as a kernel computes it, nest after nest: in order, and with places for what it needs besides."""

from __future__ import annotations

from collections.abc import Callable

from ...nests.nests import Nest, Plan
from .alignment import aligned
from .in_place import gradients_last, in_eager_order
from .row_by_row import rows_first


def in_order(
    plan: Plan, lanes: int, strict: bool, alone: Callable[[Nest], bool], in_place: bool
) -> tuple[Plan, int | None]:
    """Return the plan that a kernel for blocks of so many rows computes nest after nest.

    For a strict step in place it has room for −lr, and that place is the second; else this is None. Nests that are
    `alone` are bytecode.
    """
    plan = rows_first(gradients_last(plan) if in_place else plan, lanes, strict, alone)
    plan = aligned(plan) if lanes == 1 else plan
    return in_eager_order(plan, lanes) if in_place and strict else (plan, None)
