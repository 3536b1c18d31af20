"""Protocols: what a back end is to those who run plans by it, and what its kernels are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ...engine import Value
from ..tape.tape import Floats, Ints
from ..watch.containers import PassingBy
from .future import Future
from .lazy import LazyPlan
from .result import Result

Run = Callable[[Floats], Result]
"""Computes a plan on rows that it knows, from the parameters (p,), float64, with captured leaves after them."""

Sums = Callable[[Floats], tuple[float, Floats]]
"""Computes the sum of the values, NaN if any number of any row is not finite, and the gradient, from the parameters."""

Submit = Callable[[Callable[[], None]], Future[None]]
"""Returns what becomes of a task, which another thread may do."""

Read = Callable[[tuple[Value, ...]], Floats | None]
"""Returns the data of Values, or None where Python is to read them."""


class Kernel(Protocol):
    """A plan that can be run.

    inputs   (n, inputs) float64 in C order, without the weight
    order    which rows, in this order; None: all
    weight   that of each row, the seed of its error signals
    """

    def __call__(self, inputs: Floats, order: Ints | None, weight: float) -> Run:
        """Return the plan on these rows, which stay where they are, as a function of the parameters."""
        ...

    def prepare(self, rows: int) -> None:
        """Begin to make what so many rows need, where that takes long: one can do something else meanwhile."""
        ...

    def sums(self, inputs: Floats) -> Sums | None:
        """Return what gives value and gradient alone, summed over all these rows of weight 1/rows, if it is faster."""
        ...


class Backend(Protocol):
    """Makes kernels of plans.

    `passing_by` makes what may tell at once that the containers which a function reads hold what they did, `read` may
    return the data of Values, if it is faster at that than Python, and `submit` has tasks done beside this thread.
    """

    name: str

    @property
    def passing_by(self) -> PassingBy:
        """See `watch.containers`."""
        ...

    @property
    def read(self) -> Read:
        """See `Read`."""
        ...

    @property
    def submit(self) -> Submit:
        """See `Submit`."""
        ...

    def build(self, plan: LazyPlan, strict: bool) -> Kernel:
        """Return a kernel; `strict` for results that equal those of Values bit for bit."""
        ...
