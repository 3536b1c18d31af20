"""Gradients as Values record them, node by node, so that they are differentiated again in the very order of Values.

The error signals that `adjoint` appends are sums of many terms. A gradient graph of Values is made of additions and
products of two, and of what the partials compute; its depth-first order decides the order of additions in second
derivatives. So strict mode runs the engine's own sweep on traced numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...chain import Block
from ...ieee import IEEE, unwrap, wrap
from ...primitives import Primitive
from ...sweep import sweep_graph, topological_order
from ..tape.tape import CONSTANT, FIRST_ROW, NONE, ROWS, Ints
from ..tracing.recording import Recording
from ..tracing.taping import operands_of, recording, resumed
from ..tracing.trace import at_work
from ..tracing.traced import Traced


class _Node:
    """A node of a recording with the slots that a sweep needs; `number` is what it stands for."""

    __slots__ = ("_a", "_b", "_mark", "_primitive", "_x", "_y", "_z", "number")

    def __init__(self, number: Any, p: Primitive | None = None, *operands: tuple[Any, Any]) -> None:
        self.number = number
        self._primitive = p
        (self._a, self._x), (self._b, self._y) = (*operands, (None, None), (None, None))[:2]
        self._z = self._mark = None


def with_gradient(found: Recording, output: int, inputs: Ints) -> Recording:
    """Return a recording continued by ∂output/∂input for each input, which are its values: 0.0 where none arrives.

    There must be no choices in it.
    """
    recorder = resumed(found)
    with at_work(recorder):
        made = _nodes(found, [Traced(recorder, i) for i in range(len(found.tape))])
        root = made[output]
        signals: dict[int, Any] = {}
        if isinstance(root, _Node):
            order = topological_order(root)
            every = sweep_graph(order, wrap(1.0), IEEE, _numbers)
            signals = {id(v): unwrap(g) for v, g in zip(order, every, strict=True) if g is not None}
        gradient = [0.0 if i == NONE else signals.get(id(made[i]), 0.0) for i in inputs.tolist()]
        longer = recording(recorder, [recorder.entry(g) for g in gradient], single=False)
    outputs = found.tape.outputs | {"first": longer.tape.outputs["values"]}
    return replace(longer, packed=replace(longer.packed, outputs=outputs))


def _numbers(v: Any) -> tuple[Any, Any, Any]:
    return (None, None, None) if isinstance(v, Block) else (wrap(v.number), wrap(v._x), wrap(v._y))


def _nodes(found: Recording, traced: Sequence[Any]) -> list[Any]:
    """Return the nodes of a recording: `_Node`, or the number itself for a constant."""
    tape, blocks = found.tape, found.blocks.tolist()
    shared: dict[int, Block] = {}
    made: list[Any] = []

    def operand(nodes: Sequence[int], block: int | None) -> tuple[Any, Any]:
        entries = [made[i] for i in nodes]
        numbers = tuple([v.number if isinstance(v, _Node) else v for v in entries])
        if block is None:
            return (entries[0] if isinstance(entries[0], _Node) else None), numbers[0]
        if block == NONE:
            return None, numbers
        if block not in shared:
            shared[block] = Block(tuple([v if isinstance(v, _Node) else None for v in entries]))
        return shared[block], numbers

    for i, code in enumerate(found.codes.tolist()):
        if code == CONSTANT:
            made.append(float(tape.number[i]))
        elif code < FIRST_ROW:
            made.append(_Node(traced[i]))
        else:
            p, parts = ROWS[code - FIRST_ROW], operands_of(found, i)
            of = blocks[i] if p.blocks else [None, None]
            made.append(_Node(traced[i], p, *[operand(part, of[k]) for k, part in enumerate(parts)]))
    return made
