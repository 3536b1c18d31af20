"""Plans and the tapes that they were made from, so that every node can be compared with its slot."""

from __future__ import annotations

from dataclasses import replace
from inspect import signature
from typing import NamedTuple

import numpy as np

from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.addresses import indices
from microgradx.compile.nests.nests import Nest, Plan, Space
from microgradx.compile.nests.reroll import Rolled, reroll
from microgradx.compile.paths.stages import Kind, Stages
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, Builder, Floats, Ints, Tape, code
from microgradx.compile.tracing.trace import trace
from microgradx.primitives import row

from .examples import Program
from .tapes import bits as bits


class Case(NamedTuple):
    """A tape, its plan, and how many inputs (with the weight) and parameters it has."""

    tape: Tape
    rolled: Rolled
    inputs: int
    parameters: int

    @property
    def plan(self) -> Plan:
        return self.rolled.plan


def of_program(program: Program, kind: Kind = Kind.GRADIENT, strict: bool = False) -> Case:
    """Return what a program becomes on the way to a back end."""
    names = list(signature(program.f).parameters)
    example = [column[0].tolist() for column in map(np.asarray, program.rows(1, 0))]
    numbered = [i for i, name in enumerate(names) if name in program.indices]
    shapes = [np.shape(x) for x in example]
    recording = trace(program.f, shapes, program.parameters, indices=numbered, example=example, strict=strict)
    made = Stages(recording, None, strict).made(kind)  # type: ignore[arg-type]
    return Case(made.simple, made.rolled, made.rolled.plan.inputs, made.rolled.plan.parameters)


def of_tape(
    tape: Tape, gradients: Ints | None = None, inputs: int | None = None, parameters: int | None = None, weighted=False
) -> Case:
    """Return a tape with its plan."""
    rolled = reroll(tape, gradients=gradients, inputs=inputs, parameters=parameters, weighted=weighted)
    return Case(tape, rolled, rolled.plan.inputs, rolled.plan.parameters)


def numbers(case: Case, rows: int, seed: int = 0) -> tuple[Floats, Floats, Floats]:
    """Return inputs for some rows, weights, and parameters."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, case.inputs)), rng.uniform(size=rows), rng.normal(size=case.parameters)


def wrong_nodes(case: Case, rows: int = 3, plan: Plan | None = None) -> list[int]:
    """Return the nodes, in strict mode, whose slots do not hold the numbers of the tape bit for bit."""
    inputs, _, parameters = numbers(case, rows)
    place, space = case.rolled.place, case.rolled.space
    stored = np.flatnonzero(place != NONE)
    outputs = {"all": tuple((Space(space[i]), int(place[i])) for i in stored.tolist())}
    plan = replace(case.plan if plan is None else plan, outputs=outputs, weighted=False)
    found = NumpyKernel(plan, strict=True)(inputs, parameters).outputs["all"].T
    expected = evaluate(case.tape, inputs, parameters)[stored]
    return stored[(bits(found) != bits(expected)).any(axis=1)].tolist()


def expected_gradient(case: Case, gradients: Ints, inputs: Floats, parameters: Floats) -> Floats:
    """Return Σ over rows, one after the other, of the gradient nodes; 0 where there is none."""
    rows = evaluate(case.tape, inputs, parameters)
    total = np.zeros(len(gradients))
    for signals in rows.T:
        total = total + np.where(gradients == NONE, 0.0, signals[gradients])
    return total


def out_of_order(plan: Plan) -> list[Nest]:
    """Return the nests that read a slot before it is written, or write one twice."""
    known = {Space.ROW: set(range(plan.inputs)), Space.ONE: set(range(len(plan.constants)))}
    known |= {Space.PARAM: set(range(plan.parameters)), Space.GRAD: set()}
    wrong = []
    for nest in plan.nests:
        out = indices(nest.out, nest.extents, 1).ravel().tolist()
        read = [(x, s.length) for s in nest.segments for x in (s.a, s.b) if x is not None]
        late = any(not known[x.space].issuperset(indices(x, nest.extents, n).ravel().tolist()) for x, n in read)
        if late or len(set(out)) < len(out) or not known[nest.out.space].isdisjoint(out):
            wrong.append(nest)
        known[nest.out.space] |= set(out)
    return wrong


def has_tables(nest: Nest) -> bool:
    """Return whether a nest looks up places in tables."""
    addresses = [nest.out, *(x for s in nest.segments for x in (s.a, s.b) if x is not None)]
    return any(x.table is not None for x in addresses)


def irregular(n: int, window: int, seed: int, exact: bool = False) -> Tape:
    """Return a tape of n random nodes of many kinds; most take their operands from the last `window` nodes.

    If `exact`, only operations that are exact on integers.
    """
    rng = np.random.default_rng(seed)
    b = Builder()
    b.leaves(INPUT, range(4))
    b.leaves(PARAMETER, range(4))
    b.leaves(CONSTANT, [1.0, -1.0, 0.0] if exact else [0.5, -0.0, 3.0])
    rows = (("select", 3), ("max", None)) if exact else (("tanh", 1), ("div", 2), ("select", 3), ("max", None))
    for _ in range(n):
        low = max(0, len(b) - window) if rng.uniform() < 0.8 else 0
        name, k = (None, None) if rng.uniform() < 0.6 else rows[rng.integers(len(rows))]
        k = int(rng.integers(1, 6)) if k is None else k
        operands = rng.integers(low, len(b), (2, 1, k))
        if name is None:
            b.sums(operands[0], np.where(rng.uniform(size=k) < 0.4, NONE, operands[1]), rng.choice([1.0, -1.0], k))
        else:
            b.rows(code(row(name)), operands[0])
    return b.tape(values=np.arange(len(b)))
