"""Pieces of a formula that are missing or too many: a factor, a term, a minus, a function; tried at every place."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from ...expression import computed
from ...syntax import Piece, leaf, plain
from .evidence import Evidence
from .explanation import Explanation
from .naming import constant, number
from .renamed import is_common
from .trial import is_right

_MOST_PLACES = 80
_MOST_NAMES = 24
_MOST_TRIED = 8
_MOST_TOLD = 4


class _Edit(NamedTuple):
    """A formula that may be meant, what is then said of the one that was given, and of which piece."""

    whole: Piece
    kind: str
    said: str
    about: Piece


def rewritten(evidence: Evidence, index: int, only_out: bool = False) -> list[Explanation]:
    """Return which one piece, put in or taken out somewhere, makes a formula right: what is too many comes first."""
    formula, case = evidence.formula(index), evidence.cases[index]
    if formula is None:
        return []
    tree = formula.tree
    if len(formula.pieces) > _MOST_PLACES:
        return []
    numbers = {**case.derivation.recorded, **evidence.numbers(case, evidence.points[0])}
    others = {name: evidence.named_number(name, evidence.points[0]) for name in _names(evidence)}
    factors = [name for name in others if not is_common(evidence, name)]
    for edits in (_taken_out(tree), () if only_out else _put_in(tree, [*others], factors)):
        hopeful = (edit for edit in edits if _about(edit.whole, {**others, **numbers}, evidence, index))
        found: dict[str, Explanation] = {}
        for edit in islice(hopeful, _MOST_TRIED):
            text = str(edit.whole)
            if is_right(evidence, index, text):
                told = _told(evidence, index, edit, {**others, **numbers})
                found.setdefault(told.text.partition(":")[0], told)
        if found:
            return [*found.values()][:_MOST_TOLD]
    return []


def _names(evidence: Evidence) -> list[str]:
    names = [name for name, nodes in evidence.names.nodes.items() if len(nodes) == 1]
    return [*names, *evidence.names.constants][:_MOST_NAMES]


def _about(whole: Piece, numbers: Mapping[str, float], evidence: Evidence, index: int) -> bool:
    """Return whether a formula is right at the recorded point."""
    try:
        found = float(computed(whole.order(), numbers))
    except (ArithmeticError, ValueError, KeyError, TypeError):
        return False
    return math.isclose(found, evidence.points[0].signals[evidence.places[index]], rel_tol=1e-9)


def _taken_out(tree: Piece) -> Iterator[_Edit]:
    """Yield the formula without one operand, without one minus, and without one function."""
    for path, piece in tree.places():
        if len(piece.operands) == 1:
            inner = piece.operands[0]
            if piece.is_minus:
                yield _Edit(tree.put(path, inner), "sign", f"a minus is too many, before {inner}", inner)
            else:
                said = f"{piece} stands where {inner} belongs"
                yield _Edit(tree.put(path, inner), "wrong derivative", said, inner)
        if len(piece.operands) != 2 or piece.operation == "**":
            continue
        left, right = piece.operands
        kind, what = ("extra term", "term") if piece.operation in "+-" else ("extra factor", "factor")
        sign = "-" if piece.operation == "-" else "1/" if piece.operation == "/" else ""
        yield _Edit(tree.put(path, left), kind, f"a {what} {sign}{right.within(3)} is too many", right)
        if piece.operation in "+*":
            yield _Edit(tree.put(path, right), kind, f"a {what} {left.within(3)} is too many", left)
        if piece.operation == "-":
            yield _Edit(tree.put(path, Piece("-", (right,))), kind, f"a {what} {left} is too many", left)


def _put_in(tree: Piece, names: Sequence[str], factors: Sequence[str]) -> Iterator[_Edit]:
    """Yield the formula with one more term, one more factor, or one more minus somewhere."""
    two = plain(2.0)
    for path, piece in tree.places():
        above = tree.at(path[:-1]) if path else Piece("")
        exponent = above.operation == "**" and path[-1] == 1
        in_product = above.operation == "*" or (above.operation == "/" and path[-1] == 0)
        if above.operation and not in_product and above.operation not in ("-", "+", "**"):
            yield _Edit(tree.put(path, Piece("-", (piece,))), "sign", f"a minus is missing, before {piece}", piece)
        for added in () if in_product else (*map(leaf, factors), two):
            for sign, said in (("*", f"{added}"), ("/", f"1/{added}")):
                kind, of = "missing factor" if added.name else "constant factor", f" of {piece}" if path else ""
                yield _Edit(tree.put(path, Piece(sign, (piece, added))), kind, f"a factor {said}{of} is missing", added)
        inside = {inner.name for _, inner in piece.places()} - {""}
        if inside and not exponent and above.operation not in ("+", "-"):
            ones = [plain(1.0)] if path else []
            for added in (*(leaf(name) for name in names if name not in inside), *ones):
                yield from _with_term(tree, path, piece, added)


def _with_term(tree: Piece, path: tuple[int, ...], piece: Piece, added: Piece) -> Iterator[_Edit]:
    plus = Piece("-", (added, piece.operands[0])) if piece.is_minus else Piece("+", (piece, added))
    for new, sign in (
        (plus, ""),
        (Piece("-", (piece, added)), "-"),
        (Piece("-", (added, piece)), ""),
    )[: 3 if path else 2]:
        said = f"a term {sign}{added} is missing beside {piece}"
        yield _Edit(tree.put(path, new), "missing path", said, added)


def _told(evidence: Evidence, index: int, edit: _Edit, numbers: Mapping[str, float]) -> Explanation:
    """Return what is said of an edit that makes the formula right."""
    about, names = edit.about, evidence.names
    node = names.nodes[about.name][0] if about.name in names.nodes else None
    value = float(computed(about.order(), numbers))
    shown = constant(value) if about.name in names.constants else number(value) if node is not None else ""
    said = edit.said.replace(f" {about} is", f" {about} = {shown} is" if shown else f" {about} is", 1)
    plain_number = not any(piece.name for _, piece in about.places())
    kind = "constant factor" if edit.kind == "extra factor" and plain_number else edit.kind
    factor = value if "factor" in kind else None
    return Explanation(kind, f"{said}: {edit.whole} is right", node, about.name, factor, formula=str(edit.whole))
