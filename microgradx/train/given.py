"""What `fit` is given besides its settings, checked: a model, an optimiser, callbacks, a checkpoint, metrics."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from ..engine import Value
from ..keywords import check_keywords, keywords
from ..losses import LOSSES, Loss, loss_named
from ..metrics import Metric, accuracy
from ..module import Module
from ..names import brief
from ..optim import SGD, Adam, RMSprop
from ..optimizer import Optimizer
from .checkpoint import Checkpoint
from .history import History
from .run import Run

Callback = Callable[[Run], object]


def check_settings(function: Callable[..., Any], others: Mapping[str, Any]) -> None:
    """Raise TypeError for the first setting that a function which trains does not have, if there is one."""
    if others:
        kinds = {f"optimizer=mx.optim.{kind.__name__}({{}})": keywords(kind.__init__) for kind in (SGD, Adam, RMSprop)}
        check_keywords(f"{function.__name__}()", keywords(function), others, kinds)


def check_model(model: Any) -> None:
    """Raise TypeError for what is no Module, ValueError for one without parameters."""
    if not isinstance(model, Module):
        if hasattr(model, "value_and_grad"):  # a program, which has its own
            raise TypeError(
                f"fit trains a Module, not {brief(model)}: write program.train(X, y), if it computes a loss"
            )
        raise TypeError(
            f"fit trains a Module, not an object of type {type(model).__name__}; derive its class from mx.nn.Module, "
            "or train a loss(x, y) of one example that you write: mx.compile(loss, parameters=[…]).train(X, y)"
        )
    if not model.parameters():
        raise ValueError(f"the {type(model).__name__} has no parameters to train: no attribute of it holds a Value")


def listeners_of(callbacks: Callback | Iterable[Callback]) -> list[Callback]:
    """Return one callback, or several, as a list; TypeError for one that cannot be called with the Run alone."""
    listeners = list(callbacks) if isinstance(callbacks, Iterable) and not callable(callbacks) else [callbacks]
    for callback in listeners:
        if not callable(callback):
            raise TypeError(f"a callback is a function of the Run, not {brief(callback)}")
        try:
            inspect.signature(callback).bind(None)
        except TypeError as error:
            raise TypeError(
                f"a callback is given the Run, and nothing else, unlike {brief(callback)}: {error}"
            ) from None
        except ValueError:  # one of Python's own tells nothing
            pass
    return listeners


def bound(optimizer: Optimizer | None, parameters: Sequence[Value]) -> Optimizer:
    """Return the optimiser with charge of a model's parameters, or of some of them, as it was given.

    >>> from microgradx.nn import Neuron
    >>> bound(None, Neuron(1).parameters())
    Adam(lr=0.05, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0)
    """
    optimizer = Adam(lr=0.05) if optimizer is None else optimizer
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"an optimiser is needed, such as mx.optim.Adam(lr=0.05), not {brief(optimizer)}")
    if not optimizer.param_groups:
        optimizer.bind(parameters)
    elif (own := optimizer.parameters()) != list(parameters) and not set(own) <= set(parameters):
        raise ValueError("the optimiser has parameters that are not the model's; make a new one for each model")
    return optimizer


def checkpoint_of(saved: Any) -> Checkpoint:
    """Return the checkpoint to resume from; TypeError or ValueError for what has none."""
    if isinstance(saved, History) and saved.checkpoint is None:
        raise ValueError(
            "this History has no checkpoint: neither a CSV nor Program.train keeps one; give the path of a checkpoint"
        )
    saved = saved.checkpoint if isinstance(saved, History) else saved
    if isinstance(saved, str | os.PathLike):
        return Checkpoint.load(saved)
    if not isinstance(saved, Checkpoint):
        raise TypeError(f"a run is resumed from a History, a Checkpoint or the path of one, not {brief(saved)}")
    return saved


def metrics_of(metrics: Iterable[str] | Mapping[str, Metric], loss: str | Loss) -> dict[str, Metric]:
    """Return the metrics by name, as they judge what is trained with this loss; TypeError or ValueError for others."""
    if isinstance(metrics, Mapping):
        for name, metric in metrics.items():
            if not isinstance(name, str) or name in ("loss", "epoch") or name.startswith("validation_"):
                raise ValueError(f"no metric can be named {name!r}, since training itself records under such names")
            if not callable(metric):
                raise TypeError(f"a metric is a function(predictions, targets), but {name!r} is {metric!r}")
        return dict(metrics)
    names = list(metrics) if isinstance(metrics, Iterable) and not isinstance(metrics, str) else [metrics]
    if unknown := [name for name in names if name != "accuracy"]:
        raise ValueError(f"no metric named {unknown[0]!r}; there is 'accuracy', or give a dictionary name → function")
    scores = loss_named(loss) in (LOSSES["bce_with_logits"], LOSSES["hinge"])
    return {name: partial(accuracy, threshold=0.0 if scores else None) for name in names}
