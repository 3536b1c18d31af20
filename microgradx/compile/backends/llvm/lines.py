"""The lines of one function of LLVM's intermediate language: instructions with fresh names, blocks, integers."""

from __future__ import annotations

from collections.abc import Sequence

from .module import Module
from .recall import Recall


class Some(str):
    """A count that is known when the code runs, and is at least 1."""


class Lines:
    """The body of one function; `recalls` what memory holds, if that is worth the time it takes."""

    def __init__(self, module: Module, recalls: bool = False) -> None:
        self.module = module
        self.target = module.target
        self.lines: list[str] = []
        self.block = "entry"
        self._rooms: list[str] = []
        self._letter = "v" if recalls else ""
        self._values = self._labels = 0
        self._known: dict[str, str] = {}
        self.recall = Recall(recalls)

    # Instructions and blocks

    def value(self, text: str) -> str:
        """Write an instruction and return the name of its result."""
        name = self._fresh()
        self.lines.append(f"  {name} = {text}")
        return name

    def once(self, text: str) -> str:
        """Write an instruction that gives the same each time, unless the block has it; return its result."""
        if (known := self._known.get(text)) is None:
            known = self._known[text] = self.value(text)
        return known

    def do(self, text: str) -> None:
        """Write an instruction without result, or with a name of its own."""
        if any(word in text for word in ("call ", "load ", "store ")):
            self.recall.anything()
        self.lines.append(f"  {text}")

    def label(self) -> str:
        """Return the name of a new block."""
        self._labels += 1
        return f"b{self._labels}"

    def start(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.block = label
        self._known.clear()
        self.recall.forget()

    def reserved(self) -> int:
        """Leave room for lines that are known later, and return which of `lines` it is."""
        self.lines.append("")
        return len(self.lines) - 1

    def room(self, n: int) -> str:
        """Return a pointer to memory of the function's own for n numbers."""
        name = f"%room{len(self._rooms)}"
        self._rooms.append(f"  {name} = alloca [{n} x double], align 64")
        return name

    def _fresh(self) -> str:
        """Return the next name of a value: a number, which takes LLVM less time, if all lines stay where they are."""
        self._values += 1
        return f"%{self._letter}{self._values - 1}"

    def call(self, result: str, name: str, arguments: Sequence[tuple[str, str]]) -> str:
        """Call a function of another module, or an intrinsic; arguments are pairs of type and value."""
        self.module.declare(result, name, [t for t, _ in arguments])
        text = f"call {result} @{name}({', '.join(f'{t} {v}' for t, v in arguments)})"
        if result == "void":
            self.do(text)
            return ""
        return self.value(text)

    def define(self, name: str, arguments: str, linkage: str = "", cold: bool = False) -> None:
        """Add what has been written to the module as a function; a cold one as it stands, in half the time."""
        wide = ' "prefer-vector-width"="512"' if self.target.vector == 8 else ""
        body = "\n".join([*self._rooms, *self.lines])
        head = f"define {linkage}void @{name}({arguments}) nounwind{' noinline optnone' * cold}{wide}"
        self.module.define(f"{head} {{\nentry:\n{body}\n  ret void\n}}")

    # Integers and addresses

    def shifted(self, pointer: str, by: int | str, of: str = "double") -> str:
        """Return the pointer `by` numbers after another, which are of this type."""
        if by in (0, "0"):
            return pointer
        found = self.once(f"getelementptr {of}, ptr {pointer}, i64 {by}")
        self.recall.derived(found, pointer, by)
        return found

    def linear(self, constant: int, terms: Sequence[tuple[str, int]]) -> int | str:
        """Return constant + Σ value·factor, as an int where no term is left."""
        total = ""
        for value, factor in terms:
            if factor:
                part = value if factor == 1 else self.once(f"mul i64 {value}, {factor}")
                total = self.once(f"add i64 {total}, {part}") if total else part
        if not total:
            return constant
        return self.once(f"add i64 {total}, {constant}") if constant else total

    def minimum(self, x: str, y: str) -> str:
        """Return the smaller of two integers."""
        return self.value(f"select i1 {self.value(f'icmp slt i64 {x}, {y}')}, i64 {x}, i64 {y}")
