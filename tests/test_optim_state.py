"""The state of an optimiser: it goes on exactly, and only where it fits."""

import json
import math
import random

import pytest

from microgradx.engine import Value
from microgradx.errors import LoadError
from microgradx.optim import SGD, Adam, AdamW, RMSprop
from microgradx.optimizer import Optimizer, Update
from tests.test_optim import descend

OPTIMIZERS = {
    "sgd": lambda p: SGD(p, lr=0.1),
    "momentum": lambda p: SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adam": lambda p: Adam(p, lr=0.1),
    "adamw": lambda p: AdamW(p, lr=0.1),
    "rmsprop": lambda p: RMSprop(p, lr=0.1, momentum=0.5, centered=True),
}


@pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_state_goes_on_exactly(make):
    """After any number of steps the state, through JSON, lets another optimiser go on bit for bit."""
    rng = random.Random(2)
    gradients = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(10)]
    for done in range(4):
        whole, part = ([Value(x) for x in (1.0, -2.0, 0.5)] for _ in range(2))
        descend(make(whole), gradients)
        first = make(part)
        descend(first, gradients[:done])
        state = json.loads(json.dumps(first.state_dict(), allow_nan=False))
        second = make([Value(v.data) for v in part])
        second.load_state_dict(state)
        descend(second, gradients[done:])
        assert [v.data for v in second.parameters()] == [v.data for v in whole]


def test_state_is_a_copy():
    """A state that was taken does not change with later steps."""
    w = Value(1.0)
    optimizer = Adam([w], lr=0.1)
    descend(optimizer, [[1.0]])
    state = json.dumps(optimizer.state_dict())
    kept = optimizer.state_dict()
    descend(optimizer, [[3.0]])
    assert json.dumps(kept) == state


def test_own_optimizer_names_its_memory_freely():
    """Only Adam's and RMSprop's v is a square: a velocity of that name may be negative."""

    class Velocity(Optimizer):
        def rule(self, w, g, memory, hyper):
            v = [0.5 * v + x for v, x in zip(memory.get("v", [0.0] * len(g)), g, strict=True)]
            return Update([x - hyper["lr"] * y for x, y in zip(w, v, strict=True)], {"v": v})

    first, second = Velocity([Value(1.0)], lr=0.5), Velocity([Value(1.0)], lr=0.5)
    descend(first, [[-1.0]])
    second.load_state_dict(first.state_dict())
    assert second.state_dict() == first.state_dict()


def _damaged():
    def state(**changes):
        optimizer = Adam([Value(1.0), Value(2.0)], lr=0.1)
        descend(optimizer, [[1.0, 2.0]])
        return optimizer.state_dict() | changes

    good = state()
    memory, group = good["state"][0], good["param_groups"][0]
    return [
        (state(optimizer="SGD"), "state of an Adam"),
        ({}, "state of an Adam"),
        ([], r"state of an Adam is needed, not \[\]"),
        (state(param_groups=[]), "has 1 group of parameters, the state 0"),
        (state(state=[]), "the state has 1 group of parameters, and the memory of 0"),
        (state(state=[[]]), "not the state of an optimiser"),
        (state(state=[{"m": 3}]), "not the state of an optimiser"),
        (state(param_groups=[group | {"params": 3}]), "has 2 parameters, the state 3"),
        (state(param_groups=[group | {"lr": -1.0}]), "lr must be at least 0, not -1.0"),
        (state(param_groups=[group | {"nesterov": True}]), "nesterov"),
        (state(state=[memory | {"m": [0.0]}]), "does not remember"),
        (state(state=[{"m": memory["m"]}]), "does not remember"),
        (state(state=[memory | {"b": [0.0, 0.0]}]), "does not remember"),
        (state(state=[memory | {"m": [0.0, math.nan]}]), "'m' of the state holds nan"),
        (state(state=[memory | {"m": [0.0, "1"]}]), "'m' of the state holds '1'"),
        (state(state=[memory | {"m": [0.0, True]}]), "'m' of the state holds True"),
    ]


@pytest.mark.parametrize(("state", "message"), _damaged())
def test_foreign_states_are_refused(state, message):
    """A state of another optimiser, of other parameters or with broken numbers is a LoadError and changes nothing."""
    optimizer = Adam([Value(1.0), Value(2.0)], lr=0.1)
    descend(optimizer, [[0.5, 0.5]])
    before = optimizer.state_dict()
    with pytest.raises(LoadError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before
