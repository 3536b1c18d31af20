"""The training of micrograd's demo, by micrograd and by microgradx.

All contenders start from the same weights, anew after every STEPS steps, and make the same steps at the same rates:
the losses of the first CHECKED steps, and the weights after them, are compared.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import cycle, pairwise
from typing import Any

PENALTY = 1e-4
SIZES = [2, 16, 16, 1]
STEPS = 100
"""How many steps the demo makes."""

CHECKED = 8
"""How many of them are compared; micrograd takes about a second for each."""


def rate(k: float) -> float:
    """Return the learning rate of step k."""
    return 1.0 - 0.9 * k / STEPS


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


def micrograd() -> Any:
    """Return the steps of the package micrograd with its own MLP."""
    from micrograd.engine import Value
    from micrograd.nn import MLP

    model = MLP(SIZES[0], SIZES[1:])
    return descent(model, plain_loss(model, Value))


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


def by_hand() -> Any:
    """Return the steps of microgradx with neurons written by hand, and nothing of its nets or functions."""
    from microgradx.engine import Value

    net = Net(Value)
    return descent(net, plain_loss(net, Value))


def compiled() -> Any:
    """Return the training of that very code, recorded once as a graph and compiled: all steps in one call."""
    from microgradx import compile_graph, optim
    from microgradx.engine import Value

    net = Net(Value)
    w = net.parameters()
    program = compile_graph(plain_loss(net, Value)(), parameters=w)

    def run(steps: int) -> list[float]:
        put(w)
        optimizer = optim.SGD(lr=1.0)
        history = program.train(optimizer=optimizer, schedule=rate, epochs=steps, progress=False)
        return history.loss

    return lambda: [*run(CHECKED), *numbers(w)], lambda: run(STEPS)


def compiled_gradient() -> Any:
    """Return the steps of that very code where only its gradient is compiled, and the loop is Python's."""
    from microgradx import compile_graph, optim
    from microgradx.engine import Value

    net = Net(Value)
    w = net.parameters()
    program = compile_graph(plain_loss(net, Value)(), parameters=w)
    optimizer = optim.SGD(w, lr=1.0)

    def step(k: int) -> float:
        total, gradient = program.value_and_grad()
        for v, g in zip(w, gradient.tolist(), strict=True):
            v.grad = g
        optimizer.step(rate(k))
        return total

    return in_turn(w, step)


def plain_loss(model: Any, value: Callable[[float], Any]) -> Callable[[], Any]:
    """Return the loss over all points in the operators that both libraries have."""
    X, y = data()

    def loss() -> Any:
        scores = [model([value(xᵢ) for xᵢ in x]) for x in X]
        margins = [(1.0 + -yᵢ * score).relu() for yᵢ, score in zip(y, scores, strict=True)]
        return sum(margins) * (1.0 / len(margins)) + PENALTY * sum(v * v for v in model.parameters())

    return loss


def mlp() -> Any:
    """Return the steps of microgradx with its MLP and its functions."""
    import microgradx as mx

    X, y = data()
    model = mx.nn.MLP(SIZES[0], SIZES[1:])

    def loss() -> Any:
        margins = [(1.0 - yᵢ * model(x)).relu() for x, yᵢ in zip(X, y, strict=True)]
        w = model.parameters()
        return mx.sum(margins) * (1.0 / len(margins)) + PENALTY * mx.dot(w, w)

    return descent(model, loss)


def descent(model: Any, loss: Callable[[], Any]) -> Any:
    """Return the first and later steps of gradient descent, in the operators that both libraries have."""

    def step(k: int) -> float:
        total = loss()
        model.zero_grad()
        total.backward()
        for v in model.parameters():
            v.data -= rate(k) * v.grad
        return float(total.data)

    return in_turn(model.parameters(), step)


def in_turn(w: list[Any], step: Callable[[int], float]) -> Any:
    """Return what makes the first CHECKED steps, and what makes the next one, beginning anew after the last."""
    steps = cycle(range(STEPS))

    def next_step() -> float:
        k = next(steps)
        if k == 0:
            put(w)
        return step(k)

    return lambda: [*(next_step() for _ in range(CHECKED)), *numbers(w)], next_step


def put(w: list[Any]) -> None:
    """Give parameters their initial numbers."""
    for v, x in zip(w, start(), strict=True):
        v.data = x


def numbers(w: list[Any]) -> list[float]:
    """Return the numbers of parameters."""
    return [float(v.data) for v in w]
