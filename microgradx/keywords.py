"""Keywords that a function or class does not take: what to write instead, also for what other libraries call so."""

from __future__ import annotations

import inspect
import reprlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from .names import near_names

ELSEWHERE = {
    "activation": "act act_fn nonlin nonlinearity",
    "alpha": "rho",
    "batch_size": "batch bs minibatch",
    "clip_norm": "clip gradient_clip gradient_clip_val max_grad_norm max_norm",
    "compile": "jit",
    "epochs": "iterations max_iter max_steps n_iter n_steps num_steps steps total_iters",
    "every": "step_size",
    "f": "fn fun func function",
    "indices": "static_argnames static_argnums",
    "init": "initializer kernel_initializer weight_init",
    "inputs": "X args x",
    "l2": "lam lambda_ reg regularization weight_decay",
    "loss": "cost criterion objective",
    "lr": "alpha eta learning_rate rate step_size α η",
    "metrics": "scoring",
    "nin": "fan_in in_features in_size input_dim input_size n_in n_inputs",
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
    "target": "backend device platform",
    "threads": "n_jobs workers",
    "validation": "eval_set val",
    "weight_decay": "l2 wd",
}
"""What is called otherwise in other libraries, or in lectures, and not spelt almost alike: our name, and theirs."""


ALWAYS = {"shuffle": ("seed", "the rows are always shuffled where they are taken in batches, in the order of")}
"""What others ask for and is always so here: our setting that it goes by, and the words before it."""


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
            raise TypeError(f"{title} has no setting {name!r}{_meant(name, given, known, beside or {})}")


def _meant(name: str, given: Any, known: Sequence[str], beside: Mapping[str, Sequence[str]]) -> str:
    setting, words = ALWAYS.get(name, ("", ""))
    if setting in known:
        return f"; {words} {setting!r}"
    ours = [name, *(ours for ours, theirs in ELSEWHERE.items() if name in theirs.split())]
    for one in ours:
        if one in known:
            return f"; did you mean {one!r}?"
    for call, more in beside.items():
        for one in ours:
            if one in more:
                return f"; write {call.format(f'{one}={reprlib.repr(given)}')}"
    return near_names(name, known)


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
