"""Activation functions by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import functions
from .errors import ShapeError
from .keywords import meant
from .names import brief

Activation = str | Callable[[Any], Any]

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": functions.linear,
    "sigmoid": functions.sigmoid,
    "tanh": functions.tanh,
    "relu": functions.relu,
    "leaky_relu": functions.leaky_relu,
    "softplus": functions.softplus,
    "gaussian": functions.gaussian,
    "step": functions.step,
}
"""Activation functions by name; any function from a number to a number serves too."""

LAYER_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "softmax": functions.softmax,
    "log_softmax": functions.log_softmax,
}
"""Activations that need all pre-activations of a layer at once."""


def activation_named(activation: Activation) -> Callable[[Any], Any]:
    """Return the activation function of this name, or the callable itself; ValueError for a name that is not known.

    >>> activation_named("relu")(-1.0)
    0.0
    """
    if callable(activation):
        return activation
    if not isinstance(activation, str):
        raise TypeError(f"an activation is a name or a function, not {brief(activation)}")
    if activation not in ACTIVATIONS:
        near = meant(activation, (*ACTIVATIONS, *LAYER_ACTIVATIONS))
        raise ValueError(f"no activation named {activation!r}{near} (or any function; softmax is for whole layers)")
    return ACTIVATIONS[activation]


def layer_activation(activation: Activation) -> tuple[Callable[[Any], Any] | None, Callable[[Any], Any]]:
    """Return what a layer applies to all of its pre-activations at once, or None, and what each neuron applies.

    >>> layer_activation("softmax") == (functions.softmax, functions.linear)
    True
    """
    for name, whole in LAYER_ACTIVATIONS.items():
        if activation is whole or activation == name:
            return whole, functions.linear
    return None, activation_named(activation)


def hidden_activations(activation: Activation | Sequence[Activation], layers: int) -> list[Activation]:
    """Return the activation of each of so many hidden layers: one for all, or a list of them.

    >>> hidden_activations("relu", 2)
    ['relu', 'relu']
    """
    if not isinstance(activation, Sequence) and not callable(activation):
        raise TypeError(f"an activation is a name, a function, or a list of these, not {brief(activation)}")
    found = [activation] * layers if isinstance(activation, str) or callable(activation) else list(activation)
    if len(found) != layers:
        raise ShapeError(f"{layers} hidden layers need as many activations, not {len(found)}")
    for f in found:
        layer_activation(f)  # no layer is changed before all are known
    return found


def name_of(activation: Activation) -> str:
    """Return the name of an activation, of a function its own.

    >>> name_of(functions.relu)
    'relu'
    """
    return activation if isinstance(activation, str) else getattr(activation, "__name__", "custom")


def activations_within(module: Any) -> dict[str, str]:
    """Return the activations in a module by their places, such as {'layers.0.activation': 'tanh', …}.

    Those without a name, such as a lambda, are left out.

    >>> from microgradx.nn import Neuron
    >>> activations_within(Neuron(2, "tanh")), activations_within(Neuron(2, lambda z: z))
    ({'activation': 'tanh'}, {})
    """
    found, seen = {}, {id(module)}
    waiting = [("", module)]
    for place, part in waiting:  # it grows meanwhile
        name = getattr(part, "activation_name", None)
        if isinstance(name, str):
            if not {"<lambda>", "custom"} & {*name.split(", ")}:
                found[f"{place}activation"] = name
            continue
        for inside, other in type(part).parts(part):  # which an attribute may hide
            if id(other) not in seen:  # a part may know the whole
                seen.add(id(other))
                waiting.append((f"{place}{inside}.", other))
    return found
