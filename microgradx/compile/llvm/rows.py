"""Rows of data into blocks, and results out of blocks into rows.

A row is numbers side by side; a block holds each number of so many rows side by side. Squares of numbers are transposed
on the way in. Lanes beyond the last row repeat it, with weight 0.
"""

from __future__ import annotations

from collections.abc import Sequence
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
        row = _row(w, first)
        _copied(w, row, columns)
        if plan.weighted:
            w.store("%weight", w.shifted(POOLS[Space.ROW], columns), 1)
        return

    def chunk(index: str, _: list[str]) -> list[str]:
        lane = w.value(f"mul i64 {index}, {width}")
        rows = [_row(w, w.value(f"add i64 {first}, {w.value(f'add i64 {lane}, {i}')}")) for i in range(width)]
        to = w.shifted(POOLS[Space.ROW], lane)
        _columns(w, rows, to, columns, lanes)
        if plan.weighted:
            w.store(_weights(w, lane, width), w.shifted(to, columns * lanes), width)
        return []

    if columns or plan.weighted:
        w.loop(lanes // width, [], chunk)


def _row(w: Writer, index: str) -> str:
    """Return the pointer to a row of X: of the last one, if there is no such row."""
    index = w.minimum(index, w.value("sub i64 %rows, 1"))
    given = w.value("icmp ne ptr %order, null")
    place = w.value(f"getelementptr i64, ptr %order, i64 {index}")
    safe = w.value(f"select i1 {given}, ptr {place}, ptr {w.module.table([0])}")
    ordered = w.value(f"load i64, ptr {safe}, align 8")
    number_of_row = w.value(f"select i1 {given}, i64 {ordered}, i64 {index}")
    return w.shifted("%X", w.value(f"mul i64 {number_of_row}, %stride"))


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


def _weights(w: Writer, lane: str, n: int) -> str:
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
