"""The layers of a network, found again in the graph that it recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ..chain import Block
from ..engine import Value
from ..primitives import Primitive, affine
from ..replay import Replay


@dataclass
class Layer:
    """One layer of a network over all examples: rows are examples, columns units."""

    number: int
    z: list[list[Value]]
    h: list[list[Value]]
    activation: Primitive | None
    weights: list[list[Value]]
    biases: list[Value]
    inputs: list[list[float]]

    @property
    def examples(self) -> int:
        """How many examples went through the layer."""
        return len(self.z)

    @property
    def units(self) -> int:
        """How many neurons it has."""
        return len(self.weights)

    @property
    def width(self) -> int:
        """How many inputs it has."""
        return len(self.weights[0])


def find_layers(replay: Replay) -> list[Layer]:
    """Return the layers that neurons of `nn` recorded: nodes w·x + b that share their inputs, over all examples."""
    order = replay.order
    values = replay.values()
    users: dict[int, list[Value]] = {}
    for v in order:
        for u in v.operands:
            if isinstance(u, Value):
                users.setdefault(id(u), []).append(v)
    groups: dict[tuple[int, ...], list[list[Value]]] = {}
    by_input: dict[Any, list[Value]] = {}
    for v in order:
        if v._primitive is affine:
            by_input.setdefault((_inputs_of(v), _depth_of(v, order, replay)), []).append(v)
    for rows in by_input.values():
        rows.sort(key=lambda v: replay.place[id(v)])
        groups.setdefault(tuple(sorted(id(v._a) for v in rows)), []).append(rows)
    if not groups:
        raise ValueError(
            "the notation by layers needs nodes w·x + b as layers of mx.nn record them, and the graph has none: "
            "write profile='error signals', or build the network of mx.nn.Layer or mx.nn.MLP"
        )
    layers = []
    for number, examples in enumerate(groups.values(), 1):
        layers.append(_layer(number, examples, users, replay, values))
    for below, above in pairwise(layers):
        fits = above.width == below.units and above.examples == below.examples
        feeds = fits and all(
            [id(u) for u in input_nodes(z[0])] == [id(v) for v in h] for z, h in zip(above.z, below.h, strict=True)
        )
        if not feeds:
            raise ValueError(
                f"the notation by layers needs each layer to take the outputs of the one before, all and in order, and "
                f"layer {above.number} does not (as with a skip connection, or an activation of one's own): write "
                f"profile='error signals'"
            )
    return layers


def _inputs_of(v: Value) -> Any:
    """Return what neurons of one layer share: the block of their inputs, or the inputs themselves."""
    return id(v._b) if isinstance(v._b, Block) else v._y


def _depth_of(v: Value, order: Sequence[Value], replay: Replay) -> int:
    """Return how many nodes w·x + b lie below, so that equal numbers as inputs of two layers stay apart."""
    depth, layer = 0, input_nodes(v)
    while layer:
        depth += 1
        below = [u for u in layer if u._primitive is not None]
        if not below:
            break
        u = below[0]
        layer = input_nodes(u) if u._primitive is affine else [x for x in u.operands if isinstance(x, Value)]
    return depth


def entries(v: Value) -> list[Value | None]:
    """Return what stands at each input of a neuron's pre-activation: a node, or None for a plain number."""
    return list(v._b._a) if isinstance(v._b, Block) else [None] * len(v._y)


def input_nodes(v: Value) -> list[Value]:
    """Return the nodes among the inputs of a neuron's pre-activation."""
    return [u for u in entries(v) if u is not None]


def _layer(
    number: int, examples: list[list[Value]], users: Mapping[int, list[Value]], replay: Replay, values: Sequence[float]
) -> Layer:
    first = {id(v._a): k for k, v in enumerate(examples[0])}
    rows = [sorted(row, key=lambda v: first[id(v._a)]) for row in examples]
    parameters = [list(v._a._a) for v in rows[0]]
    if any(len(own) != len(parameters[0]) or None in own for own in parameters):
        raise ValueError(f"layer {number} has neurons of different numbers of inputs: write profile='error signals'")
    found = {_activation(v, users) for row in rows for v in row}
    if len(found) != 1:
        raise ValueError(f"the neurons of layer {number} differ in their activation: write profile='error signals'")
    activation = found.pop()
    h = [[v if activation is None else users[id(v)][0] for v in row] for row in rows]
    inputs = []
    for row in rows:
        place = iter(replay.operands[replay.place[id(row[0])]][len(parameters[0]) :])
        inputs.append([x if (i := next(place)) is None else values[i] for x in row[0]._y])
    return Layer(number, rows, h, activation, [own[:-1] for own in parameters], [own[-1] for own in parameters], inputs)


def _activation(v: Value, users: Mapping[int, list[Value]]) -> Primitive | None:
    """Return the row that is applied to a pre-activation, and to nothing else; None if there is none, f(z) = z."""
    own = users.get(id(v), [])
    p = own[0]._primitive if len(own) == 1 else None
    return p if p is not None and not p.blocks and p.name in ACTIVATIONS else None


ACTIVATIONS = frozenset({"sigmoid", "tanh", "relu", "leaky_relu", "softplus", "gaussian", "step"})
"""The rows that count as a layer's activation; what else follows w·x + b is part of the loss."""
