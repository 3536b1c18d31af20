"""Names that stand for others in a derivation: one everywhere, at one place, or those of all indices."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Collection, Iterator, Mapping

from ...engine import Value
from ...errors import FormulaError
from ...expression import Expression
from ...names import normal
from .evidence import Case, Evidence
from .explanation import Explanation
from .indices import stem
from .naming import listed
from .points import Point
from .trial import at_points, cancels, fits

MOST_STEPS = 200
_MOST_NAMES = 60
_FORMS: dict[str, Callable[[float], float]] = {
    "{}²": lambda x: x * x,
    "√{}": math.sqrt,
    "1/{}": lambda x: 1.0 / x,
}


def one_name(evidence: Evidence, index: int) -> Iterator[Explanation]:
    """Yield the named node that one name stands for, wherever that is written."""
    case, place = evidence.cases[index], evidence.replay.place
    used = {name: place[id(x)] for name, x in case.derivation.names.items() if isinstance(x, Value) and id(x) in place}
    for name, wrong in used.items():
        for right in sorted(evidence.graph.named)[:_MOST_NAMES]:
            if right != wrong and fits(evidence, index, _with(evidence, case, name, right)):
                yield _renamed(evidence, wrong, right)


def _with(evidence: Evidence, case: Case, name: str, right: int) -> Callable[[Point], float]:
    return lambda at: case.derivation.evaluate({**evidence.numbers(case, at), name: at.values[right]})


def _renamed(evidence: Evidence, wrong: int, right: int) -> Explanation:
    called, order = evidence.called, evidence.replay.order
    text = f"{called.call(wrong)} stands where {called.call(right)} belongs: with that it is right"
    early, late = sorted((wrong, right))
    p = order[late]._primitive
    if p is not None and len(p.partials) == 1 and evidence.replay.operands[late] == [early]:
        before = wrong == early
        text += f" ({called.call(wrong)} is {'before' if before else 'after'} the activation)"
        return Explanation("activation", text, order[early], called.call(early))
    alike = called.own[right] and stem(called.own[wrong]) == stem(called.own[right])
    return Explanation("wrong index" if alike else "wrong variable", text, order[wrong], called.call(wrong))


def one_place(
    evidence: Evidence, index: int, wrongs: Collection[str] | None = None, rights: Collection[str] | None = None
) -> Iterator[Explanation]:
    """Yield the name that stands for another at one place: one of the formula's own, or of another index.

    Where `wrongs` or `rights` are given, only these are taken for others, or others for these.
    """
    case = evidence.cases[index]
    derivation, source = case.derivation, case.derivation.source
    if not isinstance(source, Expression) or len(source.steps) > MOST_STEPS:
        return
    known = (*evidence.names.nodes, *evidence.names.constants)
    for step in source.steps:
        before, after = source.text[: step.place], source.text[step.place + len(step.name) :]
        wrong = normal(step.name)
        if wrong not in derivation.names or (wrongs is not None and wrong not in wrongs):
            continue
        alike = [other for other in known if step.name and stem(other) == stem(wrong)][:_MOST_NAMES]
        for right in dict.fromkeys([*derivation.names, *alike]):
            if right == wrong or (rights is not None and right not in rights):
                continue
            with contextlib.suppress(FormulaError):
                text = f"{before}{right}{after}"
                other = evidence.names.derivation(text)
                if fits(evidence, index, at_points(evidence, case, other)) and not cancels(evidence, case, other):
                    told = f"{step.name} stands where {right} belongs: {text} is right"
                    kind = "wrong index" if stem(right) == stem(wrong) else "wrong variable"
                    node = derivation.names[wrong]
                    yield Explanation(kind, told, node if isinstance(node, Value) else None, step.name)


def all_indices(evidence: Evidence, index: int) -> Iterator[Explanation]:
    """Yield what the names of one kind stand for, of every index, as x₁, x₂ and x₃ for their squares, or for n₁, …"""
    case = evidence.cases[index]
    families = _families([*evidence.names.nodes, *evidence.names.constants])
    for kind, used in _families(case.derivation.names).items():
        if len(used) < 2:
            continue
        for form, rule in _FORMS.items():
            if fits(evidence, index, _by_rule(evidence, case, list(used.values()), rule)):
                yield _all_told(case, used, [form.format(name) for name in used.values()], "missing factor")
        for other, members in families.items():
            if other != kind and set(used) <= set(members):
                right = {name: members[i] for i, name in used.items()}
                if fits(evidence, index, _by_names(evidence, case, right)):
                    yield _all_told(case, used, list(right.values()), "wrong variable")


def _families(names: Mapping[str, object] | list[str]) -> dict[str, dict[str, str]]:
    """Return names by what they have in common, and by index."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        if (kind := stem(name)) and kind != name:
            found.setdefault(kind, {})[name.removeprefix(kind)] = name
    return found


def _by_rule(
    evidence: Evidence, case: Case, names: list[str], rule: Callable[[float], float]
) -> Callable[[Point], float]:
    def at_point(at: Point) -> float:
        numbers = {**case.derivation.recorded, **evidence.numbers(case, at)}
        return case.derivation.evaluate({**numbers, **{name: rule(numbers[name]) for name in names}})

    return at_point


def _by_names(evidence: Evidence, case: Case, right: Mapping[str, str]) -> Callable[[Point], float]:
    def at_point(at: Point) -> float:
        found = {name: evidence.named_number(other, at) for name, other in right.items()}
        return case.derivation.evaluate({**evidence.numbers(case, at), **found})

    return at_point


def _all_told(case: Case, used: Mapping[str, str], right: list[str], kind: str) -> Explanation:
    wrong = list(used.values())
    text = f"{listed(wrong)} stand where {listed(right)} belong: with these it is right"
    node = case.derivation.names[wrong[0]]
    return Explanation(kind, text, node if isinstance(node, Value) else None, wrong[0])
