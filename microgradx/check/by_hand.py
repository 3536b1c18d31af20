"""What a hand derivation says: a number, a function or a formula in the names of a graph's nodes."""

from __future__ import annotations

import contextlib
import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from numbers import Real
from typing import Any

from ..engine import Value
from ..errors import FormulaError
from ..expression import CONSTANTS, Expression, parse
from ..grammar import FUNCTIONS
from ..names import barred, brief, labels, near_names, normal, unpacked
from ..numbers import real
from ..replay import recorded
from ..sweep import nodes
from .printed import PrintedNames

Source = float | Callable[..., Any] | Expression


@dataclass(frozen=True, slots=True)
class Derivation:
    """A hand derivation, which can be evaluated where it was made and anywhere else.

    `names` tells what each name in it stands for, a node or a constant; `recorded` the numbers that they had in the
    graph. `signals` are the nodes whose error signals some of the names are.
    """

    source: Source
    names: Mapping[str, Value | float]
    recorded: Mapping[str, float]
    signals: Mapping[str, Value] = field(default_factory=dict)

    def evaluate(self, numbers: Mapping[str, float] | None = None) -> float:
        """Return its value, where `numbers` may replace recorded ones; TypeError if that is no real number."""
        at = {**self.recorded, **(numbers or {})}
        if isinstance(self.source, Expression):
            found = self.source.evaluate(at)
        else:
            found = self.source(**at) if callable(self.source) else self.source
        return _real(found)

    @property
    def is_number(self) -> bool:
        """Whether it was given as a number, with so many digits."""
        return isinstance(self.source, float)

    @property
    def movable(self) -> bool:
        """Whether its value follows the graph to other numbers: it names some, and has no others built in."""
        return bool(self.names) and not (inspect.isfunction(self.source) and _captures_values(self.source))

    def rounding(self) -> float:
        """Return by how much its value may be off because the recorded numbers are rounded.

        At a threshold it changes by more in one step than in the others, which is no rounding: the least change counts.
        """
        total = 0.0
        for name, x in self.recorded.items():
            near = [self._near(name, x + units * math.ulp(x)) for units in (-8, -4, 0, 4, 8)]
            changes = [change for a, b in pairwise(near) if math.isfinite(change := abs(b - a))]
            if len(changes) > 1:
                total += min(changes)
        return total

    def _near(self, name: str, x: float) -> float:
        try:
            return self.evaluate({name: x})
        except Exception:  # the last bits of x decide whether the derivation, which may be any code, is defined
            return math.nan

    def __str__(self) -> str:
        if isinstance(self.source, Expression):
            return str(self.source)
        if not callable(self.source):
            return ""
        name = getattr(self.source, "__name__", "function").strip("<>")
        return f"{name}({', '.join(self.names)})"


