"""Names that stand for others in a derivation: one everywhere, at one place, or those of all indices."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from ...engine import Value
from ...expression import Expression, computed
from ...names import normal
from ...syntax import Piece, leaf
from .evidence import Case, Evidence
from .explanation import Explanation
from .indices import stem
from .naming import listed
from .points import Point
from .telling import COMMON
from .trial import cancels, fits, is_right

_GAP = "□"  # no name can be that
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
        for right in sorted(evidence.graph.named - {wrong})[:_MOST_NAMES]:
            if not any(at.values[right] for at in evidence.points):  # 0 at all of them takes a term or factor away
                continue
            is_right = fits(evidence, index, _with(evidence, case, name, right))
            if is_right and not _cancels_with(evidence, index, name, right):
                yield _renamed(evidence, wrong, right)


def _with(evidence: Evidence, case: Case, name: str, right: int) -> Callable[[Point], float]:
    return lambda at: case.derivation.evaluate({**evidence.numbers(case, at), name: at.values[right]})


def _cancels_with(evidence: Evidence, index: int, name: str, right: int) -> bool:
    """Return whether parts of the formula cancel where a name stands for another node."""
    case, formula = evidence.cases[index], evidence.formula(index)
    if formula is None:
        return False
    names = {**case.derivation.names, name: evidence.replay.order[right]}
    return cancels(evidence, case, replace(case.derivation, source=formula, names=names))


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
    evidence: Evidence,
    index: int,
    wrongs: Collection[str] | None = None,
    rights: Collection[str] | None = None,
    common: bool = False,
) -> Iterator[Explanation]:
    """Yield the name that stands for another at one place: one of the formula's own, of another index, or any other.

    Where `wrongs` or `rights` are given, only these are taken for others, or others for these. Numbers like 0
    and 1, with which a name's term or factor only disappears, are put in from afar with `common` alone.
    """
    derivation, source = evidence.cases[index].derivation, evidence.short_formula(index)
    if source is None:
        return
    known = [*evidence.names.nodes, *evidence.names.constants]
    for path, piece in source.tree.places():
        wrong = piece.name
        if wrong not in derivation.names or (wrongs is not None and wrong not in wrongs):
            continue
        alike = [other for other in known if stem(other) == stem(wrong)]
        gapped = source.tree.put(path, leaf(_GAP)).order()
        tried = dict.fromkeys([*derivation.names, *alike[:_MOST_NAMES], *known[:_MOST_NAMES]])
        found = [
            right for right in tried if right != wrong and (rights is None or right in rights)
            and _may_be(evidence, index, gapped, right) and is_right(evidence, index, _with_name(source, piece, right))
        ]  # fmt: skip
        near = [right for right in found if right in derivation.names or right in alike]
        hidden = {right for right in near or found if is_common(evidence, right, alike)} if rights is None else set()
        chosen = [right for right in near or found if common == (right in hidden)]
        for right in chosen:
            numbers = evidence.names.constants
            same = [other for other in found if right in numbers and numbers.get(other) == numbers[right]]
            for other in dict.fromkeys([right, *same]):
                yield _in_place(derivation.names[wrong], piece.text, other, _with_name(source, piece, other))


def _in_place(node: object, wrong: str, right: str, text: str) -> Explanation:
    kind = "wrong index" if stem(normal(right)) == stem(normal(wrong)) else "wrong variable"
    about = node if isinstance(node, Value) else None
    return Explanation(kind, f"{wrong} stands where {right} belongs: {text} is right", about, wrong, formula=text)


def _with_name(source: Expression, wrong: Piece, right: str) -> str:
    return f"{source.text[: wrong.place]}{right}{source.text[wrong.place + len(wrong.text) :]}"


def is_common(evidence: Evidence, name: str, alike: Collection[str] = ()) -> bool:
    """Return whether a name has the same number at all points, and one that many others have; 0 if it is alike."""
    try:
        numbers = {evidence.named_number(name, at) for at in evidence.points}
    except (KeyError, ValueError):  # several nodes bear the name, or it is that of an error signal
        return False
    return len(numbers) == 1 and abs(numbers.pop()) in ((0.0,) if name in alike else (0.0, *COMMON))


def _may_be(evidence: Evidence, index: int, gapped: Iterable[Piece], right: str) -> bool:
    """Return whether the formula with another name in the gap is right at the recorded point."""
    case, at = evidence.cases[index], evidence.points[0]
    try:
        numbers = {**case.derivation.recorded, **evidence.numbers(case, at), _GAP: evidence.named_number(right, at)}
        found = float(computed(gapped, numbers))
    except Exception:  # the name may be that of several nodes, and the formula undefined with it
        return False
    return math.isclose(found, at.signals[evidence.places[index]], rel_tol=1e-9)


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
