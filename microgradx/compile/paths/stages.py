"""Stages: from the recording of one path to kernels, pass by pass, each made when it is first asked for and kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, TypeVar

import numpy as np

from ..backends.cache import key
from ..backends.lazy import LazyPlan, digest
from ..backends.protocols import Backend, Kernel, Run, Sums
from ..collector import paused
from ..forks import MAKING
from ..nests.reroll import Rolled, in_numbers, reroll
from ..nests.vectors import regular
from ..passes.domain import off_the_path_nan, with_domain
from ..passes.lower import lower
from ..passes.second import with_gradient
from ..passes.simplify import condense, condense_with_vectors, simplify
from ..tape.gaps import without_gaps
from ..tape.tape import INPUT, Floats, Ints, Mask, Tape
from ..tape.unroll import Origin, unrolled
from ..tracing.recording import Recording
from .derivatives import leaves, with_derivatives, with_gradients, with_tangents

T = TypeVar("T")


class Kind(StrEnum):
    """What a kernel computes of each row, and what it sums over rows.

    VALUES     the k outputs of the function
    GRADIENT   besides these, summed over rows, weight · ∂value/∂parameter
    TRAINING   as GRADIENT, but the value is NaN for a row that belongs to another path, and there are no guards
    GUARDS     the guards alone
    EACH       the value and weight · ∂value/∂parameter, row by row
    JACOBIAN   ∂output/∂input, of the first output for all inputs, then of the second, …
    HESSIAN    ∂²value/∂input∂input, row by row
    TANGENTS   Σ ∂output/∂input · direction, where the directions are inputs after the inputs
    """

    VALUES = "values"
    GRADIENT = "gradient"
    TRAINING = "training"
    GUARDS = "guards"
    EACH = "each"
    JACOBIAN = "jacobian"
    HESSIAN = "hessian"
    TANGENTS = "tangents"

    __hash__ = str.__hash__  # that of enumerations is written in Python


OF_VECTORS = frozenset(Kind) - {Kind.HESSIAN}
"""What is made of vectors. Second derivatives are not: many share products, which vectors would hide."""


class Made(NamedTuple):
    """What the passes make for a kind of work.

    derived   the recorded tape with its derivatives
    simple    the same lowered to sums and atoms, and simplified
    rolled    the plan, and where each node of `simple` stands in it
    """

    derived: Tape
    simple: Tape
    rolled: Rolled


class Packed(NamedTuple):
    """What the passes make where dots of many parameters are products of vectors.

    derived   the recorded tape with its derivatives, with vectors
    simple    the same lowered and simplified
    kept      which vectors of `simple` the plan takes as they are, (n,); all others are unrolled again
    rolled    the plan, and where each node of that tape stands in it
    """

    derived: Tape
    simple: Tape
    kept: Mask
    rolled: Rolled


class Stages:
    """All that becomes of one recording; `seconds` tells how long each stage took, over all kinds of work so far."""

    def __init__(self, recording: Recording, backend: Backend, strict: bool, tracing: float = 0.0) -> None:
        self.recording = recording
        self.backend = backend
        self.strict = strict
        self.seconds = {"trace": tracing}
        self._packed: dict[Kind, Packed] = {}
        self._made: dict[Kind, Made] = {}
        self._kernels: dict[Kind, Kernel] = {}
        self._laid_out: dict[tuple[Kind, bytes], Kernel] = {}
        self.joint: dict[tuple[str, ...], LazyPlan | None] = {}  # of several paths: see `training.side_by_side`

    def runs(self, kind: Kind, inputs: Floats, order: Ints | None, weight: float) -> Run:
        """Return the kernel for a kind of work on these rows, compiled now if it is the first time."""
        kernel = self._kernels.get(kind)
        if kernel is not None:
            return kernel(inputs, order, weight)
        # Machine code is made for the number of rows at hand.
        return self._timed("code", lambda: self.kernel(kind)(inputs, order, weight))

    def sums(self, inputs: Floats) -> Sums | None:
        """Return what gives sums over all these rows of value and gradient, if it is faster than the whole result."""
        kernel = self._kernels.get(Kind.GRADIENT)
        if kernel is not None:
            return kernel.sums(inputs)
        return self._timed("code", lambda: self.kernel(Kind.GRADIENT).sums(inputs))

    def kernel(self, kind: Kind) -> Kernel:
        """Return the kernel for a kind of work, made now if it is the first time."""
        if kind not in self._kernels:
            self._kernels[kind] = self.backend.build(self.plan(kind), self.strict)
        return self._kernels[kind]

    def laid_out(self, kind: Kind, layout: bytes, build: Callable[[LazyPlan], Kernel]) -> Kernel:
        """Return the kernel for a kind of work in a layout that is not its own, built now if it is the first time."""
        if (kind, layout) not in self._laid_out:
            self._laid_out[kind, layout] = build(self.plan(kind))
        return self._laid_out[kind, layout]

    def plan(self, kind: Kind) -> LazyPlan:
        """Return the plan for a kind of work, which is made only if there is no machine code for it on disk."""
        self._check_for(kind)
        return LazyPlan(lambda: key([kind, self._digest]), lambda: self.packed(kind).rolled.plan)

    def _check_for(self, kind: Kind) -> None:
        if kind not in (Kind.VALUES, Kind.JACOBIAN, Kind.TANGENTS, Kind.GUARDS):
            self.recording.check_single("hessian" if kind is Kind.HESSIAN else "value_and_grad")

    @cached_property
    def _digest(self) -> str:
        return digest(self.recording, self.strict)

    def made(self, kind: Kind) -> Made:
        """Return what the passes make for a kind of work, number by number."""
        if kind not in self._made:
            tape, simple, kept, rolled = self.packed(kind)
            if (origin := self._origin(kind)) is not None:
                simple, rolled = in_numbers(simple, origin, kept, rolled)
            self._made[kind] = Made(tape, simple, rolled)
        return self._made[kind]

    def packed(self, kind: Kind) -> Packed:
        """Return what the passes make for a kind of work."""
        if kind not in self._packed:
            tape = self._timed("differentiate", lambda: self.derived(kind))
            short, restored = without_gaps(tape)
            lowered = self._timed("lower", lambda: lower(short))
            simple = restored(self._timed("simplify", lambda: simplify(lowered, self.strict)))
            self._packed[kind] = self._timed("re-roll", lambda: self._re_rolled(tape, simple, kind))
        return self._packed[kind]

    def derived(self, kind: Kind) -> Tape:
        """Return the recorded tape with the derivatives that a kind of work needs, as outputs."""
        recording = self.recording
        tape = self._vectors[0] if kind in OF_VECTORS else self._numbers
        if kind in (Kind.VALUES, Kind.JACOBIAN, Kind.TANGENTS):
            values = tape.outputs["values"]
            if kind is Kind.JACOBIAN:
                return with_derivatives(tape, values, recording, kind, self.strict)
            return with_tangents(tape, recording, self.strict) if kind is Kind.TANGENTS else tape
        if kind is Kind.GUARDS:
            return replace(tape, outputs={"guards": tape.outputs["guards"]})
        self._check_for(kind)
        if kind in (Kind.GRADIENT, Kind.EACH):
            tape = with_gradients(tape, recording, self.strict)
            return tape if kind is Kind.GRADIENT else _row_by_row(tape)
        if kind is Kind.TRAINING:
            return off_the_path_nan(with_gradients(tape, recording, self.strict), recording)
        if self.strict:
            inputs = leaves(tape, INPUT, len(recording.columns))
            recording = with_gradient(recording, int(tape.outputs["values"][0]), inputs)
            tape = with_domain(recording.tape, len(self.recording.tape))
        else:
            tape = with_derivatives(tape, tape.outputs["values"], recording, "first", strict=False)
        tape = with_derivatives(tape, tape.outputs["first"], recording, kind, self.strict)
        return replace(tape, outputs={name: nodes for name, nodes in tape.outputs.items() if name != "first"})

    @cached_property
    def _numbers(self) -> Tape:
        """What is differentiated; condensed, unless the eager order of additions is to be kept."""
        return self._condensed(with_domain(self.recording.tape, mixed=self.recording.mixed))

    @cached_property
    def _vectors(self) -> tuple[Tape, Origin | None]:
        """The same with vectors, and where its nodes come from; without, if the order of additions is to be kept."""
        recording, origin = self.recording, self.recording.origin
        if self.strict:
            return self._numbers, None
        mixed = recording.mixed if origin is None else origin.numbers(recording.mixed)
        tape = with_domain(recording.packed, mixed=mixed)
        return self._timed("simplify", lambda: condense_with_vectors(tape, origin, len(recording.parameters)))

    def _condensed(self, tape: Tape) -> Tape:
        return tape if self.strict else self._timed("simplify", lambda: condense(tape))

    def _origin(self, kind: Kind) -> Origin | None:
        """Return where the nodes of vectors come from, if a kind of work has any."""
        return self._vectors[1] if kind in OF_VECTORS else None

    def _re_rolled(self, derived: Tape, tape: Tape, kind: Kind) -> Packed:
        kept, origin = regular(tape), self._origin(kind)
        longer = tape if origin is None else unrolled(tape, origin, kept).tape
        return Packed(derived, tape, kept, self._rolled(longer, kind))

    def _rolled(self, tape: Tape, kind: Kind) -> Rolled:
        inputs, parameters = len(self.recording.columns), len(self.recording.parameters) + len(self.recording.captured)
        if kind in (Kind.GRADIENT, Kind.TRAINING):
            gradients = tape.outputs["gradients"]
            return reroll(tape, gradients=gradients, inputs=inputs + 1, parameters=parameters, weighted=True)
        if kind is Kind.EACH:
            return reroll(tape, inputs=inputs + 1, parameters=parameters, weighted=True)
        return reroll(tape, inputs=2 * inputs if kind is Kind.TANGENTS else inputs, parameters=parameters)

    def _timed(self, stage: str, make: Callable[[], T]) -> T:
        start, others = time.perf_counter(), sum(self.seconds.values())
        with paused(), MAKING.done():
            made = make()
        others = sum(self.seconds.values()) - others  # stages that were found to be needed meanwhile
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - start - others
        return made


def _row_by_row(tape: Tape) -> Tape:
    """Return a tape that gives value and gradient as numbers of the row."""
    outputs = dict(tape.outputs)
    each = np.concatenate([outputs["values"], outputs.pop("gradients")])
    return replace(tape, outputs=outputs | {Kind.EACH.value: each})
