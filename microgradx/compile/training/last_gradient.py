"""The gradient of the last of many steps, as Values would leave it in `grad`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...node import LazyGradient, Node
from ...train.settings import Settings
from ..backends.llvm.machine import Machine
from ..tape.tape import Floats


def clipped(gradient: Floats, factor: float, settings: Settings) -> Floats:
    """Return a gradient that a step has used, clipped as the step did, by a factor of its norm and by value.

    >>> settings = Settings(1, None, 0.0, 0, None, None, clip_norm=9.0, clip_value=1.0)
    >>> clipped(np.array([0.5, -4.0]), 0.5, settings).tolist()
    [0.25, -1.0]
    """
    if settings.clip_norm is not None:
        gradient = gradient * factor
    if settings.clip_value is not None:
        gradient = np.clip(gradient, -settings.clip_value, settings.clip_value)
    return gradient


def computed_later(nodes: Sequence[Node], kernel: Machine, inputs: Floats, placed: Floats) -> LazyGradient:
    """Return the gradients of all nodes, of the mean over some rows: a kernel gives them when one is asked for.

    `placed` are the leaves as the kernel's layout has them. Steps of gradient descent in place keep no gradient, and
    machine code for it alone would delay the first training.
    """

    def compute() -> list[float]:
        leaves = placed[kernel.header.layout.places]
        gradient = kernel(inputs, None, 1.0 / len(inputs))(leaves).gradient
        found: list[float] = (0.0 + gradient).tolist()  # as it is added to a grad of 0.0
        return found

    return LazyGradient(nodes, compute)
