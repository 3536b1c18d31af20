"""A kernel whose rows are the parameters of a network, and whose inputs and outputs are columns: an optimiser's step.

    void kernel(rows, order, X, stride, weight, P, OUT, G, S)

is that of `kernel`, but input j of row i stands at X[j·stride + i], and output j at OUT[j·stride + i]; order, weight, G
and S are not used. The number of rows is a multiple of `layout.BLOCK`. The plan has no loop but the one over
rows, so each of its numbers stays in a register.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from ...nests.layout import BLOCK
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import SUM, name
from .arithmetic import Arithmetic
from .jit import SIGNATURE
from .operations import Operations
from .parts import Code
from .target import Target
from .writer import Module, Writer, number

Point = tuple[int, ...]

TOGETHER = 4
"""Vectors of rows in one round of the loop, so that the processor has several to work on."""


def emit_columns(
    plan: Plan, target: Target, strict: bool, finished: Callable[[str], None] = lambda module: None
) -> Code:
    """Return the kernel of a plan of few numbers, without gradients: its nests are written out, point by point.

    `finished` is told the module as soon as it is written.
    """
    w = Writer(Module(target))
    alike = _Alike(w, plan, strict)
    n, places = target.vector, [address for addresses in plan.outputs.values() for address in addresses]
    pointers = {j: _column(w, "%X", j) for j in range(plan.inputs)}
    results = [_column(w, "%OUT", j) for j in range(len(places))]
    together = min(TOGETHER, BLOCK // n)

    def block(index: str, _: list[str]) -> list[str]:
        row = w.value(f"mul i64 {index}, {together * n}")
        inputs = {j: w.shifted(pointer, row) for j, pointer in pointers.items()}
        outputs = [w.shifted(pointer, row) for pointer in results]
        for start in range(0, together * n, n):
            numbers = _EachRow(w, plan, strict, alike, {j: w.shifted(x, start) for j, x in inputs.items()})
            for nest in plan.nests:
                if nest.out.space is Space.ROW:
                    numbers.compute(nest)
            for pointer, (space, place) in zip(outputs, places, strict=True):
                w.store(numbers.at(space, place), w.shifted(pointer, start), n)
        return []

    w.loop(w.value(f"sdiv i64 %rows, {together * n}"), [], block)
    w.define("kernel", SIGNATURE.replace(" noalias", ""))  # OUT may be X
    finished(text := w.module.text())
    return Code((text,), 0)


def _column(w: Writer, pointer: str, j: int) -> str:
    return w.shifted(pointer, w.linear(0, [("%stride", j)]))


class _Numbers:
    """The numbers of a plan in registers of `width` lanes."""

    def __init__(self, w: Writer, plan: Plan, width: int, strict: bool) -> None:
        self._w, self._plan, self._strict = w, plan, strict
        self._operations = Operations(w, width, width, strict)
        self._m = Arithmetic(w, width)
        self._found: dict[tuple[Space, int], str] = {}

    def at(self, space: Space, place: int) -> str:
        """Return the number at a place."""
        if (space, place) not in self._found:
            self._found[space, place] = self._read(space, place)
        return self._found[space, place]

    def _read(self, space: Space, place: int) -> str:
        raise NotImplementedError

    def compute(self, nest: Nest) -> None:
        """Compute the numbers of a nest."""
        for point in product(*map(range, nest.extents)):
            x = self._sum(nest, point) if nest.op == SUM else self._applied(nest, point)
            self._found[nest.out.space, _place(nest.out, point, 0)] = x

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


class _Alike(_Numbers):
    """What is the same for all rows, computed before the loop over them, and then `splats`: in all lanes."""

    def __init__(self, w: Writer, plan: Plan, strict: bool) -> None:
        super().__init__(w, plan, 1, strict)
        for nest in plan.nests:
            if nest.out.space is Space.ONE:
                self.compute(nest)
        outputs = {address for addresses in plan.outputs.values() for address in addresses}
        self.splats = {
            found: w.gathered([self.at(*found)] * w.target.vector)
            for found in sorted(outputs.union(*map(_operands, plan.nests)))
            if found[0] is not Space.ROW
        }

    def _read(self, space: Space, place: int) -> str:
        if space is Space.ONE:
            return self._m.float(float(self._plan.constants[place]))
        return self._w.load(self._w.shifted("%P", place), 1)


class _EachRow(_Numbers):
    """The numbers of one vector of rows, whose inputs stand at these pointers."""

    def __init__(self, w: Writer, plan: Plan, strict: bool, alike: _Alike, inputs: dict[int, str]) -> None:
        super().__init__(w, plan, w.target.vector, strict)
        self._found |= alike.splats
        self._inputs = inputs

    def _read(self, space: Space, place: int) -> str:
        return self._w.load(self._inputs[place], self._w.target.vector)


def _operands(nest: Nest) -> set[tuple[Space, int]]:
    """Return where the operands of the numbers of each row stand."""
    if nest.out.space is not Space.ROW:
        return set()
    points = list(product(*map(range, nest.extents)))
    pairs = [(a, s.length) for s in nest.segments for a in (s.a, s.b) if a is not None]
    return {(a.space, _place(a, point, k)) for a, length in pairs for point in points for k in range(length)}


def _place(a: Address, point: Point, k: int) -> int:
    if a.table is not None:
        return int(a.table[(*point, k)])
    return a.base + a.step * k + sum(stride * i for stride, i in zip(a.strides, point, strict=True))
