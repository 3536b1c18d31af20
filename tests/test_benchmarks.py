"""The benchmarks themselves: that they can run, and that what they compare is the same work."""

from importlib import import_module
from types import SimpleNamespace

import pytest

from microgradx import Value
from tests.benchmarks import measure, moons
from tests.benchmarks.plan import BENCHMARKS

FUNCTIONS = [contender.function for benchmark in BENCHMARKS for contender in benchmark.contenders]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_contenders_exist(function):
    """Each contender names a function that is there."""
    module, name = function.split(":")
    assert callable(getattr(import_module(f"tests.benchmarks.{module}"), name))


def test_moons_contenders_do_the_same_work(monkeypatch):
    """Two steps of each contender have micrograd's losses, and end with its weights."""
    monkeypatch.setattr(moons, "CHECKED", 2)
    theirs = moons.micrograd()[0]()
    for contender in (moons.by_hand, moons.mlp, moons.compiled, moons.compiled_gradient):
        assert contender()[0]() == pytest.approx(theirs, rel=1e-11, abs=1e-13)


def test_moons_begin_anew():
    """After the last step of the demo the next one is the first again, from the same weights."""
    w = [Value(5.0) for _ in moons.start()]

    def step(k):
        w[0].data += 1.0
        return k

    first, next_step = moons.in_turn(w, step)
    assert [*first()[: moons.CHECKED], *(next_step() for _ in range(moons.STEPS))] == [
        k % moons.STEPS for k in range(moons.STEPS + moons.CHECKED)
    ]
    assert moons.numbers(w) == [moons.start()[0] + moons.CHECKED, *moons.start()[1:]]


def test_agreement_can_fail():
    """Contenders whose first steps differ are refused."""
    workers = [SimpleNamespace(ready={"first": x}, contender=SimpleNamespace(label=x)) for x in (1.0, 1.0 + 1e-6)]
    with pytest.raises(RuntimeError, match=r"do not compute the same, .* differs: .* \[1\.000001\]"):
        measure.agree(workers)
