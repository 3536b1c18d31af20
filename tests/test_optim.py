"""Optimisers follow PyTorch's rules, and train."""

import random

import numpy
import pytest
from mpmath import mp, mpf, sqrt

from microgradx.clipping import clip_grad_norm
from microgradx.engine import Value
from microgradx.nn import MLP
from microgradx.optim import SGD, Adam, AdamW, RMSprop
from microgradx.optimizer import Optimizer, Update

BETAS, ALPHA, EPS = (mpf(0.9), mpf(0.999)), mpf(0.99), mpf(1e-8)


def sgd(w, gradients, lr, momentum=0, nesterov=False, weight_decay=0):
    """The algorithm of torch.optim.SGD's documentation, with dampening 0."""
    b = None
    for g in gradients:
        g = g + weight_decay * w
        if momentum:
            b = g if b is None else momentum * b + g
            g = g + momentum * b if nesterov else b
        w = w - lr * g
    return w


def adam(w, gradients, lr, betas=BETAS, eps=EPS, weight_decay=0, decoupled=False):
    """The algorithms of torch.optim.Adam's and AdamW's documentation."""
    m = v = mpf(0)
    for t, g in enumerate(gradients, 1):
        if decoupled:
            w = w - lr * weight_decay * w
        else:
            g = g + weight_decay * w
        m = betas[0] * m + (1 - betas[0]) * g
        v = betas[1] * v + (1 - betas[1]) * g**2
        w = w - lr * (m / (1 - betas[0] ** t)) / (sqrt(v / (1 - betas[1] ** t)) + eps)
    return w


def adamw(w, gradients, lr, weight_decay=0.01, **others):
    return adam(w, gradients, lr, weight_decay=weight_decay, decoupled=True, **others)


def rmsprop(w, gradients, lr, alpha=ALPHA, eps=EPS, weight_decay=0, momentum=0, centered=False):
    """The algorithm of torch.optim.RMSprop's documentation."""
    v = b = mean = mpf(0)
    for g in gradients:
        g = g + weight_decay * w
        v = alpha * v + (1 - alpha) * g**2
        mean = alpha * mean + (1 - alpha) * g
        step = g / (sqrt(v - mean**2 if centered else v) + eps)
        b = momentum * b + step if momentum else step
        w = w - lr * b
    return w


RULES = {
    SGD: (
        sgd,
        [{}, {"weight_decay": 0.1}, {"momentum": 0.9}, {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}],
    ),
    Adam: (adam, [{}, {"betas": (0.5, 0.75)}, {"weight_decay": 0.1, "eps": 0.01}]),
    AdamW: (adamw, [{}, {"weight_decay": 0.5}]),
    RMSprop: (
        rmsprop,
        [{}, {"alpha": 0.5}, {"momentum": 0.5}, {"centered": True, "alpha": 0.75}, {"weight_decay": 0.1, "eps": 0.01}],
    ),
}
CASES = [(kind, hyper) for kind, (_, variants) in RULES.items() for hyper in variants]


def exact(x):
    return tuple(map(mpf, x)) if isinstance(x, tuple) else mpf(x) if type(x) is float else x


def descend(optimizer, gradients):
    for row in gradients:
        for v, g in zip(optimizer.parameters(), row, strict=True):
            v.grad = g
        optimizer.step()


@pytest.mark.parametrize(("kind", "hyper"), CASES)
def test_rule_is_that_of_pytorch(kind, hyper):
    """Twenty steps follow the algorithm that PyTorch documents, in exact arithmetic, to 1e-13."""
    rng = random.Random(1)
    start = [rng.gauss(0, 1) for _ in range(5)]
    gradients = [[rng.gauss(0, 1) for _ in start] for _ in range(20)]
    w = [Value(x) for x in start]
    descend(kind(w, lr=0.05, **hyper), gradients)
    with mp.workdps(50):
        for i, x in enumerate(start):
            column = [mpf(row[i]) for row in gradients]
            expected = RULES[kind][0](mpf(x), column, mpf(0.05), **{name: exact(h) for name, h in hyper.items()})
            assert abs(w[i].data - expected) < 1e-13 * (1 + abs(expected))


def test_wrong_rule_is_caught():
    """The comparison above fails for Adam without its bias correction."""
    w = Value(1.0)
    descend(RMSprop([w], lr=0.05, alpha=0.999), [[0.5]])
    assert abs(w.data - adam(1.0, [mpf(0.5)], 0.05)) > 0.1


@pytest.mark.parametrize(
    ("kind", "lr", "others"),
    [
        (Adam, 0.001, {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.0}),
        (AdamW, 0.001, {"betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.01}),
        (RMSprop, 0.01, {"alpha": 0.99, "eps": 1e-8, "weight_decay": 0.0, "momentum": 0.0, "centered": False}),
    ],
)
def test_defaults_are_those_of_pytorch(kind, lr, others):
    """Hyper-parameters that are left out have PyTorch's defaults."""
    assert kind().defaults == {"lr": lr} | others


def test_zero_grad():
    """zero_grad sets the gradient of every parameter to 0."""
    w = Value(1.0)
    (w * w).backward()
    SGD([w], lr=0.1).zero_grad()
    assert w.grad == 0.0


def test_own_optimizer():
    """A subclass with a rule has groups, schedules and state like those that come with the library."""

    class Halving(Optimizer):
        def __init__(self, parameters=None, *, lr):
            super().__init__(parameters, lr=lr)

        def rule(self, w, g, memory, hyper):
            n = memory.get("n", [0.0])[0] + 1.0
            return Update([wᵢ - hyper["lr"] * gᵢ / 2**n for wᵢ, gᵢ in zip(w, g, strict=True)], {"n": [n]})

    w = Value(1.0)
    optimizer = Halving([w], lr=1.0)
    descend(optimizer, [[1.0], [1.0]])
    other = Halving([w], lr=1.0)
    other.load_state_dict(optimizer.state_dict())
    descend(other, [[1.0]])
    assert w.data == 1.0 - 0.5 - 0.25 - 0.125


def test_optimisers_train_a_network():
    """Each optimiser, in a loop written out by hand, brings the loss of a small network down by nine tenths."""
    for make in (
        lambda p: SGD(p, lr=0.05),
        *[lambda p, kind=kind: kind(p, lr=0.02) for kind in (Adam, AdamW, RMSprop)],
    ):
        model = MLP(1, [4, 1], activation="tanh", seed=1)
        optimizer = make(model.parameters())
        losses = []
        for _ in range(150):
            loss = sum(((model([x]) - x * x) ** 2 for x in (-1.0, -0.5, 0.0, 0.5, 1.0)), start=Value(0.0))
            optimizer.zero_grad()
            loss.backward()
            clip_grad_norm(model.parameters(), 5.0)
            optimizer.step()
            losses.append(loss.data)
        assert losses[-1] < losses[0] / 10


def test_a_step_takes_no_gradients() -> None:
    """`step(gradient)`, as in other libraries, is refused, and changes nothing; a number of NumPy is taken."""
    w = Value(1.0)
    w.grad = 2.0
    optimizer = SGD([w], lr=0.25)
    with pytest.raises(TypeError, match=r"the learning rate, not array\(\[1\.0?, 2\.\]\); gradients"):
        optimizer.step(numpy.array([1.0, 2.0]))  # type: ignore[arg-type]
    assert w.data == 1.0
    optimizer.step(numpy.float32(0.5))  # type: ignore[arg-type]
    assert w.data == 0.75
