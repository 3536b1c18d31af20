"""The loops of a sum: operands that move on from round to round, and registers that are carried along."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .grid import Count, Term
from .lanes import Cursor
from .writer import Writer

Cursors = tuple[Cursor, ...]
Registers = list[str]
Body = Callable[[Cursors, Registers], Registers]

INNERMOST = -1


def onward(w: Writer, at: Cursors, level: int, by: int) -> Cursors:
    """Return operands `by` steps further along a loop."""

    def moved(c: Cursor) -> Cursor:
        data, entry = c.operand.steps[level] * by, c.operand.hops[level] * by
        return replace(c, data=w.shifted(c.data, data), entry=w.shifted(c.entry, entry))

    return tuple(map(moved, at)) if by else at


def repeat(
    w: Writer, count: Count, at: Cursors, level: int, by: int, registers: Registers, of: str, body: Body
) -> tuple[Cursors, Registers]:
    """Write `count` rounds of `by` steps; return where the operands end and what the registers, of type `of`, hold."""
    if count == 0:
        return at, registers
    if count == 1:
        return onward(w, at, level, by), body(at, registers)
    moving = [(i, "data") for i, c in enumerate(at) if c.operand.steps[level]]
    moving += [(i, "entry") for i, c in enumerate(at) if c.operand.hops[level]]

    def placed(pointers: Sequence[str]) -> Cursors:
        found = list(at)
        for (i, name), p in zip(moving, pointers, strict=True):
            found[i] = replace(found[i], **{name: p})  # type: ignore[arg-type]  # a field by its name
        return tuple(found)

    def round_(_: str, values: list[str]) -> list[str]:
        here = placed(values[: len(moving)])
        left = body(here, values[len(moving) :])
        # Frozen for the reason that the counter of `Writer.loop` is.
        there = onward(w, placed([w.value(f"freeze ptr {p}") for p in values[: len(moving)]]), level, by)
        return [getattr(there[i], name) for i, name in moving] + left

    first = [("ptr", getattr(at[i], name)) for i, name in moving]
    values = w.loop(count, [*first, *((of, x) for x in registers)], round_)
    return placed(values[: len(moving)]), values[len(moving) :]


def nested(
    w: Writer, term: Term, at: Cursors, registers: Registers, of: str, innermost: Body, level: int = 0
) -> Registers:
    """Write the loops of a term around `innermost`, which writes the last one itself."""
    if level >= len(term.loops) - 1:
        return innermost(at, registers)

    def body(here: Cursors, carried: Registers) -> Registers:
        return nested(w, term, here, carried, of, innermost, level + 1)

    return repeat(w, term.loops[level], at, level, 1, registers, of, body)[1]
