"""All experiments by their keys: each operation at its points, programs on graphs, special numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .operation import Operation
from .operations import OPERATIONS
from .programs import STRUCTURE, Experiment, Numbers, deep, fresh, grads, many_paths

DEPTHS = (1_000, 10_000)
"""Lengths of chains: the first is near Python's recursion limit, the second far beyond."""


class NoValue(Exception):
    """An operation gave something that is not a Value."""


def _operands(V: Any, op: Operation, point: tuple[float, ...]) -> dict[str, Any]:
    return {name: V(number) for name, number in zip(op.names, point, strict=True)}


def _applied(V: Any, call: Callable[..., Any], xs: Mapping[str, Any]) -> Any:
    z = call(*xs.values())
    if not isinstance(z, V):
        raise NoValue(f"it gives {z!r}, of type {type(z).__name__}")
    return z


def value(V: Any, op: Operation, point: tuple[float, ...]) -> Numbers:
    """Return the operation's value, and its operands' numbers afterwards."""
    xs = _operands(V, op, point)
    z = _applied(V, op.call, xs)
    return {"z": float(z.data), **{name: float(x.data) for name, x in xs.items()}}


def partials(V: Any, op: Operation, point: tuple[float, ...], call: Callable[..., Any] | None = None) -> Numbers:
    """Return the gradients of the operands after backward on the operation alone."""
    xs = _operands(V, op, point)
    _applied(V, call or op.call, xs).backward()
    return grads(**xs)


def upstream(V: Any, op: Operation, point: tuple[float, ...]) -> Numbers:
    """Return the gradients when the operation is multiplied by 5 before backward."""
    xs = _operands(V, op, point)
    (_applied(V, op.call, xs) * V(5.0)).backward()
    return grads(**xs)


def fan_out(V: Any, op: Operation, point: tuple[float, ...]) -> Numbers:
    """Return the gradients when the operation is done twice on the same operands and both results are added."""
    xs = _operands(V, op, point)
    (_applied(V, op.call, xs) + _applied(V, op.call, xs)).backward()
    return grads(**xs)


def same_operand(V: Any, op: Operation, point: tuple[float, ...]) -> Numbers:
    """Return the gradient where both operands are one Value."""
    x = V(point[0])
    _applied(V, op.call, {"x": x, "y": x}).backward()
    return grads(x=x)


def _at(x: float, call: Callable[[Any], Any]) -> Experiment:
    def run(V: Any) -> Numbers:
        v = V(x)
        z = _applied(V, call, {"x": v})
        numbers = {"value": float(z.data)}
        z.backward()
        return numbers | grads(derivative=v)

    return run


def _by_name(name: str) -> Callable[[Any], Any]:
    return next(op.call for op in OPERATIONS if op.text == name)


CORNERS: dict[str, Experiment] = {
    "x ** 2 at 0": _at(0.0, lambda x: x**2),
    "x ** 1 at 0": _at(0.0, lambda x: x**1),
    "x ** 0 at 0": _at(0.0, lambda x: x**0),
    "x ** 3 at -2": _at(-2.0, lambda x: x**3),
    "x ** 2 at -2": _at(-2.0, lambda x: x**2),
    "x ** 0.5 at 4": _at(4.0, lambda x: x**0.5),
    "relu at 0": _at(0.0, _by_name("x.relu()")),
    "tanh at 1000": _at(1000.0, _by_name("x.tanh()")),
    "tanh at -1000": _at(-1000.0, _by_name("x.tanh()")),
    "sigmoid at 1000": _at(1000.0, _by_name("x.sigmoid()")),
    "sigmoid at -1000": _at(-1000.0, _by_name("x.sigmoid()")),
}


def _on(kind: Callable[..., Numbers], *arguments: Any) -> Experiment:
    return lambda V: kind(V, *arguments)


def experiments() -> dict[str, Experiment]:
    """Return every experiment by its key, in the order in which they are run.

    >>> from microgradx import Value
    >>> experiments()["diamond"](Value)
    {'b': 8.0, 'a': 16.0}
    """
    found: dict[str, Experiment] = {"fresh": fresh}
    for op in OPERATIONS:  # values first, so that they are known of an engine whose backward has no end
        found |= _at_points(value, op)
    found |= {each.__name__: each for each in STRUCTURE}
    for op in OPERATIONS:
        for kind in (partials, upstream, fan_out):
            found |= _at_points(kind, op)
        for j, call in enumerate(op.spelled):
            for i, point in enumerate(op.points):
                found[f"spelled{j} {i} {op.text}"] = _on(partials, op, point, call)
        if len(op.names) == 2:
            found[f"same_operand {op.text}"] = _on(same_operand, op, op.points[0])
    found |= CORNERS
    found |= {f"deep {length}": _on(deep, length) for length in DEPTHS}
    found["many_paths"] = many_paths  # last, because it may take for ever
    return found


def _at_points(kind: Callable[..., Numbers], op: Operation) -> dict[str, Experiment]:
    return {f"{kind.__name__} {i} {op.text}": _on(kind, op, point) for i, point in enumerate(op.points)}
