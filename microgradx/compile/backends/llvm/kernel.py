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

from ...nests.layout import blocks
from ...nests.nests import Nest, Plan, Space
from .bytecode import tabular
from .common import common
from .gates import gated
from .grid import POOLS, PRESENT, WHERE, count_vectors
from .groups import Group, groups
from .holding import holding
from .in_place import begin_step, reads_while_adding, small
from .jit import SIGNATURE as SIGNATURE
from .lengths import LINES
from .order import in_order
from .parts import Code, Parts
from .rows import pack, unpack
from .schedule import MANY, worth_of_a_line
from .sharing import BOARD_WORDS
from .standing import standing
from .target import Target
from .turns_code import TURNS, in_turns, taken_at_once
from .writer import Module, Writer


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

    With `in_place` G is P, whatever is given, and each block a step of gradient descent: the weight is −lr/rows. In
    strict mode it is −lr, which then multiplies what was a gradient, as the optimiser does, and no parameter is −0.0.
    Code is about so many `lines` long at most; nests that find no room in it are bytecode. `finished` is told each
    module of this plan as soon as it is written, so that LLVM may begin with it; those in `common` go before them.
    ValueError for other lanes, for gradients of blocks where no weight tells rows from padding, and where they are
    bytecode and a strict step in place.

    >>> from ...nests.reroll import reroll
    >>> from ...tape.tape import INPUT, Builder
    >>> from .target import BASELINE
    >>> b = Builder()
    >>> x = b.leaves(INPUT, range(2))
    >>> plan = reroll(b.tape(values=b.sums([x], [x]))).plan  # x₀² + x₁²
    >>> code = emit(plan, BASELINE, lanes=8, strict=True)
    >>> code.ir.count("fmul <2 x double>") > 0, code.scratch
    (True, 80)
    """
    _check_lanes(plan, target, lanes)
    alone = tabular(plan, lines)
    plan = gated(plan) if strict and not any(map(alone, plan.nests)) else plan
    if in_place and strict and lanes > 1 and any(map(alone, blocks(plan))):
        raise ValueError(f"lines = {lines}: too few, as gradients that are bytecode make no strict step of a block")
    copies = in_place and reads_while_adding(plan)
    plan, rate = in_order(plan, lanes, strict, alone, in_place)
    module = Module(target, worth_of_a_line(plan, lanes, target), finished)
    kernel = _Kernel(module, plan, lanes, strict, alone, in_place, copies, rate)
    finished(text := kernel.text())
    return Code((*common(target, lanes > 1), *module.parts, text), kernel.scratch)


def _check_lanes(plan: Plan, target: Target, lanes: int) -> None:
    if lanes != 1 and lanes % target.vector:
        raise ValueError(f"lanes = {lanes}: 1, or a multiple of {target.vector}, the vectors of this processor")
    if not plan.weighted and lanes > 1 and any(nest.out.space is Space.GRAD for nest in plan.nests):
        raise ValueError("gradients of blocks of rows need a weight, which is 0 in lanes without a row")


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
        self._where = plan.rows * lanes
        self._size = BOARD_WORDS - (-(self._where + lanes) // 8) * 8  # of a block of rows, with its board of `sharing`
        adds = any(nest.out.space is Space.GRAD for nest in plan.nests)
        self._most = taken_at_once(self._size) if strict and lanes > 1 and adds and not in_place else 0
        self._ones = self._size * max(1, self._most)
        self._copy = self._ones + plan.ones
        module.reserve(plan.ones + copies * plan.parameters)
        self._w = Writer(module, recalls=lanes == 1 and len(plan.nests) < MANY)
        self._groups = groups(plan, alone, lanes == 1)
        self._standing = standing(self._groups, plan, lanes, module.target.vector)
        after = rate if lanes > 1 else None
        self._writers = {n: Parts.of(module, plan, n, strict, self._standing, not in_place, after) for n in (1, lanes)}

    def text(self) -> str:
        """Return the module."""
        if self._most:
            self._in_turns()
        else:
            self._in_a_row()
        for writer in self._writers.values():
            writer.finish()
        self.scratch = self._ones + self._module.reserve(0)
        return self._module.text()

    def _in_a_row(self) -> None:
        """Write the kernel as a loop over the blocks."""
        w, given = self._w, POOLS[Space.PARAM]
        self._first_block(w)
        self._pools(w)
        signature = SIGNATURE
        if self._copies:
            given = "%given"
            signature = signature.replace(POOLS[Space.PARAM], given)
        if self._in_place:
            signature = signature.replace(POOLS[Space.GRAD], "%same")
            w.do(f"{POOLS[Space.GRAD]} = getelementptr double, ptr {given}, i64 0")
            w.recall.derived(POOLS[Space.GRAD], given, 0)
            w.recall.keeps = [(given, *limits) for limits in small(self._plan, w.target)]
        _constants(w, self._plan)
        if not self._in_place:
            self._begin()
        holding(w, self._blocks(w), given, POOLS[Space.ROW], self._block)
        w.define("kernel", signature)

    def _in_turns(self) -> None:
        """Write the kernel, and what it has in common with calls that several threads share; see `turns`."""
        w = self._w
        self._first_block(w)
        self._pools(w)
        _constants(w, self._plan)
        self._begin()
        arguments = SIGNATURE.replace(" noalias", "")

        def call(name: str) -> Callable[[str, str], None]:
            def block(index: str, place: str) -> None:
                row = w.shifted(w.shifted("%S", w.value(f"mul i64 {place}, {self._size}")), BOARD_WORDS)
                w.do(f"call void @{name}({arguments}, ptr {row}, i64 {index})")

            return block

        in_turns(w, self._blocks(w), self._most, call("alone"), call("added"))
        w.define("in_turns", f"{arguments}, ptr {TURNS}")  # whose gradients other threads change meanwhile
        self._define("alone", self._alone)
        self._define("added", self._added)
        whole = Writer(self._module)
        whole.do(f"call void @in_turns({arguments}, ptr null)")
        whole.define("kernel", SIGNATURE)

    def _define(self, name: str, write: Callable[[Writer, str], None]) -> None:
        """Add a function that does something with a block: it is told its number, and where its rows stand."""
        w = Writer(self._module)
        self._pools(w)
        write(w, self._begin_block(w, "%block"))
        w.define(name, f"{SIGNATURE}, ptr {POOLS[Space.ROW]}, i64 %block", "internal ")

    def _first_block(self, w: Writer) -> None:
        w.do(f"{POOLS[Space.ROW]} = getelementptr double, ptr %S, i64 {BOARD_WORDS}")

    def _pools(self, w: Writer) -> None:
        """Write where numbers stand that are not those of a block."""
        w.do(f"{POOLS[Space.ONE]} = getelementptr double, ptr %S, i64 {self._ones}")
        w.do(f"{WHERE} = getelementptr double, ptr {POOLS[Space.ROW]}, i64 {self._where}")

    def _blocks(self, w: Writer) -> str:
        return w.value(f"sdiv i64 {w.value(f'add i64 %rows, {self._lanes - 1}')}, {self._lanes}")

    def _begin(self) -> None:
        """Write what is the same for all rows that see the same parameters."""
        w = self._w
        if self._copies:
            w.do(f"{POOLS[Space.PARAM]} = getelementptr double, ptr %S, i64 {self._copy}")
            _copy(w, POOLS[Space.PARAM], "%given", self._plan.parameters)
        self._writers[1].write(w, [g for g in self._groups if g.space is Space.ONE], "0")

    def _block(self, index: str) -> None:
        w = self._w
        if self._in_place:
            self._begin()
        first = self._begin_block(w, index)
        self._alone(w, first, lambda group: True)

    def _begin_block(self, w: Writer, index: str) -> str:
        """Write how many rows of a block are present; return the number of the first."""
        lanes = self._lanes
        first = index if lanes == 1 else w.value(f"mul i64 {index}, {lanes}")
        present = w.minimum(w.value(f"sub i64 %rows, {first}"), str(lanes))
        w.do(f"{PRESENT} = add i64 {present}, 0")
        count_vectors(w)
        return first

    def _alone(self, w: Writer, first: str, chosen: Callable[[Group], bool] = lambda g: not _adds(g)) -> None:
        """Write what is computed of each row: what no other row has a part in, or all that is `chosen`."""
        weight = "%weight" if self._rate is None else begin_step(w, self._rate, self._lanes)
        pack(w, self._plan, self._lanes, first, weight, self._standing)
        self._groups_of_rows(w, chosen)
        unpack(w, self._plan, self._lanes, first)

    def _added(self, w: Writer, first: str) -> None:
        """Write what adds the rows of a block to the gradients."""
        self._groups_of_rows(w, _adds)

    def _groups_of_rows(self, w: Writer, chosen: Callable[[Group], bool]) -> None:
        every = [g for g in self._groups if g.space is not Space.ONE]
        found = [g for g in every if chosen(g)]
        self._writers[self._lanes].write(w, found, PRESENT, len(every) - len(found))


def _adds(group: Group) -> bool:
    return group.space is Space.GRAD


def _constants(w: Writer, plan: Plan) -> None:
    if len(plan.constants):
        _copy(w, POOLS[Space.ONE], w.module.table(plan.constants), len(plan.constants))


def _copy(w: Writer, target: str, source: str, n: int) -> None:
    w.module.declare("void", "llvm.memcpy.p0.p0.i64", ["ptr", "ptr", "i64", "i1"])
    w.do(f"call void @llvm.memcpy.p0.p0.i64(ptr align 8 {target}, ptr align 8 {source}, i64 {8 * n}, i1 0)")
