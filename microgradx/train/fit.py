"""fit: train a model on examples."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Never

from ..errors import TooManyPaths, TraceError
from ..losses import Loss, loss_named
from ..metrics import Metric
from ..module import Module
from ..optimizer import Optimizer
from ..schedules import Schedule
from .checkpoint import Checkpoint
from .examples import parted
from .given import bound, check_model, check_settings, listeners_of, metrics_of
from .history import History
from .objective import Objective
from .progress import bar
from .reach import check_reach
from .run import Run
from .settings import Settings

_ON_VALUES = "With compile=False fit trains a model made anew on Values, slowly, and such changes take effect."


def fit(
    model: Module,
    X: Any,
    y: Any,
    *,
    loss: str | Loss = "mse",
    optimizer: Optimizer | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    l2: float = 0.0,
    seed: int = 0,
    validation: Any = None,
    patience: int | None = None,
    schedule: Schedule | None = None,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    callbacks: Callable[[Run], object] | Iterable[Callable[[Run], object]] = (),
    metrics: Iterable[str] | Mapping[str, Metric] = (),
    compile: bool = True,
    strict: bool = False,
    progress: bool | None = None,
    resume: History | Checkpoint | str | os.PathLike[str] | None = None,
    **others: Never,
) -> History:
    """Train a model by gradient descent on the mean loss of examples (xᵢ, tᵢ), and return the History.

    The cost is (1/n) Σ loss(model(xᵢ), tᵢ) + (l2/2) Σw² over all parameters w. The gradient of a batch is the sum
    over its rows, then the L2 term is added, then it is clipped, then the optimiser makes its step. All of that is
    compiled to machine code; where it cannot be, a warning says why, and it runs on Values, row by row.

    X            one row of numbers for each example, of any length that the model takes, or plain numbers for a model
                 of one input
    y            one target for each example: a number, a list of numbers, or a class from 0
    loss         a name in `losses.LOSSES`, or a function(prediction, target) that returns one Value; by targets that
                 are ints it may choose with `lookup` or an if
    optimizer    from `optim`, bound to the model here if it has no parameters yet; None is Adam(lr=0.05)
    epochs       passes over the examples, counted from the start also when a run is resumed
    batch_size   examples for each step, shuffled anew each epoch; None takes all, in order; 1 one random point
    seed         decides shuffling and which examples are held out, and nothing else
    validation   a fraction of the examples to hold out, or other examples (X, y)
    patience     end after so many epochs without a lower validation loss, and restore the weights of the best
    schedule     a factor of the learning rate for each time t, in epochs: see `schedules`
    clip_norm, clip_value    limits for the norm and for each entry of the gradient: see `clipping`
    callbacks    a function, or several, called with the Run after each epoch
    metrics      "accuracy" in a list, or a dictionary name → function(predictions, targets)
    compile      False trains on Values, which is slow, and can be stepped through with a debugger
    strict       True gives the weights that training on Values gives, to the last bit, in a little more time
    progress     True shows a bar, False none, None one on terminals alone
    resume       a History, its `.checkpoint`, or the path of a saved one: goes on bit for bit; a run that patience
                 ended goes on only with more patience

    Ctrl-C ends training after a whole step and returns the history so far. DivergenceError if a loss, gradient or
    step is not finite; after that, and after an error of a schedule, a callback or a metric, model and optimiser are as
    after the last whole step. TraceError if model or loss turn out late to depend on things that change from call to
    call, which needs compile=False; model and optimiser are then as before the call. ValueError or ShapeError for data
    or settings that cannot be trained with, LoadError for a checkpoint that does not fit. Unless compile=False, a
    warning names the Values that the loss depends on and that are no parameters; none that is one is a ValueError.
    RuntimeError while another thread trains some of the parameters.

    >>> from microgradx.nn import Neuron
    >>> from microgradx.optim import Adam
    >>> neuron = Neuron(1, init="zeros")
    >>> fit(neuron, [0, 1, 2, 3], [1, 3, 5, 7], optimizer=Adam(lr=0.1), epochs=300)
    History of 300 epochs
      loss  21 → 2.412e-12, lowest 9.81e-14 in epoch 286
    >>> round(neuron([10]).data, 2)
    21.0
    """
    check_settings(fit, others)
    settings = Settings(epochs, batch_size, l2, seed, patience, schedule, clip_norm, clip_value)
    if patience is not None and validation is None:
        raise ValueError("patience watches the validation loss; give validation=0.2, for example, or other (X, y)")
    check_model(model)
    listeners = listeners_of(callbacks)
    train, held_out = parted(X, y, validation, settings.seed)
    objective = Objective(model, loss_named(loss), metrics_of(metrics, loss), train, held_out)
    if compile:  # without it, the model is called for each example of each epoch, and not once more
        check_reach(model, objective.loss, train)
    optimizer = bound(optimizer, model.parameters())
    run = objective.run(optimizer, settings, objective.work(compile, strict), resume)
    try:
        return run.train(bar(settings.epochs, run.epoch, progress), listeners)
    except TooManyPaths as error:
        if resume is not None or (listeners and run.epoch):  # which nobody would want to see twice
            raise
        run = objective.run(optimizer, settings, objective.on_values(error, stacklevel=3))
        return run.train(bar(settings.epochs, 0, progress), listeners)
    except TraceError as error:
        error.add_note(_ON_VALUES)
        raise
