"""The checks are sharp: each mutant of a partial, of the chain rule, of the sweep and of forward mode is refused.

A mutant of a row is a row; a mutant of the machinery takes its place for the length of one test.
"""

from __future__ import annotations

import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value, chain, dual
from microgradx.engine import node
from microgradx.nn import Layer
from microgradx.primitives import REAL, TABLE, Primitive
from microgradx.sweep import one_sweep, sweep, topological_order

from .checks import check_partials, samples
from .mutation import mutants_of
from .programs import random_program, worst_k
from .test_interrupts import check_interrupts
from .test_random_programs import BOUND

WRONG: dict[str, Callable[[Any], Any]] = {
    "zeroed": lambda d: 0.0 * d,
    "negated": lambda d: -d,
    "1 % too large": lambda d: 1.01 * d,
}


def mutated_rows() -> Iterator[Any]:
    """Yield each row with one of its partials wrong in each way."""
    for p in TABLE:
        for i, d in enumerate(p.partials):
            for name, wrong in WRONG.items():
                if d is not None:
                    partials = (*p.partials[:i], _wrong(d, wrong, p.blocks), *p.partials[i + 1 :])
                    yield pytest.param(replace(p, partials=partials), id=f"{p.name} {i} {name}")


def _wrong(d: Any, wrong: Callable[[Any], Any], blocks: bool) -> Any:
    if not callable(d):
        return wrong(d)
    return (lambda *rule: list(map(wrong, d(*rule)))) if blocks else (lambda *rule: wrong(d(*rule)))


def refuses(check: Callable[[], None]) -> bool:
    """Return whether a check fails, by whatever error."""
    try:
        check()
    except Exception:
        return True
    return False


@pytest.mark.parametrize("p", list(mutated_rows()))
def test_wrong_partial_is_refused(p: Primitive) -> None:
    """A partial that is 0, of the wrong sign, or off by 1 % does not pass the checks of its row."""

    def check() -> None:
        for operands in samples(p, 16):
            check_partials(p, operands)

    assert refuses(check)


def check_engine() -> None:
    """Shared nodes, random programs in reverse and in forward mode, and gradient graphs are right."""
    a = Value(1.0)
    b = a + a
    c = b + b
    c.backward()
    assert (a.grad, b.grad, c.grad) == (4.0, 2.0, 1.0)
    rng = random.Random(1)
    for _ in range(40):
        program = random_program(rng)
        assert worst_k(program) <= BOUND
        inputs = [Value(x) for x in program.inputs]
        plain = mx.grad(program(inputs), inputs)
        recorded = mx.grad(program(inputs), inputs, create_graph=True)
        assert [g.data if isinstance(g, Value) else g for g in recorded] == plain
        direction = [rng.uniform(-1.0, 1.0) for _ in inputs]
        expected = sum(g * v for g, v in zip(plain, direction, strict=True))
        assert abs(mx.jvp(program, program.inputs, direction)[1] - expected) <= 1e-9 * (1 + sum(map(abs, plain)))

    _check_constant_slope()
    _check_shared_block()


def _check_constant_slope() -> None:
    triple = Primitive("triple", "3x", "3 {0}", (REAL,), lambda m, x: 3.0 * x, (3.0,))
    apart = Primitive("apart", "3x-2y", "3 {0} - 2 {1}", (REAL, REAL), lambda m, x, y: 3.0 * x - 2.0 * y, (3.0, -2.0))
    x, y = Value(0.5), Value(0.25)
    assert mx.grad(mx.apply(apart, mx.apply(triple, x), y), [x, y]) == [9.0, -2.0]


def _check_shared_block() -> None:
    """The neurons of a layer share their inputs as one block, which gathers the signals of all of them."""
    x = [Value(0.5), Value(-2.0)]
    one, two, three = Layer(2, 3, init=[1.0, 2.0, 0.0, 3.0, 5.0, 0.0, 7.0, 11.0, 0.0])(x)
    assert mx.grad(one + 2.0 * two + 4.0 * three, x) == [35.0, 56.0]


def check_accumulation() -> None:
    """Gradients of leaves add up over calls; nodes between start anew."""
    x = Value(3.0)
    between = x * 2.0
    output = between * between
    output.backward()
    output.backward()
    assert (x.grad, between.grad) == (48.0, 12.0)


def test_the_engine_itself_passes() -> None:
    """The checks that refuse the mutants below accept the engine."""
    check_engine()
    check_accumulation()
    check_interrupts()


def everywhere(patch: pytest.MonkeyPatch, name: str, new: Any) -> None:
    """Put a function in place of ours in each module of ours that uses it."""
    for module_name, module in list(sys.modules.items()):
        if module_name.startswith("microgradx.") and callable(vars(module).get(name)):
            patch.setattr(module, name, new)


