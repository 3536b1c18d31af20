"""A model made of parts that another library described."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from ..activations import LAYER_ACTIVATIONS, Activation
from ..functions import leaky_relu
from ..module import Residual, Sequential
from ..nn import MLP, Layer
from .parts import Dense, Function, Part, Skip, check_widths

NOWHERE = "an activation of single numbers follows a matrix; put it behind a Linear layer"


class Made(NamedTuple):
    """A layer to be made: its parameters, neuron by neuron, and its activation."""

    inputs: int
    units: int
    init: list[float]
    activation: Activation


def model_of(found: Sequence[Part]) -> MLP | Sequential:
    """Return an MLP if the parts are matrices, each with at most one activation, and else a Sequential.

    ShapeError if they do not fit each other, ValueError for an activation that follows no matrix.

    >>> model_of([Dense("", [[2.0]], [1.0]), Function("relu")])([3.0])
    Value(7.0, grad=0.0, op='relu')
    """
    check_widths(found)
    made = _joined(found)
    layers = [x for x in made if isinstance(x, Made)]
    if not made or len(layers) < len(made):
        return _sequential(made)
    *hidden, output = [layer.activation for layer in layers]
    numbers = [x for layer in layers for x in layer.init]
    sizes = [layer.units for layer in layers]
    return MLP(layers[0].inputs, sizes, activation=hidden, output=output, init=numbers)


def _joined(found: Sequence[Part]) -> list[Made | Callable[[Any], Any]]:
    """Return the layers that matrices and activations make, and what stands between them."""
    made: list[Made | Callable[[Any], Any]] = []
    for part in found:
        last = made[-1] if made else None
        if isinstance(part, Dense):
            numbers = [x for w, b in zip(part.weights, part.biases, strict=True) for x in (*w, b)]
            made.append(Made(len(part.weights[0]), len(part.weights), numbers, "linear"))
        elif isinstance(part, Skip):
            made.append(Residual(_sequential(_joined(part.parts))))
        elif isinstance(last, Made) and last.activation == "linear":
            made[-1] = last._replace(activation=_activation(part))
        elif part.name in LAYER_ACTIVATIONS:
            made.append(LAYER_ACTIVATIONS[part.name])
        else:
            raise ValueError(f"{part.name!r} has no matrix before it: {NOWHERE}")
    return made


def _activation(function: Function) -> Activation:
    return function.name if function.slope == 0.01 else partial(leaky_relu, slope=function.slope)


def _sequential(made: Sequence[Made | Callable[[Any], Any]]) -> Sequential:
    return Sequential(
        *(Layer(x.inputs, x.units, x.activation, init=x.init) if isinstance(x, Made) else x for x in made)
    )
