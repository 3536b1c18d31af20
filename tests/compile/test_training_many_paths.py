"""More paths than allowed are an error in training, and fit goes on with Values."""

from __future__ import annotations

import itertools
from functools import partial
from importlib import import_module
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import TooManyPaths, TraceError
from microgradx.nn import Module


def test_too_many_paths_are_an_error() -> None:
    """More paths than allowed are a clear error in training too, and the weights are as before the run."""
    w = Value(1.0)
    program = mx.compile(lambda xs: mx.sum([w * x if x > 0 else x for x in xs]), [w], max_paths=3, cache=False)
    rows = [[float(s) for s in signs] for signs in itertools.product((1, -1), repeat=3)]
    with pytest.raises(TraceError, match=r"more than 3 paths.*mx\.relu"):
        program.train(rows, epochs=2, batch_size=1)
    assert w.data == 1.0


class Signs(Module):
    """As many paths as there are signs of the inputs."""

    def __init__(self) -> None:
        self.w = Value(0.5)

    def __call__(self, x: Any) -> Any:
        """Return the sum of the positive inputs, scaled."""
        return sum((self.w * each for each in x if each > 0), 0.0 * self.w)


def test_fit_trains_on_values_where_there_are_too_many_paths() -> None:
    """The run begins again on Values, which a warning says, with the optimiser as it was."""
    rows = list(itertools.product((1.0, -2.0), repeat=7))

    def run(**how: Any) -> Any:
        model, optimizer = Signs(), mx.optim.SGD(lr=0.01, momentum=0.5)
        history = mx.fit(model, rows, [1.0] * 128, optimizer=optimizer, epochs=2, batch_size=16, **how)
        return history, [history.loss, model.w.data, optimizer.state_dict()["state"]]

    with pytest.warns(UserWarning, match="fit trains on Values, not compiled: the function has more than 64 paths"):
        history, found = run()
    assert history.by.startswith("Values, because the function has more than 64 paths")
    assert found == run(compile=False)[1]


class Steps(Module):
    """Another path wherever the weight passes a whole number."""

    def __init__(self) -> None:
        self.w = Value(0.5)

    def __call__(self, x: Any) -> Any:
        """Return the weight, scaled by how many numbers it has passed."""
        return sum((self.w for k in range(4) if self.w > k), 0.0)


def test_fit_shows_a_callback_no_epoch_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a callback has seen an epoch, too many paths are an error, and the weights are as before the run."""
    fitting = import_module("microgradx.compile.fitting")
    monkeypatch.setattr(fitting, "LossProgram", partial(fitting.LossProgram, max_paths=2))
    model, seen = Steps(), []
    given: dict[str, Any] = {"loss": lambda y, t: t - y, "optimizer": mx.optim.SGD(lr=0.5), "epochs": 9}
    with pytest.raises(TooManyPaths, match="more than 2 paths"):
        mx.fit(model, [1.0], [1.0], callbacks=lambda run: seen.append(run.epoch), **given)
    assert seen
    assert model.w.data == 0.5
    with pytest.warns(UserWarning, match="more than 2 paths"):
        assert len(mx.fit(model, [1.0], [1.0], **given).loss) == 9
