"""Strict mode with choices at run time: the bits of Values, whichever entry each row takes, and one path for all."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import DomainError, Value
from microgradx.compile.paths.stages import Kind
from microgradx.compile.program import Program
from microgradx.compile.tape.tape import Floats
from microgradx.compile.tracing.choices import Choosing
from microgradx.compile.tracing.regions import EVERYWHERE, NOWHERE, Regions
from microgradx.compile.tracing.trace import trace

from .choosing_programs import ROWS, Drawn, drawn
from .crosschecks import same_bits
from .sequences import transformer


def differing(program: Drawn, target: str = "numpy", second: bool = True) -> list[str]:
    """Return which results of a program, compiled strictly, differ in a bit from those of Values in some row."""
    compiled = program.program(target)
    paths, call = compiled.called((program.x, program.i))
    eager, rows = paths.eager, call.rows
    bound = compiled.on(program.x, program.i)
    found: dict[str, tuple[Floats, Callable[[int], Floats]]] = {
        "values": (bound(), lambda r: eager.values(rows, r)),
        "jacobian": (bound.jacobian(), lambda r: eager.jacobian(rows, r)),
        "tangents": (
            bound.jvp((program.direction, None))[1],
            lambda r: eager.tangent(rows, r, program.direction[r].tolist()),
        ),
    }
    if second:
        found["hessian"] = bound.hessian(), lambda r: eager.hessian(rows, r)
    different = {name for name, (z, one) in found.items() for r in range(ROWS) if not _same(z[r], one, r)}
    for r in range(ROWS):
        _, gradient = compiled.value_and_grad(program.x[r : r + 1], program.i[r : r + 1])
        if not _same(gradient + 0.0, lambda r: eager.value_and_gradient(rows, r, program.parameters)[1] + 0.0, r):
            different.add("gradient")
    return sorted(different)


def _same(found: Floats, one: Callable[[int], Floats], r: int) -> bool:
    try:
        return same_bits(np.ravel(found), np.ravel(one(r)))
    except DomainError:
        return False


@pytest.mark.parametrize("part", range(4))
def test_random_choices(part: int) -> None:
    """Values, gradients, tangents and Hessians are those of Values bit for bit, whatever entries rows choose."""
    for seed in range(15 * part, 15 * part + 15):
        assert differing(drawn(seed)) == [], seed


def test_special_numbers() -> None:
    """At zeros of both signs, infinities and NaN too, also where a direction is 0."""
    for seed in range(500, 525):
        assert differing(drawn(seed, special=True)) == [], seed


def test_by_machine_code() -> None:
    """Machine code gives the same bits."""
    pytest.importorskip("llvmlite")
    for seed in range(700, 704):
        assert differing(drawn(seed), "llvm", second=False) == [], seed


def test_another_order_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If error signals were added in the order of creation, bits would differ: the comparison can fail."""
    derivatives = importlib.import_module("microgradx.compile.paths.derivatives")
    monkeypatch.setattr(derivatives, "eager_order", lambda recording, output: None)
    assert sum(differing(drawn(seed), second=False) != [] for seed in range(10)) > 5


def test_choices_need_no_paths() -> None:
    """Whatever the rows choose, they go along one path."""
    one = 0
    for seed in range(40):
        program = drawn(seed)
        compiled = program.program()
        compiled.jacobian(program.x, program.i)
        one += len(compiled.paths) == 1
    assert one == 40


def test_the_branch_not_taken_sends_nothing() -> None:
    """Neither the inf of its own slope nor a zero reaches what it was computed from."""

    def f(x: Any) -> Any:
        return mx.where(x[0] > 1.0, x[1] * 2.0, mx.sqrt(x[1] * x[0]) * x[2])

    x = np.array([[2.0, 0.0, -0.0], [0.5, 2.0, 1.0], [0.5, 0.0, 0.0]])
    program = Program(f, (), (), True, "numpy", cache=False)
    found = program.gradients(x)
    assert found[0].tolist() == [0.0, 2.0, 0.0]
    assert not np.signbit(found[0]).any()
    assert len(program.paths) == 1


def test_what_matters_in_no_row_sends_nothing() -> None:
    """A number whose only user with a slope is never chosen has no gradient, though another user is, without one."""

    def f(x: Any) -> Any:
        product = x[0] * x[1]
        inner = mx.where(x[0] > 0, x[0], mx.tanh(product))
        return mx.where(x[0] > 0, inner, x[1] * mx.detach(product))

    assert Program(f, (), (), True, "numpy", cache=False).gradients([[-1.0, -1.0]]).tolist() == [[0.0, 1.0]]


def test_a_transformer_compiles_once_for_all_tokens() -> None:
    """Over many sentences a strict transformer has one path, as many nests for any vocabulary, eager gradients."""
    nests = []
    for vocabulary in (7, 13):
        example = transformer(3, vocabulary=vocabulary)
        program = Program(example.f, example.parameters, example.indices, True, "numpy", cache=False)
        (tokens,) = example.rows(12, 0)
        for row in range(3):
            _, gradient = program.value_and_grad(tokens[row : row + 1])
            loss = example.f(tokens[row].tolist())
            assert same_bits(gradient, np.array(mx.grad(loss, example.parameters)) + 0.0)
        program.value_and_grad(tokens)
        assert len(program.paths) == 1
        (path,) = program.called((tokens,))[0].known
        nests.append(len(path.stages.made(Kind.GRADIENT).rolled.plan.nests))
    assert nests[0] == nests[1]


