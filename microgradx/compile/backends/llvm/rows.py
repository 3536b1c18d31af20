"""Rows of data into blocks, and results out of blocks into rows.

A row is numbers side by side; a block holds each number of so many rows side by side. Squares of numbers are transposed
on the way in. Lanes beyond the last row repeat it, with weight 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from ...nests.nests import Plan, Space
from .grid import PASSED, POOLS, PRESENT, VECTORS, WHERE, X
from .sharing import shared
from .standing import Columns, others
from .vectors import transposed
from .writer import Writer, number, splat, vector_type

LARGE = 1 << 15
"""From so many numbers on a block is copied by several threads: it takes about 15 µs."""


def pack(
    w: Writer, plan: Plan, lanes: int, first: str, weight: str = "%weight", standing: Sequence[Columns] = ()
) -> None:
    """Write the inputs of the rows from number `first` on, and their weight, to their places in space ROW.

    Those of `standing` columns stay where they are, and are only located.
    """
    columns = plan.inputs - plan.weighted
    if lanes == 1:
        _copied(w, w.shifted(X, _place(w, first)), columns)
        if plan.weighted:
            w.store(weight, w.shifted(POOLS[Space.ROW], columns), 1)
        return
    row, many = POOLS[Space.ROW], ("i64", str(lanes))
    if columns:
        given = [("ptr", WHERE), ("i64", "%rows"), ("ptr", "%order"), ("i64", "%stride"), ("i64", first)]
        w.call("void", "find_rows", [*given, ("i64", PRESENT), many])

    def copy(w: Writer, start: str, stop: str) -> list[str]:
        for begin, end in copied:
            given = [("ptr", w.shifted(row, begin * lanes)), ("ptr", w.shifted(X, begin)), ("ptr", WHERE)]
            w.call("void", "copy_columns", [*given, ("i64", str(end - begin)), many, ("i64", start), ("i64", stop)])
        return []

    def copy_if_there(w: Writer, index: str) -> None:
        there = w.value(f"icmp slt i64 {index}, {VECTORS}")
        w.when(there, [], [], lambda: copy(w, index, w.value(f"add i64 {index}, 1")))

    copied = others(standing, columns)
    if sum(end - begin for begin, end in copied) * lanes >= LARGE:
        shared(w, lanes // w.target.vector, copy_if_there, {name: ("ptr", name) for name in PASSED}, "rows")
    else:
        copy(w, "0", VECTORS)
    if plan.weighted:
        w.call("void", "weigh", [("ptr", w.shifted(row, columns * lanes)), ("double", weight), ("i64", PRESENT)])


def find_rows(w: Writer, lanes: str, first: str) -> None:
    """Write where each row of the block begins; lanes beyond the last row repeat it."""

    def follow(lane: str, at: list[str]) -> list[str]:
        w.do(f"store i64 {at[0]}, ptr {w.shifted(WHERE, lane)}, align 8")
        return [w.value(f"add i64 {at[0]}, %stride")]

    def find(lane: str, _: list[str]) -> list[str]:
        index = w.minimum(w.value(f"add i64 {first}, {lane}"), w.value("sub i64 %rows, 1"))
        w.do(f"store i64 {_place(w, index)}, ptr {w.shifted(WHERE, lane)}, align 8")
        return []

    w.loop(lanes, [("i64", w.value(f"mul i64 {first}, %stride"))], follow)
    given, short = w.value("icmp ne ptr %order, null"), w.value(f"icmp slt i64 {PRESENT}, {lanes}")
    w.when(w.value(f"or i1 {given}, {short}"), [], [], lambda: w.loop(lanes, [], find))


def _place(w: Writer, index: str) -> str:
    """Return how many numbers behind X a row begins."""
    given = w.value("icmp ne ptr %order, null")
    place = w.shifted("%order", index)
    row = w.when(given, ["i64"], [index], lambda: [w.value(f"load i64, ptr {place}, align 8")])[0]
    return w.value(f"mul i64 {row}, %stride")


def _copied(w: Writer, row: str, columns: int) -> None:
    n, to = w.target.vector, POOLS[Space.ROW]

    def copy(index: str, _: list[str]) -> list[str]:
        place = w.value(f"mul i64 {index}, {n}")
        w.store(w.load(w.shifted(row, place), n), w.shifted(to, place), n)
        return []

    if columns >= n:
        w.loop(columns // n, [], copy)
    for j in range(columns // n * n, columns):
        w.store(w.load(w.shifted(row, j), 1), w.shifted(to, j), 1)


def sideways(w: Writer, rows: Sequence[str], to: str, columns: str, lanes: str) -> None:
    """Copy numbers of so many columns from a vector's rows to where the rows are side by side, `lanes` of them."""
    n = len(rows)
    squares, rest = w.value(f"udiv i64 {columns}, {n}"), w.value(f"urem i64 {columns}, {n}")
    whole = w.value(f"mul i64 {squares}, {n}")

    def square(index: str, _: list[str]) -> list[str]:
        column = w.value(f"mul i64 {index}, {n}")
        there = w.shifted(to, w.value(f"mul i64 {column}, {lanes}"))
        for x in transposed(w, [w.load(w.shifted(row, column), n) for row in rows]):
            w.store(x, there, n)
            there = w.shifted(there, lanes)
        return []

    def single(index: str, _: list[str]) -> list[str]:
        column = w.value(f"add i64 {index}, {whole}")
        x = w.gathered([w.load(w.shifted(row, column), 1) for row in rows])
        w.store(x, w.shifted(to, w.value(f"mul i64 {column}, {lanes}")), n)
        return []

    w.loop(squares, [], square)
    w.loop(rest, [], single)


