"""A kernel whose rows are the parameters of a network, and whose inputs and outputs are columns: an optimiser's step.

    void kernel(rows, order, X, stride, weight, P, OUT, G, S)

is that of `kernel`, but input j of row i stands at X[j·stride + i], and output j at OUT[j·stride + i]; order, weight, G
and S are not used. The number of rows is a multiple of `layout.BLOCK`. The plan has no loop but the one over
rows, so each of its numbers stays in a register.
"""

from __future__ import annotations

from itertools import product

from ..layout import BLOCK
from ..nests import Address, Nest, Plan, Segment, Space
from ..tape import SUM, name
from .arithmetic import Arithmetic
from .kernel import SIGNATURE, Code
from .operations import Operations
from .target import Target
from .writer import Module, Writer, number

Point = tuple[int, ...]

TOGETHER = 4
"""Vectors of rows in one round of the loop, so that the processor has several to work on."""


def emit_columns(plan: Plan, target: Target, strict: bool) -> Code:
    """Return the kernel of a plan of few numbers, without gradients: its nests are written out, point by point."""
    module = Module(target)
    w = Writer(module)
    alike = _Numbers(w, plan, 1, strict, None)
    for nest in plan.nests:
        if nest.out.space is Space.ONE:
            alike.compute(nest)
    each = target.vector * min(TOGETHER, BLOCK // target.vector)

    def block(index: str, _: list[str]) -> list[str]:
        first = w.value(f"mul i64 {index}, {each}")
        for start in range(0, each, target.vector):
            row = w.value(f"add i64 {first}, {start}")
            _vector(w, plan, strict, alike, row)
        return []

    w.loop(w.value(f"sdiv i64 %rows, {each}"), [], block)
    w.define("kernel", SIGNATURE)
    return Code(module.text(), 0)


def _vector(w: Writer, plan: Plan, strict: bool, alike: _Numbers, row: str) -> None:
    n = w.target.vector

    def column(pointer: str, j: int) -> str:
        return w.shifted(pointer, w.linear(0, [(row, 1), ("%stride", j)]))

    numbers = _Numbers(w, plan, n, strict, alike)
    for j in range(plan.inputs):
        numbers.found[Space.ROW, j] = w.load(column("%X", j), n)
    for nest in plan.nests:
        if nest.out.space is Space.ROW:
            numbers.compute(nest)
    results = [numbers.at(space, place) for addresses in plan.outputs.values() for space, place in addresses]
    for j, x in enumerate(results):
        w.store(x, column("%OUT", j), n)


class _Numbers:
    """The numbers of a plan in registers of `width` lanes; what is alike for all rows comes from registers of one."""

    def __init__(self, w: Writer, plan: Plan, width: int, strict: bool, alike: _Numbers | None) -> None:
        self._w, self._plan, self._width, self._strict, self._alike = w, plan, width, strict, alike
        self._operations = Operations(w, width, width, strict)
        self._m = Arithmetic(w, width)
        self.found: dict[tuple[Space, int], str] = {}

    def at(self, space: Space, place: int) -> str:
        """Return the number at a place, in all lanes if it is alike for all rows."""
        if (space, place) not in self.found:
            self.found[space, place] = self._read(space, place)
        return self.found[space, place]

    def _read(self, space: Space, place: int) -> str:
        if space is Space.ONE and place < len(self._plan.constants):
            return self._m.float(float(self._plan.constants[place]))
        if self._alike is not None:
            return self._w.gathered([self._alike.at(space, place)] * self._width)
        return self._w.load(self._w.shifted("%P", place), 1)

    def compute(self, nest: Nest) -> None:
        """Compute the numbers of a nest."""
        for point in product(*map(range, nest.extents)):
            x = self._sum(nest, point) if nest.op == SUM else self._applied(nest, point)
            self.found[nest.out.space, _place(nest.out, point, 0)] = x

    def _applied(self, nest: Nest, point: Point) -> str:
        first, *others = [self._operand(s.a, point, k) for s in nest.segments for k in range(s.length)]
        operation = getattr(self._operations, name(nest.op).replace(" or ", "_"))
        if name(nest.op) not in ("max", "min"):
            return str(operation(first, *others))
        for other in others:
            first = operation(first, other)
        return first

    def _sum(self, nest: Nest, point: Point) -> str:
        total = ""
        for s in nest.segments:
            for k in range(s.length):
                total = self._term(total, s, point, k)
        return total or number(-0.0)

    def _term(self, total: str, s: Segment, point: Point, k: int) -> str:
        a, m = self._operand(s.a, point, k), self._m
        b = None if s.b is None else self._operand(s.b, point, k)
        if b is not None and total and not self._strict:
            return m.fma(a if s.sign > 0 else m.neg(a), b, total)
        term = a if b is None else m.mul(a, b)
        if not total:
            return term if s.sign > 0 else m.neg(term)
        return m.add(total, term) if s.sign > 0 else m.sub(total, term)

    def _operand(self, a: Address, point: Point, k: int) -> str:
        return self.at(a.space, _place(a, point, k))


def _place(a: Address, point: Point, k: int) -> int:
    if a.table is not None:
        return int(a.table[(*point, k)])
    return a.base + a.step * k + sum(stride * i for stride, i in zip(a.strides, point, strict=True))
