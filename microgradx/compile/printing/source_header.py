"""The head of a source: what it computes, how it is called, and where its numbers stand."""

from __future__ import annotations

import re
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
from .agreement import Side, agreement
from .blocks import printable
from .formulas import Formulas
from .legend import unlabelled
from .lines import Lines
from .naming import Names
from .roles import Role, Roles, node_roles
from .step_names import Shown
from .textbook import textbook, what_runs

ONE = "one          for all rows: the constants, then what depends on no input"
"""What a source says of the memory `one`."""


class Subject(NamedTuple):
    """What a source is of: one path of a function.

    title       the function with its arguments
    arguments   their names, and their `shapes` in a row
    partials    nests that are partial derivatives of an explanation, and how they are written there
    """

    title: str
    arguments: tuple[str, ...]
    shapes: tuple[Shape, ...]
    recording: Recording
    names: Names
    plan: Plan
    partials: dict[int, str]

    def heading(self, i: int, formulas: Formulas) -> str:
        """Return the comment over a nest: its formula, then what an explanation writes, if that is something else."""
        formula, size = formulas.line(i)
        shown = f" = {self.partials[i]}" if i in self.partials else ""
        return f"# {formula}{'' if formula.endswith(shown) else shown}   {size}"


def subject_of(paths: Paths, path: Path, title: str) -> Subject:
    """Return the subject of a path's source: what runs, but no loop holds parts of the function and of its gradient.

    Its steps bear the names that they have in an explanation.
    """
    made, recording, arguments = what_runs(path), path.recording, paths.eager.names
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
    made = made._replace(rolled=rolled)
    explained = textbook(recording, plan.weighted)
    known = Names(recording, arguments, explained.made, explained.roles)
    lines = Lines(explained.made, known)
    agree = agreement(path, Side(explained.made, known.roles), Side(made, Roles(made, of_nodes)), plan.weighted)
    names = Names(recording, arguments, made, of_nodes, (known, Shown(known.steps, known.blocks, agree.steps)))
    partials = {i: text for i, j in agree.partials.items() if (text := lines.partial(j))}
    return Subject(title, arguments, paths.shapes, recording, names, rolled.plan, partials)


def documented(subject: Subject, rows: str, shape: str, notes: Sequence[str]) -> str:
    """Return the docstring of a source for `rows`, whose numbers have that `shape`."""
    recording, plan = subject.recording, subject.plan
    count, others = len(recording.parameters), len(recording.captured)
    labels = [v.label for v in (*recording.parameters, *recording.captured) if v.label]
    known = f": {_few(labels)}" if labels else ""
    outputs = {
        "values": "what the function returns",
        "guards": "1.0 for each comparison that holds, else 0.0; on this path "
        + f"{_few_numbers([float(x) for x in recording.expected])}, on others the values differ",
        "domain": "0.0 where every operation stays in its domain and finite, else NaN",
    }
    path = printable(brief(route(recording, 0).guards))
    what = f"{subject.title} and its gradient" if plan.weighted else subject.title
    lines = [
        *wrap(f"{what}, for {rows}{f', where {path}' if path else ''}.", 100, break_long_words=False),
        "",
        f"    outputs, gradient = program(inputs_of({', '.join(identifiers(subject.arguments))}), parameters)",
        "",
        f"parameters   {_numbers_of(count, others)}{known}",
        *[
            line
            for key, places in plan.outputs.items()
            for line in wrap(f"outputs      {key!r}: {outputs[key]}" if places else "", 110, subsequent_indent=" " * 23)
        ],
        f"gradient     {_numbers(plan.gradients)}, weight · ∂value/∂parameter"
        if plan.weighted
        else "gradient     empty: there are no parameters, or several outputs",
        *([f"weight       {notes[0]}"] if plan.weighted else []),
        f"row          what is computed{shape}: {_slots(subject)}",
        *notes[1:],
        *_named(subject),
        "",
        "inf and NaN are carried on as IEEE 754 has it. Where what comes out is not finite, the program gives",
        "what Values give instead, such as a DomainError.",
    ]
    text = "\n".join(lines).replace("\\", "/").replace('"""', "'''")
    return f'"""{text}\n"""'


def _numbers_of(parameters: int, others: int) -> str:
    if not parameters + others:
        return "[], as there are none"
    more = f" and then of {others} other leaves" if others else ""
    return f"{_numbers(parameters + others)}, those of the parameters{more}"


def _numbers(count: int) -> str:
    return f"{count} number{'s' * (count != 1)}"


def _named(subject: Subject) -> list[str]:
    """Return what the names in the formulas are."""
    own = [letter for letter in "tpg" if any(re.match(rf"{letter}\d", name) for name in subject.names.outs)]
    leaves = wrap("; ".join(unlabelled(subject.recording, subject.names)), 100, subsequent_indent=" " * 13)
    where = f"{', '.join(f'{letter}1, …' for letter in own)}: steps that only this text has" if own else ""
    known = "names        those of explain()" + (f"; {where}" if where else "")
    also = "             where a formula goes on with = …, that is what explain() writes"
    return [known, *[also] * bool(subject.partials), *leaves]


def inputs_of(subject: Subject, name: str) -> list[str]:
    """Return the function that lists the numbers of a row in the order of the program's inputs."""
    arguments = identifiers(subject.arguments)
    parts = ", ".join(_parts(subject.recording.columns, arguments, subject.shapes))
    return [f"def {name}({', '.join(arguments)}):", f"    return [{parts}]"]


def in_order(subject: Subject) -> Iterator[tuple[str, list[int]]]:
    """Yield the parts of a plan, the function first, with their nests in order of execution."""
    roles = list(enumerate(subject.names.roles.of_nests))
    function = ("the function", [i for i, role in roles if role is Role.FORWARD])
    gradient = ("its gradient", [i for i, role in roles if role is not Role.FORWARD])
    yield from (part for part in (function, gradient) if part[1])


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


def _few_numbers(numbers: Sequence[float]) -> str:
    return f"[{_few(list(map(repr, numbers)))}]"


def _few(words: Sequence[str]) -> str:
    """Return words on one line, the middle ones left out where they are many."""
    return printable(", ".join(words if len(words) <= 6 else [*words[:3], "…", words[-1]]))
