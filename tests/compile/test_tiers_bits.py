"""Machine code that LLVM optimises, and the code that is there at once, give the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgradx.compile.backends.llvm.objects import AT_ONCE, OPTIMISED
from microgradx.compile.backends.llvm.target import Target
from microgradx.compile.backends.result import Result
from microgradx.compile.paths.stages import Kind

from .crosschecks import applies, same_bits
from .forms import by_machine
from .kernels import compile_kernel
from .machine_lanes import targets
from .random_nests import Drawn
from .sketches import run
from .ways import WEIGHT, Way, ways
from .zoo import ZOO

pytest.importorskip("llvmlite")


SOME = [each for each in ZOO if not each.name.startswith(("transformer", "random graph"))]
FORMS = [(target, lanes) for target in targets() for lanes in (1, 2 * target.vector)]


def equal(one: Result, other: Result) -> bool:
    """Return whether two results have the same bits."""
    outputs = all(same_bits(x, other.outputs[name]) for name, x in one.outputs.items())
    return outputs and same_bits(one.gradient, other.gradient)


def alike(way: Way, kind: Kind, target: Target, lanes: int) -> bool:
    """Return whether both tiers of a plan give the same bits."""
    given = way.given(kind)[np.arange(37) % len(way.given(kind))]
    found: list[Result] = []
    for level in (AT_ONCE, OPTIMISED):
        kernel: Any = by_machine(way.plan(kind), way.strict, lanes, target, level=level)
        found.append(kernel(given, None, WEIGHT, way.parameters))
    return equal(*found)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", [each.name for each in SOME])
def test_both_tiers_of_the_zoo_give_the_same_bits(name: str, strict: bool) -> None:
    """Values and derivatives do not depend on whether LLVM optimises: it fuses and reorders nothing on either level."""
    i = next(i for i, each in enumerate(SOME) if each.name == name)
    for way in ways(SOME[i].build(), strict)[:1]:
        kinds = [kind for kind in (Kind.GRADIENT, Kind.VALUES, Kind.TANGENTS) if applies(way, kind)]
        for j, kind in enumerate(kinds[:2]):
            assert alike(way, kind, *FORMS[(i + 3 * j + strict) % len(FORMS)])


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(("target", "lanes"), FORMS, ids=lambda x: getattr(x, "cpu", x))
def test_both_tiers_of_random_plans_give_the_same_bits(target: Target, lanes: int, strict: bool) -> None:
    """So do nests of any shape, address and operation."""
    for seed in range(4):
        plan = Drawn(seed, 8).plan()
        rng = np.random.default_rng(seed)
        x, p = rng.normal(size=(20, plan.inputs - plan.weighted)), rng.normal(size=plan.parameters)
        found = []
        for level in (AT_ONCE, OPTIMISED):
            kernel = compile_kernel(plan, lanes=lanes, strict=strict, target=target, level=level)
            gradient = np.zeros(plan.gradients)
            found.append(Result({"values": run(kernel, plan, x, p, WEIGHT, gradient)}, gradient))
        assert equal(*found)


def test_another_bit_is_seen() -> None:
    """The comparison notices the last bit of one number."""
    one, other = (Result({"values": np.array([[x]])}, np.zeros(1)) for x in (1.0, np.nextafter(1.0, 2.0)))
    assert equal(one, one)
    assert not equal(one, other)
