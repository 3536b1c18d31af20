"""Parts: the groups of a plan in functions, and functions in modules, which LLVM compiles side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...nests.nests import Nest, Plan, Space
from ...tape.tape import SUM, Floats
from .bytecode import POINTERS, Bytecode
from .grid import PASSED, PRESENT, Grid, count_vectors
from .groups import Group
from .lengths import lines_of, work
from .nests_as_grids import grid
from .partition import SLICES, divided
from .pointwise import pointwise_nest
from .sharing import FUNCTION_FROM, call_part, shared
from .standing import Columns
from .tiles import sum_nest
from .writer import Module, Writer

TOGETHER, OF_BLOCKS = 32, 6
"""So many groups stand in the kernel itself, fewer if it computes blocks of rows, beside which calls take no time."""

LONG, LONG_OF_BLOCKS = 2000, 600
"""A function of so many lines is long enough: LLVM begins early with short ones, and ends on all threads at once."""


COLD = 32
"""A function is cold whose lines make so many times fewer multiply-adds than those of the plan do on average, so that
all that is cold is at most 1/COLD of the work."""


@dataclass(frozen=True)
class Code:
    """Modules as text, that of the kernel last, and how many numbers of scratch it needs."""

    modules: tuple[str, ...]
    scratch: int

    @property
    def ir(self) -> str:
        """All of the text."""
        return "\n".join(self.modules)


@dataclass(frozen=True)
class Parts:
    """Writes groups of nests for blocks of `lanes` rows, or `rows` of these: as code, or as bytecode what is alone."""

    module: Module
    constants: Floats
    lanes: int
    rows: int
    strict: bool
    bytecode: Bytecode
    standing: Sequence[Columns]
    density: float
    rate: int | None

    @classmethod
    def of(
        cls,
        module: Module,
        plan: Plan,
        lanes: int,
        strict: bool,
        standing: Sequence[Columns],
        hurried: bool,
        rate: int | None = None,
    ) -> Parts:
        """Return what writes groups of a plan, which reads inputs of `standing` columns where the rows stand.

        If it is `hurried`, functions that have a small part in the work are cold. What stands at `rate` in space ONE
        multiplies the sum of a gradient over the rows before that is added.
        """
        density = _density(plan.nests) / COLD if hurried and lanes > 1 else 0.0
        bytecode = Bytecode(module, lanes, strict)
        return cls(module, plan.constants, lanes, lanes, strict, bytecode, standing, density, rate)

    def write(self, w: Writer, found: Sequence[Group], present: str, others: int = 0) -> None:
        """Write groups in place, or many in functions of their own: lines of long functions take longer to compile.

        So many `others` stand elsewhere in the kernel's module.
        """
        beside: list[str] = []
        for way, some in divided(found, self.lanes, self.module.target.vector):
            if way == "alone":
                self.bytecode.call(w, [nest for group in some for nest in group.nests], present)
            elif way == "sliced":
                self._in_slices(w, some)
            elif way == "beside":
                beside = self._functions(some)
                continue
            elif len(found) + others <= (TOGETHER if self.lanes == 1 else OF_BLOCKS):
                self._in_place(w, some, beside)
            else:
                for name in self._functions(some, beside):
                    call_part(w, name, present)
            beside = []

    def finish(self) -> None:
        """Write what runs the bytecode, and complete the last part."""
        self.bytecode.define(count_vectors, self._nest)
        self.module.close()

    def _in_slices(self, w: Writer, found: Sequence[Group]) -> None:
        """Write groups that compute each row alone, as work to be shared: some rows after the others."""
        rows = self.lanes // SLICES
        names = replace(self, rows=rows)._functions(found)

        def some(w: Writer, number: str) -> None:
            first = w.value(f"mul i64 {number}, {rows}")
            left = w.minimum(w.value(f"sub i64 {PRESENT}, {first}"), str(rows))

            def compute() -> list[str]:
                for name in names:
                    call_part(w, name, left, first)
                return []

            w.when(w.value(f"icmp sgt i64 {left}, 0"), [], [], compute)

        shared(w, SLICES, some, {name: ("ptr", name) for name in PASSED}, tuple(names))

    def _functions(self, found: Sequence[Group], beside: Sequence[str] = ()) -> list[str]:
        """Write groups in functions, and return their names; other functions are tiles `beside` those of the first."""
        waiting, enough, names = deque(found), LONG if self.lanes == 1 else LONG_OF_BLOCKS, []
        while waiting:
            part = Writer(self.module.part(enough))
            count_vectors(part)
            nests: list[Nest] = []
            while waiting and len(part.lines) + part.module.lines < enough:
                nests += waiting[0].nests
                self._in_place(part, [waiting.popleft()], beside)
                beside = ()
            names.append(self.module.new_name("part"))
            here = [nest for nest in nests if not self._is_elsewhere(nest)]
            part.define(names[-1], f"{POINTERS}, i64 {PRESENT}", cold=_density(here) < self.density)
        return names

    def _is_elsewhere(self, nest: Nest) -> bool:
        """Return whether a nest is so large that it is a function of its own, which is called for each of its tiles."""
        points = len(nest.extents) + (nest.out.space is Space.ROW)
        return points > 1 and self.rows * nest.terms >= FUNCTION_FROM

    def _in_place(self, w: Writer, found: Sequence[Group], beside: Sequence[str] = ()) -> None:
        for group in found:
            g = grid(group, self.lanes, self.strict, self.constants, w.module, self.standing, self.rows, self.rate)
            if g is not None:
                self._nest(w, g, beside)
                beside = ()

    def _nest(self, w: Writer, g: Grid, beside: Sequence[str] = ()) -> None:
        if g.head.op == SUM and any(term.loops for term in g.head.terms):
            sum_nest(w, g, self.strict, beside)
        else:
            pointwise_nest(w, g, self.strict)


def _density(nests: Sequence[Nest]) -> float:
    """Return how many multiply-adds nests make for each line of their code."""
    return work(nests) / max(1, sum(map(lines_of, nests)))
