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

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import cbrt, prod

from ..nests import Address, Nest, Plan, Segment, Space
from ..tape import SUM, Floats
from .alignment import aligned
from .bytecode import LINES, POINTERS, Bytecode, tabular
from .grid import POOLS, PRESENT, Grid
from .grids import grid
from .groups import Group, groups
from .pointwise import pointwise_nest
from .rows import WHERE, count_vectors, pack, unpack
from .sharing import BOARD
from .target import Target
from .tiles import sum_nest
from .writer import Module, Writer

SIGNATURE = (
    "i64 %rows, ptr noalias %order, ptr noalias %X, i64 %stride, double %weight, "
    "ptr noalias %P, ptr noalias %OUT, ptr noalias %G, ptr noalias %S"
)


LINE = 0.15
"""What a line of code is worth, in cycles of each run, where a run takes one row: of more rows there are fewer runs."""

MANY, MOST = 64, 4.0
"""From so many nests on a line is worth more, up to so many times as much: one has to wait for all of them."""

TOGETHER = 32
"""So many groups stand in one function."""


@dataclass(frozen=True)
class Code:
    """A module as text, and how many numbers of scratch its kernel needs."""

    ir: str
    scratch: int


def emit(plan: Plan, target: Target, *, lanes: int, strict: bool, in_place: bool = False, lines: int = LINES) -> Code:
    """Return the kernel of a plan, which takes rows in blocks of `lanes`: 1, or a multiple of a vector.

    With `in_place` G may be P, for a block at a time: with the weight −lr/rows that is a step of gradient descent.
    Code is about so many `lines` long at most; nests that find no room in it are bytecode.
    ValueError for other lanes, and for gradients of blocks where no weight tells rows from padding.

    >>> from ..reroll import reroll
    >>> from ..tape import INPUT, Builder
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
    plan = _rows_first(_gradients_last(plan) if in_place else plan, lanes, strict, alone)
    plan = aligned(plan) if lanes == 1 else plan
    module = Module(target, LINE * cbrt(lanes) * min(MOST, max(1.0, len(plan.nests) / MANY)))
    w = Writer(module)
    ones = BOARD - (-plan.rows * lanes // 8) * 8
    w.do(f"{POOLS[Space.ROW]} = getelementptr double, ptr %S, i64 {BOARD}")
    w.do(f"{POOLS[Space.ONE]} = getelementptr double, ptr %S, i64 {ones}")
    w.do(f"{WHERE} = getelementptr double, ptr %S, i64 {ones + plan.ones}")
    scratch, signature = ones + plan.ones + lanes, SIGNATURE.replace(" noalias", "") if in_place else SIGNATURE
    if in_place and _reads_while_adding(plan):
        signature = signature.replace("%P", "%given")
        _copy_parameters(w, plan, scratch)
        scratch += plan.parameters
    _constants(w, plan)
    found = groups(plan, alone)
    writers = {n: _Groups(module, plan.constants, n, strict, Bytecode(module, n, strict)) for n in (1, lanes)}
    writers[1].write(w, [g for g in found if g.space is Space.ONE], "0")  # of one row: the same for all
    blocks = w.value(f"sdiv i64 {w.value(f'add i64 %rows, {lanes - 1}')}, {lanes}")

    def block(index: str, _: list[str]) -> list[str]:
        first = index if lanes == 1 else w.value(f"mul i64 {index}, {lanes}")
        present = w.minimum(w.value(f"sub i64 %rows, {first}"), str(lanes))
        w.do(f"{PRESENT} = add i64 {present}, 0")
        count_vectors(w)
        pack(w, plan, lanes, first)
        writers[lanes].write(w, [g for g in found if g.space is not Space.ONE], PRESENT)
        unpack(w, plan, lanes, first)
        return []

    w.loop(blocks, [], block)
    w.define("kernel", signature)
    for writer in writers.values():
        writer.finish()
    return Code(module.text(), scratch)


@dataclass(frozen=True)
class _Groups:
    """Writes groups of nests for blocks of `lanes` rows: as code, or as bytecode those that are alone."""

    module: Module
    constants: Floats
    lanes: int
    strict: bool
    bytecode: Bytecode

    def write(self, w: Writer, found: Sequence[Group], present: str) -> None:
        """Write groups in place, or many in functions of their own: lines of long functions take longer to compile."""
        for alone, some in groupby(found, key=lambda group: group.alone):
            if alone:
                self.bytecode.call(w, [nest for group in some for nest in group.nests], present)
            elif len(found) <= TOGETHER:
                self._in_place(w, list(some))
            else:
                self._in_functions(w, list(some), present)

    def finish(self) -> None:
        """Write what runs the bytecode."""
        self.bytecode.define(count_vectors, self._nest)

    def _in_functions(self, w: Writer, found: Sequence[Group], present: str) -> None:
        for start in range(0, len(found), TOGETHER):
            part = Writer(self.module)
            count_vectors(part)
            self._in_place(part, found[start : start + TOGETHER])
            name = self.module.new_name("part")
            part.define(name, f"{POINTERS}, i64 {PRESENT}", "internal ")
            w.do(f"call void @{name}({POINTERS}, i64 {present})")

    def _in_place(self, w: Writer, found: Sequence[Group]) -> None:
        for group in found:
            g = grid(group, self.lanes, self.strict, self.constants, self.module)
            if g is not None:
                self._nest(w, g)

    def _nest(self, w: Writer, g: Grid) -> None:
        if g.head.op == SUM and any(term.loops for term in g.head.terms):
            sum_nest(w, g, self.strict)
        else:
            pointwise_nest(w, g, self.strict)


def _constants(w: Writer, plan: Plan) -> None:
    if len(plan.constants):
        _copy(w, POOLS[Space.ONE], w.module.table(plan.constants), len(plan.constants))


def _copy_parameters(w: Writer, plan: Plan, place: int) -> None:
    """Let the kernel read the parameters as they were given, at this place of its scratch."""
    w.do(f"{POOLS[Space.PARAM]} = getelementptr double, ptr %S, i64 {place}")
    _copy(w, POOLS[Space.PARAM], "%given", plan.parameters)


def _copy(w: Writer, target: str, source: str, n: int) -> None:
    w.module.declare("void", "llvm.memcpy.p0.p0.i64", ["ptr", "ptr", "i64", "i1"])
    w.do(f"call void @llvm.memcpy.p0.p0.i64(ptr align 8 {target}, ptr align 8 {source}, i64 {8 * n}, i1 0)")


def _reads_while_adding(plan: Plan) -> bool:
    """Whether parameters are read when gradients have been added to: by another gradient, or as a result."""
    adding = [nest for nest in plan.nests if nest.out.space is Space.GRAD]
    read = [a.space for nest in adding for s in nest.segments for a in (s.a, s.b) if a is not None]
    results = [space for places in plan.outputs.values() for space, _ in places]
    return Space.PARAM in (*read, *results)


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


def _gradients_last(plan: Plan) -> Plan:
    """Return a plan that adds to gradients when all else is computed."""
    return replace(plan, nests=tuple(sorted(plan.nests, key=lambda nest: nest.out.space is Space.GRAD)))


def _adds_row_by_row(nest: Nest, lanes: int, strict: bool, alone: bool) -> bool:
    if nest.op != SUM:
        return False
    return (lanes == 1 and not alone) or not strict or sum(s.length for s in nest.segments) == 1
