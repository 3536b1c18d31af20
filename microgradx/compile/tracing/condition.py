"""A comparison of traced numbers: a choice between two numbers when `where` asks, a guard when Python does."""

from __future__ import annotations

import operator
from collections.abc import Callable
from numbers import Real
from typing import TYPE_CHECKING, Any

from ...engine import Value
from .traced import Traced

if TYPE_CHECKING:
    from .recorder import Recorder


def _by_truth(operation: Callable[..., Any], reflected: bool = False) -> Callable[..., Any]:
    """Return an operator by which a condition is the bool that it is on the example."""

    def operate(self: Condition, *other: Any) -> Any:
        return operation(*other, bool(self)) if reflected else operation(bool(self), *other)

    return operate


class Condition:
    """Holds where a node of the trace is not 0, or, with `when` False, where it is; the bool that it is on the example.

    Whatever needs its truth (`if`, `and`, `not`, `max`, an index, arithmetic) makes it a guard: the trace then stands
    for the rows where it comes out the same. `used` tells whether it is a guard or a choice by now.
    """

    __slots__ = ("_node", "_recorder", "_turned", "_when", "used")

    def __init__(self, recorder: Recorder, node: int, *, when: bool = True, turned: bool = False) -> None:
        self._recorder = recorder
        self._node = node
        self._when = when
        self._turned = turned
        self.used = False

    def __bool__(self) -> bool:
        self._recorder.check(self)
        self.used = True
        return self._recorder.decide(self._node, self._turned) is self._when

    def _where(self, a: Any, b: Any) -> Any:
        """Return a where the condition holds, else b: both are recorded if they are numbers, else it is a guard.

        With `strict` the choice is noted: Values record no node for it, what uses its result uses a or b itself.
        """
        recorder = self._recorder
        recorder.check(self)
        if not recorder.may_choose((a, b)):
            taken = a if self else b
            return taken() if callable(taken) else taken
        self.used = True
        if not self._when:
            a, b = b, a
        return Traced(recorder, recorder.chosen(self._node, a, b))

    def __repr__(self) -> str:
        return self._recorder.shown(self._node)

    __hash__ = _by_truth(hash)
    __index__ = __int__ = _by_truth(int)
    __float__ = _by_truth(float)
    __eq__ = _by_truth(operator.eq)
    __lt__ = _by_truth(operator.lt)
    __le__ = _by_truth(operator.le)
    __gt__ = _by_truth(operator.gt)
    __ge__ = _by_truth(operator.ge)
    __and__ = _by_truth(operator.and_)
    __rand__ = _by_truth(operator.and_, reflected=True)
    __or__ = _by_truth(operator.or_)
    __ror__ = _by_truth(operator.or_, reflected=True)
    __xor__ = _by_truth(operator.xor)
    __rxor__ = _by_truth(operator.xor, reflected=True)
    __add__ = _by_truth(operator.add)
    __radd__ = _by_truth(operator.add, reflected=True)
    __sub__ = _by_truth(operator.sub)
    __rsub__ = _by_truth(operator.sub, reflected=True)
    __mul__ = _by_truth(operator.mul)
    __rmul__ = _by_truth(operator.mul, reflected=True)
    __truediv__ = _by_truth(operator.truediv)
    __rtruediv__ = _by_truth(operator.truediv, reflected=True)
    __floordiv__ = _by_truth(operator.floordiv)
    __rfloordiv__ = _by_truth(operator.floordiv, reflected=True)
    __mod__ = _by_truth(operator.mod)
    __rmod__ = _by_truth(operator.mod, reflected=True)
    __pow__ = _by_truth(operator.pow)
    __rpow__ = _by_truth(operator.pow, reflected=True)
    __neg__ = _by_truth(operator.neg)
    __pos__ = _by_truth(operator.pos)
    __abs__ = _by_truth(abs)
    __invert__ = _by_truth(lambda holds: -1 - int(holds))
    __round__ = _by_truth(round)


def is_number(x: Any) -> bool:
    """Return whether something is a number that a trace can hold, as a choice needs it."""
    return x.__class__ in (Traced, Value) or (isinstance(x, Real) and not isinstance(x, bool))
