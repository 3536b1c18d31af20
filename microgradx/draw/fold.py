"""Sums of many terms that are computed alike, such as the losses of a batch: one is shown, the others are counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..engine import Value

FEWEST = 3
"""So many terms that are alike are folded, and more."""


@dataclass(frozen=True, slots=True)
class Alike:
    """So many further terms, computed like the one that is shown before them."""

    count: int


Operand = Value | float | Alike


def folded(order: Sequence[Value]) -> dict[int, list[Operand]]:
    """Return id → operands to show, for each sum in which terms are folded; also for sums written with +.

    >>> from microgradx.sweep import nodes
    >>> x = Value(2.0, "x")
    >>> loss = x * 1.0 + x * 2.0 + x * 3.0
    >>> [operands[1:] for operands in folded(nodes(loss)).values()]
    [[Alike(count=2)]]
    """
    uses = Counter(id(u) for v in order for u in v._prev)
    found: dict[int, list[Operand]] = {}
    inside: set[int] = set()
    for v in reversed(order):
        if v._primitive is None or v._primitive.name not in ("sum", "add") or id(v) in inside:
            continue
        terms: list[Any] = list(v.operands)
        if v._primitive.name == "add":
            terms, chain = _chain(v, uses)
            inside |= chain
        if (kept := _fold(terms)) is not None:
            found[id(v)] = kept
    return found


def _chain(top: Value, uses: Counter[int]) -> tuple[list[Any], set[int]]:
    """Return the terms of ((t₁ + t₂) + t₃) + …, and the additions inside, which nothing else uses."""
    terms: list[Any] = []
    inside: set[int] = set()
    v = top
    while True:
        first, second = v.operands
        terms.append(second)
        if not isinstance(first, Value) or first._op != "+" or uses[id(first)] > 1 or first.label:
            return [first, *reversed(terms)], inside
        inside.add(id(first))
        v = first


def _fold(terms: Sequence[Any]) -> list[Operand] | None:
    """Return the terms, of those alike the first and a count; None if there is nothing to fold."""
    if len(terms) < FEWEST:
        return None
    shared = _shared(terms)
    groups: defaultdict[Any, list[int]] = defaultdict(list)
    for i, term in enumerate(terms):
        if isinstance(term, Value) and term._primitive is not None and id(term) not in shared:
            groups[_form(term, shared)].append(i)
    rest: dict[int, Alike | None] = {}
    for group in groups.values():
        if len(group) >= FEWEST:
            rest |= dict.fromkeys(group[1:]) | {group[1]: Alike(len(group) - 1)}
    if not rest:
        return None
    kept: list[Operand] = []
    for i, term in enumerate(terms):
        if i not in rest:
            kept.append(term)
        elif (alike := rest[i]) is not None:
            kept.append(alike)
    return kept


def _shared(terms: Sequence[Any]) -> set[int]:
    """Return the nodes in which the terms meet: parameters, and whatever else several of them use."""
    owner: dict[int, int] = {}
    shared: set[int] = set()
    for i, term in enumerate(terms):
        stack, seen = [term], set()
        while stack:
            v = stack.pop()
            if not isinstance(v, Value) or id(v) in seen:
                continue
            seen.add(id(v))
            if owner.setdefault(id(v), i) == i:
                stack += v.operands
            else:
                shared.add(id(v))
    return shared


def _form(term: Any, shared: set[int]) -> tuple[Any, ...]:
    """Return what two terms have in common that are computed alike: rows, wiring, and the shared nodes themselves.

    Numbers and leaves of their own may differ, as data do; exponents may not, for they belong to the formula.
    """
    places: dict[int, int] = {}
    form: list[Any] = []
    stack: list[tuple[Any, bool]] = [(term, False)]
    while stack:
        v, fixed = stack.pop()
        if not isinstance(v, Value):
            form.append(v if fixed else "number")
        elif id(v) in shared:
            form.append(("shared", id(v)))
        elif id(v) in places:
            form.append(("again", places[id(v)]))
        else:
            places[id(v)] = len(places)
            p = v._primitive
            form.append(("leaf" if p is None else p.name, len(v.operands)))
            stack += [(u, p is not None and p.name == "pow") for u in reversed(v.operands)]
    return tuple(form)
