"""What a training run asks of a program, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ...optimizer import Optimizer
from ...train.settings import Settings
from ...train.steps import Gradient, Leap
from ..forks import MAKING, MOVING
from .gradient import CompiledGradient

if TYPE_CHECKING:
    from ..program import Program


class CompiledWork:
    """What a training run asks of a program that gives the loss of an example: see `train.work.Work`."""

    def __init__(
        self, program: Program, arguments: Sequence[Any], eager: Gradient | None = None, epochs: int | None = None
    ) -> None:
        self.by = program.target
        self._f = program.f
        self.alone: AbstractContextManager[Any] = MOVING
        self._leap: Leap = lambda position, until: None
        self.gradient = CompiledGradient(program, arguments, eager, epochs)

    def leap(self, optimizer: Optimizer, settings: Settings) -> Leap:
        """Return what makes many steps at once: machine code, or nothing where there is no compiler for it."""
        if self.by == "llvm":
            with MAKING.done():
                from .leap import NativeLeap

            self._leap = NativeLeap(self.gradient, optimizer, settings)
        return self._leap

    def confirm(self, epochs: int) -> None:
        """Raise TraceError if the function does something else by now than when it was traced."""
        self.gradient.confirm(self._told())

    def frozen(self) -> str:
        """Return the names of what the loss uses and that is no parameter."""
        known = [path.recording for group in self.gradient.groups for path in group.paths.known]
        if not any(recording.captured for recording in known):
            return ""
        with MAKING.done():
            from .frozen import frozen

        return frozen(self._f, known)

    def _told(self) -> str:
        """Return how the steps were made."""
        many, one_by_one = self.gradient.at_once, self.gradient.one_by_one
        steps = f"the last training was {many + one_by_one:,} step{'' if many + one_by_one == 1 else 's'}"
        if not one_by_one:
            return f"{steps}, all in machine code"
        reason = getattr(self._leap, "reason", f"the target is {self.by}, which has no loop over steps")
        if not reason:
            by_python = "all made by Python" if not many else f"{one_by_one:,} of them made by Python"
            return f"{steps}, {by_python}, with the gradients of machine code"
        return f"{steps}, which Python made with the gradients of compiled code, as {reason}"
