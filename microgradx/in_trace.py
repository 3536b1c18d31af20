"""Which trace is at work here: the one thing through which code on plain Values and floats knows of it."""

from __future__ import annotations

from contextvars import ContextVar
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
    "a module of one number": "a function that is compiled is given one row at a time: write the loss of one row, "
    "whose mean over the rows is taken; for one row alone write program([row]), and for a module of one input [x]",
    "a step of an optimiser": "write it outside of the function that is compiled",
}
"""What a traced function must not do with a number v, and what to write in its place."""


def instead(what: str, otherwise: str) -> str:
    """Return what to write in place of `what` if a trace is at work here, else another advice."""
    return otherwise if AT_WORK.get() is None else INSTEAD[what]


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


def note_weights() -> None:
    """Note in the trace at work here, if there is one, that it takes targets for probabilities, whatever they are."""
    if (recorder := AT_WORK.get()) is not None:
        recorder.weighs = True


def has_weights() -> bool:
    """Return whether that was noted in the trace at work here."""
    return AT_WORK.get() is not None and bool(AT_WORK.get().weighs)
