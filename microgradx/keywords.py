"""Names that others use, and nothing has here: what to write in place of such a keyword, or name of a loss."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Self

from .names import near_names

ELSEWHERE = {
    "activation": "act act_fn nonlin nonlinearity",
    "alpha": "rho",
    "batch_size": "batch bs minibatch",
    "bce": "binary_crossentropy log_loss",
    "bce_with_logits": "logistic_loss sigmoid_cross_entropy",
    "clip_norm": "clip gradient_clip gradient_clip_val max_grad_norm max_norm",
    "compile": "jit",
    "cross_entropy": "categorical_crossentropy ce softmax_cross_entropy sparse_categorical_crossentropy xent",
    "epochs": "iterations max_iter max_steps n_iter n_steps num_steps steps total_iters",
    "every": "step_size",
    "f": "fn fun func function",
    "he": "he_normal he_uniform kaiming kaiming_normal kaiming_uniform",
    "indices": "static_argnames static_argnums",
    "init": "initializer kernel_initializer weight_init",
    "inputs": "X args x",
    "l1": "absolute_error l1_loss mae mean_absolute_error",
    "l2": "lam lambda_ reg regularization weight_decay",
    "linear": "identity none",
    "loss": "cost criterion objective",
    "lr": "alpha eta learning_rate rate step_size α η",
    "metrics": "scoring",
    "mse": "l2 l2_loss least_squares mean_squared_error mse_loss",
    "nin": "fan_in in_features in_size input_dim input_size n_in n_inputs",
    "nll": "negative_log_likelihood nll_loss",
    "nout": "fan_out n_out n_outputs out_features out_size output_dim output_size units",
    "nouts": "hidden hidden_layer_sizes layer_sizes n_out out_features out_size sizes",
    "optimizer": "opt solver",
    "output": "final_activation out_activation output_activation",
    "parameters": "trainable wrt",
    "patience": "early_stopping n_iter_no_change",
    "period": "T_0 T_max",
    "progress": "disp tqdm verbose",
    "resume": "checkpoint initial_epoch",
    "seed": "key random_state rng",
    "sigmoid": "expit logistic",
    "step": "heaviside threshold",
    "target": "backend device platform",
    "threads": "n_jobs workers",
    "validation": "eval_set val",
    "weight_decay": "l2 wd",
    "xavier": "glorot glorot_normal glorot_uniform xavier_normal xavier_uniform",
}
"""What is called otherwise in other libraries, or in lectures, and not spelt almost alike: our name, and theirs."""

ALWAYS = {"shuffle": ("seed", "the rows are always shuffled where they are taken in batches, in the order of")}
"""What others ask for and is always so here: our setting that it goes by, and the words before it."""


def meant(name: str, known: Collection[str]) -> str:
    """Return the end of an error message: our name for what others call so, or else the known names most like it.

    >>> meant("mae", ["mse", "l1"]), meant("MSELoss", ["mse", "l1"])
    ("; did you mean 'l1'?", "; did you mean 'mse'?")
    """
    return next((f"; did you mean {one!r}?" for one in _ours(name) if one in known), "") or near_names(name, known)


def _ours(name: str) -> list[str]:
    """Return a name and what we call it, however it is written: MSELoss as mse_loss."""
    plain = _plain(name)
    return [name, *(ours for ours, theirs in ELSEWHERE.items() if plain in map(_plain, theirs.split()))]


def _plain(name: str) -> str:
    return name.replace("_", "").casefold()


def check_keywords(
    title: str, known: Sequence[str], others: Mapping[str, Any], beside: Mapping[str, Sequence[str]] | None = None
) -> None:
    """Raise TypeError for the first of the `others` that is not `known`, with what is meant, or like it.

    `beside` says what takes others, as code with {} where such a keyword is written.

    >>> check_keywords("fit()", ["loss", "progress"], {"verbose": True})
    Traceback (most recent call last):
    ...
    TypeError: fit() has no setting 'verbose'; did you mean 'progress'?
    >>> check_keywords("fit()", ["loss"], {"eta": 0.1}, {"optimizer=mx.optim.SGD({})": ["lr"]})
    Traceback (most recent call last):
    ...
    TypeError: fit() has no setting 'eta'; write optimizer=mx.optim.SGD(lr=0.1)
    """
    for name, given in others.items():
        if name not in known:
            raise TypeError(f"{title} has no setting {name!r}{_way_out(name, given, known, beside or {})}")


def _way_out(name: str, given: Any, known: Sequence[str], beside: Mapping[str, Sequence[str]]) -> str:
    setting, words = ALWAYS.get(name, ("", ""))
    if setting in known:
        return f"; {words} {setting!r}"
    if not any(one in known for one in _ours(name)):
        for call, more in beside.items():
            for one in _ours(name):
                if one in more:
                    return f"; write {call.format(f'{one}={reprlib.repr(given)}')}"
    return meant(name, known)


def keywords(function: Callable[..., Any]) -> list[str]:
    """Return the names that a function or a class takes by keyword.

    >>> keywords(check_keywords)
    ['title', 'known', 'others', 'beside']
    """
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]


class Keyworded:
    """A class whose keywords are checked before its `__init__` gets them, for an error that helps.

    >>> class Step(Keyworded):
    ...     def __init__(self, every): ...
    >>> Step(step_size=3)
    Traceback (most recent call last):
    ...
    TypeError: Step has no setting 'step_size'; did you mean 'every'?
    """

    def __new__(cls, *arguments: Any, **settings: Any) -> Self:
        code = getattr(cls.__init__, "__code__", None)  # read in a thirtieth of the time that a signature takes
        if settings and code is not None and not code.co_flags & inspect.CO_VARKEYWORDS:
            check_keywords(cls.__name__, code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount], settings)
        return super().__new__(cls)