def test_an_order_that_depends_on_too_much_is_guarded() -> None:
    """Where ever more choices decide in which order nodes are visited, those among computed numbers become guards."""

    def f(x: Any) -> Any:
        a, b = mx.sin(x[0]), mx.sin(x[1])
        for k in range(40):
            a, b = mx.where(x[2] > k * 0.1, a, b) * b + a, mx.where(x[3] > k * 0.1, b, a) * a + b
        return a + b

    x = np.array([[0.5, 0.25, 1.05, 2.05], [0.5, 0.25, 1.55, 0.05]])
    program = Program(f, (), (), True, "numpy", cache=False)
    expected = [mx.value_and_grad(f)(row)[1] for row in x.tolist()]
    assert same_bits(program.gradients(x), np.array(expected))
    assert len(program.paths) == 2


def test_second_derivatives_of_networks() -> None:
    """The Hessian by the inputs of nets, which are used again, is that of mx.hessian bit for bit."""
    rng = np.random.default_rng(0)
    for activation in ("tanh", "relu", "sigmoid", "softplus", "gaussian", "leaky_relu"):
        model = mx.nn.MLP(2, [4, 3, 1], activation=activation, seed=1)

        def f(x: Any, model: Any = model) -> Any:
            return model(x) * model([x[1], x[0]]) / (1.0 + x[0] * x[0]) + mx.max(x) ** 2

        x = rng.normal(size=(6, 2))
        found = Program(f, (), (), True, "numpy", cache=False).hessian(x)
        assert same_bits(found, np.array([mx.hessian(f, row) for row in x.tolist()]))


def test_hessians_with_choices_have_paths_of_their_own() -> None:
    """A choice is a guard there, and the paths of the function itself stay as they are."""

    def f(x: Any) -> Any:
        return mx.where(x[0] > 0.0, x[0] * x[1] * x[1], x[1] * x[0] * x[0] * x[1])

    x = np.array([[0.7, 0.3], [-0.7, 0.3]])
    program = Program(f, (), (), True, "numpy", cache=False)
    assert same_bits(program.hessian(x), np.array([mx.hessian(f, row) for row in x.tolist()]))
    program(x)
    assert len(program.paths) == 1


def test_regions_are_told_apart_and_equal_ones_are_one() -> None:
    """Regions obey the laws of sets, checked on all rows that three choices can make."""
    regions = Regions({0: 0b111, 1: 0b11, 2: 0b11})
    outcomes = [(a, b, c) for a in range(3) for b in range(2) for c in range(2)]
    sets = {frozenset(): NOWHERE, frozenset(outcomes): EVERYWHERE}
    basic = [(k, mask) for k, full in ((0, 7), (1, 3), (2, 3)) for mask in range(1, full)]
    known = {frozenset(o for o in outcomes if mask >> o[k] & 1): regions.of(k, mask) for k, mask in basic}
    sets |= known
    for _round in range(2):
        for s, a in list(sets.items()):
            for t, b in known.items():
                pairs = ((s & t, regions.both(a, b)), (s | t, regions.either(a, b)), (s - t, regions.without(a, b)))
                for rows, region in pairs:
                    assert sets.setdefault(rows, region) == region
    assert len(set(sets.values())) == len(sets)


def test_choices_are_part_of_what_is_kept_on_disk() -> None:
    """Machine code for a choice is no code for the same select where Values record a node: their digests differ."""
    from microgradx.compile.backends.lazy import digest

    found = trace(lambda x, y: mx.where(x > 0.0, x * y, y) * y, [(), ()], strict=True)
    assert found.choices
    assert digest(found, strict=True) != digest(replace(found, choices={}, decisions={}), strict=True)


def test_choosing_nothing_is_guarding() -> None:
    """Asked for no choices, a trace has a guard for each."""
    w = [Value(1.0), Value(2.0)]
    found = trace(
        lambda x, i: mx.where(x > 0.0, mx.lookup(w, i), x), [(), ()], w, indices=[1], example=[1.0, 1], strict=True,
        choosing=Choosing.NONE,
    )  # fmt: skip
    assert set(found.guards) == {"x > 0.0", "i == 1.0"}
    assert not found.choices


def test_a_choice_between_leaves_alone_has_a_gradient() -> None:
    """A function whose result is itself a choice between leaves has the gradient of the chosen one."""
    table = [Value(1.0), Value(2.0)]
    chosen = mx.compile(lambda x: mx.where(x[0] > 0, x[0], x[1]), strict=True, target="numpy")
    assert chosen.gradients([[1.0, 2.0], [-1.0, 2.0]]).tolist() == [[1.0, 0.0], [0.0, 1.0]]
    found = mx.compile(lambda i: mx.lookup(table, i), table, indices="i", strict=True, target="numpy")
    assert found.value_and_grad([0, 1])[1].tolist() == [0.5, 0.5]
