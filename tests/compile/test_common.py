"""Promises of `common`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgradx.compile.passes import common as module
from microgradx.compile.passes import fingerprints
from microgradx.compile.passes.common import common
from microgradx.compile.passes.dead import dead
from microgradx.compile.passes.fingerprints import alike, families
from microgradx.compile.tape.links import redirected
from microgradx.compile.tape.tape import CONSTANT, INPUT, NONE, PARAMETER, Builder, Tape, code
from microgradx.primitives import TABLE, row

from .tapes import (
    LOWERED,
    assert_same_numbers,
    assert_valid,
    points,
    polynomial_tape,
    random_tape,
    same_tape,
    whole_points,
)


def doubled(tape: Tape) -> Tape:
    """Return a tape that computes everything twice from the same leaves; "again" is the copy of the values."""
    n, b = len(tape), Builder(tape)
    computed = np.flatnonzero(tape.arity > 0)
    second = np.arange(n)
    second[computed] = n + np.arange(len(computed))
    copied = np.append(second, NONE)
    terms = np.repeat(tape.arity > 0, tape.arity)
    ends = np.cumsum(tape.arity[computed])
    columns = (copied[tape.left[terms]], copied[tape.right[terms]], tape.sign[terms])
    b.append(tape.op[computed], ends, *columns, tape.split[computed], 0.0, None)
    return b.tape(again=copied[tape.outputs["values"]])


@pytest.mark.parametrize("rows", [TABLE, LOWERED])
def test_strict_merging_keeps_every_bit(rows: Any) -> None:
    """Each node keeps its numbers, and so do the outputs."""
    merged = 0
    for seed in range(60):
        tape = random_tape(seed, size=100, rows=rows)
        small = common(tape)
        assert_valid(small)
        assert_same_numbers(tape, small, *points(tape, seed))
        merged += len(dead(tape)) - len(dead(small))
    assert merged > 5


def test_merging_sums_in_any_order_keeps_exact_sums() -> None:
    """Where every sum is exact, the numbers stay the same without `strict` too."""
    for seed in range(40):
        tape = polynomial_tape(seed)
        small = common(tape, strict=False)
        assert_valid(small)
        assert_same_numbers(tape, small, *whole_points(tape, seed), zeros=False)


@pytest.mark.parametrize("strict", [True, False])
def test_a_tape_written_twice_is_computed_once(strict: bool) -> None:
    """Copying every shared subexpression changes nothing: the copies vanish, however deep."""
    for seed in range(30):
        tape = common(random_tape(seed), strict)
        small = common(doubled(tape), strict)
        assert (small.outputs["again"] == small.outputs["values"]).all()
        assert len(dead(small)) == len(dead(tape))


@pytest.mark.parametrize("strict", [True, False])
def test_common_twice_is_common_once(strict: bool) -> None:
    """What is merged has no equal nodes left."""
    for seed in range(40):
        small = dead(common(random_tape(seed, size=100), strict))
        assert common(small, strict) is small


def test_a_long_chain_written_twice_is_computed_once() -> None:
    """Two chains of 5·10⁴ nodes whose ends no fingerprint tells apart are merged."""
    n, b = 50_000, Builder()
    b.leaves(INPUT, [0])
    for first in (0, n):
        chain = np.append(0, first + 1 + np.arange(n - 1))
        b.append(np.full(n, code(row("tanh"))), np.arange(n) + 1, chain, NONE, 1.0, 0, 0.0, None)
    small = common(b.tape(values=[n, 2 * n]))
    assert small.outputs["values"].tolist() == [n, n]
    assert len(dead(small)) == n + 1


def test_a_chain_is_not_looked_at_once_for_each_link(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a chain is whose links differ in depth alone, whole columns are combined a few times only."""
    n, b, calls = 5_000, Builder(), []
    b.leaves(INPUT, [0])
    b.append(np.full(n, code(row("tanh"))), np.arange(n) + 1, np.arange(n), NONE, 1.0, 0, 0.0, None)
    combined = fingerprints._combined
    monkeypatch.setattr(fingerprints, "_combined", lambda *given: calls.append(1) or combined(*given))
    assert common(tape := b.tape(values=[n])) is tape
    assert 0 < len(calls) <= fingerprints.PATIENCE + 1


NODES = {None: NONE, "x": 0, "y": 1, "p": 2, "1": 3, "1 again": 4, "2": 5, "0": 6, "−0": 7, "nan": 8, "nan again": 9}
TERMS = {  # two sums of terms (left, right, sign); are they equal in strict mode, and else
    "the same": ([("x", "y", 1)], [("x", "y", 1)], True, True),
    "factors in another order": ([("x", "y", 1)], [("y", "x", 1)], True, True),
    "another sign": ([("x", "y", 1)], [("x", "y", -1)], False, False),
    "a factor more": ([("x", None, 1)], [("x", "x", 1)], False, False),
    "a term more": ([("x", "y", 1)], [("x", "y", 1), ("x", "y", 1)], False, False),
    "terms in another order": ([("x", "y", 1), ("p", None, 1)], [("p", None, 1), ("x", "y", 1)], False, True),
    "signs in another order": ([("x", None, 1), ("y", None, -1)], [("x", None, -1), ("y", None, 1)], False, False),
    "factors of other terms": ([("x", "y", 1), ("p", "2", 1)], [("x", "2", 1), ("p", "y", 1)], False, False),
    "equal constants": ([("x", "1", 1)], [("x", "1 again", 1)], True, True),
    "NaN": ([("x", "nan", 1)], [("x", "nan again", 1)], True, True),
    "other constants": ([("x", "1", 1)], [("x", "2", 1)], False, False),
    "zeros of other signs": ([("x", "0", 1)], [("x", "−0", 1)], False, False),
    "a parameter and an input": ([("x", None, 1)], [("p", None, 1)], False, False),
}


