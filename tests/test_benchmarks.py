"""The benchmarks themselves: that they can run, and that what they compare is the same work."""

from importlib import import_module
from types import SimpleNamespace

import pytest

from tests.benchmarks import measure, moons
from tests.benchmarks.plan import BENCHMARKS

FUNCTIONS = [contender.function for benchmark in BENCHMARKS for contender in benchmark.contenders]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_contenders_exist(function):
    """Each contender names a function that is there."""
    module, name = function.split(":")
    assert callable(getattr(import_module(f"tests.benchmarks.{module}"), name))


def test_moons_contenders_do_the_same_work():
    """Two steps by hand and two of the MLP start from the same loss and reach the same loss as micrograd's."""
    by_hand, mlp, theirs = ([step(), step()] for step in (moons.by_hand(), moons.mlp(), moons.micrograd()))
    assert by_hand == pytest.approx(theirs, rel=1e-12)
    assert mlp == pytest.approx(theirs, rel=1e-12)


def test_agreement_can_fail():
    """Contenders whose first steps differ are refused."""
    workers = [SimpleNamespace(ready={"first": x}, contender=SimpleNamespace(label=x)) for x in (1.0, 1.0 + 1e-6)]
    with pytest.raises(RuntimeError, match=r"do not compute the same, .* differs: .* \[1\.000001\]"):
        measure.agree(workers)
