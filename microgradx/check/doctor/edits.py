"""Explanations in the derivation's own words: a name, a sign of operation or an exponent in it is another.

They are looked for where no slip on the way through the graph explains a formula, and where one does that has no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ...expression import parse
from ...syntax import differing
from .evidence import Evidence
from .explain import question
from .explanation import Explanation
from .naming import number
from .renamed import all_indices, one_name, one_place
from .rewritten import rewritten
from .search import terms
from .trial import is_right
from .ways import Ways

_OPERATORS = "+-*/"
_POWER = re.compile(r"(\w+(?:\[[\w, ]*\])?)? *(?:\*\*|\^) *(\d+)")
_BY_OPERATION = ("missing factor", "extra factor", "constant factor")
_FACTORS = ("missing factor", "extra factor")
_BY_A_NUMBER = ("sign", "constant factor")


def edited(evidence: Evidence, index: int) -> Explanation | None:
    """Return which one word of the derivation makes it right if it is exchanged: a name, an operation, an exponent."""
    case = evidence.cases[index]
    if not case.derivation.movable or len(evidence.points) < 2:
        return None
    if found := list(one_name(evidence, index)):
        return one_of([*found, *rewritten(evidence, index, only_out=True)])
    return one_of(list(all_indices(evidence, index)) or at_one_place(evidence, index))


def at_one_place(evidence: Evidence, index: int) -> list[Explanation]:
    """Return what may be wrong at one place of the formula."""
    found = [*_operations(evidence, index), *_exponents(evidence, index), *_squares(evidence, index)]
    names = list(one_place(evidence, index))
    if found or names:
        return [*found, *names, *(rewritten(evidence, index, only_out=True) if names else ())]
    return rewritten(evidence, index) or list(one_place(evidence, index, common=True))


def one_of(found: Sequence[Explanation]) -> Explanation | None:
    """Return an explanation that fits; without certainty where there are several."""
    if len(found) < 2:
        return found[0] if found else None
    text = f"perhaps: {'; or '.join(each.text for each in found[:3])}"
    return replace(found[0], text=text, certain=False, others=tuple(found[1:]))


def either(letters: Sequence[Explanation], own: Explanation) -> Explanation:
    """Return that the letters may be meant, or else an explanation; that alone where there are none."""
    best = one_of(letters)
    if best is None:
        return own
    text = f"perhaps: {best.text.removeprefix('perhaps: ')}; or {own.text}"
    return replace(best, text=text, certain=False, others=(*best.others, own))


def in_its_words(evidence: Evidence, index: int, found: Explanation) -> Explanation:
    """Return an explanation of a formula in the formula's own words, where these say more plainly what is wrong."""
    return by_number(evidence, index, by_operation(evidence, index, by_exponent(evidence, index, found)))


def by_operation(evidence: Evidence, index: int, found: Explanation) -> Explanation:
    """Return that an operation stands for another one, where a factor would tell it in a roundabout way.

    Where / stands for * it is also said that a square is missing.
    """
    if found.kind not in _BY_OPERATION or (found.kind == "constant factor" and found.place is not None):
        return found
    operations = list(_operations(evidence, index))
    return replace(operations[0], same=(found,)) if len(operations) == 1 else found


def by_exponent(evidence: Evidence, index: int, found: Explanation) -> Explanation:
    """Return an explanation by a factor in the words of the formula, where that has just one wrong exponent.

    Where x² stands for x it is said as well that a factor x is too many.
    """
    if found.kind not in _FACTORS:
        return found
    exponents = [*_exponents(evidence, index, least=2), *_squares(evidence, index)]
    return found.saying(exponents[0].text) if len(exponents) == 1 else found


def by_number(evidence: Evidence, index: int, found: Explanation) -> Explanation:
    """Return an explanation by a sign or a constant in the words of the formula, where a plain number is another's.

    No point tells x₁ for x₂ from a factor x₁/x₂, since plain numbers stay what they are. A factor that stands nowhere
    in the graph is no explanation then; one that does may be one, and so may a sign.
    """
    if found.kind not in _BY_A_NUMBER or (found.kind == "sign" and any(_operations(evidence, index))):
        return found
    standing = evidence.graph.plain_numbers(Ways(evidence.graph, evidence.places[index]).on_the_way)
    rights = {name for name, x in evidence.constants.items() if x in standing}
    names = list(one_place(evidence, index, evidence.constants, rights))
    if found.kind != "sign" and found.place is None:
        return one_of(names) or found
    return either(names, found)


def missing_term(evidence: Evidence, index: int) -> str:
    """Return the product of named nodes, with its sign, that a derivation lacks; "" where it is no such product."""
    asked = question(evidence, index, Ways(evidence.graph, evidence.places[index]))
    finding = None if asked.one_number else next((found for found in terms(asked) if found.nodes), None)
    if finding is None:
        return ""
    factor = "" if abs(finding.number) == 1.0 else f"{number(abs(finding.number))}·"
    return f"{'−' if finding.number > 0.0 else ''}{factor}{'·'.join(map(evidence.called.call, finding.nodes))}"


def _operations(evidence: Evidence, index: int) -> Iterator[Explanation]:
    source = evidence.short_formula(index)
    if source is None:
        return
    for piece in source.pieces:
        before, sign, after = source.text[: piece.place], source.text[piece.place], source.text[piece.place + 1 :]
        if len(piece.operands) != 2 or sign not in _OPERATORS or after.startswith("*"):
            continue
        for other in _OPERATORS.replace(sign, ""):
            text = f"{before}{other}{after}"
            if is_right(evidence, index, text) and not _is_idle(evidence, index, text):
                yield _of_row(evidence, index, "operation", f"{sign} stands where {other} belongs", text)


def _is_idle(evidence: Evidence, index: int, text: str) -> bool:
    """Return whether the operation by which a text differs from the formula changes nothing, as a factor 1 does."""
    formula = evidence.formula(index)
    return formula is not None and differing(formula.tree, parse(text).tree)[1].is_idle


def _exponents(evidence: Evidence, index: int, least: int = 1) -> Iterator[Explanation]:
    source = evidence.short_formula(index)
    if source is None:
        return
    for found in _POWER.finditer(source.text):
        base, wrong = found[1] or "(…)", int(found[2])
        sign = source.text[found.end(1) : found.start(2)] if found[1] else found[0].removesuffix(found[2])
        before, after = source.text[: found.start() + len(found[1] or "")], source.text[found.end() :]
        for right in (wrong + 1, wrong - 1):
            power = f"{sign}{right}" if right != 1 else ""
            text = f"{before}{power}{after}"
            if right >= least and is_right(evidence, index, text):
                told = f"{base}{sign}{wrong} stands where {base}{power} belongs"
                yield _of_row(evidence, index, "wrong derivative", told, text)


def _squares(evidence: Evidence, index: int) -> Iterator[Explanation]:
    source = evidence.short_formula(index)
    if source is None:
        return
    for piece in source.pieces:
        end = piece.place + len(piece.text)
        before, after = source.text[:end], source.text[end:]
        if piece.name and not after.lstrip().startswith(("**", "^")):
            text = f"{before}**2{after}"
            if is_right(evidence, index, text):
                told = f"{piece.text} stands where {piece.text}**2 belongs"
                yield _of_row(evidence, index, "wrong derivative", told, text)


def _of_row(evidence: Evidence, index: int, kind: str, told: str, right: str) -> Explanation:
    node = evidence.cases[index].node
    return Explanation(kind, f"{told}: {right} is right", node, evidence.call(node), formula=right)
