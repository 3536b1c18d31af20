"""A loop whose rounds hand numbers on in registers, which else each would write to memory and the next one read."""

from __future__ import annotations

from collections.abc import Callable

from .recall import Held
from .writer import Writer, vector_type


def holding(w: Writer, count: str, pool: str, private: str, body: Callable[[str], None]) -> None:
    """Write `for i in range(count)`, where what a round reads first and writes last of `pool` may stay in registers.

    What a round writes to the memory `private`, nobody reads after it.
    """
    before, outside = w.block, w.reserved()
    found: list[tuple[Held, str]] = []

    def round_(index: str, _: list[str]) -> list[str]:
        inside = w.reserved()
        w.recall.begin()
        body(index)
        for line in w.recall.unread(private):
            w.lines[line] = ""
        found.extend((held, w.block) for held in w.recall.held())
        for held, last in found:
            w.lines[held.written.line] = w.lines[held.read.line] = ""
            w.lines[inside] += _phi(held, held.read.vector, before, last)
        return []

    w.loop(count, [], round_)
    for held, last in found:
        name, at, t = held.read.vector, held.read, vector_type(held.read.width)
        place = f"getelementptr double, ptr {pool}, i64 {at.offset}"
        w.lines[outside] += f"  {name}.at = {place}\n  {name}.first = load {t}, ptr {name}.at, align 8\n"
        w.lines.append(_phi(held, f"{name}.last", before, last))
    for held, _ in found:
        name = held.read.vector
        w.do(f"store {vector_type(held.read.width)} {name}.last, ptr {name}.at, align 8")


def _phi(held: Held, name: str, before: str, last: str) -> str:
    first, following = f"{held.read.vector}.first", held.written.vector
    return f"  {name} = phi {vector_type(held.read.width)} [{first}, %{before}], [{following}, %{last}]\n"
