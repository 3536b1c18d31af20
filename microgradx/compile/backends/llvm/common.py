"""What every kernel calls that takes rows in blocks, whatever its plan: one module, which is compiled once.

It has these functions:

    find_rows(where, rows, order, stride, first, present, lanes)   where each row of a block begins, behind X
    copy_columns(row, X, where, columns, lanes, start, end)        inputs of the rows in the vectors start … end − 1
    sideways(row 0, row 1, …, to, columns, lanes)                  the same for one vector, whose rows stand anywhere
    weigh(row, weight, present)                                    the weight of each row
"""

from __future__ import annotations

from functools import cache

from .grid import PRESENT, VECTORS, WHERE, X, count_vectors
from .rows import find_rows, sideways, weights
from .target import Target
from .writer import Module, Writer

TO = "%to"


def common(target: Target, blocks: bool) -> tuple[str, ...]:
    """Return the modules that the kernels of all plans share, if they take rows in blocks."""
    return (common_ir(target),) if blocks else ()


@cache
def common_ir(target: Target) -> str:
    """Return the module as text.

    >>> from .target import BASELINE
    >>> common_ir(BASELINE).count("define void")
    4
    """
    module, n = Module(target), target.vector
    find, copy, turn, weigh = (Writer(module) for _ in range(4))
    count_vectors(find)
    find_rows(find, "%lanes", "%first")
    given = f"i64 %rows, ptr noalias %order, i64 %stride, i64 %first, i64 {PRESENT}, i64 %lanes"
    find.define("find_rows", f"ptr noalias {WHERE}, {given}")
    _copy_columns(copy)
    given = f"ptr noalias {X}, ptr noalias {WHERE}, i64 %columns, i64 %lanes, i64 %start, i64 %end"
    copy.define("copy_columns", f"ptr noalias {TO}, {given}")
    rows = [f"%from{i}" for i in range(n)]
    sideways(turn, rows, TO, "%columns", "%lanes")
    turn.define("sideways", f"{', '.join(f'ptr {row}' for row in rows)}, ptr noalias {TO}, i64 %columns, i64 %lanes")
    count_vectors(weigh)
    _weigh(weigh)
    weigh.define("weigh", f"ptr noalias {TO}, double %weight, i64 {PRESENT}")
    return module.text()


def _copy_columns(w: Writer) -> None:
    n = w.target.vector

    def vector(index: str, _: list[str]) -> list[str]:
        lane = w.value(f"mul i64 {w.value(f'add i64 {index}, %start')}, {n}")
        here = w.shifted(WHERE, lane)
        rows = [w.shifted(X, w.value(f"load i64, ptr {w.shifted(here, i)}, align 8")) for i in range(n)]
        given = [*(("ptr", row) for row in rows), ("ptr", w.shifted(TO, lane))]
        w.call("void", "sideways", [*given, ("i64", "%columns"), ("i64", "%lanes")])
        return []

    w.loop(w.value("sub i64 %end, %start"), [], vector)


def _weigh(w: Writer) -> None:
    n = w.target.vector

    def vector(index: str, _: list[str]) -> list[str]:
        lane = w.value(f"mul i64 {index}, {n}")
        w.store(weights(w, lane, n), w.shifted(TO, lane), n)
        return []

    w.loop(VECTORS, [], vector)
