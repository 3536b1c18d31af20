"""Where an inf or a NaN came from."""

from __future__ import annotations

import math
import reprlib
from collections.abc import Callable
from typing import Any

from .engine import Value
from .names import labels
from .primitives import Primitive
from .sweep import nodes


def explain_nonfinite(output: Value, names: dict[str, Any] | None = None) -> str:
    """Return which node of the graph was the first to be inf or NaN, and the first to be NaN, or that all are finite.

    The first is meant in topological order, so that everything it was computed from is finite. `names` may be
    locals(), to name nodes that have no label. TypeError for what is no Value.

    >>> x = Value(1e200, "x")
    >>> print(explain_nonfinite(x * x - x * x))
    the first that is not finite: mul(1e+200, 1e+200) = inf, of 'x' and 'x'
    the first NaN: sub(inf, inf) = nan, of 'mul' and 'mul'
    """
    if not isinstance(output, Value):
        raise TypeError(f"explain_nonfinite takes a Value, the output of a graph, not {reprlib.repr(output)}")
    named = labels(names)
    order = nodes(output)
    first = _first(order, lambda z: not math.isfinite(z))
    nan = _first(order, math.isnan)
    if first is None:
        return f"all numbers of this graph are finite, those of {len(order)} node{'s' * (len(order) != 1)}"
    lines = [f"the first that is not finite: {_described(first, named)}"]
    if nan is not None and nan is not first:
        lines.append(f"the first NaN: {_described(nan, named)}")
    return "\n".join(lines)


def _first(order: list[Value], test: Callable[[float], bool]) -> Value | None:
    return next((v for v in order if test(v._z)), None)


def _name(v: Value, named: dict[int, str]) -> str:
    return v.label or named.get(id(v), "") or ("a leaf" if v._primitive is None else _called(v._primitive))


def _called(p: Primitive) -> str:
    """Return the name of an operation as one writes it; a neuron's sum has none, and is called by its formula."""
    return p.symbol if p.name == "affine" else p.name


def _described(v: Value, named: dict[int, str]) -> str:
    p = v._primitive
    if p is None:
        return f"the leaf {_name(v, named)!r}, which was given as {v._z!r}"
    numbers = [x for block in (v._x, v._y) for x in (block if isinstance(block, tuple) else (block,)) if x is not None]
    operands = " and ".join(repr(_name(u, named)) for u in v._prev[:4]) + (" and others" if len(v._prev) > 4 else "")
    own = f"{_name(v, named)!r} = " if v.label or id(v) in named else ""
    shown = ", ".join(map(repr, numbers[:6])) + (", …" if len(numbers) > 6 else "")
    called = _called(p)
    return f"{own}{called}{' of ' if ' ' in called else ''}({shown}) = {v._z!r}, of {operands}"
