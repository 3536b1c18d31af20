"""Roles: what the nests of a plan are to the function, a part of it, error signals, partial derivatives, gradients."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import numpy as np

from ..nests.nests import Nest, Space
from ..nests.reading import Read, destinations
from ..passes.domain import DOMAIN
from ..paths.stages import Made
from ..tape.edges import used_by, users_of
from ..tape.tape import INPUT, NONE, Ints, Tape

FORWARD, SIGNAL = 1, 2
"""Roles of nodes."""


class Role(Enum):
    """What a nest computes."""

    FORWARD = "part of the function"
    PARTIAL = "partial derivatives"
    SIGNAL = "error signals"
    GRADIENT = "gradients of parameters"


class Roles:
    """The roles of a plan's nests, given those of the nodes, and the nodes that they compute.

    values     the nodes that are the function's outputs
    guards     the nodes that tell whether a comparison holds
    domain     the nodes that tell whether a row has left a domain
    last       (2, recorded nodes): the last node of the function that belongs to each, and the last error signal
    of_nests   the role of each nest
    """

    def __init__(self, made: Made, of_nodes: Ints) -> None:
        self._made = made
        tape, plan = made.simple, made.rolled.plan
        self._node = {space: np.full(size, NONE) for space, size in ((Space.ROW, plan.rows), (Space.ONE, plan.ones))}
        for space, nodes in self._node.items():
            there = np.flatnonzero((made.rolled.space == space) & (made.rolled.place != NONE))
            nodes[made.rolled.place[there]] = there
        self.values, self.guards, self.domain = (
            frozenset(tape.outputs[name].tolist() if name in tape.outputs else ())
            for name in ("values", "guards", DOMAIN)
        )
        self._forward, self._signal = of_nodes == FORWARD, of_nodes == SIGNAL
        self.last = np.full((2, len(tape) + int(tape.twin.max(initial=0)) + 1), NONE)
        for role, mask in enumerate((self._forward, self._signal)):
            nodes = np.flatnonzero(mask)
            np.maximum.at(self.last[role], tape.twin[nodes], nodes)
        self.of_nests = [self._role(nest) for nest in plan.nests]

    def nodes(self, nest: Nest) -> Ints:
        """Return the nodes that a nest computes, which must not be gradients of parameters."""
        return self._node[nest.out.space][destinations(nest)]

    def steps(self, nodes: Ints) -> Ints:
        """Return of which recorded nodes nodes are all, or all of the error signal; NONE where of none."""
        twins = self._made.simple.twin[nodes]
        found: Ints = np.where(self.last[self.are_signals(nodes), twins] == nodes, twins, NONE)
        return found

    def are_signals(self, nodes: Ints) -> Ints:
        """Return 1 for error signals, else 0."""
        found: Ints = self._signal[nodes].astype(np.int64)
        return found

    def recorded(self, node: int) -> int:
        """Return the node of the function that is the recorded node to which a node belongs, or NONE."""
        return int(self.last[0, self._made.simple.twin[node]])

    def read_together(self, numbers: Sequence[int], read: Sequence[Sequence[Read]]) -> list[list[int]]:
        """Return leaves in lists: each holds those that the same operands of the function read; last those unread."""
        readers: dict[int, list[int]] = {i: [] for i in numbers}
        at = 0
        for operands, role in zip(read if numbers else (), self.of_nests, strict=False):
            for operand in operands:
                at += 1
                for space, places in ((operand.space, operand.a), (operand.second, operand.b)):
                    if space is Space.PARAM and role is Role.FORWARD and places is not None:
                        for i in np.unique(places).tolist():
                            if i in readers:
                                readers[i].append(at)
        found: dict[tuple[int, ...], list[int]] = {}
        for i, each in sorted(readers.items(), key=lambda item: item[1] or [at + 1]):
            found.setdefault(tuple(each), []).append(i)
        return list(found.values())

    def _role(self, nest: Nest) -> Role:
        if nest.out.space is Space.GRAD:
            return Role.GRADIENT
        node = self.nodes(nest)[0]
        return Role.FORWARD if self._forward[node] else Role.SIGNAL if self._signal[node] else Role.PARTIAL


def node_roles(tape: Tape, weight: int = NONE) -> Ints:
    """Return for each node whether it is FORWARD, a part of the function, a SIGNAL, or else a partial derivative, 0.

    Signals depend on the weight, the input of that number.
    """
    wanted = [tape.outputs[key] for key in ("values", "guards", DOMAIN) if key in tape.outputs]
    forward = np.zeros(len(tape) + 1, np.bool_)
    forward[np.concatenate(wanted)] = True
    forward = forward[:-1] | used_by(tape, forward[:-1])  # NONE was the last
    signal = users_of(tape, (tape.op == INPUT) & (tape.number == weight))
    return np.where(forward, FORWARD, np.where(signal, SIGNAL, 0))
