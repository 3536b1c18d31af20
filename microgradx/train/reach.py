"""Which Values a loss depends on: those that are no parameters stay as they are, and fit says so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ..engine import Value
from ..losses import Loss
from ..module import Module
from ..numbers import real
from ..sweep import one_sweep, sweep, topological_order
from .examples import Example


def check_reach(model: Module, loss: Loss, examples: Sequence[Example]) -> None:
    """Warn of Values that the loss depends on and that are neither parameters nor part of the model's state.

    They are looked for in the first example, and told apart from those that the model makes anew in each call. A Value
    that is meant to be a constant is wrapped in `detach`. ValueError if no parameter has a derivative in any example.
    """
    parameters = {id(v) for v in model.parameters()}
    try:
        first = _reached(model, loss, examples[0])
        held = first.keys() - parameters - {id(v) for _, v in model.named_parameters()}
        if held:
            again = _reached(model, loss, examples[0])
            held = {i for i in held if i in again}
        others = [v for i, v in first.items() if i in held]
        nothing = parameters.isdisjoint(first) and not any(
            parameters & _reached(model, loss, example).keys() for example in examples[1:]
        )
    except Exception:  # training itself tells what is wrong, and in which example
        return
    kind = type(model).__name__
    shown = ", ".join(v.label or repr(v) for v in others[:3]) + (f" and {len(others) - 3} more" * (len(others) > 3))
    as_is, them = ("as it is", "it") if len(others) == 1 else ("as they are", "them")
    if nothing:
        raise ValueError(
            f"no loss has a derivative by a parameter of the {kind}, so that there is nothing to train"
            + (f"; it depends on {shown}: list {them} in its parameters()" if others else "")
        )
    if others:
        warnings.warn(
            f"the loss depends on {shown}, which fit leaves {as_is}, since parameters() of the {kind} does not "
            f"list {them}: add {them} there, or write mx.detach(v) for a constant",
            stacklevel=3,
        )


def _reached(model: Module, loss: Loss, example: Example) -> dict[int, Value]:
    """Return id → leaf for those by which the loss of an example has a derivative."""
    x, t = example
    output: Any = loss(model(x), t)
    if output.__class__ is not Value:
        real(output)
        return {}
    with one_sweep():
        order = topological_order(output)
        signals = sweep(order, 1.0)
    return {
        id(v): v
        for v, g in zip(order, signals, strict=True)
        if g is not None and v.__class__ is Value and v._primitive is None
    }
