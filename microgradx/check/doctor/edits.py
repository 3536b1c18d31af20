"""Explanations in the derivation's own words: one name or sign of operation in it is another, or a term is not there.

They are looked for where no slip on the way through the graph explains a formula, and where one does that has no name.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from ...engine import Value
from ...errors import FormulaError
from ...expression import Expression, parse
from ...names import normal
from ..by_hand import Derivation
from .evidence import Case, Evidence
from .explain import question
from .explanation import Explanation
from .indices import stem
from .naming import number
from .points import Point
from .search import terms
from .ways import Ways

_OPERATORS = "+-*/"
_MOST_NAMES = 60
_MOST_STEPS = 200


def edited(evidence: Evidence, index: int) -> Explanation | None:
    """Return which one name, or which one sign of operation, makes the derivation right if it is exchanged."""
    case = evidence.cases[index]
    if not case.derivation.movable or len(evidence.points) < 2:
        return None
    found = list(_names(evidence, index)) or [*_operations(evidence, index), *_one_name(evidence, index)]
    if len(found) < 2:
        return found[0] if found else None
    text = f"perhaps: {'; or '.join(each.text for each in found[:3])}"
    return replace(found[0], text=text, certain=False, others=tuple(found[1:]))


def missing_term(evidence: Evidence, index: int) -> str:
    """Return the product of named nodes, with its sign, that a derivation lacks; "" where it is no such product."""
    asked = question(evidence, index, Ways(evidence.graph, evidence.places[index]))
    finding = None if asked.one_number else next((found for found in terms(asked) if found.nodes), None)
    if finding is None:
        return ""
    factor = "" if abs(finding.number) == 1.0 else f"{number(abs(finding.number))}·"
    return f"{'−' if finding.number > 0.0 else ''}{factor}{'·'.join(map(evidence.called.call, finding.nodes))}"


def _names(evidence: Evidence, index: int) -> Iterator[Explanation]:
    case, place = evidence.cases[index], evidence.replay.place
    used = {name: place[id(x)] for name, x in case.derivation.names.items() if isinstance(x, Value) and id(x) in place}
    for name, wrong in used.items():
        for right in sorted(evidence.graph.named)[:_MOST_NAMES]:
            if right != wrong and _fits(evidence, index, _with(evidence, case, name, right)):
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


def _one_name(evidence: Evidence, index: int) -> Iterator[Explanation]:
    """Yield the name that stands for another at one place: one of the formula's own, or of another index."""
    derivation = evidence.cases[index].derivation
    source = derivation.source
    if not isinstance(source, Expression) or len(source.steps) > _MOST_STEPS:
        return
    known = (*evidence.names.nodes, *evidence.names.constants)
    for step in source.steps:
        before, after = source.text[: step.place], source.text[step.place + len(step.name) :]
        wrong = normal(step.name)
        alike = [other for other in known if step.name and stem(other) == stem(wrong)][:_MOST_NAMES]
        for right in dict.fromkeys([*derivation.names, *alike]):
            if wrong not in derivation.names or right == wrong:
                continue
            with contextlib.suppress(FormulaError):
                text = f"{before}{right}{after}"
                if _fits(evidence, index, _written(evidence, evidence.cases[index], evidence.names.derivation(text))):
                    told = f"{step.name} stands where {right} belongs: {text} is right"
                    kind = "wrong index" if stem(right) == stem(wrong) else "wrong variable"
                    node = derivation.names[wrong]
                    yield Explanation(kind, told, node if isinstance(node, Value) else None, step.name)


def _operations(evidence: Evidence, index: int) -> Iterator[Explanation]:
    case = evidence.cases[index]
    source = case.derivation.source
    if not isinstance(source, Expression) or len(source.steps) > _MOST_STEPS:
        return
    for step in source.steps:
        before, sign, after = source.text[: step.place], source.text[step.place], source.text[step.place + 1 :]
        if step.operands != 2 or sign not in _OPERATORS or after.startswith("*"):
            continue
        for other in _OPERATORS.replace(sign, ""):
            with contextlib.suppress(FormulaError):
                text = f"{before}{other}{after}"
                written = replace(case.derivation, source=parse(text))
                if _fits(evidence, index, _written(evidence, case, written)):
                    told = f"{sign} stands where {other} belongs: {text} is right"
                    yield Explanation("operation", told, case.node, evidence.call(case.node))


def _written(evidence: Evidence, case: Case, derivation: Derivation) -> Callable[[Point], float]:
    read = replace(case, derivation=derivation)
    return lambda at: derivation.evaluate(evidence.numbers(read, at))


def _fits(evidence: Evidence, index: int, derivation: Callable[[Point], float]) -> bool:
    place = evidence.places[index]
    for at in evidence.points:
        try:
            found = derivation(at)
        except Exception:  # the derivation may be any code, and need not be defined for other numbers
            return False
        if not math.isclose(found, at.signals[place], rel_tol=1e-9):
            return False
    return True