class NamedNodes:
    """The nodes of an output's graph by name, and the numbers that it was recorded with.

    A node's names are its label and the variables of `names` (as from `locals()`) that hold it, entries of lists by
    their indices; a variable also tells apart nodes of one label. Variables that hold plain numbers, or nodes from
    elsewhere, are constants. What bears no such name may be called as derivations print it: u1 or t1, and ȳ for the
    error signal of y, which is backprop's.
    """

    def __init__(self, output: Value, names: Mapping[str, Any] | None) -> None:
        order = nodes(output)
        self.recorded = recorded(order)
        self.given = dict(names or {})
        self.variables = labels(self.given)
        self.nodes: dict[str, list[Value]] = {}
        self.constants: dict[str, Value | float] = {}
        for v in order:
            if v.label:
                self.nodes.setdefault(normal(v.label), []).append(v)
        for variable, x in unpacked(self.given):
            name = normal(variable)
            if isinstance(x, Value) and id(x) in self.recorded:
                same = self.nodes.get(name, [])
                self.nodes[name] = [x] if any(v is x for v in same) else [*same, x]
            elif isinstance(x, Value | Real) and not isinstance(x, bool):
                with contextlib.suppress(OverflowError):  # a number beyond the floats is no operand of the graph
                    self.constants[name] = x if isinstance(x, Value) else float(x)
        self._printed = PrintedNames(output, self.given)
        self.printed: dict[int, str] = {}
        """The nodes that were asked for by the names of derivations, and these, by id."""
        self.hint = "" if names else " (names=locals() adds the names of variables)"

    def node(self, key: Any) -> Value:
        """Return the node that a name or a Value stands for; FormulaError if there is none, or more than one."""
        if isinstance(key, Value):
            if id(key) not in self.recorded:
                raise _not_in_graph(key)
            return key
        if not isinstance(key, str):
            raise TypeError(f"a node is given by its name or as the Value itself, not by {key!r}")
        name = normal(key)
        if name in self.nodes:
            return self._only(name)
        if name in self.constants:
            constant = self.constants[name]
            if isinstance(constant, Value):
                raise _not_in_graph(key)
            raise FormulaError(f"{key!r} is not in the graph: the output takes {constant!r} as a constant")
        name = self._printed.signals.get(name, name)
        if name in self._printed.nodes:
            return self._taken_over(name)
        raise FormulaError(f"no node named {key!r}{near_names(key, self.nodes)}{self.hint}")

    def name(self, key: Any) -> str:
        """Return what to call the node of a key."""
        if isinstance(key, str):
            own = normal(key) in self.nodes
            return key if own else self._printed.signals.get(normal(key), key)
        return key.label or self.variables.get(id(key)) or f"{key._op or 'leaf'} = {key.data:.6g}"

    def derivation(self, given: Any) -> Derivation:
        """Return a derivation as it was given, its names resolved; FormulaError for one that is not known."""
        if isinstance(given, str | Expression):
            expression = given if isinstance(given, Expression) else parse(given)
            used = dict.fromkeys(piece.name for piece in expression.pieces if piece.name)
            meant = {name: self._meant(name) for name in used}
            known = {name: x for name, x in meant.items() if x is not None}
            expression.require({**self._known(), **known}, self.hint, list(map(barred, self.nodes)))
            return self._resolved(expression, known)
        if callable(given):
            return self._resolved(given, self._parameters(given))
        return Derivation(_real(given), {}, {})

    def _known(self) -> dict[str, None]:
        return dict.fromkeys([*self.nodes, *self.constants])

    def _only(self, name: str) -> Value:
        found = self.nodes[name]
        if len(found) > 1:
            raise FormulaError(
                f"{len(found)} nodes are named {name!r}: label them apart, or give the Value itself, "
                f"or its name as derive prints it, '{name}(1)', as the key"
            )
        return found[0]

    def _meant(self, name: str) -> Value | float | None:
        """Return what a name in a derivation stands for; None if nothing does."""
        if name in self.nodes:
            return self._only(name)
        if name in self.constants:
            return self.constants[name]
        if name in CONSTANTS or name in FUNCTIONS:
            return None
        if name in self._printed.signals:
            self._taken_over(self._printed.signals[name])
            return self._printed.signal(name)
        return self._taken_over(name) if name in self._printed.nodes else None

    def _taken_over(self, name: str) -> Value:
        v = self._printed.nodes[name]
        self.printed.setdefault(id(v), name)
        return v

    def _resolved(self, source: Source, stands_for: Mapping[str, Value | float]) -> Derivation:
        numbers = {
            name: self.recorded.get(id(x), x.data) if isinstance(x, Value) else x for name, x in stands_for.items()
        }
        printed = [name for name in stands_for if name not in self.nodes and name not in self.constants]
        signals = {
            name: self._printed.nodes[self._printed.signals[name]] for name in printed if name in self._printed.signals
        }
        return Derivation(source, stands_for, numbers, signals)

    def _parameters(self, function: Callable[..., Any]) -> dict[str, Value | float]:
        """Return what the parameters stand for that name nodes: all without a default."""
        found: dict[str, Value | float] = {}
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.default is not parameter.empty:
                continue
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise FormulaError(f"the parameter {parameter} of {function!r} names no node; write lambda y, t: …")
            meant = self._meant(name)
            if meant is None:
                near = near_names(name, self._known())
                raise FormulaError(f"no node is named as its parameter {name!r}{near}{self.hint}")
            found[name] = meant
        return found


def _not_in_graph(key: Any) -> FormulaError:
    return FormulaError(
        f"{key!r} is not in the graph: the output does not depend on it, its derivative is 0; leave this row out"
    )


def _captures_values(function: Callable[..., Any]) -> bool:
    """Return whether a function reads Values that are no arguments of it, as in lambda y: (y - t.data)."""
    seen = inspect.getclosurevars(function)
    captured = [*seen.nonlocals.values(), *seen.globals.values()]
    found = [entry for x in captured for entry in (x if isinstance(x, list | tuple) else [x])]
    return any(isinstance(x, Value) for x in found)


def _real(x: Any) -> float:
    try:
        return real(x.data if isinstance(x, Value) else x)
    except TypeError:
        raise TypeError(f"a derivation gives one real number, not {brief(x)} of type {type(x).__name__}") from None
