"""Training steps on rows of several paths, side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from ..backends.cache import key
from ..backends.lazy import LazyPlan
from ..backends.llvm.lengths import work
from ..nests.joint import joint
from ..nests.nests import Plan
from ..paths.path import Path
from ..paths.stages import Kind

TOGETHER = 4
"""So many paths at most are joint: each new one makes all of their machine code anew."""

MORE = 1.5
"""A joint plan computes so many times as much as its largest path at most: for more, rows are better led apart."""


def joint_plan(paths: Sequence[Path], decided: Callable[[str, Callable[[], bool]], bool]) -> LazyPlan | None:
    """Return the joint plan of paths, if they have the same inputs and leaves, and enough else in common.

    The latter may have been `decided` in an earlier process: then no plan is needed.
    """
    first = paths[0]
    if not 1 < len(paths) <= TOGETHER or any(_given(path) != _given(first) for path in paths):
        return None
    plans = [path.stages.plan(Kind.TRAINING) for path in paths]
    names, known = tuple(plan.name for plan in plans), first.stages.joint
    if names not in known:
        name, together = key(["joint", *names]), _Together(plans)
        known[names] = LazyPlan(lambda: name, together.plan) if decided(name, together.is_worth) else None
    return known[names]


class _Together:
    """The joint plan of some plans, made when it is first asked for."""

    def __init__(self, plans: Sequence[LazyPlan]) -> None:
        self._plans = plans

    @cached_property
    def _found(self) -> Plan | None:
        return joint([plan.plan for plan in self._plans])

    def plan(self) -> Plan:
        """Return the plan, where there is one."""
        assert self._found is not None
        return self._found

    def is_worth(self) -> bool:
        """Return whether there is one that does not compute too much."""
        largest = max(work(plan.plan.nests) for plan in self._plans)
        return self._found is not None and work(self._found.nests) <= MORE * largest


def _given(path: Path) -> tuple[object, ...]:
    return path.recording.columns, tuple(map(id, path.recording.captured))
