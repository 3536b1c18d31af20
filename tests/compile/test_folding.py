"""Folding: what becomes of constants, units, zeros and aliases, and what stays as it was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from microgradx.compile.passes.dead import dead
from microgradx.compile.passes.folding import fold
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, SUM, Builder, Tape, code, name
from microgradx.primitives import row

from .tapes import EDGES, assert_same_numbers, random_tape


@pytest.mark.parametrize("strict", [True, False])
def test_fold_twice_is_fold_once(strict: bool) -> None:
    """No rule has anything left to do on what is folded, with or without its dead nodes."""
    for seed in range(40):
        small = fold(random_tape(seed), strict)
        assert fold(small, strict) is small
        smaller = dead(small)
        assert fold(smaller, strict) is smaller


def of_x(make: Callable[[Builder, int, Callable[[float], int]], Any]) -> Tape:
    """Return the tape whose value `make` builds of an input x and constants."""
    b = Builder()
    (x,) = b.leaves(INPUT, [0]).tolist()
    return b.tape(values=make(b, x, lambda c: int(b.leaves(CONSTANT, [c])[0])))


def call(name: str, *operands: Any) -> Callable[[Builder, int, Callable[[float], int]], Any]:
    """Return a maker of a row of x, written "x", and constants."""
    return lambda b, x, c: b.rows(code(row(name)), [[x if o == "x" else c(o) for o in operands]])


def terms(*found: tuple[Any, Any, float]) -> Callable[[Builder, int, Callable[[float], int]], Any]:
    """Return a maker of a sum of terms (a, b, sign) of x, written "x", and constants; b may be None."""

    def node(x: int, c: Callable[[float], int], o: Any) -> int:
        return NONE if o is None else x if o == "x" else c(o)

    def make(b: Builder, x: int, c: Callable[[float], int]) -> Any:
        left, right = ([[node(x, c, t[k]) for t in found]] for k in range(2))
        return b.sums(left, right, [[t[2] for t in found]])

    return make


def written(tape: Tape) -> str:
    """Return the only value of a tape as a person would write it."""
    small = dead(tape)

    def text(i: int) -> str:
        if small.op[i] == CONSTANT:
            return repr(float(small.number[i]))
        if small.op[i] == INPUT:
            return "x"
        terms = range(small.start[i], small.start[i + 1])
        if small.op[i] != SUM:
            return f"{name(int(small.op[i]))}({', '.join(text(small.left[t]) for t in terms)})"
        found = ""
        for t in terms:
            factors = [text(k) for k in (small.left[t], small.right[t]) if k != NONE]
            found += (" + " if small.sign[t] > 0 else " - ") + "*".join(factors)
        return found.removeprefix(" + ")

    return text(small.outputs["values"][0])


CASES: list[tuple[Any, str, str | None]] = [  # what is folded, the result, the result without strict where it differs
    (terms((2.0, 3.0, 1.0), (1.0, None, -1.0)), "5.0", None),
    (terms(("x", 1.0, 1.0)), "x", None),
    (terms((1.0, "x", 1.0)), "x", None),
    (terms(("x", -1.0, 1.0)), " - x", None),
    (terms(("x", -1.0, -1.0)), "x", None),
    (terms(("x", None, 1.0)), "x", None),
    (terms(("x", 0.0, 1.0)), "x*0.0", None),
    (terms(("x", None, 1.0), ("x", None, -1.0)), "x - x", None),
    (terms(("x", None, 1.0), (-0.0, None, 1.0)), "x", None),
    (terms(("x", None, 1.0), (0.0, None, -1.0)), "x", None),
    (terms(("x", None, 1.0), (0.0, None, 1.0)), "x + 0.0", "x"),
    (terms((0.0, None, 1.0), ("x", None, 1.0)), "0.0 + x", "x"),
    (terms((0.0, None, 1.0), ("x", "x", 1.0)), "0.0 + x*x", "x*x"),
    (terms((-0.0, None, 1.0), ("x", "x", 1.0)), "x*x", None),
    (call("div", "x", 1.0), "x", None),
    (call("div", "x", -1.0), " - x", None),
    (call("div", "x", 4.0), "x*0.25", None),
    (call("div", "x", -(2.0**-1022)), f"x*{-(2.0**1022)!r}", None),
    (call("div", "x", 3.0), "div(x, 3.0)", f"x*{1 / 3!r}"),
    (call("div", "x", 5e-324), "div(x, 5e-324)", None),  # its reciprocal is no float
    (call("div", "x", 1e-310), "div(x, 1e-310)", None),
    (call("div", "x", 1e309), "div(x, inf)", None),
    (call("div", "x", 0.0), "div(x, 0.0)", None),
    (call("div", "x", "x"), "div(x, x)", None),
    (call("div", 1.0, 0.0), "inf", None),
    (call("pow", "x", 0.0), "1.0", None),
    (call("pow", "x", -0.0), "1.0", None),
    (call("pow", 1.0, "x"), "1.0", None),
    (call("pow", "x", 1.0), "x", None),
    (call("pow", "x", 2.0), "pow(x, 2.0)", "x*x"),
    (call("pow", "x", 3.0), "pow(x, 3.0)", "x*x*x"),
    (call("pow", "x", 4.0), "pow(x, 4.0)", "x*x*x*x"),
    (call("pow", "x", 5.0), "pow(x, 5.0)", None),
    (call("pow", "x", -1.0), "pow(x, -1.0)", "div(1.0, x)"),
    (call("pow", "x", -2.0), "pow(x, -2.0)", "div(1.0, x)*div(1.0, x)"),
    (call("pow", "x", -3.0), "pow(x, -3.0)", "div(1.0, x)*div(1.0, x)*div(1.0, x)"),
    (call("pow", "x", -4.0), "pow(x, -4.0)", None),
    (call("pow", "x", 0.5), "pow(x, 0.5)", None),
    (call("pow", 2.0, "x"), "pow(2.0, x)", None),
    (call("pow", 0.0, -1.0), "inf", None),
    (call("select", 1.0, "x", 2.0), "x", None),
    (call("select", 0.0, "x", 2.0), "2.0", None),
    (call("select", -0.0, "x", 2.0), "2.0", None),
    (call("select", np.nan, "x", 2.0), "x", None),
    (call("select", 0.0, 3.0, "x"), "x", None),
    (call("select", "x", 2.0, 2.0), "select(x, 2.0, 2.0)", None),  # constants are told apart by their places
    (call("select", 2.0, "x", "x"), "x", None),
    (call("max", "x"), "x", None),
    (call("min", "x"), "x", None),
    (call("max", "x", "x"), "max(x, x)", None),
    (call("exp", 1000.0), "inf", None),
    (call("log", -1.0), "nan", None),
    (call("tanh", "x"), "tanh(x)", None),
    (call("logsumexp", 0.0, 0.0), repr(float(np.log(2.0))), None),
]


@pytest.mark.parametrize(("make", "strictly", "freely"), CASES)
def test_what_is_folded(make: Any, strictly: str, freely: str | None) -> None:
    """Each identity of IEEE arithmetic is used, and none that only holds for real numbers."""
    tape = of_x(make)
    assert written(fold(tape)) == strictly
    assert written(fold(tape, strict=False)) == (freely or strictly)
    at = np.array(EDGES)[:, None]
    assert_same_numbers(tape, fold(tape), at, np.zeros(0))


def test_a_product_of_unknown_sign_is_folded_where_a_sum_uses_it() -> None:
    """−x stays where a row uses it, and is x with another sign in a sum."""
    b = Builder()
    (x,) = b.leaves(INPUT, [0])
    (minus,) = b.sums([[x]], NONE, -1.0)
    (again,) = b.sums([[minus]], NONE, -1.0)
    tape = b.tape(values=[*b.rows(code(row("exp")), [[minus]]), *b.sums([[minus, x]], [[x, NONE]]), again, minus])
    folded = fold(tape)
    exp, total, itself, left = folded.outputs["values"].tolist()
    assert folded.left[folded.start[exp]] == minus == left
    assert itself == x
    assert folded.left[folded.start[total] :][:2].tolist() == [x, x]
    assert folded.sign[folded.start[total] :][:2].tolist() == [-1.0, 1.0]


def test_outputs_may_be_the_same_node_or_constants() -> None:
    """Outputs that become aliases or constants are mapped, and NONE stays NONE."""
    b = Builder()
    (x,), (one, two) = b.leaves(INPUT, [0]), b.leaves(CONSTANT, [1.0, 2.0])
    products = b.sums([[x], [x], [two]], [[one], [one], [two]])
    folded = fold(b.tape(values=products, gradients=[NONE, products[0]]))
    assert folded.outputs["values"].tolist() == [x, x, products[2]]
    assert folded.number[products[2]] == 4.0
    assert folded.outputs["gradients"].tolist() == [NONE, x]


@pytest.mark.parametrize("data", [[1.0, -1.0, 1.0], [0.5, 1.0, 3.0]])
def test_rows_of_data_keep_their_form(data: list[float]) -> None:
    """Labels written out as constants stay factors, also those that are 1, so that a loop can run over the rows."""
    b = Builder()
    x, y = b.leaves(INPUT, range(len(data))), b.leaves(CONSTANT, data)
    tape = b.tape(values=b.sums(y[:, None], x[:, None]))
    assert fold(tape) is tape


def test_a_constant_of_all_rows_is_folded() -> None:
    """A factor that is 1 in all rows vanishes from all of them."""
    b = Builder()
    x, y = b.leaves(INPUT, range(3)), b.leaves(CONSTANT, [1.0] * 3)
    folded = fold(b.tape(values=b.sums(y[:, None], x[:, None])))
    assert folded.outputs["values"].tolist() == x.tolist()


@pytest.mark.parametrize("kind", ["constants", "aliases", "negations", "selects"])
def test_a_long_chain_is_folded_in_one_go(kind: str) -> None:
    """A chain of 10⁵ nodes that is a constant, or x all along, is folded at once."""
    n, b = 100_000, Builder()
    leaf = b.leaves(CONSTANT if kind == "constants" else INPUT, [0])
    (one,) = b.leaves(CONSTANT, [1.0])
    chain = np.concatenate([leaf, 2 + np.arange(n - 1)])
    ends = np.arange(1, n + 1)
    if kind == "constants":
        b.append(np.full(n, SUM), 2 * ends, np.stack([chain, np.full(n, one)], 1).ravel(), NONE, 1.0, 0, 0.0, None)
    elif kind == "selects":
        operands = np.stack([np.full(n, one), chain, np.full(n, one)], 1).ravel()
        b.append(np.full(n, code(row("select"))), 3 * ends, operands, NONE, 1.0, 0, 0.0, None)
    else:
        b.append(np.full(n, SUM), ends, chain, NONE, 1.0 if kind == "aliases" else -1.0, 0, 0.0, None)
    folded = dead(fold(b.tape(values=[len(b) - 1])))
    assert len(folded) == 1
    assert folded.number[0] == (n if kind == "constants" else 0)
