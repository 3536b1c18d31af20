"""Alignment: plans whose numbers of a row were moved apart compute the same."""

from __future__ import annotations

import numpy as np
import pytest

from microgradx.compile.backends.llvm.alignment import NUMBERS, aligned
from microgradx.compile.backends.numpy_backend import NumpyKernel
from microgradx.compile.nests.addresses import span
from microgradx.compile.nests.nests import Address, Nest, Plan, Segment, Space
from microgradx.compile.tape.tape import SUM

from .plans import Case, bits, numbers, of_program
from .zoo import ZOO, Example


def results(plan: Plan, case: Case) -> list[list[int]]:
    """Return the bits of all that a plan gives on some rows."""
    inputs, weights, parameters = numbers(case, 3)
    found = NumpyKernel(plan, strict=True)(inputs[:, :-1], parameters, weights)
    return [bits(x).tolist() for x in (found.gradient, *found.outputs.values())]


def misplaced(plan: Plan) -> list[Nest]:
    """Return the nests of a line or more that do not begin with one."""
    own = [nest for nest in plan.nests if nest.out.space is Space.ROW and 0 not in nest.extents]
    spans = [(nest, *span(nest.out, nest.extents, 1)) for nest in own]
    return [nest for nest, low, high in spans if high - low + 1 >= NUMBERS and low % NUMBERS]


@pytest.mark.parametrize("example", ZOO, ids=str)
def test_aligned_plans_compute_the_same(example: Example) -> None:
    """Each program gives the same bits in other places, and its long nests begin with a line, or nothing is moved."""
    case = of_program(example.build(), strict=True)
    moved = aligned(case.plan)
    assert results(moved, case) == results(case.plan, case)
    assert moved is case.plan or not misplaced(moved)


def test_most_plans_are_aligned() -> None:
    """Of the zoo most plans have nests in the wrong place before, and none after; moved wrongly they compute other."""
    plans = [of_program(example.build(), strict=True).plan for example in ZOO]
    wrong = [plan for plan in plans if misplaced(plan)]
    assert len([plan for plan in wrong if aligned(plan) is not plan]) > len(wrong) / 2 > 1


def plan_of(read: Address, length: int) -> Plan:
    """Return three nests: two of nine numbers, and a sum over some of them."""
    x = Address(Space.ROW, 0, (0,))
    nine = [Nest(SUM, (9,), Address(Space.ROW, base, (1,)), (Segment(1, x),)) for base in (1, 10)]
    total = Nest(SUM, (), Address(Space.ROW, 19, ()), (Segment(length, read),))
    return Plan((*nine, total), np.zeros(0), 1, 20, 0, 0, 0, False, {"values": ((Space.ROW, 19),)})


def test_an_address_across_two_nests_keeps_all_in_place() -> None:
    """Where one address reads two nests, nothing is moved; where it reads one, all is, and it reads the same."""
    across, within = plan_of(Address(Space.ROW, 1, (), 1), 18), plan_of(Address(Space.ROW, 10, (), 1), 9)
    assert aligned(across) is across
    moved = aligned(within)
    assert [nest.out.base for nest in moved.nests] == [8, 24, 33]
    assert moved.nests[-1].segments[0].a.base == 24
    assert moved.outputs == {"values": ((Space.ROW, 33),)}
    x, none = np.array([[2.0], [3.0]]), np.zeros(0)
    assert NumpyKernel(moved, True)(x, none, np.ones(2)).outputs["values"].tolist() == [[18.0], [27.0]]
