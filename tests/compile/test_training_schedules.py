"""What a schedule sets while it is asked: the rate counts at once, as on Values, and anything else is an error."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microgradx as mx
from microgradx import optim
from microgradx.nn import MLP

X = [[0.1 * i, 0.3 - 0.2 * i] for i in range(12)]
Y = [0.5 - 0.1 * i for i in range(12)]


def trained(what: str, size: int, compiled: bool) -> list[float]:
    """Return losses and weights of a training whose schedule changes something at its fifth step."""
    model, optimizer = MLP(2, [5, 1], activation="tanh", seed=0), optim.SGD(lr=0.1, momentum=0.5)
    given: dict[str, Any] = {"optimizer": optimizer, "schedule": changing(model, optimizer, what), "epochs": 5}
    history = mx.fit(model, X, Y, batch_size=size, compile=compiled, strict=True, **given)
    return [*history.loss, *(v.data for v in model.parameters())]


def changing(model: mx.nn.Module, optimizer: Any, what: str) -> Callable[[float], float]:
    """Return a schedule that changes something at its fifth step."""
    calls = []

    def schedule(t: float) -> float:
        calls.append(t)
        if len(calls) == 5 and what == "weight":
            model.parameters()[0].data = 3.0
        elif len(calls) == 5 and what:
            optimizer.param_groups[0][what] = 0.25
        return 1.0

    return schedule


@pytest.mark.parametrize("size", [1, 4])
def test_a_rate_that_a_schedule_sets_counts_at_this_step(size: int) -> None:
    """A schedule that sets the optimiser's rate trains as on Values, bit for bit."""
    assert trained("lr", size, compiled=True) == trained("lr", size, compiled=False) != trained("", size, False)


@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize(("what", "named"), [("weight", "the data of Values"), ("momentum", "settings of the optim")])
def test_what_else_a_schedule_changes_is_an_error(what: str, named: str, size: int) -> None:
    """A step that would begin with other numbers than on Values is not made."""
    with pytest.raises(ValueError, match=f"the schedule changes {named}.*let a callback do that"):
        trained(what, size, compiled=True)
