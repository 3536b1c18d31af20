"""The reverse sweep one node at a time, in the engine's own order, with every contribution and running total."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from ..chain import Block
from ..draw.box import LONGEST, TITLE
from ..draw.metrics import number, shorten, visible
from ..engine import Value
from ..in_trace import refuse_in_trace
from ..names import brief
from ..notation import Notation, bar
from ..numbers import real
from ..replay import local_partials
from ..sweep import one_sweep, topological_order


class Contribution(NamedTuple):
    """What a node adds to the error signal of one operand: amount = signal · partial, so that before becomes after.

    `slot` counts the operands of the node from 0, plain numbers too. `formula` and `numbers` say the amount in the
    lectures' notation.
    """

    operand: Value
    name: str
    slot: int
    partial: float
    amount: float
    before: float
    after: float
    formula: str
    numbers: str

    @property
    def line(self) -> str:
        """What is added to what: z̄ += ȳ · ∂y/∂z = −0.6225 × 0.235 = −0.1463."""
        return f"{_barred(self.name)} += {self.formula} = {self.numbers}"


class Step(NamedTuple):
    """One node at work: its error signal is complete, and it contributes to those of its operands.

    `reached` is false where no signal arrives, not even 0; `line` says what happens in the lectures' notation.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> first, *_ = backward_steps(w * x)
    >>> first.name, first.signal, [(c.name, c.partial, c.before, c.after) for c in first.contributions]
    ('L', 1.0, [('w', 3.0, 0.0, 3.0), ('x', 2.0, 0.0, 2.0)])
    """

    node: Value
    name: str
    signal: float
    reached: bool
    contributions: tuple[Contribution, ...]

    @property
    def line(self) -> str:
        """What is computed at this step, a line for each contribution."""
        if not self.reached:
            return f"{_barred(self.name)} = 0: no error signal arrives at {called(self.name)}"
        lines = [contribution.line for contribution in self.contributions]
        return "\n".join(lines) or f"{_barred(self.name)} = {number(self.signal)}"

    @property
    def numbers(self) -> tuple[float, ...]:
        """The error signal, then of each contribution the partial, the amount, and the running total after it."""
        return (self.signal, *(x for c in self.contributions for x in (c.partial, c.amount, c.after)))

    def has_nan(self) -> bool:
        """Return whether one of the numbers is not a number."""
        return any(map(math.isnan, self.numbers))

    def has_zero(self) -> bool:
        """Return whether the signal or a contribution is exactly 0, as behind a dead ReLU."""
        return 0.0 in (self.signal, *(c.amount for c in self.contributions))

    def exceeds(self, bound: float) -> bool:
        """Return whether the error signal or a running total is larger than a bound: |v̄| > bound."""
        return any(abs(x) > bound for x in (self.signal, *(c.after for c in self.contributions)))

    def __str__(self) -> str:
        return self.line


def backward_steps(
    output: Value,
    *,
    names: Mapping[str, Any] | None = None,
    seed: float = 1.0,
    until: Callable[[Step], bool] | None = None,
) -> Iterator[Step]:
    """Return the steps of `output.backward(seed)`, one a node, users before operands: v̄ += z̄ · ∂z/∂v.

    The error signals are the engine's, bit for bit, and no `.grad` is changed. `names=locals()` names nodes by their
    variables. `until` ends the iteration with the first step for which it is true: `mx.Step.has_nan`,
    `mx.Step.has_zero`, `lambda step: step.exceeds(10)` or any other.

    The engine adds up what rows over blocks (sum, dot, a neuron) send to one block before it adds that to other
    signals. A running total in between counts what waits in a block, in the order in which the engine will add it.

    TypeError for what is not a Value, for a seed that is not a number, and for an `until` that cannot be called.

    >>> w, x, b, t = Value(0.5, "w"), Value(2.0, "x"), Value(-1.5, "b"), Value(1.0, "t")
    >>> z = w * x + b
    >>> y = z.sigmoid()
    >>> L = (y - t) ** 2 / 2
    >>> *before, step = backward_steps(L, names=locals(), until=lambda step: step.node is y)
    >>> print(step)
    z̄ += ȳ · ∂y/∂z = −0.6225 × 0.235 = −0.1463
    >>> [step.name for step in before], step.contributions[0].amount == z.grad
    (['L', 't3', 't2', 't'], False)
    >>> L.backward()
    >>> step.contributions[0].amount == z.grad
    True
    """
    if not isinstance(output, Value):
        raise TypeError(f"backward_steps goes through the graph of one output, a Value, not {brief(output)}")
    require_predicate(until)
    notation = Notation(output, names)
    refuse_in_trace("v.backward()", output)
    with one_sweep():
        order = topological_order(output)
    return _ended(_Sweep(order, notation, real(seed)).steps(), until)


def require_predicate(until: object) -> None:
    """Raise TypeError unless this is a function, or None."""
    if until is not None and not callable(until):
        raise TypeError(f"until is a function of a step, such as mx.Step.has_nan, not {until!r}")


def called(name: str, bold: bool = False) -> str:
    """Return a name as it is printed: visible, and not too long for a line."""
    return shorten(visible(name), LONGEST, TITLE, bold)


def _ended(steps: Iterator[Step], until: Callable[[Step], bool] | None) -> Iterator[Step]:
    for step in steps:
        yield step
        if until is not None and until(step):
            return


class _Sweep:
    """The error signals that have arrived so far: at nodes, and at the entries of blocks that wait to hand theirs on.

    `waiting` holds for each node the block entries at which it stands, in the order in which they hand on.
    """

    def __init__(self, order: list[Any], notation: Notation, seed: float) -> None:
        self.order = order
        self.notation = notation
        self.arrived: dict[int, float] = {id(order[-1]): seed}
        self.collected: dict[int, list[float | None]] = {}
        self.waiting: dict[int, list[tuple[int, int]]] = {}
        for v in reversed(order):
            if v.__class__ is Block:
                for i, u in enumerate(v._a):
                    if u is not None:
                        self.waiting.setdefault(id(u), []).append((id(v), i))

    def steps(self) -> Iterator[Step]:
        """Yield the step of each node."""
        for v in reversed(self.order):
            if v.__class__ is Block:
                self._hand_on(v)
                continue
            signal = self.arrived.get(id(v))
            found = () if signal is None else tuple(self._pull(v, signal))
            yield Step(v, self.notation.name(v), 0.0 if signal is None else signal, signal is not None, found)

    def _pull(self, v: Value, signal: float) -> Iterator[Contribution]:
        """Apply the chain rule at v: send signal · partial to each operand."""
        p = v._primitive
        if p is None:
            return
        partials = local_partials(p, v._z, [part for part in (v._x, v._y) if part is not None])
        for slot, ((holder, i, u), partial) in enumerate(zip(_operands(v), partials, strict=True)):
            if u is None or partial is None:
                continue
            before, amount = self._total(u), signal * partial
            self._add(holder, i, u, amount)
            after = self._total(u)
            formula, numbers = self._written(v, u), f"{number(signal)} × {_factor(partial)} = {number(amount)}"
            yield Contribution(u, self.notation.name(u), slot, partial, amount, before, after, formula, numbers)

    def _add(self, block: Any, i: int, u: Value, amount: float) -> None:
        if block is None:
            self.arrived[id(u)] = _plus(self.arrived.get(id(u)), amount)
        else:
            entries = self.collected.setdefault(id(block), [None] * len(block._a))
            entries[i] = _plus(entries[i], amount)

    def _hand_on(self, block: Any) -> None:
        for u, collected in zip(block._a, self.collected.pop(id(block), ()), strict=False):
            if u is not None and collected is not None:
                self.arrived[id(u)] = _plus(self.arrived.get(id(u)), collected)

    def _total(self, u: Value) -> float:
        total = self.arrived.get(id(u))
        for block, i in self.waiting.get(id(u), ()):
            if block in self.collected and (collected := self.collected[block][i]) is not None:
                total = _plus(total, collected)
        return 0.0 if total is None else total

    def _written(self, v: Value, u: Value) -> str:
        z, x = called(self.notation.name(v)), called(self.notation.name(u))
        return f"{bar(z)} · ∂{z}/∂{x}"


def _operands(v: Value) -> Iterator[tuple[Any, int, Value | None]]:
    """Yield for each operand the block that it stands in, or None, its place there, and its node, if it is one."""
    for a, x in ((v._a, v._x), (v._b, v._y)):
        if isinstance(x, tuple):
            for i in range(len(x)):
                yield a, i, None if a is None else a._a[i]
        elif x is not None:
            yield None, 0, a


def _plus(total: float | None, amount: float) -> float:
    return amount if total is None else total + amount


def _barred(name: str) -> str:
    return bar(called(name))


def _factor(x: float) -> str:
    return f"({number(x)})" if x < 0 else number(x)
