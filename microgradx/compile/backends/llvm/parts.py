"""Parts: the groups of a plan in functions, and functions in modules, which LLVM compiles side by side."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from ...nests.nests import Plan
from ...tape.tape import SUM, Floats
from .bytecode import POINTERS, Bytecode
from .grid import PASSED, PRESENT, Grid, count_vectors
from .grids import grid
from .groups import Group
from .pointwise import pointwise_nest
from .standing import Columns
from .tiles import sum_nest
from .writer import Module, Writer

TOGETHER, OF_BLOCKS = 32, 6
"""So many groups stand in the kernel itself, fewer if it computes blocks of rows, beside which calls take no time."""

LONG, LONG_OF_BLOCKS = 2000, 600
"""A function of so many lines is long enough: LLVM begins early with short ones, and ends on all threads at once."""


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
    """Writes groups of nests for blocks of `lanes` rows: as code, or as bytecode those that are alone."""

    module: Module
    constants: Floats
    lanes: int
    strict: bool
    bytecode: Bytecode
    standing: Sequence[Columns]

    @classmethod
    def of(cls, module: Module, plan: Plan, lanes: int, strict: bool, standing: Sequence[Columns]) -> Parts:
        """Return what writes groups of a plan, which reads inputs of `standing` columns where the rows stand."""
        return cls(module, plan.constants, lanes, strict, Bytecode(module, lanes, strict), standing)

    def write(self, w: Writer, found: Sequence[Group], present: str, others: int = 0) -> None:
        """Write groups in place, or many in functions of their own: lines of long functions take longer to compile.

        So many `others` stand elsewhere in the kernel's module.
        """
        for alone, some in groupby(found, key=lambda group: group.alone):
            if alone:
                self.bytecode.call(w, [nest for group in some for nest in group.nests], present)
            elif len(found) + others <= (TOGETHER if self.lanes == 1 else OF_BLOCKS):
                self._in_place(w, list(some))
            else:
                self._in_functions(w, list(some), present)

    def finish(self) -> None:
        """Write what runs the bytecode."""
        self.bytecode.define(count_vectors, self._nest)

    def _in_functions(self, w: Writer, found: Sequence[Group], present: str) -> None:
        waiting, enough = deque(found), LONG if self.lanes == 1 else LONG_OF_BLOCKS
        while waiting:
            part = Writer(self.module.part())
            count_vectors(part)
            while waiting and len(part.lines) + part.module.lines < enough:
                self._in_place(part, [waiting.popleft()])
            name = self.module.new_name("part")
            part.define(name, f"{POINTERS}, i64 {PRESENT}")
            self.module.add(part.module)
            w.call("void", name, [*(("ptr", pool) for pool in PASSED), ("i64", present)])

    def _in_place(self, w: Writer, found: Sequence[Group]) -> None:
        for group in found:
            g = grid(group, self.lanes, self.strict, self.constants, w.module, self.standing)
            if g is not None:
                self._nest(w, g)

    def _nest(self, w: Writer, g: Grid) -> None:
        if g.head.op == SUM and any(term.loops for term in g.head.terms):
            sum_nest(w, g, self.strict)
        else:
            pointwise_nest(w, g, self.strict)
