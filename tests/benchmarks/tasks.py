"""What the contenders of compile are given: nets with their first parameters, rows of data, and the order of rows.

Parameters are drawn layer by layer as (W, b), W of shape (outputs, inputs); `packed` gives them in the order of
`nn.MLP`, in which gradients are compared.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Layers = list[tuple[Floats, Floats]]

ROWS = 1024
"""How many rows nets are trained on."""


@dataclass(frozen=True)
class Task:
    """A net and its loss: the squared error of one output, or with `classes` the cross-entropy of a class.

    With a `knee` k the error d counts as d² up to k, and beyond as k (2|d| − k), on a straight line.
    """

    sizes: tuple[int, ...]
    activation: str
    classes: bool
    rate: float
    knee: float | None = None

    def start(self) -> Layers:
        """Return the first parameters."""
        rng = np.random.default_rng(0)
        return [(rng.uniform(-1, 1, (m, n)) / n**0.5, rng.uniform(-0.1, 0.1, m)) for n, m in pairwise(self.sizes)]

    def data(self, n: int = ROWS) -> tuple[Floats, Any]:
        """Return n rows and their targets: numbers, or classes."""
        rng = np.random.default_rng(1)
        X = rng.uniform(-1, 1, (n, self.sizes[0]))
        if self.classes:
            return X, np.argmax(X @ rng.normal(size=(self.sizes[0], self.sizes[-1])), axis=1)
        return X, X[:, 0] * X[:, 1]


TASKS = {
    "small": Task((2, 16, 16, 1), "relu", classes=False, rate=0.01),
    "tanh": Task((2, 16, 16, 1), "tanh", classes=False, rate=0.01),
    "digits": Task((64, 32, 10), "relu", classes=True, rate=0.01),
    "huber": Task((2, 16, 16, 1), "relu", classes=False, rate=0.01, knee=0.25),
    "images": Task((784, 128, 10), "relu", classes=True, rate=0.01),
}


def packed(layers: Sequence[tuple[Any, Any]]) -> list[float]:
    """Return all numbers neuron by neuron, its weights before its bias."""
    return np.concatenate([np.column_stack([np.asarray(w), np.asarray(b)]).ravel() for w, b in layers]).tolist()


def order(batch: int, epochs: int, rows: int = ROWS) -> Ints:
    """Return the rows of each batch (steps, batch), in the order in which `fit` and `train` take them with seed 0."""
    each = []
    for epoch in range(epochs):
        shuffled = list(range(rows))
        random.Random(f"0 {epoch}").shuffle(shuffled)
        each.append(np.array(shuffled).reshape(-1, batch))
    return np.concatenate(each)


# The transformer: one block over tokens, as in the zoo.

VOCABULARY, LONGEST, WIDTH, HEADS, LENGTH = 27, 16, 16, 4, 8
SHAPES = {
    "token": (VOCABULARY, WIDTH),
    "place": (LONGEST, WIDTH),
    **dict.fromkeys(("q", "k", "v", "o"), (WIDTH, WIDTH)),
    "wide": (4 * WIDTH, WIDTH),
    "narrow": (WIDTH, 4 * WIDTH),
    "out": (VOCABULARY, WIDTH),
}


def matrices() -> dict[str, Floats]:
    """Return the transformer's first parameters."""
    rng = np.random.default_rng(2)
    return {name: rng.normal(0.0, 0.08, shape) for name, shape in SHAPES.items()}


def documents(count: int = 1000) -> list[list[int]]:
    """Return documents of 4 to 10 letters between two marks, most of them of 5 to 7."""
    rng = np.random.default_rng(3)
    lengths = np.clip(np.round(rng.normal(6.1, 1.4, count)), 4, 10).astype(int)
    return [[0, *rng.integers(1, VOCABULARY, n).tolist(), 0] for n in lengths.tolist()]


ADAM: dict[str, Any] = {"lr": 0.01, "betas": (0.85, 0.99), "eps": 1e-8}
"""How the transformer is trained; the rate goes down to 0 on a straight line."""


def sentence(length: int) -> list[int]:
    """Return a document of `length` tokens and the one after them."""
    return [0, *np.random.default_rng(4).integers(1, VOCABULARY, length).tolist()]


CHECKED = 10
"""How many steps of the transformer's training eager Values make, to be compared with those of others."""


def trained(seconds: float, losses: Floats) -> dict[str, float]:
    """Return the figures of a training, or of its first steps: their losses tell whether it went the same way."""
    found = {"s for 1000 steps": 1000 * seconds / len(losses), "loss of 10 steps": float(losses[:CHECKED].mean())}
    return found if len(losses) == CHECKED else found | {"loss of all": float(losses.mean())}