def test_mutants_of_the_chain_rule_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each changed operator and each `=` for `+=` in the chain rule is noticed."""
    found = list(mutants_of(chain, "_pull"))
    assert len(found) >= 10
    for what, mutant in found:
        pulls = [p.pull for p in TABLE]
        with monkeypatch.context() as patch:
            everywhere(patch, "chain_rule", mutant.chain_rule)
            try:
                for p in TABLE:
                    object.__setattr__(p, "pull", mutant.chain_rule(p.partials, p.blocks))
                assert refuses(check_engine), what
            finally:
                for p, pull in zip(TABLE, pulls, strict=True):
                    object.__setattr__(p, "pull", pull)


def test_mutants_of_a_block_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of operands that overwrites what its nodes have gathered is noticed."""
    found = list(mutants_of(chain, "Block"))
    assert found
    for what, mutant in found:
        with monkeypatch.context() as patch:
            patch.setattr(chain.Block, "pull", staticmethod(mutant.Block.pull))
            assert refuses(check_engine), what


def test_mutants_of_forward_mode_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each changed operator in the arithmetic of dual numbers is noticed."""
    found = list(mutants_of(dual, "Dual"))
    assert len(found) >= 3
    for what, mutant in found:
        with monkeypatch.context() as patch:
            patch.setattr(dual.Dual, "_apply", mutant.Dual._apply)
            assert refuses(check_engine), what


SORT = topological_order


def breadth_first(root: Any) -> list[Any]:
    """Return nodes and blocks in the reverse of the order in which a search meets them: no topological order."""
    found, queue = {id(root): root}, deque([root])
    while queue:
        v = queue.popleft()
        for u in v._a if isinstance(v._a, tuple) else (v._a, v._b):
            if u is not None and id(u) not in found:
                found[id(u)] = u
                queue.append(u)
    return cleared(list(found.values())[::-1])


def swapped(root: Any) -> list[Any]:
    """Return the topological order with its neighbours swapped, the output left at the end."""
    order = SORT(root)
    for i in range(len(order) - 2):
        order[i], order[i + 1] = order[i + 1], order[i]
    return cleared(order)


def cleared(order: list[Any]) -> list[Any]:
    """Clear the mark of each node, as the sweep expects."""
    for v in order:
        v._mark = None
    return order


@pytest.mark.parametrize("order", [breadth_first, swapped])
def test_sweep_without_topological_order_is_refused(monkeypatch: pytest.MonkeyPatch, order: Any) -> None:
    """A sweep that sends a signal on before all of it has arrived is noticed."""
    everywhere(monkeypatch, "topological_order", order)
    assert refuses(check_engine)


def set_of_parents(p: Primitive, z: float, a: Any, b: Any, x: Any, y: Any) -> Value:
    """Record a node that keeps each of its operands once, as a set would."""
    return node(p, z, a, None if a is b else b, x, y)


def parents_in_any_order(p: Primitive, z: float, a: Any, b: Any, x: Any, y: Any) -> Value:
    """Record a node whose two operands have changed places, as in a set they may."""
    return node(p, z, b, a, x, y) if a is not None and b is not None and not p.blocks else node(p, z, a, b, x, y)


@pytest.mark.parametrize("record", [set_of_parents, parents_in_any_order])
def test_set_of_parents_is_refused(monkeypatch: pytest.MonkeyPatch, record: Any) -> None:
    """Operands kept as a set, without multiplicity or order, are noticed."""
    everywhere(monkeypatch, "node", record)
    assert refuses(check_engine)


def backward_that(keeps: Callable[[Value], float]) -> Callable[..., None]:
    """Return a `backward` that adds to what `keeps` says, and writes one gradient after the other."""

    def backward(self: Value, seed: float = 1.0) -> None:
        with one_sweep():
            order = topological_order(self)
            for v, g in zip(order, sweep(order, seed), strict=True):
                if isinstance(v, Value):
                    v.grad = keeps(v) + (g or 0.0)

    return backward


def test_backward_that_forgets_or_never_forgets_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backward that overwrites the gradients of leaves, or adds up those of nodes between, is noticed."""
    for keeps in (lambda v: 0.0, lambda v: v.grad):
        monkeypatch.setattr(Value, "backward", backward_that(keeps))
        assert refuses(check_accumulation)


def test_backward_that_writes_as_it_goes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backward that can be interrupted between two gradients is noticed."""
    monkeypatch.setattr(Value, "backward", backward_that(lambda v: 0.0 if v.operands else v.grad))
    check_accumulation()
    assert refuses(lambda: check_interrupts("test_mutants.py"))
