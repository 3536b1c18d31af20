"""explain: what became of the scalars, printed so that the loops of a network are the formulas of its layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from ...engine import Value
from ...tables import paragraph
from ..nests.nests import Plan
from ..paths.path import Path
from ..paths.paths import Paths
from ..paths.routes import route
from ..paths.tally import Tally
from ..tape.tape import SUM, name
from .abridged import abridged
from .blocks import Labels
from .formulas import aligned
from .legend import legend
from .lines import Lines
from .naming import Names
from .textbook import textbook, what_runs

MANY_PATHS = 4
"""From so many paths on it is said how to write the function with fewer."""


@dataclass(frozen=True, repr=False)
class Explanation:
    """What became of a function's scalars on one path; printed as text.

    operations   how many scalar operations the function is, as recorded, and its gradient
    nests        the matrix operations that they are, one line each
    counts       arithmetic that runs for one row: "multiply-add", "add", and functions by name
    text         all of it
    """

    operations: int
    nests: tuple[str, ...]
    counts: dict[str, int]
    text: str

    def __repr__(self) -> str:
        return self.text


class Calls(NamedTuple):
    """What is told of the calls of a program.

    tally        how many rows of the last one took each path
    is_training  whether that was a training
    trained      how the steps of the last training were made, "" if there was none
    """

    tally: Tally[Path]
    is_training: bool
    trained: str


def explained(paths: Paths, path: Path, title: str, limit: int | None, calls: Calls) -> Explanation:
    """Return what became of the function on one path, in `limit` lines each of the function and its gradient."""
    recording, has_gradient = path.recording, path.has_gradient
    found, seconds = textbook(recording, has_gradient), dict(path.stages.seconds)
    names = Names(recording, paths.eager.names, found.made, found.roles)
    lines = Lines(found.made, names)
    forward, backward = aligned(lines.forward), aligned(lines.backward)
    plan = what_runs(path).rolled.plan
    total, arithmetic = found.forward + found.backward, counts(plan)
    sections = [
        f"{title}{' and its gradient' if has_gradient else ''}: {_counted(total, 'scalar operation')} "
        f"{'is' if total == 1 else 'are'} {_counted(len(forward) + len(backward), 'matrix operation')}",
        *_path_shown(paths, path, calls),
        *[f"  {text}" for text in abridged(forward, limit)],
        *_heading(has_gradient, found.backward, len(backward)),
        *[f"  {text}" for text in abridged(backward, limit)],
        *legend(recording, paths.eager.names, names, lines),
    ]
    runs = ", ".join(f"{n} × {what}" for what, n in arithmetic.items()) or "nothing to compute"
    notes = [
        f"{'function and gradient run' if has_gradient else 'the function runs'} as "
        f"{_counted(len(plan.nests), 'loop')}, for each row: {runs}",
        f"memory: {_bytes(8 * plan.rows)} for each row, {_bytes(8 * (plan.ones + plan.parameters))} for all"
        + (f", {_bytes(8 * plan.gradients)} for the gradient" if plan.gradients else ""),
        f"target {path.stages.backend.name}{', strict' if path.stages.strict else ''}",
        *([calls.trained] if calls.trained else []),
        *_ways_out(paths),
        _times(seconds, len(paths.known) > 1, path.stages.backend.name),
        *_captured(recording.captured),
    ]
    sections += [line for note in notes for line in paragraph(note, hang="  ")]
    return Explanation(total, tuple(forward + backward), arithmetic, "\n".join(sections))


def _heading(has_gradient: bool, operations: int, lines: int) -> list[str]:
    if not has_gradient:
        return []
    return [f"its gradient, {operations} of the scalar operations:" if lines else "its gradient is 0"]


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'s' * (n != 1)}"


def _bytes(n: int) -> str:
    return f"{n} bytes" if n < 1000 else f"{n / 1000:.1f} kB" if n < 1e6 else f"{n / 1e6:.1f} MB"


def _times(seconds: dict[str, float], is_one_of_many: bool, target: str) -> str:
    """Return how long it took to make a path, for calls of all kinds so far."""
    each = ", ".join(f"{stage} {_milliseconds(t)}" for stage, t in seconds.items())
    more = ""
    if target == "llvm" and "code" not in seconds:
        more = "; machine code for the training not counted"
    elif target == "llvm" and "re-roll" not in seconds:
        more = "; the machine code was kept from an earlier run"
    what = "this path was made" if is_one_of_many else "made"
    return f"{what} in {_milliseconds(sum(seconds.values()))} ms so far: {each}{more}"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:.3g}" if seconds < 0.9995 else f"{1000 * seconds:,.0f}"


def _path_shown(paths: Paths, path: Path, calls: Calls) -> list[str]:
    """Return the paths, if there are several ways to go, with a mark at the one that is shown."""
    if len(paths.known) == 1 and not path.recording.expected:
        return []
    count, of = _counted(len(paths.known), "path"), "last call"
    if calls.is_training:
        of = "last training, each in every epoch"
    others = ", others by path=" if len(paths.known) > 1 else ":"
    lines = [f"{count}, with the rows of the {of}; shown is the one with the arrow{others}"]
    for i, each in enumerate(paths.known):
        lines.append(f"{'→' if each is path else ' '} path={i}  {route(each.recording, calls.tally[each])!r}")
    if any("…" in line or " more and " in line for line in lines):
        lines.append("  (all comparisons, in full: the guards of each of program.paths)")
    return lines


def _ways_out(paths: Paths) -> list[str]:
    """Return what to write instead of many ifs."""
    if len(paths.known) < MANY_PATHS:
        return []
    return [
        f"{len(paths.known)} paths are as many kernels, each compiled when a row first takes it, and ifs for k units "
        "may make 2ᵏ of them; mx.where, mx.relu, mx.leaky_relu, mx.max and mx.min in place of if make none"
    ]


def _captured(leaves: Sequence[Value]) -> list[str]:
    if not leaves:
        return []
    labels = Counter(Labels(v.label for v in leaves).stems)
    shown = [each for each in labels if each][:8]
    more = [f"{labels['']} without a label"] if labels[""] else []
    more += ["…"] if len(labels) > len(shown) + len(more) else []
    what = "1 leaf that is no parameter is" if len(leaves) == 1 else f"{len(leaves)} leaves that are no parameters are"
    get = "gets" if len(leaves) == 1 else "get"
    return [f"{what} read anew at each call, and {get} no gradient: {', '.join([*shown, *more])}"]


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
