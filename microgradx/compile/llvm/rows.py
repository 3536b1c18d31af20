"""Rows of data into blocks, and results out of blocks into rows.

A row is numbers side by side; a block holds each number of so many rows side by side. Squares of numbers are transposed
on the way in. Lanes beyond the last row repeat it, with weight 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from ..nests import Plan, Space
from .grid import POOLS, PRESENT
from .vectors import transposed
from .writer import Writer, number, splat, vector_type


def pack(w: Writer, plan: Plan, lanes: int, first: str) -> None:
    """Write the inputs of the rows from number `first` on to their places in space ROW."""
    columns = plan.inputs - plan.weighted
    width = min(lanes, w.target.vector)
    if lanes == 1:
        _copied(w, _rows(w, first, "1", 1)[0], columns)
        if plan.weighted:
            w.store("%weight", w.shifted(POOLS[Space.ROW], columns), 1)
        return

    def chunk(index: str, _: list[str]) -> list[str]:
        lane = w.value(f"mul i64 {index}, {width}")
        present = w.value(f"sub i64 {PRESENT}, {lane}")
        rows = _rows(w, w.value(f"add i64 {first}, {lane}"), present, width)
        to = w.shifted(POOLS[Space.ROW], lane)
        _columns(w, rows, to, columns, lanes)
        if plan.weighted:
            w.store(_weights(w, present, width), w.shifted(to, columns * lanes), width)
        return []

    if columns or plan.weighted:
        w.loop(lanes // width, [], chunk)


def _rows(w: Writer, first: str, present: str, n: int) -> list[str]:
    """Return pointers to n rows of X from number `first` on, of which so many are there: the last one is repeated."""
    pointers = [w.shifted("%X", w.value(f"mul i64 {first}, %stride"))]
    for _ in range(n - 1):
        pointers.append(w.shifted(pointers[-1], "%stride"))

    def picked() -> list[str]:
        return [_row(w, w.value(f"add i64 {first}, {i}")) for i in range(n)]

    ordered, short = w.value("icmp ne ptr %order, null"), w.value(f"icmp slt i64 {present}, {n}")
    return w.when(w.value(f"or i1 {ordered}, {short}"), ["ptr"] * n, pointers, picked)


def _row(w: Writer, index: str) -> str:
    """Return the pointer to a row of X: of the last one, if there is no such row."""
    index = w.minimum(index, w.value("sub i64 %rows, 1"))
    given = w.value("icmp ne ptr %order, null")
    place = w.value(f"getelementptr i64, ptr %order, i64 {index}")
    row = w.when(given, ["i64"], [index], lambda: [w.value(f"load i64, ptr {place}, align 8")])[0]
    return w.shifted("%X", w.value(f"mul i64 {row}, %stride"))


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


def _columns(w: Writer, rows: Sequence[str], to: str, columns: int, lanes: int) -> None:
    n = len(rows)

    def square(index: str, _: list[str]) -> list[str]:
        column = w.value(f"mul i64 {index}, {n}")
        there = w.shifted(to, w.value(f"mul i64 {column}, {lanes}"))
        for j, x in enumerate(transposed(w, [w.load(w.shifted(row, column), n) for row in rows])):
            w.store(x, w.shifted(there, j * lanes), n)
        return []

    if columns >= n:
        w.loop(columns // n, [], square)
    for j in range(columns // n * n, columns):
        w.store(w.gathered([w.load(w.shifted(row, j), 1) for row in rows]), w.shifted(to, j * lanes), n)


def _weights(w: Writer, present: str, n: int) -> str:
    """Return the weight in lanes that hold a row, 0.0 in the others."""
    of, numbers = vector_type(n, "i64"), f"<{', '.join(f'i64 {i}' for i in range(n))}>"
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
        index = w.value(f"add i64 {first}, {lane}")
        to = w.shifted("%OUT", w.value(f"mul i64 {index}, {len(places)}"))
        column = 0
        for space, group in groupby(places, key=lambda address: address[0]):
            block = [place for _, place in group]
            unit = lanes if space is Space.ROW else 1
            pool = POOLS[space] if unit == 1 else w.shifted(POOLS[space], lane)
            _results(w, pool, [place * unit for place in block], w.shifted(to, column))
            column += len(block)
        return []

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
    table = "" if affine else w.module.table(places)

    def result(j: str, _: list[str]) -> list[str]:
        if affine:
            place = w.linear(places[0], [(j, step)])
        else:
            place = w.value(f"load i64, ptr {w.shifted(table, j)}, align 8")
        w.store(w.load(w.shifted(pool, place), 1), w.shifted(to, j), 1)
        return []

    w.loop(len(places), [], result)
