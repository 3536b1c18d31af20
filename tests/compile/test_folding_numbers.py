"""Folding keeps the numbers: every bit in strict order, and a few roundings of powers without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from microgradx.compile.passes import folding
from microgradx.compile.passes.folding import fold
from microgradx.compile.tape.evaluate import evaluate
from microgradx.compile.tape.tape import CONSTANT, Builder, Tape, code
from microgradx.primitives import TABLE, Primitive, row

from .tapes import EDGES, LOWERED, assert_same_numbers, assert_valid, bits, points, random_tape
from .test_folding import call, of_x, terms

RULES: list[tuple[Callable[[Tape], Tape], Sequence[Primitive]]] = [  # and rows on which it has much to do
    (folding.known, TABLE),
    (folding.units, TABLE),
    (folding.zeros, TABLE),
    (folding.quotients, [row("div")]),
    (folding.powers, [row("pow")]),
    (folding.aliases, TABLE),
    (fold, TABLE),
    (fold, LOWERED),
]


@pytest.mark.parametrize(("rule", "rows"), RULES)
def test_strict_rules_keep_every_bit(rule: Callable[[Tape], Tape], rows: Sequence[Primitive]) -> None:
    """Each node keeps its numbers bit for bit on a grid of edges: zeros of both signs, infinities, NaN, subnormals."""
    changed = 0
    for seed in range(40):
        tape = random_tape(seed, rows=rows)
        simpler = rule(tape)
        assert_valid(simpler)
        assert_same_numbers(tape, simpler, *points(tape, seed))
        changed += simpler is not tape
    assert changed > 5


@pytest.mark.parametrize("exponent", folding.WHOLE)
def test_powers_as_products_are_near(exponent: float) -> None:
    """Whole powers become products that are within five roundings of the power, at edges and out of range too."""
    x = np.concatenate([EDGES, -np.logspace(-323, 308, 2000), np.logspace(-323, 308, 2000)])[:, None]
    tape = of_x(call("pow", "x", exponent))
    power, product = (evaluate(t, x)[t.outputs["values"][0]] for t in (tape, fold(tape, strict=False)))
    np.testing.assert_allclose(product, power, rtol=6 * 2.0**-53, atol=4 * 5e-324)
    assert (np.signbit(product) == np.signbit(power))[~np.isnan(power)].all()


@pytest.mark.parametrize("p", TABLE, ids=lambda p: p.name)
def test_rows_of_constants_are_computed_as_eager_values_are(p: Any) -> None:
    """A row of constants becomes the constant that the engine's arithmetic gives, by IEEE rules where that raises."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        b = Builder()
        shape = {"select": (3, 0), "dot": (2, 2), "affine": (3, 2)}.get(p.name, (2 if p.blocks else len(p.partials), 0))
        operands = b.leaves(CONSTANT, rng.choice(np.array(EDGES), sum(shape)))
        node = b.rows(code(p), [operands], split=shape[0] if shape[1] else 0)
        tape = b.tape(values=node)
        folded = fold(tape)
        assert folded.op[folded.outputs["values"][0]] == CONSTANT
        before, after = (evaluate(t, np.zeros((1, 0)))[t.outputs["values"][0]] for t in (tape, folded))
        assert bits(before).tolist() == bits(after).tolist()


MISTAKES = {
    "x·0 = 0": (terms(("x", 0.0, 1.0)), terms((0.0, None, 1.0))),
    "x + 0.0 = x": (terms(("x", None, 1.0), (0.0, None, 1.0)), terms(("x", None, 1.0))),
    "x − x = 0": (terms(("x", None, 1.0), ("x", None, -1.0)), terms((0.0, None, 1.0))),
    "x/3 = x·(1/3)": (call("div", "x", 3.0), terms(("x", 1 / 3, 1.0))),
    "0 − x = −x": (terms((0.0, None, 1.0), ("x", None, -1.0)), terms(("x", None, -1.0))),
    "max(x, x) = abs(x)": (call("max", "x", "x"), call("abs", "x")),
}


@pytest.mark.parametrize(("right", "wrong"), MISTAKES.values(), ids=list(MISTAKES))
def test_the_check_notices_identities_that_do_not_hold(right: Any, wrong: Any) -> None:
    """The grid of edges tells apart what real numbers, but not floats, have in common."""
    at = np.append(np.array(EDGES), 5.0)[:, None]
    before, after = (evaluate(t, at)[t.outputs["values"][0]] for t in (of_x(right), of_x(wrong)))
    assert (bits(before) != bits(after)).any()
