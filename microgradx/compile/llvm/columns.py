"""A kernel whose rows are the parameters of a network, and whose inputs and outputs are columns: an optimiser's step.

    void kernel(rows, order, X, stride, weight, P, OUT, G, S)

is that of `kernel`, but input j of row i stands at X[j·stride + i], and output j at OUT[j·stride + i]; order, weight, G
and S are not used. The number of rows is a multiple of `layout.BLOCK`. A plan of single numbers has no loop but the one
over rows, so each of its numbers stays in a register.
"""

from __future__ import annotations

from ..layout import BLOCK
from ..nests import Address, Nest, Plan, Segment, Space
from ..tape import SUM, name
from .arithmetic import Arithmetic
from .kernel import SIGNATURE, Code
from .operations import Operations
from .target import Target
from .writer import Module, Writer, number

TOGETHER = 4
"""Vectors of rows in one round of the loop, so that the processor has several to work on."""


def emit_columns(plan: Plan, target: Target, strict: bool) -> Code:
    """Return the kernel of a plan of single numbers: none of its nests has an extent, and none adds to a gradient."""
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
        """Compute the number of a nest."""
        if nest.op == SUM:
            x = self._sum(nest)
        else:
            operands = [self._operand(s.a, k) for s in nest.segments for k in range(s.length)]
            operation = getattr(self._operations, name(nest.op).replace(" or ", "_"))
            x = operands[0] if len(operands) == 1 and name(nest.op) in ("max", "min") else operation(*operands[:3])
            for operand in operands[2:] if name(nest.op) in ("max", "min") else ():
                x = operation(x, operand)
        self.found[nest.out.space, nest.out.base] = x

    def _operand(self, a: Address, k: int) -> str:
        return self.at(a.space, a.base + a.step * k if a.table is None else int(a.table[k]))

    def _sum(self, nest: Nest) -> str:
        total = ""
        for s in nest.segments:
            for k in range(s.length):
                total = self._term(total, s, k)
        return total or number(-0.0)

    def _term(self, total: str, s: Segment, k: int) -> str:
        a, m = self._operand(s.a, k), self._m
        b = None if s.b is None else self._operand(s.b, k)
        if b is not None and total and not self._strict:
            return m.fma(a if s.sign > 0 else m.neg(a), b, total)
        product = a if b is None else m.mul(a, b)
        if not total:
            return product if s.sign > 0 else m.neg(product)
        return m.add(total, product) if s.sign > 0 else m.sub(total, product)
