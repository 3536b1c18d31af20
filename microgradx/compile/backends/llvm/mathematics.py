"""Elementary functions of vectors, each a rule in the arithmetic `Lanes`: no branch, no table, no gather.

The writer of machine code carries a rule out by writing instructions, the tests by computing with NumPy. All results
are within 1 ulp, with a fused multiplication and without; zeros, infinities, NaN and subnormal numbers are as the C
library has them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from . import exponential, logarithm, power, trigonometric
from .float_lanes import Float
from .float_lanes import Lanes as Lanes
from .float_lanes import scale_by_bits as scale_by_bits


class Function(NamedTuple):
    """A rule, and the largest |x| that it may be given: lanes beyond need the C library's function instead.

    A lane's result must not depend on its neighbours: only the lanes with limit < |x| < inf are replaced.
    The rule gives some number in those lanes, and raises nothing.
    """

    rule: Callable[..., Float]
    limit: float = float("inf")


FUNCTIONS = {
    "exp": Function(exponential.exp),
    "expm1": Function(exponential.expm1),
    "log": Function(logarithm.log),
    "log1p": Function(logarithm.log1p),
    "sin": Function(trigonometric.sin, trigonometric.LIMIT),
    "cos": Function(trigonometric.cos, trigonometric.LIMIT),
    "pow": Function(power.pow),
    "tanh": Function(exponential.tanh),
}
