"""The smallest oracle of the trace: a recording run in one row, node by node, on Python's floats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from microgradx import Value
from microgradx.compile.tape.tape import CONSTANT, FIRST_ROW, INPUT, LESS, NONE, PARAMETER, ROWS, SUM, Tape
from microgradx.compile.tracing.recording import Column, Recording
from microgradx.floats import evaluate
from microgradx.primitives import fold


def entry(arguments: Sequence[Any], column: Column) -> float:
    """Return the number of an input in one row."""
    x: Any = arguments
    for i in (column.argument, *column.place):
        x = x[i]
    return float(x) if column.category is None else float(x == column.category)


def run(found: Recording, arguments: Sequence[Any]) -> tuple[list[float], list[bool]]:
    """Return the values and the guards of a recording in one row, node by node on Python's floats."""
    tape, numbers = found.tape, []
    leaves = [v.data for v in (*found.parameters, *found.captured)]
    for i, op in enumerate(tape.op.tolist()):
        terms = range(tape.start[i], tape.start[i + 1])
        operands = [numbers[tape.left[t]] for t in terms]
        if op == CONSTANT:
            z = float(tape.number[i])
        elif op == PARAMETER:
            z = leaves[int(tape.number[i])]
        elif op == INPUT:
            z = entry(arguments, found.columns[int(tape.number[i])])
        elif op == SUM:
            z = fold(_term(tape, numbers, t) for t in terms)
        elif op < FIRST_ROW:
            z = float(operands[0] < operands[1] if op == LESS else operands[0] <= operands[1])
        else:
            p = ROWS[op - FIRST_ROW]
            z = evaluate(p, (tuple(operands),) if p.blocks else operands, None)
        numbers.append(z)
    values = [numbers[i] for i in tape.outputs["values"]]
    return values, [numbers[i] == 1.0 for i in tape.outputs["guards"]]


def _term(tape: Tape, numbers: list[float], t: int) -> float:
    product = numbers[tape.left[t]] if tape.right[t] == NONE else numbers[tape.left[t]] * numbers[tape.right[t]]
    return product if tape.sign[t] > 0 else -product


def numbers_of(y: Any) -> list[float]:
    """Return what a function gave as floats."""
    return [v.data if isinstance(v, Value) else float(v) for v in (y if isinstance(y, list | tuple) else [y])]


def on_values(x: Any, integer: bool = False) -> Any:
    """Return an argument of one row as a function takes it eagerly."""
    if isinstance(x, list):
        return [on_values(e, integer) for e in x]
    return int(x) if integer else Value(x)


def shape(x: Any) -> tuple[int, ...]:
    """Return the shape of an argument of one row."""
    return np.shape(x)


def same(a: Sequence[float], b: Sequence[float]) -> bool:
    """Whether two lists of floats have the same bits, NaN apart."""
    return np.array_equal(np.array(a, float), np.array(b, float), equal_nan=True) and [
        math.copysign(1.0, x) for x in a if x == 0
    ] == [math.copysign(1.0, x) for x in b if x == 0]
