"""A writer of LLVM's intermediate language: fresh names, blocks, loops, memory. It knows nothing of nests.

A value is the text that names it, `%7` or a literal; its type is known to whoever asks for an operation. `n` is the
number of lanes of a vector; 1 is a plain number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .module import Module as Module
from .module import mask
from .module import number as number
from .module import splat as splat
from .module import vector_type as vector_type

Carried = Sequence[tuple[str, str]]  # types and first values of what a loop hands from one round to the next


class Writer:
    """The body of one function."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.target = module.target
        self.lines: list[str] = []
        self.block = "entry"
        self._names = 0
        self._known: dict[str, str] = {}

    # Instructions and blocks

    def value(self, text: str) -> str:
        """Write an instruction and return the name of its result."""
        name = f"%{self._fresh()}"
        self.lines.append(f"  {name} = {text}")
        return name

    def once(self, text: str) -> str:
        """Write an instruction that gives the same each time, unless the block has it; return its result."""
        if (known := self._known.get(text)) is None:
            known = self._known[text] = self.value(text)
        return known

    def do(self, text: str) -> None:
        """Write an instruction without result."""
        self.lines.append(f"  {text}")

    def label(self) -> str:
        """Return the name of a new block."""
        return f"b{self._fresh()}"

    def start(self, label: str) -> None:
        """Begin a block."""
        self.lines.append(f"{label}:")
        self.block = label
        self._known.clear()

    def _fresh(self) -> str:
        self._names += 1
        return f"v{self._names}"

    def call(self, result: str, name: str, arguments: Sequence[tuple[str, str]]) -> str:
        """Call a function of another module, or an intrinsic; arguments are pairs of type and value."""
        self.module.declare(result, name, [t for t, _ in arguments])
        text = f"call {result} @{name}({', '.join(f'{t} {v}' for t, v in arguments)})"
        if result == "void":
            self.do(text)
            return ""
        return self.value(text)

    def define(self, name: str, arguments: str, linkage: str = "") -> None:
        """Add what has been written to the module as a function."""
        wide = ' "prefer-vector-width"="512"' if self.target.vector == 8 else ""
        body = "\n".join(self.lines)
        head = f"define {linkage}void @{name}({arguments}) nounwind{wide}"
        self.module.define(f"{head} {{\nentry:\n{body}\n  ret void\n}}")

    # Control flow

    def loop(self, count: int | str, carried: Carried, body: Callable[[str, list[str]], Sequence[str]]) -> list[str]:
        """Write `for i in range(count)`; the body takes i and the carried values and returns their next ones.

        A count that is known when the code is written is at least 1; one that is not may be 0.

        >>> from .target import BASELINE
        >>> w = Writer(Module(BASELINE))
        >>> w.loop(3, [("i64", "1")], lambda i, held: [w.value(f"mul i64 {held[0]}, 2")])
        ['%v5']
        >>> w.lines[2:4]
        ['  %v3 = phi i64 [0, %entry], [%v7, %bv1]', '  %v4 = phi i64 [1, %entry], [%v5, %bv1]']
        """
        before, head, after = self.block, self.label(), self.label()
        first = f"label %{head}"
        if isinstance(count, str):
            some = self.value(f"icmp sgt i64 {count}, 0")
            first = f"i1 {some}, label %{head}, label %{after}"
        self.do(f"br {first}")
        self.start(head)
        index = f"%{self._fresh()}"
        names = [f"%{self._fresh()}" for _ in carried]
        phis = len(self.lines)
        following = list(body(index, names))
        # Frozen, the counter is nothing that LLVM's strength reduction takes up, which would spend a quarter of all the
        # time on finding addresses that are no better than those written here.
        plus = self.value(f"add i64 {self.value(f'freeze i64 {index}')}, 1")
        more = self.value(f"icmp slt i64 {plus}, {count}")
        self.do(f"br i1 {more}, label %{head}, label %{after}")
        last = self.block
        self.lines[phis:phis] = [
            f"  {name} = phi {t} [{x}, %{before}], [{y}, %{last}]"
            for name, (t, x), y in zip([index, *names], [("i64", "0"), *carried], [plus, *following], strict=True)
        ]
        self.start(after)
        if not isinstance(count, str):
            return following
        return [
            self.value(f"phi {t} [{x}, %{before}], [{y}, %{last}]")
            for (t, x), y in zip(carried, following, strict=True)
        ]

    def repeat(self, carried: Carried, body: Callable[[list[str]], tuple[str, Sequence[str]]]) -> list[str]:
        """Write a loop that runs once, and on while it says so: its body returns a condition and the next values."""
        before, head, after = self.block, self.label(), self.label()
        self.do(f"br label %{head}")
        self.start(head)
        names = [f"%{self._fresh()}" for _ in carried]
        phis = len(self.lines)
        more, following = body(names)
        self.do(f"br i1 {more}, label %{head}, label %{after}")
        last = self.block
        self.lines[phis:phis] = [
            f"  {name} = phi {t} [{x}, %{before}], [{y}, %{last}]"
            for name, (t, x), y in zip(names, carried, following, strict=True)
        ]
        self.start(after)
        return list(following)

    def when(
        self, condition: str, types: Sequence[str], otherwise: Sequence[str], body: Callable[[], Sequence[str]]
    ) -> list[str]:
        """Write `body() if condition else otherwise`, for several values of these types."""
        before, then, after = self.block, self.label(), self.label()
        self.do(f"br i1 {condition}, label %{then}, label %{after}")
        self.start(then)
        results = body()
        last = self.block
        self.do(f"br label %{after}")
        self.start(after)
        return [
            self.value(f"phi {t} [{x}, %{last}], [{y}, %{before}]")
            for t, x, y in zip(types, results, otherwise, strict=True)
        ]

    def switch(
        self, number: str, of: str, types: Sequence[str], bodies: Sequence[Callable[[], Sequence[str]]]
    ) -> list[str]:
        """Write `bodies[number]()`, for a number of the type `of` that is one of theirs and values of these types."""
        labels, after = [self.label() for _ in bodies], self.label()
        cases = " ".join(f"{of} {i}, label %{label}" for i, label in enumerate(labels))
        self.do(f"switch {of} {number}, label %{labels[0]} [{cases}]")
        found = []
        for label, body in zip(labels, bodies, strict=True):
            self.start(label)
            results = body()
            found.append((results, self.block))
            self.do(f"br label %{after}")
        self.start(after)
        return [
            self.value(f"phi {t} {', '.join(f'[{results[i]}, %{block}]' for results, block in found)}")
            for i, t in enumerate(types)
        ]

    # Integers and addresses

    def shifted(self, pointer: str, by: int | str, of: str = "double") -> str:
        """Return the pointer `by` numbers after another, which are of this type."""
        return pointer if by in (0, "0") else self.once(f"getelementptr {of}, ptr {pointer}, i64 {by}")

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

    # Memory

    def load(self, pointer: str, n: int, active: int | None = None) -> str:
        """Return n numbers that stand side by side; beyond the first `active` lanes 0.0, and nothing is read."""
        if active is None or active == n:
            return self.value(f"load {vector_type(n)}, ptr {pointer}, align 8")
        t, m = vector_type(n), vector_type(n, "i1")
        if self.target.masked:
            name = f"llvm.masked.load.v{n}f64.p0"
            self.module.declare(t, name, ["ptr", "i32 immarg", m, t])
            arguments = f"ptr {pointer}, i32 8, {m} {mask(active, n)}, {t} zeroinitializer"
            return self.value(f"call {t} @{name}({arguments})")
        part = self.load(pointer, active)
        lanes = ", ".join(f"i32 {min(i, active)}" for i in range(n))
        if active == 1:
            return self.value(f"insertelement {t} zeroinitializer, double {part}, i32 0")
        s = vector_type(active)
        return self.value(f"shufflevector {s} {part}, {s} zeroinitializer, <{n} x i32> <{lanes}>")

    def store(self, x: str, pointer: str, n: int, active: int | None = None) -> None:
        """Write the first `active` of n lanes side by side."""
        t = vector_type(n)
        if active is None or active == n:
            self.do(f"store {t} {x}, ptr {pointer}, align 8")
        elif self.target.masked:
            m, name = vector_type(n, "i1"), f"llvm.masked.store.v{n}f64.p0"
            self.module.declare("void", name, [t, "ptr", "i32 immarg", m])
            self.do(f"call void @{name}({t} {x}, ptr {pointer}, i32 8, {m} {mask(active, n)})")
        elif active == 1:
            self.store(self.lane(x, 0, n), pointer, 1)
        else:
            lanes = ", ".join(f"i32 {i}" for i in range(active))
            part = self.value(f"shufflevector {t} {x}, {t} poison, <{active} x i32> <{lanes}>")
            self.store(part, pointer, active)

    def lane(self, x: str, i: int, n: int) -> str:
        """Return one lane of a vector."""
        return x if n == 1 else self.value(f"extractelement {vector_type(n)} {x}, i32 {i}")

    def gathered(self, lanes: Sequence[str], of: str = "double") -> str:
        """Return the vector of these lanes."""
        n = len(lanes)
        if n == 1:
            return lanes[0]
        t, x = vector_type(n, of), "poison"
        if len(set(lanes)) == 1:
            x = self.value(f"insertelement {t} poison, {of} {lanes[0]}, i32 0")
            return self.value(f"shufflevector {t} {x}, {t} poison, <{n} x i32> zeroinitializer")
        for i, lane in enumerate(lanes):
            x = self.value(f"insertelement {t} {x}, {of} {lane}, i32 {i}")
        return x