def weights(w: Writer, lane: str, n: int) -> str:
    """Return the weight in lanes that hold a row, 0.0 in the others."""
    of, numbers = vector_type(n, "i64"), f"<{', '.join(f'i64 {i}' for i in range(n))}>"
    present = w.value(f"sub i64 {PRESENT}, {lane}")
    limit = w.gathered([present] * n, "i64")
    real = w.value(f"icmp slt {of} {numbers}, {limit}")
    weight, t = w.gathered(["%weight"] * n), vector_type(n)
    return w.value(f"select {vector_type(n, 'i1')} {real}, {t} {weight}, {t} {splat(number(0.0), n)}")


def unpack(w: Writer, plan: Plan, lanes: int, first: str) -> None:
    """Write the results of a block's rows to OUT."""
    places = [address for addresses in plan.outputs.values() for address in addresses]
    if not places:
        return
    if len(places) == 1 and places[0][0] is Space.ROW and lanes > 1:
        _column(w, places[0][1] * lanes, first)
        return

    def row(lane: str, _: list[str]) -> list[str]:
        index = first if lanes == 1 else w.value(f"add i64 {first}, {lane}")
        to = w.shifted("%OUT", w.value(f"mul i64 {index}, {len(places)}"))
        column = 0
        for space, group in groupby(places, key=lambda address: address[0]):
            block = [place for _, place in group]
            unit = lanes if space is Space.ROW else 1
            pool = POOLS[space] if unit == 1 else w.shifted(POOLS[space], lane)
            _results(w, pool, [place * unit for place in block], w.shifted(to, column))
            column += len(block)
        return []

    if lanes == 1:
        row("0", [])
    else:
        w.loop(PRESENT, [], row)


def _column(w: Writer, place: int, first: str) -> None:
    """Copy one result of each row, by vectors and then number by number."""
    n = w.target.vector
    source, to = w.shifted(POOLS[Space.ROW], place), w.shifted("%OUT", first)
    whole = w.value(f"sdiv i64 {PRESENT}, {n}")

    def copy(width: int, start: str) -> Callable[[str, list[str]], list[str]]:
        def body(index: str, _: list[str]) -> list[str]:
            at = w.value(f"add i64 {w.value(f'mul i64 {index}, {width}')}, {start}")
            w.store(w.load(w.shifted(source, at), width), w.shifted(to, at), width)
            return []

        return body

    w.loop(whole, [], copy(n, "0"))
    start = w.value(f"mul i64 {whole}, {n}")
    w.loop(w.value(f"sub i64 {PRESENT}, {start}"), [], copy(1, start))


def _results(w: Writer, pool: str, places: Sequence[int], to: str) -> None:
    if len(places) <= 8:
        for j, place in enumerate(places):
            w.store(w.load(w.shifted(pool, place), 1), w.shifted(to, j), 1)
        return
    step = places[1] - places[0]
    affine = all(place == places[0] + j * step for j, place in enumerate(places))

    def find(j: str) -> int | str:
        if affine:
            return w.linear(places[0], [(j, step)])
        return w.value(f"load i64, ptr {w.shifted(w.module.table(places), j)}, align 8")

    def result(j: str, _: list[str]) -> list[str]:
        w.store(w.load(w.shifted(pool, find(j)), 1), w.shifted(to, j), 1)
        return []

    w.loop(len(places), [], result)
