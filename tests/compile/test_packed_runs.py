"""Which parameters are packed: runs that nothing else uses; and how packed recordings are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.lazy import digest
from microgradx.compile.tape.tape import PARAMETER
from microgradx.compile.tracing.differences import same
from microgradx.compile.tracing.recording import Recording
from microgradx.compile.tracing.trace import trace

N = 20
ONES = [mx.Value(0.1 * i, f"w{i}") for i in range(2 * N)]


def twice(x: Any) -> Any:
    return mx.dot(ONES[:N], x) + mx.dot(x, ONES[N:]) * 2.0


def shared(x: Any) -> Any:
    return mx.dot(ONES[:N], x) * mx.dot(ONES[:N], [v * v for v in x])


def penalised(x: Any) -> Any:
    return mx.dot(ONES[:N], x) + 0.1 * mx.sum([w * w for w in ONES])


def one_besides(x: Any) -> Any:
    return mx.dot(ONES[:N], x) + mx.dot(ONES[N:], x) * ONES[3]


def overlapping(x: Any) -> Any:
    return mx.dot(ONES[:N], x) + mx.dot(ONES[1 : N + 1], x)


def squared(x: Any) -> Any:
    return mx.dot(ONES[:N], ONES[:N]) + mx.dot(ONES[N:], x)


def shuffled(x: Any) -> Any:
    return mx.dot(ONES[N - 1 :: -1], x)


def of_constants(x: Any) -> Any:
    return mx.dot(ONES[:N], [*x[:-1], 2.0])


def of_each_other(x: Any) -> Any:
    return mx.dot(ONES[:N], ONES[N:]) + x[0]


def guarded(x: Any) -> Any:
    y = mx.dot(ONES[:N], x)
    return y if y > 0 else y * ONES[N]


def itself(x: Any) -> Any:
    return [mx.dot(ONES[:N], x), ONES[0]]


# A function of N inputs and the number of its runs that are vectors
PARTLY = (
    (twice, 2),
    (shared, 1),
    (penalised, 0),
    (one_besides, 1),
    (overlapping, 0),
    (squared, 1),
    (shuffled, 0),
    (of_constants, 0),
    (of_each_other, 1),
    (guarded, 1),
    (itself, 0),
)


@pytest.mark.parametrize(("f", "count"), PARTLY, ids=[f.__name__ for f, _ in PARTLY])
def test_only_parameters_that_nothing_else_uses_are_packed(f: Any, count: int) -> None:
    """A run is a vector if each of its parameters is used by dots over this run alone, and nothing is lost if not."""
    packed = trace(f, [(N,)], ONES, example=[[1.0] * N]).packed
    assert int(((packed.op == PARAMETER) & (packed.width > 1)).sum()) == count
    compiled = mx.compile(f, parameters=ONES, cache=False)
    rows = np.random.default_rng(0).uniform(0.1, 1.0, (6, N))
    if f is itself:
        assert compiled(rows).shape == (6, 2)
        return
    value, gradient = compiled.value_and_grad(rows)
    expected = [mx.grad(f(x), ONES) for x in rows.tolist()]
    np.testing.assert_allclose(gradient, np.mean(expected, axis=0), rtol=1e-12, atol=1e-14)
    assert value == pytest.approx(np.mean([f(x).data for x in rows.tolist()]))


def test_recordings_are_told_apart() -> None:
    """Digests and comparisons of recordings see which run a vector is, and what it is multiplied by."""

    def over(start: int, turned: bool) -> Recording:
        def f(x: Any) -> Any:
            xs = x[::-1] if turned else x
            return mx.dot(ONES[start : start + N], xs)

        return trace(f, [(N,)], ONES)

    every = [over(0, False), over(N, False), over(0, True), over(1, False)]
    assert all(recording.origin is not None for recording in every)
    assert len({digest(recording, strict=False) for recording in every}) == len(every)
    for i, one in enumerate(every):
        assert [same(one, other) for other in every] == [i == j for j in range(len(every))]
