"""Constant folding: what is known before a run is computed once and for all, and nodes that change nothing vanish.

Each rule is a function from tape to tape that says why it is exact, and returns its argument where it has nothing to
do. No rule removes nodes: those that are no longer used are for `dead`. What is not exact in IEEE arithmetic is no
rule here: x·0 is NaN for an infinite x, x − x likewise, and x + 0.0 turns −0.0 into 0.0.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from ...floats import evaluate
from ...primitives import fold as added
from ...primitives import row
from ..tape.columns import in_blocks
from ..tape.links import closure, moved_up, redirected, resolved, settled, without_terms
from ..tape.tape import CONSTANT, FIRST_ROW, LESS, NONE, ROWS, SUM, Builder, Floats, Ints, Mask, Tape, code
from .fingerprints import families

POW, SELECT, DIV, MAX, MIN = (code(row(name)) for name in ("pow", "select", "div", "max", "min"))

_ALIASES = np.isin(np.arange(FIRST_ROW + len(ROWS)), (SUM, MAX, MIN))
"""Operations that give their operand itself if it is the only one."""

WHOLE = (-3.0, -2.0, -1.0, 1.0, 2.0, 3.0, 4.0)
"""Powers that are near enough as products: within five roundings."""


def fold(tape: Tape, strict: bool = True) -> Tape:
    """Return the tape with all rules of this module applied until none has anything left to do.

    With `strict` every number that is still computed stays the same bit for bit. Without, x + 0.0 is x, x/3 is
    x·⅓ and x**2 is x·x as well.

    >>> from ..tape.tape import INPUT, Builder
    >>> b = Builder()
    >>> (x,), (two, half) = b.leaves(INPUT, [0]), b.leaves(CONSTANT, [2.0, 0.5])
    >>> (one,) = b.sums([[two]], [[half]])
    >>> (y,) = b.sums([[one]], [[x]])
    >>> fold(b.tape(values=[one, y])).outputs["values"].tolist()  # 2·0.5 has become a constant, (2·0.5)·x is x
    [3, 0]
    """
    with_strict = (partial(rule, strict=strict) for rule in (zeros, quotients, powers))
    return settled(tape, (known, units, *with_strict, aliases))


def known(tape: Tape) -> Tape:
    """Compute the nodes that depend on constants alone.

    Exact: by the arithmetic of eager Values, with IEEE rules where Python raises.
    """
    nodes = np.flatnonzero(closure(tape, tape.op == CONSTANT) & (tape.op >= SUM))
    if not len(nodes):
        return tape
    numbers = [*tape.number.tolist(), 1.0]  # the last is the second factor of terms that have none
    for i in nodes.tolist():
        numbers[i] = _computed(tape, i, numbers)
    return _as_constants(tape, nodes, np.array(numbers[:-1])[nodes])


def _computed(tape: Tape, i: int, numbers: list[float]) -> float:
    terms, op = slice(tape.start[i], tape.start[i + 1]), int(tape.op[i])
    x = [numbers[a] for a in tape.left[terms].tolist()]
    if op == SUM:
        y = [numbers[b] for b in tape.right[terms].tolist()]
        return float(added(s * (a * b) for s, a, b in zip(tape.sign[terms].tolist(), x, y, strict=True)))
    if op < FIRST_ROW:
        return float(x[0] < x[1] if op == LESS else x[0] <= x[1])
    p = ROWS[op - FIRST_ROW]
    return evaluate(p, in_blocks(p, x, int(tape.split[i])), None)


def _as_constants(tape: Tape, nodes: Ints, numbers: Any) -> Tape:
    op, number, keep = tape.op.copy(), tape.number.copy(), np.ones(len(tape), bool)
    op[nodes], number[nodes], keep[nodes] = CONSTANT, numbers, False
    return without_terms(replace(tape, op=op, number=number), np.repeat(keep, tape.arity))


def units(tape: Tape) -> Tape:
    """Leave out factors that are the constant 1 or −1.

    Exact: x·1 is x, and x·(−1) is −x, for every x: −0.0, infinities, NaN and subnormals too.
    """
    constant = np.append(tape.op == CONSTANT, False)  # NONE is none
    second = constant[tape.right]
    terms = np.flatnonzero(second | (constant[tape.left] & (tape.right != NONE)))
    factor = tape.number[np.where(second, tape.right, tape.left)[terms]]
    other = np.where(second, tape.left, tape.right)[terms]
    chosen = _throughout(tape, tape.owner[terms], factor == 1.0, factor == -1.0)
    if not chosen.any():
        return tape
    left, right, sign, terms = tape.left.copy(), tape.right.copy(), tape.sign.copy(), terms[chosen]
    left[terms], right[terms] = other[chosen], NONE
    sign[terms] *= factor[chosen]
    return replace(tape, left=left, right=right, sign=sign)


def zeros(tape: Tape, strict: bool = True) -> Tape:
    """Leave out terms that are the constant −0.0; without `strict` 0.0 too.

    Exact: x + (−0.0) is x for every x. But −0.0 + 0.0 is 0.0.
    """
    terms = np.flatnonzero(tape.in_sum & (tape.right == NONE) & (tape.op[tape.left] == CONSTANT))
    number, owner = tape.number[tape.left[terms]] * tape.sign[terms], tape.owner[terms]
    zero = number == 0.0
    zero = _throughout(tape, owner, zero & np.signbit(number) if strict else zero)
    terms, owner = terms[zero], owner[zero]
    terms = terms[(np.bincount(owner, minlength=len(tape)) < tape.arity)[owner]]  # the empty sum would be 0.0
    if not len(terms):
        return tape
    keep = np.ones(len(tape.left), bool)
    keep[terms] = False
    return without_terms(tape, keep)


def quotients(tape: Tape, strict: bool = True) -> Tape:
    """Multiply by the reciprocal where a divisor is a constant power of two; without `strict`, any constant.

    Exact: x/2ᵏ and x·2⁻ᵏ are the same real number, rounded once, as long as 2⁻ᵏ is a float.
    """
    nodes = np.flatnonzero(tape.op == DIV)
    divisor = tape.left[tape.start[nodes] + 1]
    constant = tape.op[divisor] == CONSTANT
    nodes, number = nodes[constant], tape.number[divisor[constant]]
    with np.errstate(all="ignore"):
        reciprocal = 1.0 / number
    exact = np.isfinite(reciprocal) & (np.abs(np.frexp(number)[0]) == 0.5)
    near = np.isfinite(reciprocal) & (np.abs(reciprocal) >= np.finfo(np.float64).tiny)
    chosen = _throughout(tape, nodes, exact, near & (not strict))
    nodes, reciprocal = nodes[chosen], reciprocal[chosen]
    if not len(nodes):
        return tape
    b = Builder(tape)
    factors = _constants(b, reciprocal)
    tape, place = moved_up(b.tape(), np.zeros(len(nodes), np.int64))
    return _as_products(tape, place[nodes], tape.left[tape.start[place[nodes]]], place[factors])


def powers(tape: Tape, strict: bool = True) -> Tape:
    """Replace x⁰ and 1ʸ by 1 and x¹ by x; without `strict`, `WHOLE` powers by products.

    Exact: C's `pow` gives 1 for x⁰ and 1ʸ even if the other operand is NaN, and x itself for x¹. But pow(x, 2) is
    within an ulp of x², not the float nearest to it, which x·x is. Negative powers are products of 1/x, because
    1/(x·x) would be 0 wherever x·x is infinite.
    """
    nodes = np.flatnonzero(tape.op == POW)
    x, y = tape.left[tape.start[nodes]], tape.left[tape.start[nodes] + 1]
    base, exponent = (np.where(tape.op[z] == CONSTANT, tape.number[z], np.nan) for z in (x, y))
    one = (exponent == 0.0) | (base == 1.0)
    if one.any():
        return _as_constants(tape, nodes[one], 1.0)
    chosen = exponent == 1.0 if strict else (exponent[:, None] == WHOLE).any(axis=1)
    if not chosen.any():
        return tape
    nodes, x, size = nodes[chosen], x[chosen], np.abs(exponent[chosen])
    inverse, high = np.flatnonzero(exponent[chosen] < 0.0), np.flatnonzero(size > 2.0)
    b = Builder(tape)
    ones = _constants(b, np.ones(len(inverse)))
    x[inverse] = b.rows(DIV, np.stack([ones, x[inverse]], axis=1), twin=tape.twin[nodes[inverse]])
    squares = x.copy()
    squares[high] = b.sums(x[high, None], x[high, None], twin=tape.twin[nodes[high]])
    left, right = np.where(size > 2.0, squares, x), np.select([size == 1.0, size == 4.0], [NONE, squares], x)
    tape, place = moved_up(b.tape(), np.concatenate([nodes[inverse], nodes[inverse], nodes[high]]))
    return _as_products(tape, place[nodes], place[left], place[right])


def _constants(b: Builder, numbers: Floats) -> Ints:
    """Append constants that belong to no recorded node."""
    none = np.zeros(0, np.int64)
    return b.append(np.full(len(numbers), CONSTANT), np.zeros(len(numbers)), none, none, none, 0, numbers, NONE)


def _as_products(tape: Tape, nodes: Ints, left: Ints, right: Ints) -> Tape:
    """Return the tape in which nodes of two operands are the product left·right; left alone where right is NONE."""
    op, first = tape.op.copy(), tape.start[nodes]
    op[nodes] = SUM
    columns = tape.left.copy(), tape.right.copy()
    columns[0][first], columns[1][first] = left, right
    keep = np.ones(len(tape.left), bool)
    keep[first + 1] = False
    return without_terms(replace(tape, op=op, left=columns[0], right=columns[1]), keep)


def aliases(tape: Tape) -> Tape:
    """Use x in place of nodes that are always ±x.

    They are sums of ±x alone, selects between x and x or whose condition is a constant, the maximum of one number.
    Exact: nothing is rounded; a sign goes to the term that uses the node, and where it is no sum that does, −x stays.
    """
    operand, sign = np.arange(len(tape)), np.ones(len(tape))
    first = tape.start[:-1]
    lone = np.flatnonzero((tape.arity == 1) & _ALIASES[tape.op])
    lone = lone[tape.right[first[lone]] == NONE]
    operand[lone], sign[lone] = tape.left[first[lone]], tape.sign[first[lone]]
    selects = np.flatnonzero(tape.op == SELECT)
    condition, x, y = (tape.left[first[selects] + k] for k in range(3))
    taken = np.where(tape.number[condition] != 0.0, x, y)
    chosen = (x == y) | (tape.op[condition] == CONSTANT)
    operand[selects[chosen]] = np.where(x == y, x, taken)[chosen]
    return redirected(tape, *resolved(operand, sign))


def _throughout(tape: Tape, nodes: Ints, *holds: Mask) -> Mask:
    """Return where one of the properties holds for all the given nodes of the same family.

    Data written out as constants may happen to be 1 or 0 in some rows. Folded there, the rows would differ in form,
    and no loop could run over them.
    """
    found, left = np.zeros(len(nodes), bool), np.arange(len(nodes))
    for depth in (1, 2):  # families of depth 2 are parts of those of depth 1: most are settled without them
        if not any(held[left].any() for held in holds):
            break
        _, family = np.unique(families(tape, nodes[left], depth), return_inverse=True)
        mixed = np.zeros(len(left), bool)
        for held in holds:
            share = (np.bincount(family, held[left]) / np.bincount(family))[family]
            found[left[share == 1.0]] = True
            mixed |= (share > 0.0) & (share < 1.0)
        left = left[mixed]
    return found
