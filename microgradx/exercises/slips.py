"""Why a value computed by hand is wrong: which single slip in the forward pass gives just this number."""

from __future__ import annotations

from collections.abc import Iterator

from ..check.report import relative_error
from ..engine import Value
from ..replay import Replay

_CLOSE = 2.6e-3


def slip(output: Value, node: Value, found: float) -> str:
    """Return what was done to get `found` as the value of a node: the slips that give it, or "".

    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(-1.0, "b")
    >>> z = w * x + b
    >>> z.label = "z"
    >>> slip(z, z, 6.0), slip(z, z, 7.0), slip(z, z, -5.0)
    ('you left out b', 'you took b with the other sign', 'the sign is wrong')
    """
    told = [why for wrong, why in _slips(output, node) if relative_error(wrong, found) <= _CLOSE]
    return " or ".join(list(dict.fromkeys(told))[:3])


def _slips(output: Value, node: Value) -> Iterator[tuple[float, str]]:
    """Yield wrong values of the node with the slip that leads there, the likeliest first."""
    right = node.data
    yield -right, "the sign is wrong"
    replay = Replay(node)
    values = replay.values()
    named = [(v, x) for v, x in zip(replay.order, values, strict=True) if v.label and v is not node]
    for v, x in reversed(named):
        if v._primitive is not None:
            yield x, f"that is {v.label}, from which {node.label} is computed"
    for v in replay.order:
        operands = [u for u in v.operands if isinstance(u, Value)]
        if len(operands) == 1 and v._primitive is not None:
            name = v.label or v._op
            yield replay.values({v: values[replay.place[id(operands[0])]]})[-1], f"you left out {_work(v)} in {name}"
    leaves = [(v, x) for v, x in reversed(named) if v._primitive is None]
    for v, _ in leaves:
        yield replay.values({v: 0.0})[-1], f"you left out {v.label}"
    for v, x in leaves:
        yield replay.values({v: -x})[-1], f"you took {v.label} with the other sign"
    factors = {id(u) for v in replay.order if v._op == "*" for u in v.operands}
    for v, _ in leaves:
        if id(v) in factors:
            yield replay.values({v: 1.0})[-1], f"you left out the factor {v.label}"
    yield 2.0 * right, "it is twice as large as it should be"
    yield right / 2.0, "it is half as large as it should be"
    for v in Replay(output).order:
        if v.label and v is not node:
            yield v.data, f"that is {v.label}, not {node.label}"


def _work(v: Value) -> str:
    """Return what the operation of a node is called."""
    p = v._primitive
    return "the power" if p is not None and p.name == "pow" else v._op
