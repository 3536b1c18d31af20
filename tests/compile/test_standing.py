"""Large products read inputs where the rows of data stand: the same bits, whatever the layout and the processor."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from microgradx.compile.backends.llvm import beforehand, schedule, sharing, standing
from microgradx.compile.backends.llvm.groups import groups
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.nests_as_grids import grid
from microgradx.compile.backends.llvm.target import AVX512, Target
from microgradx.compile.backends.llvm.writer import Module
from microgradx.compile.nests.layout import choices, laid_out
from microgradx.compile.nests.nests import Plan, Segment

from .kernels import compile_kernel
from .machine_lanes import targets
from .sketches import ROW, Sketch, at, interpret, mlp, op, run
from .test_llvm import agree, data

ROOT = Path(__file__).parents[2]
NETS = ((16, 24, 1), (9, 17, 10))


@pytest.fixture
def all_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat every product as a large one."""
    monkeypatch.setattr(sharing, "SHARED_FROM", 1)
    monkeypatch.setattr(standing, "WORTH", 1)
    monkeypatch.setattr(beforehand, "WORTH", 1)
    monkeypatch.setattr(beforehand, "AGAIN", 1)


def columns(plan: Plan, lanes: int = 64) -> tuple[tuple[int, int], ...]:
    """Return which columns of the data stand."""
    return standing.standing(groups(plan), plan, lanes, 8)


def best(plan: Plan) -> Plan:
    """Return a plan whose weights stand side by side along the neurons of each layer."""
    return laid_out(plan, next(iter(choices(plan))))


def with_input_in(plan: Plan, i: int, op_name: str) -> Plan:
    """Return a plan that also gives an operation of an input."""
    s = Sketch(1)
    out = plan.rows
    s.nest(op(op_name), (), at(ROW, out), Segment(1, at(ROW, i)))
    more = replace(plan, nests=(*plan.nests, *s.plan().nests), rows=out + 1)
    return replace(more, outputs={**plan.outputs, "more": ((ROW, out),)})


def test_inputs_of_large_products_stand() -> None:
    """A net of 784 inputs and 128 neurons reads them where they stand; a small one, and one row at a time, copies."""
    assert columns(best(mlp((784, 128, 1)))) == ((0, 784),)
    assert columns(best(mlp((784, 128, 1))), lanes=1) == ()
    assert columns(best(mlp((64, 32, 1)))) == ()


def test_inputs_that_something_else_reads_are_copied() -> None:
    """All inputs of a product are copied where one of them is also read by an operation, or is a result."""
    plan = best(mlp((784, 128, 1)))
    assert columns(with_input_in(plan, 5, "exp")) == ()
    assert columns(replace(plan, outputs={**plan.outputs, "x": ((ROW, 5),)})) == ()


FORMS = [pytest.param(target, sizes, id=f"{target.cpu}-{sizes}") for target in targets() for sizes in NETS]


@pytest.fixture(params=[False, True], ids=["cheapest", "across"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, all_are_large: None) -> None:
    """Add up in the cheapest way, and across the lanes wherever that can be done."""
    if request.param:
        monkeypatch.setattr(schedule, "_across", lambda *_: schedule.Cost(0.0, 0.0))


@pytest.mark.parametrize(("target", "sizes"), FORMS)
def test_strict_bits(way: None, target: Target, sizes: tuple[int, ...]) -> None:
    """In every layout, values and gradients are those of plain left folds, for full blocks, parts of one, any order."""
    for layout in choices(mlp(sizes)):
        plan = laid_out(mlp(sizes), layout)
        kernel = compile_kernel(plan, lanes=2 * target.vector, strict=True, target=target)
        X, P, G = data(plan, 37)
        assert agree(kernel, plan, X, P, G, order=np.random.default_rng(1).integers(0, 37, 37))
        assert agree(kernel, plan, X[:3], P, G)


@pytest.mark.parametrize(("target", "sizes"), FORMS)
def test_default_is_near(way: None, target: Target, sizes: tuple[int, ...]) -> None:
    """In every layout, sums differ from left folds by a few roundings."""
    for layout in choices(mlp(sizes)):
        plan = laid_out(mlp(sizes), layout)
        kernel = compile_kernel(plan, lanes=2 * target.vector, strict=False, target=target)
        X, P, G = data(plan, 37)
        expected_G, found_G = G.copy(), G.copy()
        expected, found = interpret(plan, X, P, 0.5, expected_G), run(kernel, plan, X, P, 0.5, found_G)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(found_G, expected_G, rtol=1e-11, atol=1e-11)


def test_products_of_standing_rows_run_across_the_lanes() -> None:
    """Vectors of the net of 784 inputs run across the lanes, and numbers of a row are not gathered."""
    plan = best(mlp((784, 128, 1)))
    found = groups(plan)
    made = grid(found[0], 64, False, plan.constants, Module(AVX512), columns(plan))
    assert made is not None
    assert schedule.schedule(made, AVX512, False, 0.15).methods == ("across", "outer")


def test_both_products_of_a_large_layer_are_shared() -> None:
    """Threads share the sums of 128 neurons over 784 inputs, the copy of their errors, and the gradients of weights."""
    code = emit(best(mlp((784, 128, 1))), AVX512, lanes=64, strict=False)
    assert code.ir.count("call void @share_tiles(") == 3


def test_a_row_that_is_taken_for_another_is_seen(all_are_large: None) -> None:
    """Where a row of data has changed, the result of this row changes, and no other."""
    plan = best(mlp((16, 24, 8, 1)))
    kernel = compile_kernel(plan, lanes=16, strict=True)
    X, P, G = data(plan, 20)
    before = run(kernel, plan, X, P, 0.5, G.copy())
    X[7] += 1.0
    after = run(kernel, plan, X, P, 0.5, G.copy())
    assert [i for i in range(20) if (before[i] != after[i]).any()] == [7]


@pytest.mark.skipif(sys.platform == "win32", reason="mprotect is of POSIX")
def test_nothing_is_read_beyond_the_rows() -> None:
    """Kernels read rows where they stand, and never behind the last one."""
    found = subprocess.run([sys.executable, "-m", "tests.compile.guarded"], capture_output=True, text=True, cwd=ROOT)
    assert found.returncode == 0, found.stderr
