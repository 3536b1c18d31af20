"""Nets that users write by hand are to the passes what the library's are: dots of vectors, in as many nests."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.passes.collapse import collapse
from microgradx.compile.passes.runs import with_runs
from microgradx.compile.paths.stages import Kind, Stages
from microgradx.compile.tape.tape import INPUT, NONE, PARAMETER, UNIT, Builder, Tape, picked
from microgradx.compile.tape.unroll import unrolled
from microgradx.compile.tracing.runs import SHORTEST
from microgradx.compile.tracing.trace import trace

from .recorded import bits
from .tapes import same_tape

Weights = Sequence[Sequence[Value]]


def by_generator(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    return [f(sum(w * v for w, v in zip(row, x, strict=True)) + b) for row, b in zip(weights, biases, strict=True)]


def from_the_bias(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    return [f(sum((w * v for w, v in zip(row, x, strict=True)), b)) for row, b in zip(weights, biases, strict=True)]


def by_index(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    units = []
    for j in range(len(weights)):
        z = biases[j]
        for k in range(len(x)):
            z = z + x[k] * weights[j][k]
        units.append(f(z))
    return units


def in_place(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    units = []
    for row, b in zip(weights, biases, strict=True):
        z = 0.0
        for w, v in zip(row, x, strict=True):
            z += w * v
        z += b
        units.append(f(z))
    return units


def before_the_sum(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    units = []
    for row, b in zip(weights, biases, strict=True):
        z = b
        for w, v in zip(row, x, strict=True):
            z = w * v + z
        units.append(f(z))
    return units


def of_products(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    return [f(mx.sum([w * v for w, v in zip(row, x, strict=True)]) + b) for row, b in zip(weights, biases, strict=True)]


def by_dot(weights: Weights, biases: Sequence[Value], x: Any, f: Any) -> list[Any]:
    return [f(mx.dot(row, x) + b) for row, b in zip(weights, biases, strict=True)]


LAYERS = (by_generator, from_the_bias, by_index, in_place, before_the_sum, of_products, by_dot)
"""A layer, as one may write it on lists of lists."""

ACTIVATIONS = {"relu": mx.relu, "tanh": mx.tanh, "sigmoid": mx.sigmoid, "softplus": mx.softplus}


class Net:
    """A net by hand, with the parameters of one of the library, whose neurons may have any order of parameters."""

    def __init__(self, model: mx.nn.MLP, layer: Callable[..., list[Any]], activation: str) -> None:
        neurons = [[(list(neuron.w), neuron.b) for neuron in each.neurons] for each in model.layers]
        self.layers = [tuple(map(list, zip(*each, strict=True))) for each in neurons]
        self.layer, self.activation = layer, activation

    def __call__(self, x: Any) -> Any:
        for i, (weights, biases) in enumerate(self.layers, 1):
            last = i == len(self.layers)
            x = self.layer(weights, biases, x, (lambda z: z) if last else ACTIVATIONS[self.activation])
        return x

    def parameters(self) -> list[Value]:
        """Return all weights, matrix by matrix, and then all biases."""
        weights = [w for weights, _ in self.layers for row in weights for w in row]
        return weights + [b for _, biases in self.layers for b in biases]


def nets(seed: int, layer: Callable[..., list[Any]]) -> tuple[mx.nn.MLP, Net, list[int]]:
    """Return a net of the library and the same by hand, of random shape, wide in all layers."""
    rng = random.Random(seed)
    sizes = [rng.randint(SHORTEST, 40) for _ in range(rng.randint(2, 4))] + [rng.randint(2, 20)]
    activation = rng.choice(sorted(ACTIVATIONS))
    model = mx.nn.MLP(sizes[0], sizes[1:], activation=activation, seed=seed)
    return model, Net(model, layer, activation), sizes


def stages(model: Any, parameters: Sequence[Value], sizes: Sequence[int], strict: bool = False) -> Stages:
    """Return the stages of a net's squared error, for no back end."""

    def f(x: Any, y: Any) -> Any:
        return mx.losses.squared_error(model(x), y)

    shapes = [(sizes[0],), (sizes[-1],)]
    return Stages(trace(f, shapes, parameters, strict=strict), None, strict)  # type: ignore[arg-type]


