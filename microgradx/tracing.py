"""Which trace is at work here: the one thing through which code on plain Values and floats knows of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from contextvars import ContextVar
from itertools import repeat
from numbers import Real
from typing import Any

from .errors import TraceError

AT_WORK: ContextVar[Any] = ContextVar("trace", default=None)
"""The recorder of the trace that is running in this thread, or None.

A traced number knows its recorder itself. But a comparison of two Values, parameters say, has nothing but Values in its
hands, and must become a guard nevertheless if a trace is running: so there is no way without a place that both know. A
context variable belongs to one thread, and nested traces restore it.
"""

CHOOSE = "to choose by it compare it, as in v > 0, or write mx.where(v > 0, a, b)"

INSTEAD = {
    "v.data": f"compute with v itself, or with mx.detach(v) for a constant; {CHOOSE}",
    "v.grad": "return v, and take gradients of the compiled function, as in program.gradients(x)",
    "v.backward()": "return v, and write program.value_and_grad(x) for its gradient",
    "mx.grad(v, …)": "return v, and take program.gradients(x); or keep a graph, with create_graph=True",
    "float(v)": f"write mx.exp(v) and the like, not math.exp(v); {CHOOSE}",
    "truth of v": "compare it, as in v > 0",
    "a copy or pickle of v": "write +v for a new node, or compute it again",
    "a call of a program": "call the function that it was made from, program.f",
    "a step of an optimiser": "write it outside of the function that is compiled",
}
"""What a traced function must not do with a number v, and what to write in its place."""


def refuse_in_trace(what: str, v: Any) -> None:
    """Raise TraceError if a trace is at work here: the plain number that it saw would be frozen in it, unseen."""
    if AT_WORK.get() is not None:
        why = f"{v!r} may change after the trace, which would keep a plain number as it is now; {INSTEAD[what]}"
        raise refused(what, why)


def refused(what: str, why: str) -> TraceError:
    """Return the error of this line, and let the trace at work fail by it even if its function goes on after that."""
    error = TraceError.here(what, why)
    if (recorder := AT_WORK.get()) is not None:
        recorder.refused.append(error)
    return error


class Watched:
    """A number's `data` and `grad`, which nobody may read or set while a function is traced.

    What itself records, or runs when no trace does, goes by `_data` and `_grad`, and asks no trace.
    """

    __slots__ = ("_data", "_grad")

    _data: float
    _grad: float

    @property
    def data(self) -> float:
        """The number itself. TraceError in a function that is being traced."""
        if _at_work() is not None:
            refuse_in_trace("v.data", self)
        return self._data

    @data.setter
    def data(self, number: float) -> None:
        if _at_work() is not None:
            refuse_in_trace("v.data", self)
        if number.__class__ is not float and number.__class__ is not int and isinstance(number, Real):
            number = number if isinstance(number, bool) else float(number)  # or NumPy would go on in single precision
        self._data = number

    @property
    def grad(self) -> float:
        """The error signal ∂output/∂self of the last `backward`. TraceError in a function that is being traced."""
        if _at_work() is not None:
            refuse_in_trace("v.grad", self)
        return self._grad

    @grad.setter
    def grad(self, number: float) -> None:
        if _at_work() is not None:
            refuse_in_trace("v.grad", self)
        self._grad = number


_at_work = AT_WORK.get


def set_data(numbers: Iterable[Watched], data: Iterable[float]) -> None:
    """Set the data of each: in one call that runs in C to its end, no interrupt and no other thread comes between."""
    deque(map(setattr, numbers, repeat("_data"), data), maxlen=0)


def set_grad(numbers: Iterable[Watched], grads: Iterable[float]) -> None:
    """Set the gradient of each in the same way."""
    deque(map(setattr, numbers, repeat("_grad"), grads), maxlen=0)
