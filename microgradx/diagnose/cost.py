"""cost: what the forward and the backward pass of a graph take, counted and measured."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ..calculus import grad
from ..chain import Block
from ..engine import Value
from ..floats import evaluate
from ..names import brief
from ..reports import Heading, Paragraph, Passage, Report, Table
from ..sweep import nodes
from ..tables import Line

_HEADER = ("primitive", "nodes", "forward", "backward")
_REPEATS = 5
_LEAST = 0.002
"""Seconds that a measurement lasts at least."""


class CostRow(NamedTuple):
    """One primitive: its nodes, and its operations forward and backward."""

    primitive: str
    nodes: int
    forward: int
    backward: int


class Cost(Report):
    """Operations by primitive in `rows`, and in all: `forward`, `backward`; `memory` in bytes; times in seconds.

    `str` gives text, a notebook shows HTML.
    """

    def __init__(self, outputs: Sequence[Value], inputs: Sequence[Value]) -> None:
        order = nodes(*outputs)
        self.rows = tuple(_rows(order))
        self.nodes = len(order)
        self.inputs = len(inputs)
        self.outputs = len(outputs)
        self.forward = sum(row.forward for row in self.rows)
        self.backward = sum(row.backward for row in self.rows)
        self.memory = _memory(order)
        self.reverse_mode = self.forward + self.outputs * self.backward
        """Operations for all derivatives by one sweep back from each output."""
        self.forward_mode = self.forward + self.inputs * self.backward
        """Operations for all derivatives by one pass forward for each input."""
        self.forward_seconds = _measured(lambda: _again(order))
        self.backward_seconds = _measured(lambda: [grad(output, list(inputs)) for output in outputs])

    def _heading(self) -> str:
        return (
            f"{_count(self.forward, 'operation')} forward, {self.backward:,} backward "
            f"(× {self.backward / max(self.forward, 1):.2f}), {_count(self.nodes, 'node')}"
        )

    def _table(self) -> list[Line]:
        lines = [Line((row.primitive, *(f"{n:,}" for n in row[1:]))) for row in self.rows]
        computed = sum(row.nodes for row in self.rows)
        return [*lines, Line(("total", f"{computed:,}", f"{self.forward:,}", f"{self.backward:,}"))]

    def _remarks(self) -> Iterator[str]:
        yield (
            "counted as in CSC 311, lecture 4: forward, each term of a sum of products is one multiply-add; backward, "
            "each operand that is a Value takes one: two for a weight and its input, one where the input is a number"
        )
        yield f"memory held for the backward pass: {_bytes(self.memory)} in {_count(self.nodes, 'node')}"
        cheaper = "reverse" if self.reverse_mode <= self.forward_mode else "forward"
        yield (
            f"all derivatives of {_count(self.outputs, 'output')} by {_count(self.inputs, 'number')}: reverse mode "
            f"takes {self.reverse_mode:,} operations (one sweep per output), forward mode {self.forward_mode:,} (one "
            f"pass per number); {cheaper} mode is the cheaper one"
        )
        yield (
            f"measured here: the values alone, of the graph as recorded, {_time(self.forward_seconds, self.forward)}; "
            f"backward {_time(self.backward_seconds, self.outputs * self.backward)}"
        )

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        yield Table(_HEADER, self._table())
        yield from map(Paragraph, self._remarks())


def cost(output: Value | Sequence[Value], inputs: Iterable[Value] | None = None) -> Cost:
    """Count the operations of a graph's forward and backward pass, by primitive, and measure their time.

    A multilayer perceptron takes one multiply-add per weight forward and two backward, so that its cost is linear in
    the layers and quadratic in the units per layer (CSC 311, lecture 4). A graph is given by its output, or by
    several, for which reverse mode needs a sweep each; forward mode needs a pass for each of the `inputs`, which are
    all leaves that are Values if left out.

    Times are those of numbers computed again from the leaves, and of the sweep; the least of several runs. TypeError
    for what is no Value, ValueError for an input that is not in the graph.

    >>> from microgradx.nn import MLP
    >>> found = cost(MLP(10, [20, 20])([0.0] * 10)[0])
    >>> found.rows[0]
    CostRow(primitive='w·x + b', nodes=21, forward=220, backward=261)
    >>> found.inputs, found.outputs
    (241, 1)
    """
    outputs = [output] if isinstance(output, Value) else list(output) if isinstance(output, list | tuple) else []
    if not outputs or not all(isinstance(v, Value) for v in outputs):
        raise TypeError(f"a graph is given by its output, a Value, or by a list of them, not by {brief(output)}")
    order = nodes(*outputs)
    leaves = [v for v in order if v._primitive is None]
    chosen = leaves if inputs is None else list(inputs)
    known = {id(v) for v in order}
    for v in chosen:
        if not isinstance(v, Value):
            raise TypeError(f"inputs are Values of the graph, not {brief(v)}")
        if id(v) not in known:
            raise ValueError(f"{brief(v)} is not in the graph of the output: no derivative by it is computed")
    return Cost(outputs, chosen)


def _rows(order: Sequence[Value]) -> Iterator[CostRow]:
    found: dict[str, list[int]] = {}
    for v in order:
        p = v._primitive
        if p is not None:
            row = found.setdefault(p.symbol if p.name != "neg" else "-", [0, 0, 0])
            terms = v._x if p.blocks else ()
            row[0] += 1
            row[1] += max(len(terms) - (p.name in ("sum", "affine")), 1)
            row[2] += len(v._prev)
    yield from sorted((CostRow(name, *counts) for name, counts in found.items()), key=lambda row: -row.forward)


def _again(order: Sequence[Value]) -> None:
    """Compute each node's number again from the operands that it kept."""
    for v in order:
        if v._primitive is not None:
            evaluate(v._primitive, [x for x in (v._x, v._y) if x is not None])


def _memory(order: Sequence[Value]) -> int:
    """Return the bytes of the nodes, their blocks, and the numbers that they keep, each object once."""
    seen: dict[int, Any] = {}
    for v in order:
        for part in (v, v._x, v._y, v._z, v._a, v._b):
            for each in (part, *(part if isinstance(part, tuple) else ()), *(part._a if type(part) is Block else ())):
                if each is not None:
                    seen[id(each)] = each
    return sum(map(sys.getsizeof, seen.values()))


def _measured(run: Callable[[], Any]) -> float:
    """Return the seconds of one run, the least of several."""
    times: list[float] = []
    while len(times) < _REPEATS or (sum(times) < _LEAST and len(times) < 1000):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def _count(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def _bytes(n: int) -> str:
    return f"{n:,} bytes" if n < 10_000 else f"{n / 1000:,.0f} kB" if n < 10_000_000 else f"{n / 1e6:,.0f} MB"


def _time(seconds: float, operations: int) -> str:
    unit, factor = ("µs", 1e6) if seconds < 1e-2 else ("ms", 1e3)
    return f"{seconds * factor:,.1f} {unit} ({seconds * 1e9 / max(operations, 1):,.0f} ns an operation)"
