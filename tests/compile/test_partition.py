"""What threads do beside a large nest that they share: the same bits whoever helps, and nothing left out."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import forms, sharing
from microgradx.compile.backends.llvm.groups import groups
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.partition import SLICES, divided
from microgradx.compile.backends.llvm.writer import Writer
from microgradx.compile.nests.nests import Address, Nest, Plan, Segment, Space
from microgradx.compile.tape.tape import SUM

from .machine_lanes import targets
from .sketches import mlp
from .small_net import classifier
from .test_standing import best

LANES = 64


@pytest.fixture
def middling_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share the products of the first layer in `trained`, and divide all that is beside them."""
    monkeypatch.setattr(sharing, "SHARED_FROM", 15_000)
    monkeypatch.setattr(sharing, "FUNCTION_FROM", 1)


def trained(threads: int, strict: bool, target: str = "llvm", size: int = 45) -> list[float]:
    """Return the losses and weights of training, and then a gradient, of a net with one layer that is large."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(101, 37)), rng.integers(0, 3, 101)
    model, program = classifier(37, [21, 5, 3], target=target, strict=strict, threads=threads)
    history = program.train(X, y, optimizer=mx.optim.SGD(lr=0.1), epochs=10, batch_size=size)
    return [*history.loss, *(v.data for v in model.parameters()), *program.value_and_grad(X, y)[1].tolist()]


@pytest.mark.parametrize("strict", [False, True])
def test_bits_do_not_depend_on_who_helps(middling_is_large: None, strict: bool) -> None:
    """Rows in slices, and small sums beside a large one, give the same bits on any number of threads."""
    alone = trained(1, strict)
    for threads in (2, 5):
        assert trained(threads, strict) == alone


@pytest.mark.parametrize("size", [1, 8, 31, 64, 101])
def test_a_partition_changes_roundings_at_most(middling_is_large: None, size: int) -> None:
    """Full blocks and others, of which slices are empty or in part, give what NumPy gives."""
    np.testing.assert_allclose(trained(2, False, size=size), trained(1, False, "numpy", size), rtol=1e-9, atol=1e-12)


def test_strict_mode_is_the_same_divided_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """In strict mode division changes no bit."""
    whole = trained(2, True)
    monkeypatch.setattr(sharing, "SHARED_FROM", 15_000)
    monkeypatch.setattr(sharing, "FUNCTION_FROM", 1)
    assert trained(2, True) == whole


@pytest.mark.parametrize("left_out", ["slices", "beside"])
def test_what_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch, middling_is_large: None, left_out: str) -> None:
    """Where one slice of rows is not computed, or a sum beside a large one is not, results differ."""
    right = trained(2, False)
    parts: Any = import_module("microgradx.compile.backends.llvm.parts")
    if left_out == "slices":
        monkeypatch.setattr(parts, "SLICES", SLICES * 2)  # which makes them half as long
        shared = sharing.shared
        monkeypatch.setattr(parts, "shared", lambda w, tiles, *others: shared(w, SLICES, *others))
    else:
        monkeypatch.setattr(sharing, "call_part", lambda *call: [])
    try:
        wrong = trained(2, False)
    except mx.DivergenceError:  # of what happened to stand in memory
        wrong = []
    assert wrong != right


def ways(plan: Plan, lanes: int = LANES, vector: int = 8) -> list[tuple[str, int]]:
    """Return how groups are divided, and how many nests there are of each way."""
    return [(way, sum(len(g.nests) for g in some)) for way, some in divided(groups(plan), lanes, vector)]


def test_groups_are_divided_around_large_nests() -> None:
    """Between the products of a large layer rows are shared in slices, and small gradients stand beside its own."""
    found = ways(best(mlp((784, 128, 32, 1))))
    assert found == [("whole", 3), ("sliced", 12), ("beside", 5), ("whole", 1)]


@pytest.mark.parametrize(("sizes", "lanes"), [((784, 128, 32, 1), 1), ((784, 128, 32, 1), 16), ((16, 16, 1), LANES)])
def test_nothing_is_divided_for_few_rows_or_small_nests(sizes: tuple[int, ...], lanes: int) -> None:
    """Single rows, blocks too small for slices, and plans without a large nest are computed whole."""
    plan = best(mlp(sizes))
    assert ways(plan, lanes) == [("whole", len(plan.nests))]


def test_gradients_of_one_parameter_are_not_added_side_by_side() -> None:
    """A sum that adds to the same gradients as the large one behind it is not computed beside it."""
    factors = Address(Space.ROW, 0, (1, 0)), Address(Space.ROW, 128, (0, 1))
    large = Nest(SUM, (128, 784), Address(Space.GRAD, 8, (784, 1)), (Segment(1, *factors),))
    small = Nest(SUM, (8,), Address(Space.GRAD, 0, (1,)), (Segment(1, Address(Space.ROW, 0, (1,))),))
    meets = replace(small, out=Address(Space.GRAD, 1, (1,)))
    plans = [Plan((x, large), np.zeros(0), 912, 912, 0, 100_360, 100_360, True, {}) for x in (small, meets)]
    assert [ways(plan) for plan in plans] == [[("beside", 1), ("whole", 1)], [("whole", 2)]]


def test_what_slices_compute_in_place_is_not_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer that is a function of its own for a block, but not for a slice of it, stands in no cold function."""
    parts: Any = import_module("microgradx.compile.backends.llvm.parts")
    in_place, cold = dict[Writer, int](), set[Writer]()
    write, define = parts.sum_nest, Writer.define

    def sum_nest(w: Writer, g: Any, *others: Any) -> None:
        in_place[w] = in_place.get(w, 0) + (0 if sharing.is_function(g) else sharing.products(g))
        write(w, g, *others)

    def defined(w: Writer, *given: Any, **how: Any) -> None:
        cold.update({w} if how.get("cold") else ())
        define(w, *given, **how)

    monkeypatch.setattr(parts, "sum_nest", sum_nest)
    monkeypatch.setattr(Writer, "define", defined)
    plan = best(mlp((784, 128, 32, 1)))
    emit(plan, targets()[0], lanes=LANES, strict=False)
    assert cold
    assert all(in_place.get(w, 0) < 128 * 32 * LANES // SLICES for w in cold)


@pytest.mark.parametrize("target", targets())
def test_code_for_every_processor(middling_is_large: None, target: Any) -> None:
    """Blocks of other vectors are divided too, and parts that call one another can be compiled."""
    plan = best(mlp((37, 21, 5, 1)))
    code = emit(plan, target, lanes=LANES, strict=False)
    assert any(way == "sliced" for way, _ in ways(plan, LANES, target.vector))
    for module in code.modules:
        assert object_code(module, target)


@pytest.mark.parametrize("strict", [False, True])
def test_what_does_not_fit_on_the_board_stands_in_pools(monkeypatch: pytest.MonkeyPatch, strict: bool) -> None:
    """A large nest that would need more names than there is room for is told of the pools alone: the same bits."""
    monkeypatch.setattr(sharing, "SHARED_FROM", 1)
    named = trained(2, strict)
    monkeypatch.setattr(forms, "MOST_GIVEN", 0)
    assert trained(2, strict) == named
