"""Programs of the zoo that run over sequences: a small transformer, and an LSTM."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import microgradx as mx
from microgradx import Value

from .examples import Program
from .networks import points

Matrix = list[list[Value]]


def matrix(rng: random.Random, m: int, n: int, deviation: float = 0.3) -> Matrix:
    """Return m rows of n normal numbers."""
    return [[Value(rng.gauss(0.0, deviation)) for _ in range(n)] for _ in range(m)]


class Transformer:
    """One block of causal attention and a net behind it, over tokens; RMS-norm, no biases.

    `product` is how it multiplies vectors: written out by hand, or by the fused `mx.dot`.
    """

    def __init__(
        self, vocabulary: int, longest: int, product: Callable[..., Any], width: int = 16, heads: int = 4, seed: int = 7
    ) -> None:
        rng = random.Random(seed)
        self.heads, self.size, self.product = heads, width // heads, product
        self.token, self.place = matrix(rng, vocabulary, width), matrix(rng, longest, width)
        self.q, self.k, self.v, self.o = (matrix(rng, width, width) for _ in range(4))
        self.wide, self.narrow = matrix(rng, 4 * width, width), matrix(rng, width, 4 * width)
        self.out = matrix(rng, vocabulary, width)

    def parameters(self) -> list[Value]:
        """Return all parameters, matrix by matrix, row by row."""
        parts = (self.token, self.place, self.q, self.k, self.v, self.o, self.wide, self.narrow, self.out)
        return [v for part in parts for row in part for v in row]

    def linear(self, w: Matrix, x: Sequence[Any]) -> list[Any]:
        """Return w·x."""
        return [self.product(row, x) for row in w]

    def norm(self, x: Sequence[Any]) -> list[Any]:
        """Return x divided by its root mean square."""
        scale = (self.product(x, x) / len(x) + 1e-5) ** -0.5
        return [xᵢ * scale for xᵢ in x]

    def __call__(self, tokens: Sequence[Any]) -> list[list[Any]]:
        """Return a row of scores for what follows each token."""
        keys: list[list[Any]] = []
        values: list[list[Any]] = []
        scores = []
        for t, token in enumerate(tokens):
            x = self.norm([a + b for a, b in zip(mx.lookup(self.token, token), self.place[t], strict=True)])
            a = self.norm(x)
            keys.append(self.linear(self.k, a))
            values.append(self.linear(self.v, a))
            met = self.attend(self.linear(self.q, a), keys, values)
            x = [p + q for p, q in zip(x, self.linear(self.o, met), strict=True)]
            hidden = [h.relu() for h in self.linear(self.wide, self.norm(x))]
            x = [p + q for p, q in zip(x, self.linear(self.narrow, hidden), strict=True)]
            scores.append(self.linear(self.out, x))
        return scores

    def attend(self, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> list[Any]:
        """Return, head by head, the values so far, weighted by how well their keys meet the query."""
        found = []
        for h in range(0, len(query), self.size):
            part = slice(h, h + self.size)
            weights = mx.softmax([self.product(query[part], k[part]) / self.size**0.5 for k in keys])
            found += [self.product(weights, [v[i] for v in values]) for i in range(h, h + self.size)]
        return found


def written_out(x: Sequence[Any], y: Sequence[Any]) -> Any:
    """Return Σ xᵢyᵢ, one node for each operation."""
    products = [xᵢ * yᵢ for xᵢ, yᵢ in zip(x, y, strict=True)]
    total = products[0]
    for product in products[1:]:
        total = total + product
    return total


def transformer(length: int, vocabulary: int = 11, longest: int = 16, fused: bool = False) -> Program:
    """Return the mean cross-entropy of each token's successor; rows have `length` tokens and the one after them."""
    model = Transformer(vocabulary, longest, mx.dot if fused else written_out)

    def f(tokens: Any) -> Any:
        scores = model(tokens[:-1])
        losses = [mx.losses.cross_entropy(z, t) for z, t in zip(scores, tokens[1:], strict=True)]
        return mx.sum(losses) / len(losses)

    def rows(n: int, seed: int) -> tuple[Any, ...]:
        return (np.random.default_rng(seed).integers(0, vocabulary, (n, length + 1)),)

    return Program(f, model.parameters(), rows, indices=("tokens",))


def lstm(steps: int, inputs: int = 3, width: int = 4) -> Program:
    """Return the squared error of a linear unit on what an LSTM cell holds after some steps (Hochreiter 1997)."""
    rng = random.Random(8)
    gates = [matrix(rng, width, inputs + width + 1) for _ in range(4)]
    out = [Value(rng.gauss(0.0, 1.0)) for _ in range(width)]

    def f(xs: Any, y: Any) -> Any:
        hidden: list[Any] = [0.0] * width
        cell: list[Any] = [0.0] * width
        for x in xs:
            z = [*x, *hidden, 1.0]
            forget, enter, leave = ([mx.sigmoid(mx.dot(row, z)) for row in gate] for gate in gates[:3])
            new = [mx.tanh(mx.dot(row, z)) for row in gates[3]]
            cell = [a * c + b * d for a, c, b, d in zip(forget, cell, enter, new, strict=True)]
            hidden = [a * mx.tanh(c) for a, c in zip(leave, cell, strict=True)]
        return (mx.dot(out, hidden) - y) ** 2

    parameters = [v for gate in gates for row in gate for v in row] + out
    return Program(f, parameters, points((steps, inputs), ()))
