"""The head of a source: what it computes, how it is called, and where its numbers stand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from keyword import iskeyword
from textwrap import wrap
from typing import NamedTuple

from ..nests.nests import Plan, Space
from ..nests.reading import destinations
from ..nests.reroll import reroll
from ..paths.path import Path
from ..paths.paths import Paths
from ..paths.routes import brief, route
from ..rows.arguments import Shape
from ..tape.tape import NONE
from ..tracing.recording import Column, Recording
from .naming import Names
from .roles import Role, node_roles


class Subject(NamedTuple):
    """What a source is of: one path of a function.

    title       the function with its arguments
    arguments   their names, and their `shapes` in a row
    """

    title: str
    arguments: tuple[str, ...]
    shapes: tuple[Shape, ...]
    recording: Recording
    names: Names
    plan: Plan


def subject_of(paths: Paths, path: Path, title: str) -> Subject:
    """Return the subject of a path's source: what runs, but no loop holds parts of the function and of its gradient."""
    made, recording = path.made, path.recording
    tape, plan = made.simple, made.rolled.plan
    of_nodes = node_roles(tape, plan.inputs - 1 if plan.weighted else NONE)
    rolled = reroll(
        tape,
        gradients=tape.outputs["gradients"] if plan.weighted else None,
        inputs=plan.inputs,
        parameters=plan.parameters,
        weighted=plan.weighted,
        apart=of_nodes,
    )
    names = Names(recording, paths.eager.names, made._replace(rolled=rolled), of_nodes)
    return Subject(title, paths.eager.names, paths.shapes, recording, names, rolled.plan)


def documented(subject: Subject, rows: str, shape: str, notes: Sequence[str]) -> str:
    """Return the docstring of a source for `rows`, whose numbers have that `shape`."""
    recording, plan = subject.recording, subject.plan
    count, others = len(recording.parameters), len(recording.captured)
    labels = [v.label for v in (*recording.parameters, *recording.captured) if v.label]
    known = f": {_few(labels)}" if labels else ""
    outputs = {
        "values": "what the function returns",
        "guards": "1.0 for each comparison of the path that holds, else 0.0; on another path the values differ",
        "domain": "0.0 where every operation stays in its domain and finite, else NaN",
    }
    path = _inert(brief(route(recording, 0).guards))
    what = f"{subject.title} and its gradient" if plan.weighted else subject.title
    lines = [
        *wrap(f"{what}, for {rows}{f', where {path}' if path else ''}.", 100, break_long_words=False),
        "",
        f"    outputs, gradient = program(inputs_of({', '.join(identifiers(subject.arguments))}), parameters)",
        "",
        f"parameters   {count + others} numbers, those of the parameters"
        + (f" and then of {others} other leaves" if others else "")
        + known,
        *[f"outputs      {key!r}: {outputs[key]}" for key, places in plan.outputs.items() if places],
        f"gradient     {plan.gradients} numbers, weight · ∂value/∂parameter"
        if plan.weighted
        else "gradient     empty: there are no parameters, or several outputs",
        *([f"weight       {notes[0]}"] if plan.weighted else []),
        f"row          what is computed{shape}: {_slots(subject)}",
        *notes[1:],
        "names        z1, a1, … are those of what runs; explain() numbers the steps of the function, and may differ",
        "",
        "Of NaN, and where anything is not finite, the program gives what Values give; this text may not.",
    ]
    text = "\n".join(lines).replace("\\", "/").replace('"""', "'''")
    return f'"""{text}\n"""'


def inputs_of(subject: Subject, name: str) -> list[str]:
    """Return the function that lists the numbers of a row in the order of the program's inputs."""
    arguments = identifiers(subject.arguments)
    parts = ", ".join(_parts(subject.recording.columns, arguments, subject.shapes))
    return [f"def {name}({', '.join(arguments)}):", f"    return [{parts}]"]


def in_order(subject: Subject) -> Iterator[tuple[str, list[int]]]:
    """Yield the parts of a plan, the function first, with their nests in order of execution."""
    roles = list(enumerate(subject.names.roles.of_nests))
    yield "the function", [i for i, role in roles if role is Role.FORWARD]
    if subject.plan.weighted:
        yield "its gradient", [i for i, role in roles if role is not Role.FORWARD]


def identifiers(arguments: Sequence[str]) -> list[str]:
    """Return names that Python takes for the arguments; those of more positional arguments are none."""
    taken = {"float", "range"}
    plain = [a.isidentifier() and not iskeyword(a) and a not in taken for a in arguments]
    return [a if is_plain else f"x_{i}" for i, (a, is_plain) in enumerate(zip(arguments, plain, strict=True))]


def _parts(columns: Sequence[Column], arguments: Sequence[str], shapes: Sequence[Shape]) -> Iterator[str]:
    """Yield expressions that together are the inputs: whole arguments where they are read in order."""
    for argument, group in groupby(columns, lambda column: column.argument):
        of_one = list(group)
        name, shape = arguments[argument], shapes[argument]
        whole = [(argument, (i,), None) for i in range(shape[0])] if len(shape) == 1 else []
        if len(whole) > 1 and of_one == whole:
            yield f"*{name}"
            continue
        for place, entries in groupby(of_one, lambda column: column.place):
            number = name + "".join(f"[{i}]" for i in place)
            categories = [c.category for c in entries]
            if categories == list(range(len(categories))) and len(categories) > 1:
                yield f"*(float({number} == k) for k in range({len(categories)}))"
            else:
                yield from (number if k is None else f"float({number} == {k})" for k in categories)


def _slots(subject: Subject) -> str:
    """Return which places of a row hold what."""
    plan, names = subject.plan, subject.names
    count = plan.inputs - plan.weighted
    found = [f"{_range(0, count)} inputs"] if count else []
    found += [f"{count} weight"] if plan.weighted else []
    for nest, name in zip(plan.nests, names.outs, strict=True):
        if nest.out.space is Space.ROW and len(found) < 8:
            places = destinations(nest)
            found.append(f"{_range(int(places.min()), len(places))} {name}")
    return ", ".join(found) + (", …" if len(found) == 8 else "")


def _range(begin: int, count: int) -> str:
    return str(begin) if count == 1 else f"{begin}…{begin + count - 1}"


def _few(words: Sequence[str]) -> str:
    """Return words on one line, the middle ones left out where they are many."""
    return _inert(", ".join(words if len(words) <= 6 else [*words[:3], "…", words[-1]]))


def _inert(text: str) -> str:
    """Return a text on one line."""
    return "".join(c if c.isprintable() else "�" for c in text)
