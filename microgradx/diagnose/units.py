"""Find the units of any model in the graph that it records: what has weights of its own, and which layer it is in.

A unit is an activation (or a neuron's w·x + b, or an output) together with the parameters that lead to it without
passing through another unit. Its layer is one above the highest of the units that it is computed from. So neurons
written by hand are found like those of `nn`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..engine import Value
from ..replay import local_partials
from ..sweep import nodes

ACTIVATIONS = frozenset({"relu", "leaky_relu", "tanh", "sigmoid", "gaussian", "softplus", "step"})
"""Rows that end a unit. ReLU may also be written as the lectures define it, max(z, 0)."""

Key = tuple[int, ...]


class Unit(NamedTuple):
    """A unit in the graph of one example."""

    key: Key
    """The places of its parameters in the model's list: the same for every example."""
    layer: int
    activation: str
    before: Value
    """The pre-activation z; the node itself for a unit without an activation."""
    after: Value

    @property
    def slope(self) -> float:
        """The local derivative ∂a/∂z, 1 for a unit without an activation."""
        p = self.after._primitive
        if self.activation == "linear" or p is None:
            return 1.0
        operands = [x for x in (self.after._x, self.after._y) if x is not None]
        place = next(i for i, x in enumerate(self.after.operands) if x is self.before)
        return local_partials(p, self.after._z, operands)[place] or 0.0


def units(outputs: Sequence[Value], parameters: Sequence[Value]) -> list[Unit]:
    """Return the units of a model's outputs for one example, operands before users.

    >>> from microgradx.nn import MLP
    >>> model = MLP(2, [3, 1])
    >>> [(unit.layer, unit.activation) for unit in units([model([1.0, 2.0])], model.parameters())]
    [(1, 'relu'), (1, 'relu'), (1, 'relu'), (2, 'linear')]
    """
    place = {id(v): i for i, v in enumerate(parameters)}
    ends = {id(v) for v in outputs}
    order = nodes(*outputs)
    activated = {id(v._prev[0]) for v in order if _activation(v)}
    own: dict[int, frozenset[int]] = {}
    layer: dict[int, int] = {}
    found = []
    for v in order:
        if id(v) in place:
            own[id(v)], layer[id(v)] = frozenset([place[id(v)]]), 0
            continue
        operands = v._prev
        mine = frozenset[int]().union(*(own[id(u)] for u in operands))
        highest = max((layer[id(u)] for u in operands), default=0)
        activation = _activation(v)
        neuron = v._primitive is not None and v._primitive.name == "affine" and id(v) not in activated
        if mine and (activation or neuron or id(v) in ends):
            before = operands[0] if activation else v
            found.append(Unit(tuple(sorted(mine)), highest + 1, activation or "linear", before, v))
            mine, highest = frozenset(), highest + 1
        own[id(v)], layer[id(v)] = mine, highest
    return found


def _activation(v: Value) -> str:
    """Return which activation a node is; "" if none."""
    if v._primitive is None or len(v._prev) != 1:
        return ""
    name = v._primitive.name
    if name == "max" and 0 in (x for x in v.operands if not isinstance(x, Value)):
        return "relu"
    return name if name in ACTIVATIONS else ""
