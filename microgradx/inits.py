"""What the weights and biases of a network start from."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from .errors import ShapeError
from .keywords import meant
from .names import brief

Init = str | Sequence[float] | Callable[[int, int, random.Random], float]

INITS: dict[str, Callable[[int, int, random.Random], float]] = {
    "uniform": lambda nin, nout, rng: rng.uniform(-1.0, 1.0),
    "xavier": lambda nin, nout, rng: rng.uniform(-1.0, 1.0) * math.sqrt(6.0 / (nin + nout)),
    "he": lambda nin, nout, rng: rng.uniform(-1.0, 1.0) * math.sqrt(6.0 / nin),
    "zeros": lambda nin, nout, rng: 0.0,
}
"""Rules for a weight by name: Glorot and Bengio 2010, He et al. 2015, in their uniform forms; biases start at 0.

"auto", the default, is "he" before relu and leaky_relu, else "xavier", with biases uniform in ±1/√nin: at 0 all
kinks of a first ReLU layer would pass through the origin.
"""


def generator(seed: int | None) -> Any:
    """Return a random generator of this seed, or Python's own, which `random.seed` sets."""
    return random if seed is None else random.Random(seed)


def check_init(init: Any) -> None:
    """Raise TypeError unless `init` is of a kind that weights can start from."""
    if not isinstance(init, Sequence) and not callable(init):
        raise TypeError(f"an initialisation is a name, a function, or a list of numbers, not {brief(init)}")


def split_by_neuron(init: Init, nin: int, nout: int) -> list[Init]:
    """Return what each neuron of a layer starts from."""
    check_init(init)
    if isinstance(init, str) or callable(init):
        return [init] * nout
    if len(init) != nout * (nin + 1):
        raise ShapeError(
            f"a layer of {nout} neurons with {nin} inputs each starts from {nout * (nin + 1)} numbers, not {len(init)}"
        )
    return [init[j * (nin + 1) : (j + 1) * (nin + 1)] for j in range(nout)]


def initial(init: Init, activation: str, nin: int, nout: int, rng: random.Random) -> list[float]:
    """Return the weights and the bias that a neuron starts from."""
    check_init(init)
    if not isinstance(init, str) and not callable(init):
        if len(init) != nin + 1:
            raise ShapeError(
                f"a neuron with {nin} inputs starts from {nin} weights and a bias, not {len(init)} numbers"
            )
        return list(init)
    auto = init == "auto"
    if auto:
        init = "he" if activation in ("relu", "leaky_relu") else "xavier"
    if isinstance(init, str):
        if init not in INITS:
            raise ValueError(f"no initialisation named {brief(init)}{meant(init, ('auto', *INITS))}")
        init = INITS[init]
    weights = [init(nin, nout, rng) for _ in range(nin)]
    return [*weights, rng.uniform(-1.0, 1.0) / math.sqrt(nin) if auto else 0.0]
