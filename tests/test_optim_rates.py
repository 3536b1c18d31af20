"""Hyper-parameters of optimisers: groups, rates read and set, and what wrong ones are told."""

import math

import numpy
import pytest

from microgradx.clipping import clip_grad_norm, clip_grad_value
from microgradx.engine import Value
from microgradx.optim import SGD, Adam, RMSprop
from microgradx.optimizer import Optimizer

from .test_optim import descend


def test_groups_have_hyper_parameters_of_their_own():
    """Each group of parameters takes what it does not say from the optimiser, and can be added later."""
    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    optimizer = SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.25)
    optimizer.add_param_group({"params": [c], "momentum": 0.5})
    descend(optimizer, [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    assert (a.data, b.data, c.data) == (0.5, 0.0, 1.0 - 0.25 - 0.375)
    assert optimizer.param_groups[2]["lr"] == 0.25
    assert repr(SGD(lr=0.5)) == "SGD(lr=0.5, momentum=0.0, nesterov=False, weight_decay=0.0)"


def test_scale_multiplies_the_rates_of_one_step():
    """step(scale) multiplies every group's learning rate for that step alone."""
    a, b = Value(0.0), Value(0.0)
    optimizer = SGD([{"params": [a]}, {"params": [b], "lr": 1.0}], lr=0.5)
    for v in (a, b):
        v.grad = 1.0
    optimizer.step(0.5)
    optimizer.step()
    assert (a.data, b.data) == (-0.75, -1.5)


def _computed():
    return Value(1.0) * 2.0


W = Value(1.0)
MISTAKES = [
    (lambda: SGD([], lr=0.1), ValueError, "no parameters does nothing"),
    (lambda: Adam(0.1), TypeError, "not 0.1; a learning rate is named: lr=0.1"),
    (lambda: SGD(0.1), TypeError, "not 0.1; a learning rate is named: lr=0.1"),
    (lambda: SGD(W, lr=0.1), TypeError, "a list of Values, not Value"),
    (lambda: SGD([1.0], lr=0.1), TypeError, "changes Values, not 1.0"),
    (lambda: SGD([W, W], lr=0.1), ValueError, "given twice"),
    (lambda: SGD([{"params": [W]}, {"params": [W]}], lr=0.1), ValueError, "given twice"),
    (lambda: SGD([_computed()], lr=0.1), ValueError, "only leaves"),
    (lambda: SGD([{"weights": [W]}], lr=0.1), ValueError, "the key \"params\", but has 'weights'"),
    (lambda: SGD([{"params": [W], "beta": 1}], lr=0.1), ValueError, "SGD has no beta; it has lr=0.1"),
    (lambda: SGD([{"params": [W], "lr": -1}], lr=0.1), ValueError, "lr must be at least 0, not -1"),
    (lambda: SGD(lr=0.1).step(), ValueError, "has no parameters yet"),
    (lambda: SGD(lr=-0.1), ValueError, "lr must be at least 0, not -0.1"),
    (lambda: SGD(lr=math.nan), ValueError, "lr must be at least 0, not nan"),
    (lambda: SGD(lr="fast"), ValueError, "lr must be at least 0, not 'fast'"),
    (lambda: SGD(lr=0.1, momentum=1.0), ValueError, "momentum must be at least 0 and below 1, not 1.0"),
    (lambda: SGD(lr=0.1, nesterov=True), ValueError, "give momentum=0.9"),
    (lambda: SGD(lr=0.1, weight_decay=-1.0), ValueError, "weight_decay must be at least 0, not -1.0"),
    (lambda: Adam(betas=(0.9, 1.0)), ValueError, r"betas must be two numbers .* not \(0.9, 1.0\)"),
    (lambda: Adam(betas=0.9), ValueError, "betas must be two numbers .* not 0.9"),
    (lambda: Adam(eps=0.0), ValueError, "eps must be above 0, not 0.0"),
    (lambda: RMSprop(alpha=1.0), ValueError, "alpha must be at least 0 and below 1, not 1.0"),
    (lambda: RMSprop(centered=1), ValueError, "centered must be True or False, not 1"),
    (lambda: Optimizer([W], lr=0.1).step(), NotImplementedError, "no rule"),
    (lambda: clip_grad_norm([W], 0.0), ValueError, "max_norm must be above 0, not 0.0"),
    (lambda: clip_grad_norm([W], math.nan), ValueError, "max_norm must be above 0, not nan"),
    (lambda: clip_grad_value([W], -1.0), ValueError, "clip_value must be above 0, not -1.0"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_explained(mistake, kind, message):
    """A hyper-parameter or parameter that makes no sense raises an error with the value and the reason."""
    with pytest.raises(kind, match=message):
        mistake()


@pytest.mark.parametrize("lr", [Value(0.1), numpy.array([0.1, 0.2]), "0.1", None, True, 10**400], ids=repr)
def test_rates_that_are_no_numbers_are_refused(lr):
    """A learning rate is one plain number, which a Value, an array or a text is not."""
    with pytest.raises(ValueError, match="lr must be at least 0, not"):
        SGD([Value(1.0)], lr=lr)


def test_hyper_parameters_are_floats():
    """NumPy scalars and whole numbers are kept as floats, which JSON can hold."""
    adam = Adam([Value(1.0)], lr=numpy.float32(0.25), betas=[0, numpy.float64(0.5)], eps=1)
    hyper = adam.param_groups[0]
    assert [type(x) for x in (hyper["lr"], *hyper["betas"], hyper["eps"])] == [float] * 4
    assert repr(adam) == "Adam(lr=0.25, betas=(0.0, 0.5), eps=1.0, weight_decay=0.0)"


def test_learning_rate_is_read_and_set():
    """`lr` is the learning rate of the only group, before and after parameters are bound; it is checked when set."""
    w = Value(1.0)
    optimizer = SGD(lr=0.5)
    optimizer.lr = 0.25
    optimizer.bind([w])
    assert optimizer.lr == optimizer.param_groups[0]["lr"] == 0.25
    optimizer.lr = 0.125
    w.grad = 1.0
    optimizer.step()
    assert w.data == 0.875
    with pytest.raises(ValueError, match="lr must be at least 0, not -1"):
        optimizer.lr = -1
    assert optimizer.lr == 0.125


def test_learning_rates_of_groups_are_in_the_groups():
    """With several groups `lr` is an AttributeError that says where their learning rates are."""
    optimizer = SGD([{"params": [Value(1.0)]}, {"params": [Value(1.0)], "lr": 0.5}], lr=0.25)
    with pytest.raises(AttributeError, match=r"2 groups of parameters have a lr each: see param_groups\[0\]\['lr'\]"):
        optimizer.lr  # noqa: B018
    with pytest.raises(AttributeError, match="2 groups"):
        optimizer.lr = 0.5
