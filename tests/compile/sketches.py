"""Plans by hand, and an interpreter of plans by NumPy that knows nothing of vectors, blocks or registers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from microgradx.compile.backends.llvm.jit import Kernel
from microgradx.compile.nests.nests import Address, Nest, Plan, Segment, Space
from microgradx.compile.tape.tape import LESS, LESS_EQUAL, SUM, Floats, code, name
from microgradx.floats import EXTENDED, Extended
from microgradx.primitives import row

ROW, ONE, PARAM, GRAD = Space.ROW, Space.ONE, Space.PARAM, Space.GRAD


def op(row_name: str) -> int:
    """Return the code of a row by name."""
    return code(row(row_name))


def places(a: Address, extents: tuple[int, ...], length: int) -> Any:
    """Return every place that an address names, of shape (*extents, length)."""
    if a.table is not None:
        return np.asarray(a.table).reshape(*extents, length)
    found = np.full((*extents, length), a.base)
    for axis, (extent, stride) in enumerate(zip((*extents, length), (*a.strides, a.step), strict=True)):
        shape = [1] * (len(extents) + 1)
        shape[axis] = extent
        found = found + (np.arange(extent) * stride).reshape(shape)
    return found


def _apply(code_: int, operands: list[Any]) -> Any:
    """Apply an operation that is no sum to columns of numbers, one number at a time."""
    if code_ in (LESS, LESS_EQUAL):
        return (np.less if code_ == LESS else np.less_equal)(*operands).astype(float)
    atom = EXTENDED.div if name(code_) == "div" else getattr(EXTENDED, name(code_))
    many = name(code_) in ("max", "min")

    def one(*xs: float) -> float:
        values = [Extended(x) for x in xs]
        return float(atom(values) if many else atom(*values))

    shape = np.broadcast_shapes(*(np.shape(x) for x in operands))
    columns = [np.broadcast_to(x, shape).ravel() for x in operands]
    return np.array([one(*xs) for xs in zip(*columns, strict=True)]).reshape(shape)


def interpret(plan: Plan, X: Any, P: Any, weight: float, G: Any) -> Any:
    """Run a plan on rows by NumPy, sums from left to right; return the outputs (rows, k) and add to G row by row."""
    n = len(X)
    memory = {ROW: np.full((plan.rows, n), np.nan), ONE: np.full((plan.ones, 1), np.nan), PARAM: P[:, None]}
    memory[ONE][: len(plan.constants), 0] = plan.constants
    columns = plan.inputs - plan.weighted
    memory[ROW][:columns] = X.T
    if plan.weighted:
        memory[ROW][columns] = weight
    for nest in plan.nests:
        if 0 in nest.extents:
            continue
        total = _value(nest, memory)
        out = places(nest.out, nest.extents, 1)[..., 0]
        if nest.out.space is GRAD:
            for r in range(n):
                G[out] = G[out] + np.broadcast_to(total, (*out.shape, n))[..., r]
        else:
            memory[nest.out.space][out] = total
    found = [memory[s][p] for addresses in plan.outputs.values() for s, p in addresses]
    return np.stack([np.broadcast_to(x, n) for x in found], axis=1) if found else np.zeros((n, 0))


def _value(nest: Nest, memory: dict[Space, Any]) -> Any:
    def factor(a: Address, length: int, k: int) -> Any:
        return memory[a.space][places(a, nest.extents, length)[..., k]]

    if nest.op != SUM:
        return _apply(nest.op, [factor(s.a, s.length, k) for s in nest.segments for k in range(s.length)])
    total = None
    for s in nest.segments:
        for k in range(s.length):
            term = factor(s.a, s.length, k)
            term = s.sign * (term if s.b is None else term * factor(s.b, s.length, k))
            total = term if total is None else total + term
    return np.zeros((*nest.extents, 1)) if total is None else total


class Sketch:
    """A plan under construction: space for blocks of numbers, and nests over them."""

    def __init__(
        self, inputs: int, parameters: int = 0, weighted: bool = False, constants: Sequence[float] = ()
    ) -> None:
        self.inputs, self.parameters, self.weighted = inputs + weighted, parameters, weighted
        self.constants = np.array(constants, np.float64)
        self.rows, self.ones = self.inputs, len(self.constants)
        self.nests: list[Nest] = []
        self.outputs: dict[str, tuple[tuple[Space, int], ...]] = {}

    def block(self, n: int, space: Space = ROW) -> int:
        """Return the first of n places."""
        if space is ROW:
            self.rows += n
            return self.rows - n
        self.ones += n
        return self.ones - n

    def nest(self, op_: int, extents: tuple[int, ...], out: Address, *segments: Segment) -> None:
        """Append a nest."""
        self.nests.append(Nest(op_, extents, out, segments))

    def output(self, name_: str, space: Space, base: int, n: int, step: int = 1) -> None:
        """Name n numbers as results."""
        self.outputs[name_] = tuple((space, base + i * step) for i in range(n))

    def plan(self) -> Plan:
        """Return the plan."""
        return Plan(
            tuple(self.nests),
            self.constants,
            self.inputs,
            self.rows,
            self.ones,
            self.parameters,
            self.parameters,
            self.weighted,
            self.outputs,
        )


def at(space: Space, base: int, *strides: int, step: int = 0) -> Address:
    """Return an address by strides."""
    return Address(space, base, strides, step)


@dataclass(frozen=True)
class Layer:
    """Where the weights (m, n), the biases and the results of a layer stand."""

    m: int
    n: int
    weights: int
    biases: int
    source: int
    sums: int
    values: int
    steps: int


def mlp(sizes: Sequence[int]) -> Plan:
    """Return the plan of a network of ReLU layers with squared error: values, and gradients of all parameters.

    Inputs are the network's, then the target, then the weight. A neuron's weights stand side by side, its bias follows.
    """
    count = sum((n + 1) * m for n, m in pairwise(sizes))
    s = Sketch(sizes[0] + 1, count, weighted=True, constants=(0.0, 2.0))
    layers, base, source = [], 0, 0
    for depth, (n, m) in enumerate(pairwise(sizes)):
        last = depth == len(sizes) - 2
        sums = s.block(m)
        layer = Layer(m, n, base, base + n, source, sums, sums if last else s.block(m), 0 if last else s.block(m))
        weights = Segment(n, at(PARAM, base, n + 1, step=1), at(ROW, source, 0, step=1))
        s.nest(SUM, (m,), at(ROW, sums, 1), weights, Segment(1, at(PARAM, base + n, n + 1)))
        if not last:
            s.nest(op("step"), (m,), at(ROW, layer.steps, 1), Segment(1, at(ROW, sums, 1)))
            operands = (at(ROW, layer.steps, 1), at(ROW, sums, 1), at(ONE, 0, 0))
            s.nest(op("select"), (m,), at(ROW, layer.values, 1), *(Segment(1, a) for a in operands))
        layers.append(layer)
        base, source = base + (n + 1) * m, layer.values
    _backward(s, layers, sizes[0])
    return s.plan()


def _backward(s: Sketch, layers: list[Layer], target: int) -> None:
    m = layers[-1].m
    error, loss = s.block(m), s.block(1)
    s.nest(
        SUM,
        (m,),
        at(ROW, error, 1),
        Segment(1, at(ROW, layers[-1].values, 1)),
        Segment(1, at(ROW, target, 0), None, -1.0),
    )
    s.nest(SUM, (), at(ROW, loss), Segment(m, at(ROW, error, step=1), at(ROW, error, step=1)))
    s.output("values", ROW, loss, 1)
    scaled, signal = s.block(1), s.block(m)
    s.nest(SUM, (), at(ROW, scaled), Segment(1, at(ROW, target + 1), at(ONE, 1)))
    s.nest(SUM, (m,), at(ROW, signal, 1), Segment(1, at(ROW, scaled, 0), at(ROW, error, 1)))
    for depth in reversed(range(len(layers))):
        layer = layers[depth]
        m, n = layer.m, layer.n
        products = Segment(1, at(ROW, signal, 1, 0), at(ROW, layer.source, 0, 1))
        s.nest(SUM, (m, n), at(GRAD, layer.weights, n + 1, 1), products)
        s.nest(SUM, (m,), at(GRAD, layer.biases, n + 1), Segment(1, at(ROW, signal, 1)))
        if depth:
            before, passed, arriving = layers[depth - 1], s.block(n), s.block(n)
            back = Segment(m, at(PARAM, layer.weights, 1, step=n + 1), at(ROW, signal, 0, step=1))
            s.nest(SUM, (n,), at(ROW, arriving, 1), back)
            s.nest(SUM, (n,), at(ROW, passed, 1), Segment(1, at(ROW, arriving, 1), at(ROW, before.steps, 1)))
            signal = passed


def run(kernel: Kernel, plan: Plan, X: Any, P: Any, weight: float, G: Any, order: Any = None) -> Floats:
    """Call a kernel on rows; return the outputs (rows, k) and add to G."""
    n = len(X) if order is None else len(order)
    k = sum(map(len, plan.outputs.values()))
    out = np.full((n, k), np.nan)
    memory = np.full(kernel.scratch + 8, np.nan)
    start = memory.ctypes.data + -memory.ctypes.data % 64
    X = np.ascontiguousarray(X, np.float64)
    kernel.run(
        n,
        None if order is None else order.ctypes.data,
        X.ctypes.data,
        X.shape[1],
        weight,
        P.ctypes.data,
        out.ctypes.data,
        G.ctypes.data,
        start,
    )
    return out
