"""One function for a whole plan: rows in, results and gradients out.

    void kernel(rows, order, X, stride, weight, P, OUT, G, S)

rows    how many rows; may be 0
order   (rows,) the numbers of the rows in X, or null for 0, 1, 2, …
X       rows of `inputs` numbers, without the weight; each begins `stride` numbers after the one before
weight  the last input of a weighted plan, the same for all rows; gradients are proportional to it, as error signals
        are, so that rows of weight 0, which fill the last block, add nothing
P       parameters
OUT     (rows, k) all outputs of the plan, one after the other; may be null where there are none
G       gradients of parameters, which are added to
S       memory for `scratch` numbers, aligned to 64 bytes, one for each call that runs at a time; it begins with the
        board of `sharing`
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import cbrt, prod

from ...nests.addresses import span
from ...nests.nests import Address, Nest, Plan, Segment, Space
from ...tape.tape import SUM
from .alignment import aligned
from .bytecode import LINES, Bytecode, tabular
from .grid import POOLS, PRESENT
from .groups import groups
from .holding import holding
from .in_place import gradients_last, in_eager_order, reads_while_adding
from .parts import Code, Parts
from .rows import WHERE, count_vectors, pack, unpack
from .schedule import LINE
from .sharing import BOARD
from .target import Target
from .writer import Module, Writer, number

SIGNATURE = (
    "i64 %rows, ptr noalias %order, ptr noalias %X, i64 %stride, double %weight, "
    "ptr noalias %P, ptr noalias %OUT, ptr noalias %G, ptr noalias %S"
)


MANY, MOST = 64, 4.0
"""From so many nests on a line is worth more, up to so many times as much: one has to wait for all of them."""


def emit(
    plan: Plan,
    target: Target,
    *,
    lanes: int,
    strict: bool,
    in_place: bool = False,
    lines: int = LINES,
    finished: Callable[[str], None] = lambda module: None,
) -> Code:
    """Return the kernel of a plan, which takes rows in blocks of `lanes`: 1, or a multiple of a vector.

    With `in_place` G is P, whatever is given, and each block a step of gradient descent: the weight is −lr/rows. Of
    one row in strict mode it is −lr, which then multiplies what was a gradient, as the optimiser does.
    Code is about so many `lines` long at most; nests that find no room in it are bytecode. `finished` is told each
    module as soon as it is written, so that LLVM may begin with it.
    ValueError for other lanes, and for gradients of blocks where no weight tells rows from padding.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import INPUT, Builder
    >>> from .target import BASELINE
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(2))
    >>> plan = reroll(b.tape(values=b.sums([x], [x]))).plan  # x₀² + x₁²
    >>> code = emit(plan, BASELINE, lanes=8, strict=True)
    >>> code.ir.count("fmul <2 x double>") > 0, code.scratch
    (True, 64)
    """
    if lanes != 1 and lanes % target.vector:
        raise ValueError(f"lanes = {lanes}: 1, or a multiple of {target.vector}, the vectors of this processor")
    if not plan.weighted and lanes > 1 and any(nest.out.space is Space.GRAD for nest in plan.nests):
        raise ValueError("gradients of blocks of rows need a weight, which is 0 in lanes without a row")
    alone = tabular(plan, lines)
    copies = in_place and reads_while_adding(plan)
    plan = _rows_first(gradients_last(plan) if in_place else plan, lanes, strict, alone)
    plan = aligned(plan) if lanes == 1 else plan
    rate = None
    if in_place and strict and lanes == 1:
        plan, rate = in_eager_order(plan)
    module = Module(target, LINE * cbrt(lanes) * min(MOST, max(1.0, len(plan.nests) / MANY)), finished)
    kernel = _Kernel(module, plan, lanes, strict, alone, in_place, copies, rate)
    finished(text := kernel.text())
    return Code((*module.parts, text), kernel.scratch)


class _Kernel:
    """Writes a kernel."""

    def __init__(
        self,
        module: Module,
        plan: Plan,
        lanes: int,
        strict: bool,
        alone: Callable[[Nest], bool],
        in_place: bool,
        copies: bool,
        rate: int | None,
    ) -> None:
        self._module, self._plan, self._lanes = module, plan, lanes
        self._in_place, self._copies, self._rate = in_place, copies, rate
        self._ones = BOARD - (-plan.rows * lanes // 8) * 8
        self._copy = self._ones + plan.ones + lanes
        self.scratch = self._copy + copies * plan.parameters
        self._w = Writer(module, recalls=lanes == 1 and len(plan.nests) < MANY)
        self._groups = groups(plan, alone, lanes == 1)
        self._writers = {n: Parts(module, plan.constants, n, strict, Bytecode(module, n, strict)) for n in (1, lanes)}

    def text(self) -> str:
        """Return the module."""
        w, lanes, given = self._w, self._lanes, POOLS[Space.PARAM]
        w.do(f"{POOLS[Space.ROW]} = getelementptr double, ptr %S, i64 {BOARD}")
        w.do(f"{POOLS[Space.ONE]} = getelementptr double, ptr %S, i64 {self._ones}")
        w.do(f"{WHERE} = getelementptr double, ptr %S, i64 {self._ones + self._plan.ones}")
        signature = SIGNATURE
        if self._copies:
            given = "%given"
            signature = signature.replace(POOLS[Space.PARAM], given)
        if self._in_place:
            signature = signature.replace(POOLS[Space.GRAD], "%same")
            w.do(f"{POOLS[Space.GRAD]} = getelementptr double, ptr {given}, i64 0")
            w.recall.derived(POOLS[Space.GRAD], given, 0)
            w.recall.keeps = [(given, *limits) for limits in _small(self._plan, w.target)]
        _constants(w, self._plan)
        if not self._in_place:
            self._begin()
        blocks = w.value(f"sdiv i64 {w.value(f'add i64 %rows, {lanes - 1}')}, {lanes}")
        holding(w, blocks, given, POOLS[Space.ROW], self._block)
        w.define("kernel", signature)
        for writer in self._writers.values():
            writer.finish()
        return self._module.text()

    def _begin(self) -> None:
        """Write what is the same for all rows that see the same parameters."""
        w = self._w
        if self._copies:
            w.do(f"{POOLS[Space.PARAM]} = getelementptr double, ptr %S, i64 {self._copy}")
            _copy(w, POOLS[Space.PARAM], "%given", self._plan.parameters)
        self._writers[1].write(w, [g for g in self._groups if g.space is Space.ONE], "0")

    def _block(self, index: str) -> None:
        w, lanes = self._w, self._lanes
        if self._in_place:
            self._begin()
        first = index if lanes == 1 else w.value(f"mul i64 {index}, {lanes}")
        present = w.minimum(w.value(f"sub i64 %rows, {first}"), str(lanes))
        w.do(f"{PRESENT} = add i64 {present}, 0")
        count_vectors(w)
        weight = "%weight"
        if self._rate is not None:
            weight = number(1.0)
            for place, x in ((self._rate, "%weight"), (self._rate + 1, number(0.0))):
                w.store(x, w.shifted(POOLS[Space.ROW], place), 1)
        pack(w, self._plan, lanes, first, weight)
        self._writers[lanes].write(w, [g for g in self._groups if g.space is not Space.ONE], PRESENT)
        unpack(w, self._plan, lanes, first)


def _small(plan: Plan, target: Target) -> list[tuple[int, int]]:
    """Return the first blocks of parameters that fit into a third of the registers, as ranges of their places."""
    found, room = [], target.registers // 3
    for nest in plan.nests:
        if nest.out.space is Space.GRAD and 0 not in nest.extents:
            low, high = span(nest.out, nest.extents, 1)
            size = -(-(high + 1 - low) // target.vector)
            if size <= min(4, room):
                found.append((low, high + 1))
                room -= size
    return found


def _constants(w: Writer, plan: Plan) -> None:
    if len(plan.constants):
        _copy(w, POOLS[Space.ONE], w.module.table(plan.constants), len(plan.constants))


def _copy(w: Writer, target: str, source: str, n: int) -> None:
    w.module.declare("void", "llvm.memcpy.p0.p0.i64", ["ptr", "ptr", "i64", "i1"])
    w.do(f"call void @llvm.memcpy.p0.p0.i64(ptr align 8 {target}, ptr align 8 {source}, i64 {8 * n}, i1 0)")


def _rows_first(plan: Plan, lanes: int, strict: bool, alone: Callable[[Nest], bool]) -> Plan:
    """Return a plan whose gradient nests can add row by row.

    What a row contributes to a gradient is complete before it is added to what others did. Where that is no single
    product, and the order of additions is fixed, the contributions of a block of rows get places of their own, and so
    do those of a row in bytecode, whose instructions add a few products each.
    """
    nests: list[Nest] = []
    rows = plan.rows
    for nest in plan.nests:
        if nest.out.space is not Space.GRAD or _adds_row_by_row(nest, lanes, strict, alone(nest)):
            nests.append(nest)
            continue
        strides = tuple(prod(nest.extents[d + 1 :]) for d in range(len(nest.extents)))
        own = Address(Space.ROW, rows, strides)
        rows += prod(nest.extents)
        nests += [replace(nest, out=own), replace(nest, op=SUM, segments=(Segment(1, own),))]
    return replace(plan, nests=tuple(nests), rows=rows)


def _adds_row_by_row(nest: Nest, lanes: int, strict: bool, alone: bool) -> bool:
    if nest.op != SUM:
        return False
    return (lanes == 1 and not alone) or not strict or sum(s.length for s in nest.segments) == 1