@pytest.mark.parametrize(("one", "other", "strictly", "freely"), TERMS.values(), ids=list(TERMS))
def test_which_sums_are_equal(one: Any, other: Any, strictly: bool, freely: bool) -> None:
    """Sums are merged that are the same for every rounding; without `strict`, for real numbers in any order."""
    b = Builder()
    b.leaves(INPUT, [0, 1])
    b.leaves(PARAMETER, [0])
    b.leaves(CONSTANT, [1.0, 1.0, 2.0, 0.0, -0.0, np.nan, np.nan])
    nodes = []
    for terms in (one, other):
        left, right = ([[NODES[t[k]] for t in terms]] for k in range(2))
        nodes += b.sums(left, right, [[t[2] for t in terms]]).tolist()
    tape = b.tape(values=nodes)
    for strict, equal in ((True, strictly), (False, freely)):
        first, second = common(tape, strict).outputs["values"]
        assert (first == second) == equal


ROWS = {
    "the same": (("div", "x", "y"), ("div", "x", "y"), True),
    "operands in another order": (("div", "x", "y"), ("div", "y", "x"), False),
    "the maximum in another order": (("max", "x", "y"), ("max", "y", "x"), False),  # it tells 0.0 from −0.0
    "another row": (("sin", "x"), ("cos", "x"), False),
    "an operand more": (("max", "x"), ("max", "x", "x"), False),
}


@pytest.mark.parametrize(("one", "other", "equal"), ROWS.values(), ids=list(ROWS))
@pytest.mark.parametrize("strict", [True, False])
def test_which_rows_are_equal(one: Any, other: Any, equal: bool, strict: bool) -> None:
    """Rows are merged if they are the same row of the same operands in the same order."""
    b = Builder()
    b.leaves(INPUT, [0, 1])
    nodes = [b.rows(code(row(p)), [[NODES[o] for o in operands]])[0] for p, *operands in (one, other)]
    first, second = common(b.tape(values=nodes), strict).outputs["values"]
    assert (first == second) == equal


def test_rows_of_two_blocks_differ_by_where_these_part() -> None:
    """Of x·y·z the blocks (x), (y, z) are other operands than (x, y), (z)."""
    b = Builder()
    x = b.leaves(INPUT, range(3))
    nodes = [b.rows(code(row("affine")), [x], split=split)[0] for split in (1, 2, 2)]
    first, second, third = common(b.tape(values=nodes)).outputs["values"]
    assert first != second == third


def test_leaves_of_one_place_are_merged_and_constants_keep_theirs() -> None:
    """An input that has two nodes becomes one; equal constants stay apart, as data in rows do."""
    b = Builder()
    x, c = b.leaves(INPUT, [0, 0]), b.leaves(CONSTANT, [1.0, 1.0])
    small = common(b.tape(values=[*x, *c]))
    assert small.outputs["values"].tolist() == [x[0], x[0], *c]


@pytest.mark.parametrize("strict", [True, False])
def test_what_looks_like_no_other_is_equal_to_none(strict: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up every node, as if all looked alike, finds no more than fingerprints do."""
    for seed in range(20):
        tape = doubled(random_tape(seed, size=100))
        found = common(tape, strict)
        nodes = np.flatnonzero(tape.arity)
        monkeypatch.setattr(module, "alike", lambda tape, ordered, of=nodes: (of, np.full(len(of), of[0])))
        assert same_tape(found, common(tape, strict))
        monkeypatch.undo()


def test_nearly_all_that_differs_looks_different() -> None:
    """Of a deep network over several rows written out, no more than a few neurons look alike."""
    b = Builder()
    x = b.leaves(CONSTANT, np.random.default_rng(0).normal(size=50))[:, None]
    for k in range(8):
        w = b.leaves(PARAMETER, 25 * k + np.arange(5 * x.shape[1])).reshape(5, -1)
        layer = b.sums(np.repeat(x, 5, axis=0), np.tile(w, (50, 1)))
        x = b.rows(code(row("tanh")), layer[:, None]).reshape(50, 5)
    tape = b.tape(values=x.ravel())
    assert len(alike(tape, ordered=True)[0]) < 0.05 * len(tape)


def test_families_take_leaves_by_kind() -> None:
    """The neurons of a layer are one family, whatever their weights are, and those of the next another."""
    b = Builder()
    x, w = b.leaves(INPUT, range(4)), b.leaves(PARAMETER, range(12))
    first = b.sums(w.reshape(3, 4), x)
    second = b.sums(w[:9].reshape(3, 3), b.rows(code(row("tanh")), first[:, None]))
    words = families(b.tape(values=second), np.concatenate([first, second]))
    assert len(set(words[:3])) == len(set(words[3:])) == 1
    assert words[0] != words[3]


def test_the_check_notices_a_wrong_merge() -> None:
    """Using x·y in place of x·z does not pass for the same."""
    b = Builder()
    x, y, z = b.leaves(INPUT, range(3))
    nodes = b.sums([[x], [x]], [[y], [z]])
    tape = b.tape(values=b.sums([nodes], NONE))
    target = np.arange(len(tape))
    target[nodes[1]] = nodes[0]
    with pytest.raises(AssertionError):
        assert_same_numbers(tape, redirected(tape, target), *points(tape))
