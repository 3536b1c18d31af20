"""One training step of micrograd's demo, by micrograd and by microgradx.

All contenders start from the same weights and do the same arithmetic: the loss of the first step is compared.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

RATE = 0.05
PENALTY = 1e-4
SIZES = [2, 16, 16, 1]
EPOCHS = 1000
"""How many steps the compiled demo makes in one call."""


def data() -> tuple[list[list[float]], list[float]]:
    """Return the demo's 100 points, and its labels −1 and 1."""
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples=100, noise=0.1, random_state=1)
    return X.tolist(), (2.0 * y - 1.0).tolist()


def start() -> list[float]:
    """Return the initial parameters, neuron by neuron, weights before the bias."""
    rng = random.Random(1337)
    neurons = [n for n, m in pairwise(SIZES) for _ in range(m)]
    return [x for n in neurons for x in ([rng.uniform(-1.0, 1.0) for _ in range(n)] + [0.0])]


def micrograd() -> Callable[[], float]:
    """Return the step of the package micrograd with its own MLP."""
    from micrograd.engine import Value
    from micrograd.nn import MLP

    return plain_step(MLP(SIZES[0], SIZES[1:]), Value)


class Unit:
    """A neuron as users of micrograd write it: one node for each operation."""

    def __init__(self, parameters: list[Any], nonlinear: bool) -> None:
        *self.w, self.b = parameters
        self.nonlinear = nonlinear

    def __call__(self, x: list[Any]) -> Any:
        z = sum((w * xᵢ for w, xᵢ in zip(self.w, x, strict=True)), self.b)
        return z.relu() if self.nonlinear else z


class Net:
    """Layers of units."""

    def __init__(self, value: Callable[[float], Any]) -> None:
        self.all = [value(x) for x in start()]
        rest = iter(self.all)
        self.layers = [
            [Unit([next(rest) for _ in range(n + 1)], nonlinear=m > 1) for _ in range(m)] for n, m in pairwise(SIZES)
        ]

    def __call__(self, x: list[Any]) -> Any:
        for layer in self.layers:
            x = [unit(x) for unit in layer]
        return x[0]

    def parameters(self) -> list[Any]:
        """Return all parameters."""
        return self.all

    def zero_grad(self) -> None:
        """Set all gradients to 0."""
        for v in self.all:
            v.grad = 0.0


def by_hand() -> Callable[[], float]:
    """Return the step of microgradx with neurons written by hand, and nothing of its nets or functions."""
    from microgradx.engine import Value

    return plain_step(Net(Value), Value)


def compiled() -> Any:
    """Return the first loss and later steps of that very code, recorded once as a graph and compiled."""
    from microgradx import compile_graph, optim
    from microgradx.engine import Value

    net = Net(Value)
    program = compile_graph(plain_loss(net, Value)(), parameters=net.parameters())
    optimizer = optim.SGD(lr=RATE)
    first: Callable[[], float] = lambda: program.value_and_grad()[0]  # noqa: E731
    return first, lambda: program.train(optimizer=optimizer, epochs=EPOCHS, progress=False)


def plain_step(model: Any, value: Callable[[float], Any]) -> Callable[[], float]:
    """Return a step in the operators that both libraries have."""
    for v, x in zip(model.parameters(), start(), strict=True):
        v.data = x
    return descent(model, plain_loss(model, value))


def plain_loss(model: Any, value: Callable[[float], Any]) -> Callable[[], Any]:
    """Return the loss over all points in the operators that both libraries have."""
    X, y = data()

    def loss() -> Any:
        scores = [model([value(xᵢ) for xᵢ in x]) for x in X]
        margins = [(1.0 + -yᵢ * score).relu() for yᵢ, score in zip(y, scores, strict=True)]
        return sum(margins) * (1.0 / len(margins)) + PENALTY * sum(v * v for v in model.parameters())

    return loss


def mlp() -> Callable[[], float]:
    """Return the step of microgradx with its MLP and its functions."""
    import microgradx as mx

    X, y = data()
    model = mx.nn.MLP(SIZES[0], SIZES[1:], init=start())

    def loss() -> Any:
        margins = [(1.0 - yᵢ * model(x)).relu() for x, yᵢ in zip(X, y, strict=True)]
        w = model.parameters()
        return mx.sum(margins) * (1.0 / len(margins)) + PENALTY * mx.dot(w, w)

    return descent(model, loss)


def descent(model: Any, loss: Callable[[], Any]) -> Callable[[], float]:
    """Return one step of gradient descent, which returns the loss that it started from."""

    def step() -> float:
        total = loss()
        model.zero_grad()
        total.backward()
        for v in model.parameters():
            v.data -= RATE * v.grad
        return float(total.data)

    return step
