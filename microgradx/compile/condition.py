"""A comparison of traced numbers: a choice between two numbers when `where` asks, a guard when Python does."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any

from .. import primitives as rows
from ..engine import Value
from .traced import Traced

if TYPE_CHECKING:
    from .recorder import Recorder


class Condition:
    """Holds where a node of the trace is not 0, or, with `when` False, where it is; the bool that it is on the example.

    Whatever needs its truth (`if`, `and`, `not`, `max`, an index) makes it a guard: the trace then stands for the rows
    where it comes out the same.
    """

    __slots__ = ("_node", "_recorder", "_turned", "_when")

    def __init__(self, recorder: Recorder, node: int, *, when: bool = True, turned: bool = False) -> None:
        self._recorder = recorder
        self._node = node
        self._when = when
        self._turned = turned

    def __bool__(self) -> bool:
        self._recorder.check(self)
        return self._recorder.decide(self._node, self._turned) is self._when

    def _where(self, a: Any, b: Any) -> Any:
        """Return a where the condition holds, else b: both are recorded if they are numbers, else it is a guard.

        With `strict` it is a guard too, since eager `where` records no node: what uses its result uses a or b itself.
        """
        recorder = self._recorder
        recorder.check(self)
        if recorder.strict or not (_is_number(a) and _is_number(b)):
            taken = a if self else b
            return taken() if callable(taken) else taken
        if not self._when:
            a, b = b, a
        return Traced(recorder, recorder.row(rows.select, ((self, a, b),)))

    def __repr__(self) -> str:
        return f"Condition(#{self._node})"

    def __hash__(self) -> int:
        return hash(bool(self))

    def __index__(self) -> int:
        return int(bool(self))

    def __eq__(self, other: Any) -> bool:
        return bool(bool(self) == other)

    def __and__(self, other: Any) -> Any:
        return bool(self) & other

    def __or__(self, other: Any) -> Any:
        return bool(self) | other

    def __xor__(self, other: Any) -> Any:
        return bool(self) ^ other

    def __add__(self, other: Any) -> Any:
        return bool(self) + other

    def __mul__(self, other: Any) -> Any:
        return bool(self) * other

    __rand__ = __and__
    __ror__ = __or__
    __rxor__ = __xor__
    __radd__ = __add__
    __rmul__ = __mul__


def _is_number(x: Any) -> bool:
    return x.__class__ in (Traced, Value) or (isinstance(x, Real) and not isinstance(x, bool))
