"""Checkpoints that are damaged or hostile: each is a LoadError, and nothing has changed."""

import json
import math
from dataclasses import replace

import pytest

from microgradx.errors import LoadError
from microgradx.optim import Adam
from microgradx.train import Checkpoint, fit
from tests.training import X, Y, network, weights

HUGE = 10**400


def _set(*path):
    *keys, last, x = path

    def change(data):
        for key in keys:
            data = data[key]
        data[last] = x

    return change


HOSTILE = {
    "m": _set("optimizer", "state", 0, "m", 0, HUGE),
    "negative v": _set("optimizer", "state", 0, "v", 0, -1e-9),
    "t below 0": _set("optimizer", "state", 0, "t", [-1.0]),
    "t not whole": _set("optimizer", "state", 0, "t", [0.5]),
    "step not finite": _set("optimizer", "state", 0, "m", 0, 1.7e308),
    "lr": _set("optimizer", "param_groups", 0, "lr", HUGE),
    "eps": _set("optimizer", "param_groups", 0, "eps", HUGE),
    "betas": _set("optimizer", "param_groups", 0, "betas", [0.9, HUGE]),
    "history": _set("history", "loss", 0, HUGE),
    "history text": _set("history", "loss", 0, "1"),
    "best loss": _set("best", "validation_loss", HUGE),
    "best epoch": _set("best", "epoch", -100),
    "best epoch to come": _set("best", "epoch", 3),
    "best weights": _set("best", "model", "layers.0.neurons.0.b", HUGE),
    "weights": _set("model", "layers.0.neurons.0.b", HUGE),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("used", [False, True], ids=["new", "used"])
def test_hostile_checkpoints_change_nothing(change, used):
    """Numbers that no run can have written are a LoadError, and model and optimiser are as they were."""
    settings = {"validation": 0.3, "patience": 9}
    checkpoint = fit(network(), X, Y, epochs=2, **settings).checkpoint
    data = json.loads(json.dumps(vars(checkpoint)))
    change(data)
    model, optimizer = network(3), Adam(lr=0.05)
    if used:
        fit(model, X, Y, optimizer=optimizer, epochs=1, **settings)
    else:
        optimizer.bind(model.parameters())
    before = weights(model), optimizer.state_dict()
    with pytest.raises(LoadError):
        fit(model, X, Y, optimizer=optimizer, epochs=4, resume=Checkpoint(**data), **settings)
    assert (weights(model), optimizer.state_dict()) == before


def test_batch_behind_the_last_is_refused():
    """A checkpoint is at a batch that its epoch has."""
    checkpoint = replace(fit(network(), X, Y, epochs=2).checkpoint, batch=10**9)
    with pytest.raises(LoadError, match="at batch 1000000000 of an epoch that has 1"):
        fit(network(), X, Y, epochs=4, resume=checkpoint)


def _damaged_checkpoints():
    checkpoint = fit(network(), X, Y, epochs=2, validation=0.3, patience=9).checkpoint
    good = json.loads(json.dumps(vars(checkpoint)))
    optimizer = good["optimizer"]
    state = optimizer["state"][0]
    changes = [
        ({"epoch": -1}, "the epoch of a checkpoint"),
        ({"batch": 1.5}, "the batch of a checkpoint"),
        ({"total": "0"}, "the total of a checkpoint"),
        ({"settings": []}, "holds tables"),
        ({"epoch": 1}, "has 1 epochs, but 2 numbers for 'loss'"),
        ({"history": {}}, "history of the checkpoint is damaged"),
        ({"history": good["history"] | {"loss": ["a", "b"]}}, "history of the checkpoint is damaged"),
        ({"best": {}}, "best weights of the checkpoint are damaged"),
        ({"best": good["best"] | {"epoch": "2"}}, "best weights of the checkpoint are damaged"),
        ({"best": good["best"] | {"model": {}}}, "lacks"),
        ({"model": {}}, "lacks"),
        ({"optimizer": {}}, "state of an Adam"),
        ({"optimizer": optimizer | {"state": [state | {"m": state["m"][:-1]}]}}, "does not remember"),
    ]
    return [pytest.param(json.dumps(good | change), message, id=str(change)[:30]) for change, message in changes] + [
        pytest.param("{", "not JSON", id="cut"),
        pytest.param("[]", "where an object", id="list"),
        pytest.param("{}", "not a checkpoint", id="empty"),
        pytest.param(json.dumps(good | {"more": 1}), "not a checkpoint", id="more"),
        pytest.param(json.dumps(good | {"total": math.nan}), "NaN", id="nan"),
    ]


@pytest.mark.parametrize(("text", "message"), _damaged_checkpoints())
def test_damaged_checkpoints_are_refused(text, message, tmp_path):
    """A checkpoint file that is damaged is a LoadError, and model and optimiser are as they were."""
    path = tmp_path / "run.json"
    path.write_text(text)
    model, optimizer = network(3), Adam(lr=0.05)
    before = weights(model)
    with pytest.raises(LoadError, match=message):
        fit(model, X, Y, optimizer=optimizer, epochs=4, validation=0.3, patience=9, resume=path)
    assert weights(model) == before
    assert optimizer.state_dict()["state"] == [{}]
