"""Where training goes on by many steps at once, in machine code, and where it is Python that makes a step."""

from __future__ import annotations

from typing import Any

from ... import optim
from ... import optimizer as base
from ...optim import SGD
from ...optimizer import Memory, Optimizer
from ...train.settings import Settings
from ...train.steps import Position, Steps
from .fixed import is_fixed
from .gradient import CompiledGradient
from .native_steps import NativeSteps
from .step import Step, kept_step

STEP = ("rule", "step", "propose", "accept", "accept_by", "kept", "memories", "parameters", "__getattribute__")
"""What a step consists of. Machine code stands for those of this library, whose rules treat every parameter alike by
its own numbers alone; one that a user writes may do anything, such as to compare parameters, or to count its calls."""


class NativeLeap:
    """Makes many steps at once, in machine code: see `train.steps.Leap`.

    It makes none, and says so by None, while the optimiser has no memory yet, and where a number would not be finite:
    the step is then made alone, by Python, which has the right error. `reason` tells why it makes none at all.
    """

    def __init__(self, gradient: CompiledGradient, optimizer: Optimizer, settings: Settings) -> None:
        self._gradient, self._optimizer, self._settings = gradient, optimizer, settings
        self._found: dict[tuple[tuple[str, ...], bool], NativeSteps | None] = {}
        self._hyper: dict[str, Any] = {}
        self.reason = self._why_not()

    def _why_not(self) -> str:
        if foreign := next((name for name in STEP if not _is_ours(self._optimizer, name)), ""):
            return f"{type(self._optimizer).__name__} has its own {foreign}, which Python runs"
        own, given = self._gradient.parameters, [group["params"] for group in self._optimizer.param_groups]
        if len(given) != 1 or (given[0] is not own and list(given[0]) != list(own)):
            return "the optimiser has groups of parameters, or not all parameters in the model's order"
        if self._gradient.strict and self._settings.clip_norm is not None:
            return "the norm of strict mode is Python's"
        if not is_fixed(self._settings.schedule):
            return "the schedule may read or change what training does, and is asked where Values ask it"
        return ""

    def __call__(self, position: Position, until: int) -> Steps | None:
        """Make steps from a position on, before epoch `until`."""
        if self.reason or vars(self._optimizer).keys() & STEP:  # a callback may have put its own there
            return None
        memory = self._optimizer.memories[0]
        hyper = {name: x for name, x in self._optimizer.param_groups[0].items() if name not in ("params", "lr")}
        if hyper != self._hyper:  # a callback may change what the rule was traced with
            self._hyper, self._found = hyper, {}
        descends = _is_descent(self._optimizer, self._settings) and not self._gradient.keeps_negative_zeros
        name = tuple(memory), descends
        if name not in self._found:
            step = self._step(memory)
            made = step and NativeSteps(self._gradient, self._optimizer, self._settings, step, descends)
            self._found[name] = made
        found = self._found[name]
        return None if found is None else found.steps(position, until, memory)

    def _step(self, memory: Memory) -> Step | None:
        optimizer, gradient = self._optimizer, self._gradient
        try:
            return kept_step(gradient.backend.steps, optimizer, memory, self._settings.clip_value, gradient.strict)
        except Exception as error:  # a rule may do anything with its numbers, and Python takes them all
            self.reason = str(error) if memory else ""  # without memory it may be the first step alone
            return None


def _is_ours(optimizer: Optimizer, name: str) -> bool:
    """Return whether what an optimiser has of that name is code of this library."""
    found = next(vars(x)[name] for x in (optimizer, *type(optimizer).__mro__) if name in vars(x))
    code = getattr(found, "fget", found)
    ours = (vars(optim), vars(base))
    return found is object.__getattribute__ or any(getattr(code, "__globals__", None) is names for names in ours)


def _is_descent(optimizer: Optimizer, settings: Settings) -> bool:
    """Return whether a step adds −lr times the gradient and no more, so that the gradient kernel can make it in place.

    Of several rows the learning rate is then multiplied into the error signals, which rounds in another way; but in
    strict mode into what has been added up over the rows, as the optimiser does.
    """
    (hyper,) = optimizer.param_groups
    changed = settings.l2 or settings.clip_norm or settings.clip_value
    return type(optimizer) is SGD and not (changed or hyper["momentum"] or hyper["weight_decay"])
