"""A writer of LLVM's intermediate language: fresh names, blocks, loops, memory. It knows nothing of nests.

A value is the text that names it, `%7` or a literal; its type is known to whoever asks for an operation. `n` is the
number of lanes of a vector; 1 is a plain number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lines import Lines
from .lines import Some as Some
from .module import Module as Module
from .module import mask
from .module import number as number
from .module import splat as splat
from .module import vector_type as vector_type

Carried = Sequence[tuple[str, str]]  # types and first values of what a loop hands from one round to the next


class Writer(Lines):
    """The body of one function."""

    # Control flow

    def loop(self, count: int | str, carried: Carried, body: Callable[[str, list[str]], Sequence[str]]) -> list[str]:
        """Write `for i in range(count)`; the body takes i and the carried values and returns their next ones.

        A count that is known when the code is written is at least 1; one that is not may be 0, unless it is `Some`.

        >>> from .target import BASELINE
        >>> w = Writer(Module(BASELINE))
        >>> w.loop(3, [("i64", "1")], lambda i, held: [w.value(f"mul i64 {held[0]}, 2")])
        ['%2']
        >>> w.lines[2].splitlines()
        ['  %0 = phi i64 [0, %entry], [%4, %b1]', '  %1 = phi i64 [1, %entry], [%2, %b1]']
        """
        before, head, after = self.block, self.label(), self.label()
        first, may_be_none = f"label %{head}", isinstance(count, str) and not isinstance(count, Some)
        if may_be_none:
            some = self.value(f"icmp sgt i64 {count}, 0")
            first = f"i1 {some}, label %{head}, label %{after}"
        self.do(f"br {first}")
        self.start(head)
        index = self._fresh()
        names = [self._fresh() for _ in carried]
        phis = self.reserved()
        following = list(body(index, names))
        # Frozen, the counter is nothing that LLVM's strength reduction takes up, which would spend a quarter of all the
        # time on finding addresses that are no better than those written here.
        plus = self.value(f"add i64 {self.value(f'freeze i64 {index}')}, 1")
        more = self.value(f"icmp slt i64 {plus}, {count}")
        self.do(f"br i1 {more}, label %{head}, label %{after}")
        last = self.block
        self.lines[phis] = "\n".join(
            f"  {name} = phi {t} [{x}, %{before}], [{y}, %{last}]"
            for name, (t, x), y in zip([index, *names], [("i64", "0"), *carried], [plus, *following], strict=True)
        )
        self.start(after)
        if not may_be_none:
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
        names = [self._fresh() for _ in carried]
        phis = self.reserved()
        more, following = body(names)
        self.do(f"br i1 {more}, label %{head}, label %{after}")
        last = self.block
        self.lines[phis] = "\n".join(
            f"  {name} = phi {t} [{x}, %{before}], [{y}, %{last}]"
            for name, (t, x), y in zip(names, carried, following, strict=True)
        )
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

    # Memory

    def load(self, pointer: str, n: int, active: int | None = None) -> str:
        """Return n numbers that stand side by side; beyond the first `active` lanes 0.0, and nothing is read."""
        active = n if active is None else active
        if known := self.recall.found(pointer, n, active):
            return known.vector if n == known.width else self.once(_extracted(*known))
        found = self._loaded(pointer, n, active)
        self.recall.read(pointer, found, n, active, len(self.lines) - 1)
        return found

    def _loaded(self, pointer: str, n: int, active: int) -> str:
        if active == n:
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
        active = n if active is None else active
        if active == n:
            self.lines.append(f"  store {t} {x}, ptr {pointer}, align 8")
        elif self.target.masked:
            m, name = vector_type(n, "i1"), f"llvm.masked.store.v{n}f64.p0"
            self.module.declare("void", name, [t, "ptr", "i32 immarg", m])
            self.lines.append(f"  call void @{name}({t} {x}, ptr {pointer}, i32 8, {m} {mask(active, n)})")
        elif active == 1:
            return self.store(self.lane(x, 0, n), pointer, 1)
        else:
            lanes = ", ".join(f"i32 {i}" for i in range(active))
            part = self.value(f"shufflevector {t} {x}, {t} poison, <{active} x i32> <{lanes}>")
            return self.store(part, pointer, active)
        self.recall.written(pointer, x, n, active, len(self.lines) - 1)

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


def _extracted(vector: str, lane: int, width: int) -> str:
    return f"extractelement {vector_type(width)} {vector}, i32 {lane}"
