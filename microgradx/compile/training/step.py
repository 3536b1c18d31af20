"""An optimiser's step as a plan, traced from the optimiser's own rule on one parameter: the rows are the parameters."""

from __future__ import annotations

from typing import Any, NamedTuple

from ...engine import Value
from ...errors import TraceError
from ...functions import max, min
from ...optimizer import Memory, Optimizer
from ..backends.lazy import LazyPlan, digest
from ..nests.nests import Plan
from ..nests.reroll import reroll
from ..passes.lower import lower
from ..passes.simplify import simplify
from ..tracing.recording import Recording
from ..tracing.trace import trace


class Step(NamedTuple):
    """A plan whose inputs and outputs are columns of numbers, one for each parameter.

    plan      made when it is needed. Inputs: weights, then the memory by `columns`, then by `uniform`, which is not
              read there, then the gradient; outputs "values": the next ones, in the same order, without the gradient.
              Its parameters are the learning rate, the factor that clips the norm, and the memory by `uniform`
    columns   names of the optimiser's memory of which there is one number for each parameter
    uniform   names of that of which there is one number for all
    """

    plan: LazyPlan
    columns: tuple[str, ...]
    uniform: tuple[str, ...]


MOST = 16
"""So many steps are kept for a program."""


def kept_step(
    kept: dict[Any, Step], optimizer: Optimizer, memory: Memory, clip_value: float | None = None, strict: bool = False
) -> Step:
    """Return the same as `optimizer_step`, traced once for a rule that reads nothing but what it is given.

    >>> kept = {}
    >>> from microgradx.optim import SGD
    >>> steps = [kept_step(kept, SGD([Value(1.0)], lr=lr), {}) for lr in (0.1, 0.2)]
    >>> steps[0] is steps[1]
    True
    """
    (hyper,) = optimizer.param_groups
    given = {name: x for name, x in hyper.items() if name not in ("params", "lr")}
    alike = [(name, len(x) == 1 != len(hyper["params"])) for name, x in memory.items()]
    name = type(optimizer).rule, repr((given, alike, clip_value, strict))  # as written, which tells 0.0 from −0.0
    if name not in kept:
        while len(kept) >= MOST:
            del kept[next(iter(kept))]
        kept[name] = optimizer_step(optimizer, memory, clip_value, strict)
    return kept[name]


def optimizer_step(optimizer: Optimizer, memory: Memory, clip_value: float | None = None, strict: bool = False) -> Step:
    """Return the step of an optimiser with one group of parameters, which remembers what `memory` does.

    Its rule treats all parameters alike, each by its own numbers and those that there are of one for all.
    The gradient is first multiplied by the factor that clips its norm, then each entry is clipped to ±`clip_value`.
    TraceError if the rule cannot be traced: it needs plain numbers, or remembers other things after the step.

    >>> from microgradx.optim import SGD
    >>> step = optimizer_step(SGD([Value(1.0), Value(2.0)], lr=0.1, momentum=0.9), {"b": [0.0, 0.0]})
    >>> step.columns, step.plan.plan.inputs, len(step.plan.plan.outputs["values"])
    (('b',), 3, 2)
    """
    (hyper,) = optimizer.param_groups
    count = len(hyper["params"])
    uniform = {name: Value(x[0], name) for name, x in memory.items() if len(x) == 1 != count}
    columns = tuple(name for name in memory if name not in uniform)
    rate, factor = Value(hyper["lr"], "lr"), Value(1.0, "clip")

    def step(w: Any, *others: Any) -> list[Any]:
        kept, g = others[: len(columns)], others[-1]
        clipped = g * factor
        if clip_value is not None:
            clipped = max(min(clipped, clip_value), -clip_value)
        given: dict[str, Any] = dict(zip(columns, ([x] for x in kept), strict=True))
        given |= {name: [v] for name, v in uniform.items()}
        update = optimizer.rule([w], [clipped], {name: given[name] for name in memory}, hyper | {"lr": rate})
        if update.memory.keys() != memory.keys():
            raise TraceError(f"the rule of {optimizer!r} remembers other things after a step than before it")
        found = {name: x[0] for name, x in update.memory.items()}
        return [update.weights[0], *(found[name] for name in (*columns, *uniform))]

    inputs = 2 + len(memory)
    parameters = [rate, factor, *uniform.values()]
    recording = trace(step, [()] * inputs, parameters, strict=strict)
    _check_rule(optimizer, recording)

    def made() -> Plan:
        return reroll(simplify(lower(recording.tape), strict), inputs=inputs, parameters=len(parameters)).plan

    return Step(LazyPlan(lambda: digest(recording, strict), made), columns, tuple(uniform))


def _check_rule(optimizer: Optimizer, recording: Recording) -> None:
    """Raise TraceError for a rule that decides between ways, or has numbers of its own that may change."""
    if recording.guards:
        raise TraceError(f"the rule of {optimizer!r} has branches, at {recording.guards[0]}; write mx.where instead")
    if recording.captured:
        raise TraceError(f"the rule of {optimizer!r} uses Values of its own; write plain numbers")
