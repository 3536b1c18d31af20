"""The reverse sweep: sort the graph topologically, then send error signals from the output to every node.

Works on anything with the slots of a node (`_primitive`, `_a`, `_b`, `_x`, `_y`, `_z`, `_mark`): `engine.Value` and
`chain.Block`. A mark is the token of the sort that last met the node, then the error signal that has arrived so far,
None before the first and again once the sweep has passed. Every sort makes its own token and clears all marks that it
met, so that an interrupted sweep leaves nothing behind that another could mistake for its own.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from .chain import Block
from .floats import EXTENDED, FLOATS, extended

_SWEEPING = threading.RLock()

if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that another thread holds
    os.register_at_fork(before=_SWEEPING.acquire, after_in_parent=_SWEEPING.release, after_in_child=_SWEEPING.release)


def one_sweep() -> AbstractContextManager[Any]:
    """Return the lock to hold during a sweep: a node's mark belongs to one at a time, and threads may share parameters.

    RuntimeError in the midst of a sweep of this very thread, where a signal handler or a destructor may run.

    >>> with one_sweep():  # doctest: +ELLIPSIS
    ...     one_sweep()
    Traceback (most recent call last):
        ...
    RuntimeError: this thread is in the midst of a sweep, whose marks another would overwrite: ...
    """
    if _SWEEPING._is_owned():  # type: ignore[attr-defined]  # whoever asks before it takes the lock needs no clean-up
        raise RuntimeError(
            "this thread is in the midst of a sweep, whose marks another would overwrite: let the signal handler, or "
            "whatever else interrupted it, note what it wants, and differentiate after that"
        )
    return _SWEEPING


def topological_order(root: Any) -> list[Any]:
    """Return every node and block that `root` depends on, operands before their users, `root` last.

    Depth first with an explicit stack: depth is bounded by memory alone, and the cost is linear in the edges.
    """
    order: list[Any] = []
    token = object()
    stack: list[Any] = [root]
    while stack:
        v = stack.pop()
        if v is None:  # every operand of the node below is placed
            order.append(stack.pop())
            continue
        if v._mark is token:
            continue
        v._mark = token
        if v._primitive is None:
            order.append(v)
            continue
        stack.append(v)
        stack.append(None)
        a = v._a
        b = v._b
        if v.__class__ is Block:
            stack += [u for u in reversed(a) if u is not None and u._mark is not token]
            continue
        if b is not None and b._mark is not token:
            stack.append(b)
        if a is not None and a._mark is not token:
            stack.append(a)  # on top: the first operand is met first
    for v in order:
        v._mark = None
    return order


def are_leaves(kind: type[Any], found: Iterable[Any]) -> bool:
    """Return whether all are leaves of this class, each there once.

    They are marked, as by a sort, and the next sort clears that. Of very many it takes a third of the time of a set,
    and none of its memory.

    >>> from microgradx import Value
    >>> x, y = Value(1.0), Value(2.0)
    >>> [are_leaves(Value, given) for given in ([x, y], [x, y, x], [x, x + y], [x, 2.0])]
    [True, False, False, False]
    """
    token = object()
    with one_sweep():
        for v in found:
            if v.__class__ is not kind or v._primitive is not None or v._mark is token:
                return False
            v._mark = token
    return True


def nodes(*outputs: Any) -> list[Any]:
    """Return every Value that the outputs depend on, and themselves: operands before the nodes that use them.

    >>> from microgradx import Value
    >>> a = Value(1.0, "a")
    >>> [v.label or v._op for v in nodes((a + a) * 2)]
    ['a', '+', '*']
    """
    with one_sweep():
        return [v for v in topological_order(Block(outputs)) if v.__class__ is not Block]


def sweep(order: list[Any], seed: float) -> list[Any]:
    """Return the error signal of every node of `order` for `seed` at its last, as floats; None where none arrives.

    It differentiates what was recorded: the numbers that each node kept, whatever happened to `.data` since.
    """
    signals = []
    order[-1]._mark = seed
    for v in reversed(order):
        g = v._mark
        v._mark = None  # all its users are done
        signals.append(g)
        p = v._primitive
        if g is None or p is None:
            continue
        try:
            p.pull(FLOATS, g, v._z, v._x, v._y, v._a, v._b)
        except (ArithmeticError, ValueError):  # a pole or an overflow: the same rule, by IEEE arithmetic
            x, y = extended(v._x), extended(v._y)
            p.pull(EXTENDED, g, extended(v._z), x, y, v._a, v._b)
    signals.reverse()
    return signals


def sweep_graph(order: list[Any], seed: Any, m: Any, numbers: Any) -> list[Any]:
    """Return the error signals as numbers of the arithmetic `m`, so that they are themselves a graph.

    `numbers(v)` gives z, x, y of a node as such numbers.
    """
    signals = []
    order[-1]._mark = seed
    try:
        for v in reversed(order):
            g = v._mark
            signals.append(g)
            if g is not None and v._primitive is not None:
                v._primitive.pull(m, g, *numbers(v), v._a, v._b)
    finally:
        for v in order:
            v._mark = None  # a mark that holds a graph would keep it alive, in a cycle
    signals.reverse()
    return signals
