"""explain: what became of the scalars, printed so that the loops of a network are the formulas of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from ..engine import Value
from .naming import BAR, Names, places, stem
from .nests import Nest, Plan, Segment, Space
from .paths import Path, Paths
from .routes import route
from .stages import Made, Work
from .tape import SUM, Ints, Tape, name


@dataclass(frozen=True, repr=False)
class Explanation:
    """What became of a function's scalars on one path; printed as text.

    operations   how many scalar operations were recorded, of the function and its gradient
    nests        the matrix operations that they are now, one line each
    counts       arithmetic for one row: "multiply-add", "add", and functions by name
    text         all of it
    """

    operations: int
    nests: tuple[str, ...]
    counts: dict[str, int]
    text: str

    def __repr__(self) -> str:
        return self.text


def made_of(path: Path) -> Made:
    """Return what became of the function on one path: with its gradient, if there are parameters, else alone."""
    tape = path.recording.tape
    both = path.recording.parameters and len(tape.outputs["values"]) == 1
    return path.stages.made(Work.GRADIENT if both else Work.VALUES)


def formulas(paths: Paths, path: Path) -> list[str]:
    """Return the nests of `made_of` as formulas, in order of execution."""
    made = made_of(path)
    return lines(made.rolled.plan, Names(path.recording, paths.eager.names, made))


def explained(paths: Paths, path: Path, title: str) -> Explanation:
    """Return what became of the function on one path."""
    stages, recording = path.stages, path.recording
    made = made_of(path)
    plan = made.rolled.plan
    both = plan.weighted
    names = Names(recording, paths.eager.names, made)
    nests = lines(plan, names)
    count, arithmetic = operations(made.derived), counts(plan)
    forward = [text for text, is_forward in zip(nests, names.forward, strict=True) if is_forward]
    backward = [text for text, is_forward in zip(nests, names.forward, strict=True) if not is_forward]
    what = " and its gradient" if both else ""
    sections = [
        f"{title}{what}: {count} operations are {len(nests)} matrix operations",
        *[f"  {text}" for text in forward],
        *(["its gradient, with weight = 1/n:"] if backward else []),
        *[f"  {text}" for text in backward],
        "for each row: " + (", ".join(f"{n} × {what}" for what, n in arithmetic.items()) or "nothing to compute"),
        f"memory: {_bytes(8 * plan.rows)} for each row, {_bytes(8 * (plan.ones + plan.parameters))} for all",
        f"target {stages.backend.name}{', strict' if stages.strict else ''}; " + _times(stages.seconds),
        *_guarded(paths),
        *_captured(recording.captured),
    ]
    return Explanation(count, tuple(forward + backward), arithmetic, "\n".join(sections))


def _bytes(n: int) -> str:
    return f"{n} bytes" if n < 1000 else f"{n / 1000:.1f} kB" if n < 1e6 else f"{n / 1e6:.1f} MB"


def _times(seconds: dict[str, float]) -> str:
    return "made in " + ", ".join(f"{1000 * t:.3g} ms {stage}" for stage, t in seconds.items())


def _guarded(paths: Paths) -> list[str]:
    known = [route(path.recording, path.taken) for path in paths.known]
    if len(known) == 1 and not known[0].guards:
        return []
    return [f"{len(known)} paths, with their rows in the last call:", *[f"  {each!r}" for each in known]]


def _captured(leaves: Sequence[Value]) -> list[str]:
    if not leaves:
        return []
    labels = list(dict.fromkeys(stem(v.label) or "one without a label" for v in leaves))
    shown = ", ".join(labels[:8]) + (", …" if len(labels) > 8 else "")
    return [f"{len(leaves)} leaves that are no parameters are read anew at each call, and get no gradient: {shown}"]


def operations(tape: Tape) -> int:
    """Return how many operations of two numbers, or of a row of the table, a tape consists of."""
    arity = tape.arity
    products = int((tape.right >= 0).sum())
    additions = int(np.maximum(arity[tape.op == SUM] - 1, 0).sum())
    return products + additions + int((tape.op > SUM).sum())


def counts(plan: Plan) -> dict[str, int]:
    """Return the arithmetic of a plan for one row: "multiply-add", "add", and functions by name."""
    found: Counter[str] = Counter()
    for nest in plan.nests:
        size = prod(nest.extents)
        if nest.op != SUM:
            found[name(nest.op)] += size
            continue
        found["multiply-add"] += size * sum(s.length for s in nest.segments if s.b is not None)
        found["add"] += size * sum(s.length for s in nest.segments if s.b is None)
    return {what: n for what, n in found.items() if n}


def lines(plan: Plan, names: Names) -> list[str]:
    """Return each nest as a formula, such as  z1 = w1·x + b1."""
    found = []
    for nest, left in zip(plan.nests, names.outs, strict=True):
        right = _sum(nest, names) if nest.op == SUM else _call(nest, names)
        sign = "+=" if nest.out.space is Space.GRAD else "="
        found.append((f"{left} {sign} {right}", _size(nest)))
    width = min(max((_width(text) for text, _ in found), default=0), 60)
    return [f"{text}{' ' * (width - _width(text))}   {size}" for text, size in found]


def _width(text: str) -> int:
    return len(text) - text.count(BAR)


def _size(nest: Nest) -> str:
    extents = [n for n in nest.extents if n > 1] or [1]
    terms = sum(s.length for s in nest.segments) if nest.op == SUM else 1
    return " × ".join(map(str, extents)) + (f", {terms} terms each" if terms > 1 else "")


def _sum(nest: Nest, names: Names) -> str:
    text, before = "", ""
    for s in nest.segments:
        term = _term(s, nest, names)
        if term != before or s.sign < 0:
            text += (" − " if s.sign < 0 else " + ") + term
        before = term
    return text.removeprefix(" + ").replace(" − ", "−", 1) if text.startswith(" − ") else text.removeprefix(" + ")


def _term(s: Segment, nest: Nest, names: Names) -> str:
    a = places(s.a, nest, s.length)
    first = names.of(a, s.a.space)
    if s.b is None:
        return f"Σ {first}" if s.length > 1 else first
    b = places(s.b, nest, s.length)
    second = names.of(b, s.b.space)
    if s.length == 1 and _varying(a) & _varying(b):
        return f"{first} ⊙ {second}"
    if s.length == 1 and _varying(a) and _varying(b):
        return f"{first}·{second}ᵀ"
    return f"{first}·{second}"


def _varying(x: Ints) -> set[int]:
    """Return the dimensions of a nest along which an operand varies."""
    return {d for d in range(x.ndim - 1) if x.shape[d] > 1 and (np.diff(x, axis=d) != 0).any()}


def _call(nest: Nest, names: Names) -> str:
    operands = [names.of(places(s.a, nest, s.length), s.a.space) for s in nest.segments]
    if name(nest.op).startswith("less"):
        return f"{operands[0]} {'≤' if 'equal' in name(nest.op) else '<'} {operands[1]}"
    return f"{name(nest.op)}({', '.join(operands)})"