def vectors(tape: Tape) -> int:
    """Return how many vectors of parameters a tape has."""
    return int(((tape.width > 1) & (tape.op == PARAMETER)).sum())


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
@pytest.mark.parametrize("_time", range(2))
def test_nets_by_hand_are_those_of_the_library(layer: Callable[..., list[Any]], _time: int) -> None:
    """Nets of random shapes, written in any of these ways, become as many nests and vectors as the library's."""
    seed = random.randrange(10**6)
    model, net, sizes = nets(seed, layer)
    for parameters in (model.parameters(), net.parameters()):
        ours, theirs = stages(net, parameters, sizes), stages(model, model.parameters(), sizes)
        made = [found.packed(Kind.GRADIENT) for found in (ours, theirs)]
        shown = f"random.Random({seed}): {sizes}"
        assert vectors(ours.derived(Kind.VALUES)) == vectors(theirs.derived(Kind.VALUES)) == sum(sizes[1:]), shown
        assert len(made[0].rolled.plan.nests) == len(made[1].rolled.plan.nests), shown
        assert abs(len(made[0].simple) - len(made[1].simple)) <= len(sizes), shown


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_results_are_those_of_values(layer: Callable[..., list[Any]]) -> None:
    """Values and gradients of a net by hand are those of Values: bit for bit in strict mode, which has no vectors."""
    seed = random.randrange(10**6)
    _, net, sizes = nets(seed, layer)
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(3, sizes[0])), rng.normal(size=(3, sizes[-1]))

    def loss(x: Any, y: Any) -> Any:
        return mx.losses.squared_error(net(x), y)

    parameters = net.parameters()
    total = 0.0
    for row in zip(x.tolist(), y.tolist(), strict=True):
        found = loss(*row)
        total += found.data
        found.backward(1 / 3)
    expected = [v.grad for v in parameters]
    strict = mx.compile(loss, parameters=parameters, strict=True, cache=False).value_and_grad(x, y)
    assert strict[0] == total / 3, seed
    assert bits(strict[1]) == bits(expected), seed
    value, gradient = mx.compile(loss, parameters=parameters, cache=False).value_and_grad(x, y)
    assert value == pytest.approx(total / 3, rel=1e-12)
    np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-13)
    assert not vectors(stages(net, parameters, sizes, strict=True).derived(Kind.VALUES))


N = SHORTEST
W = [Value(0.1 * i, f"w{i}") for i in range(2 * N)]


def dot(w: Sequence[Any], x: Sequence[Any]) -> Any:
    return sum(a * b for a, b in zip(w, x, strict=True))


# A function of N numbers, and how many of its runs are vectors
PARTLY: tuple[tuple[str, Callable[[Any], Any], int], ...] = (
    ("two", lambda x: dot(W[:N], x) * dot(W[N:], x), 2),
    ("one over more", lambda x: dot(W, [*x, *x]), 1),
    ("twice the same", lambda x: dot(W[:N], x) * dot(W[:N], [v * v for v in x]), 1),
    ("subtracted", lambda x: x[0] - sum((w * v for w, v in zip(W[:N], x, strict=True)), W[N]), 1),
    ("too short", lambda x: dot(W[: N - 1], x[1:]), 0),
    ("turned round", lambda x: dot(W[N - 1 :: -1], x), 0),
    ("every other", lambda x: dot(W[::2], x), 0),
    ("overlapping", lambda x: dot(W[:N], x) * dot(W[1 : N + 1], x), 0),
    ("penalised", lambda x: dot(W[:N], x) + 0.1 * sum(w * w for w in W), 0),
    ("one besides", lambda x: dot(W[:N], x) + dot(W[N:], x) * W[3], 1),
    ("by each other", lambda x: dot(W[:N], W[N:]) * x[0], 1),
    ("a constant among them", lambda x: dot(W[:N], [*x[1:], 2.0]), 0),
    ("differences", lambda x: dot(W[:N], [v - 1.0 for v in x]), 1),
    ("returned", lambda x: [dot(W[:N], x), W[0]], 0),
    ("beside a dot", lambda x: mx.dot(W[:N], x) * dot(W[N:], x), 2),
)


@pytest.mark.parametrize(("name", "f", "count"), PARTLY, ids=[name for name, _, _ in PARTLY])
def test_only_runs_that_nothing_else_uses_are_packed(name: str, f: Callable[[Any], Any], count: int) -> None:
    """A run is a vector if its parameters are used by sums over it alone; unrolled again the tape is what it was."""
    recording = trace(f, [(N,)], W)
    tape = collapse(recording.packed, strict=False)
    packed, origin = with_runs(tape, recording.origin, len(W))
    assert vectors(packed) == count
    if origin is None:
        assert packed is tape
        return
    found = unrolled(packed, origin).tape
    before = tape if recording.origin is None else unrolled(tape, recording.origin).tape
    assert same_tape(in_order(found), in_order(before))
    made = Stages(recording, None, strict=False).packed(Kind.JACOBIAN)  # type: ignore[arg-type]
    assert len(made.rolled.plan.nests) < N


def in_order(tape: Tape) -> Tape:
    """Return the nodes in the order in which they were recorded, without those that are unused."""
    used = np.flatnonzero((tape.uses[:-1] > 0) & (tape.op != UNIT))
    return picked(tape, used[np.argsort(tape.twin[used])])


def test_a_run_is_no_longer_than_a_sum() -> None:
    """Where two sums use parameters that follow one another, these are two vectors, one for each."""
    b = Builder()
    w, x = b.leaves(PARAMETER, range(2 * N)), b.leaves(INPUT, range(N))
    tape, origin = with_runs(b.tape(values=b.sums(w.reshape(2, N), x)), None, 2 * N)
    assert origin is not None
    assert tape.number[tape.op == PARAMETER].tolist() == [0.0, N]
    assert (tape.right != NONE).sum() == N + 2
    captured, _ = with_runs(b.tape(values=b.sums(w.reshape(2, N), x)), None, N)
    assert vectors(captured) == 1
