"""descend: an optimiser at work on a function of a few numbers, step by step, to look at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Never

from .calculus import grad
from .engine import Value
from .errors import DivergenceError
from .keywords import check_keywords, keywords
from .numbers import listed
from .optim import SGD
from .optimizer import Optimizer
from .schedules import Constant, Schedule


def descend(
    f: Callable[[list[Value]], Any],
    x0: Sequence[float],
    optimizer: Optimizer | None = None,
    *,
    steps: int = 100,
    schedule: Schedule | None = None,
    **others: Never,
) -> list[list[float]]:
    """Return the points that an optimiser goes through from x0 downhill on f, w ← w − lr·∇f(w): steps + 1 of them.

    f            takes a list of Values and returns one. It is called once for each step, so that it may draw an
                 example at random each time, which makes the descent stochastic
    optimizer    from `optim`, without parameters; it is copied, and so may serve again; None is SGD(lr=0.1)
    schedule     a factor of the learning rate for each step 0, 1, …: see `schedules`

    For models and data there is `fit`. DivergenceError where a step leads to an inf or a NaN. ValueError for an
    optimiser that has parameters, or a number of steps below 0.

    >>> descend(lambda w: (w[0] - 1) ** 2, [3.0], SGD(lr=0.25), steps=3)
    [[3.0], [2.0], [1.5], [1.25]]
    """
    check_keywords("descend()", keywords(descend), others, {"optimizer=mx.optim.SGD({})": keywords(SGD.__init__)})
    own = deepcopy(optimizer) if optimizer is not None else SGD(lr=0.1)
    if own.param_groups:
        raise ValueError(f"{optimizer!r} has parameters already; give one without any, as in SGD(lr=0.1)")
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise ValueError(f"the number of steps is a whole number of at least 0, not {steps!r}")
    factor = schedule or Constant()
    w = [Value(x) for x in listed(x0)]
    own.bind(w)
    path = [[v.data for v in w]]
    for t in range(steps):
        for v, slope in zip(w, grad(f(w), w), strict=True):
            v.grad = slope
        updates = own.propose(factor(t))
        if not all(update.is_finite() for update in updates):
            raise DivergenceError(
                f"step {t + 1}, from {path[-1]!r}, is not finite; try a smaller learning rate than {own!r}"
            )
        own.accept(updates)
        path.append([v.data for v in w])
    return path
