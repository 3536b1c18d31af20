"""What an optimiser remembers between steps, and whether a state that was saved fits, group by group."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable, Mapping, Sequence, Sized
from typing import Any, NamedTuple

from .errors import LoadError
from .hyper import Group, Ranges, shown, validated
from .numbers import real

Numbers = list[float]
Memory = Mapping[str, Sequence[float]]


class Update(NamedTuple):
    """What one step would change in a group of parameters: their numbers, and the memory of the optimiser."""

    weights: Sequence[float]
    memory: Memory

    def is_finite(self) -> bool:
        """Return whether it holds no inf and no NaN."""
        return all(all(map(math.isfinite, numbers)) for numbers in (self.weights, *self.memory.values()))


Rule = Callable[[Numbers, Numbers, Memory, Group], Update]


def fitting(
    state: dict[str, Any], kind: str, own: Sequence[Group], rule: Rule, ranges: Ranges
) -> tuple[list[Group], list[Memory]]:
    """Return the hyper-parameters and memories in a state; LoadError unless they fit an optimiser's own groups.

    `kind` is the optimiser's name, and `ranges` are those of its memory's numbers.
    """
    keys = {"optimizer", "param_groups", "state"}
    if not isinstance(state, dict) or state.keys() != keys or state["optimizer"] != kind:
        raise LoadError(f"the state of an {kind} is needed, not {reprlib.repr(state)}")
    groups, memories = state["param_groups"], state["state"]
    if len(own) != len(groups):
        raise LoadError(f"the optimiser has {_counted(own, 'group')} of parameters, the state {len(groups)}")
    if len(groups) != len(memories):
        raise LoadError(f"the state has {_counted(groups, 'group')} of parameters, and the memory of {len(memories)}")
    hypers = [_fitting_hyper(*pair) for pair in zip(own, groups, strict=True)]
    places = zip(own, hypers, memories, strict=True)
    return hypers, [_fitting_memory(rule, ranges, len(group["params"]), *pair) for group, *pair in places]


def _fitting_memory(rule: Rule, ranges: Ranges, count: int, hyper: Group, given: Any) -> Memory:
    """Return the memory given for `count` parameters, if it is one from which the next step can be made."""
    ones = [1.0] * count
    expected = rule(ones, ones, {}, hyper).memory
    if given and {name: len(x) for name, x in given.items()} != {name: len(x) for name, x in expected.items()}:
        raise LoadError(f"the state does not remember what this optimiser does: {', '.join(expected) or 'nothing'}")
    memory = {name: [_fitting_number(ranges, name, x) for x in numbers] for name, numbers in given.items()}
    if not rule(ones, ones, memory, hyper).is_finite():
        raise LoadError("the state holds numbers so large that the next step would not be finite")
    return memory


def _fitting_number(ranges: Ranges, name: str, given: Any) -> float:
    try:
        x = real(given)
    except (TypeError, OverflowError):
        x = math.nan
    if not math.isfinite(x):
        raise LoadError(f"{name!r} of the state holds {reprlib.repr(given)}, which is not a finite number")
    allowed, words = ranges.get(name, (math.isfinite, "finite"))
    if not allowed(x):
        raise LoadError(f"{name!r} of the state must be {words}, not {x!r}")
    return x


def _fitting_hyper(group: Group, given: Group) -> Group:
    if group.keys() != given.keys():
        raise LoadError(f"a group of this optimiser has {shown(group)}, the state has {shown(given)}")
    if given["params"] != len(group["params"]):
        own = _counted(group["params"], "parameter")
        raise LoadError(f"a group of this optimiser has {own}, the state {given['params']}")
    try:
        return validated({name: x for name, x in given.items() if name != "params"})
    except ValueError as error:
        raise LoadError(str(error)) from None


def _counted(entries: Sized, noun: str) -> str:
    return f"{len(entries)} {noun}{'s' * (len(entries) != 1)}"
