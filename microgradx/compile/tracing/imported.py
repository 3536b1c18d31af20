"""Graphs of Values taken over into a trace: those that a traced function makes of parameters, or met already there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...chain import Block
from ...engine import Value
from ...in_trace import refused
from ...names import brief
from ..tape.tape import NONE, PARAMETER
from .recording import Column

if TYPE_CHECKING:
    from .nodes import Nodes


def imported(trace: Nodes, root: Value) -> int:
    """Record the graph of a Value, operands first, each node once however often it is met; return the root's node."""
    places = trace.places
    stack = [root]
    while stack:
        v = stack[-1]
        if v in places:
            stack.pop()
            continue
        found = operands(v)
        waiting = [u for u in found if u is not None and u not in places]
        if waiting:
            waiting.reverse()
            stack += waiting
            continue
        stack.pop()
        if found and not trace.edited:
            _refuse_edited(v, found)
            trace.computed.append(v)
        places[v] = place = _leaf(trace, v) if v._primitive is None else _node(trace, v, found)
        if v.label:
            trace.names[place] = v.label
    return places[root]


def adopt(trace: Nodes, v: Any, column: Column) -> None:
    """Let a leaf be an input."""
    if not isinstance(v, Value):
        raise TypeError(f"an input is a Value or a list of Values, not {brief(v)}")
    if v._primitive is not None:
        raise ValueError(f"an input is a leaf, but {brief(v)} has been computed")
    if v in trace.places:
        raise ValueError(f"an input is given once, and is no parameter as well, unlike {brief(v)}")
    trace.places[v] = place = trace.input(column)
    if v.label:
        trace.names[place] = v.label


def operands(v: Value) -> Sequence[Value | None]:
    """Return the operands of a node in order, None for plain numbers."""
    p, a, b = v._primitive, v._a, v._b
    if p is None:
        return ()
    if not p.blocks:
        return (a,) if v._y is None else (a, b)
    return (*_entries(a, v._x), *(() if v._y is None else _entries(b, v._y)))


def _refuse_edited(v: Value, operands: Sequence[Value | None]) -> None:
    """Raise TraceError if v or an operand has other data since v was computed, which stays on Values as it was."""
    p, a, b = v._primitive, v._a, v._b
    assert p is not None
    if not p.blocks and v._data is v._z and (a is None or a._data is v._x) and (b is None or b._data is v._y):
        return
    numbers = (*v._x, *(v._y or ())) if p.blocks else (v._x, v._y)
    for u, x in ((v, v._z), *zip(operands, numbers, strict=False)):
        if u is not None and u._data is not x and u._data != x and (u._data == u._data or x == x):
            raise refused(
                f"the use of {brief(v)}",
                f"it has been computed when {u!r} was {x!r}, and on Values keeps what it was; compute it inside of the "
                f"function that is compiled, or let it use mx.Value({v._data!r}), made outside, for a constant",
            )


def _entries(block: Block | None, numbers: Sequence[float]) -> Sequence[Value | None]:
    return (None,) * len(numbers) if block is None else block._a


def _leaf(trace: Nodes, v: Value) -> int:
    trace.captured.append(v)
    return trace.leaf(PARAMETER, len(trace.parameters) + len(trace.captured) - 1)


def _node(trace: Nodes, v: Value, operands: Sequence[Value | None]) -> int:
    p, places = v._primitive, trace.places
    assert p is not None
    if not p.blocks:
        pairs = zip(operands, (v._x, v._y), strict=False)  # of a unary node there is no second number
        return trace.node(trace.code(p), [trace.constant(x) if u is None else places[u] for u, x in pairs])
    blocks, numbers = [], []
    for block, x in ((v._a, v._x), (v._b, v._y))[: len(p.partials)]:
        pairs = zip(_entries(block, x), x, strict=True)
        blocks.append([trace.constant(c) if u is None else places[u] for u, c in pairs])
        numbers.append(NONE if block is None else trace.block_number(block._a))
    return trace.row_over_blocks(p, blocks, numbers)
