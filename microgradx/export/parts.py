"""What a network consists of, for other libraries: matrices, functions by name, and skip connections.

Each writer has one row for each kind of part, so that a network that one of them can write, the others can too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, NamedTuple

from ..activations import ACTIVATIONS, LAYER_ACTIVATIONS
from ..errors import ShapeError
from ..functions import leaky_relu
from ..module import Module, Residual, Sequential
from ..names import brief
from ..nn import MLP, Layer, Neuron


class Dense(NamedTuple):
    """z = Wx + b: a row of `weights` and an entry of `biases` for each unit."""

    name: str
    weights: list[list[float]]
    biases: list[float]


class Function(NamedTuple):
    """An activation, by its name in `ACTIVATIONS` or `LAYER_ACTIVATIONS`, and the slope if it is leaky_relu."""

    name: str
    slope: float = 0.01


class Skip(NamedTuple):
    """x + f(x), where f is the parts, one after the other."""

    name: str
    parts: tuple[Part, ...]


Part = Dense | Function | Skip

NAMES: dict[Callable[[Any], Any], str] = {f: name for name, f in (ACTIVATIONS | LAYER_ACTIVATIONS).items()}


def parts(model: Module, purpose: str) -> list[Part]:
    """Return the parts of a model, in order; TypeError, which tells the purpose, for what is made of anything else.

    >>> parts(Neuron(2, "tanh", init=[1.0, 2.0, 3.0]), "to_onnx")
    [Dense(name='', weights=[[1.0, 2.0]], biases=[3.0]), Function(name='tanh', slope=0.01)]
    """
    if not isinstance(model, Module):
        raise TypeError(f"{purpose} takes a model, such as an MLP or a Sequential of layers, not {brief(model)}")
    found = list(_parts(model, "", purpose))
    check_widths(found)
    return found


def _parts(module: Any, name: str, purpose: str) -> Iterator[Part]:
    inside = f"{name}." if name else ""
    if _computes_as(module, Sequential):
        for i, part in enumerate(module.modules):
            yield from _parts(part, f"{inside}modules.{i}", purpose)
    elif _computes_as(module, MLP):
        for i, layer in enumerate(module.layers):
            yield from _parts(layer, f"{inside}layers.{i}", purpose)
    elif _computes_as(module, Residual):
        yield Skip(name, tuple(_parts(module.module, f"{inside}module", purpose)))
    elif _computes_as(module, Layer):
        yield from _layer(module.neurons, module.whole, name, purpose)
    elif _computes_as(module, Neuron):
        yield from _layer([module], None, name, purpose)
    elif isinstance(module, Module) or not callable(module):
        raise TypeError(
            f"{purpose} knows Neuron, Layer, MLP, Sequential and Residual; {name or 'the model'} is a "
            f"{type(module).__name__}, which computes in its own way (a compiled program has to_jax())"
        )
    else:
        yield from _function(module, name, purpose)


def _computes_as(module: Any, kind: type[Module]) -> bool:
    """Return whether a module is of a kind, and no subclass that computes something else."""
    return isinstance(module, kind) and all(
        getattr(type(module), name, None) is getattr(kind, name, None) for name in ("__call__", "pre_activation")
    )


def _layer(neurons: list[Neuron], whole: Any, name: str, purpose: str) -> Iterator[Part]:
    for neuron in neurons:
        if not _computes_as(neuron, Neuron):
            raise TypeError(f"{purpose} knows neurons; {name or 'the layer'} has a {type(neuron).__name__} among them")
        if neuron.activation != neurons[0].activation:
            raise TypeError(f"{purpose} takes layers with one activation; {name or 'the layer'} has several")
    yield Dense(name, [[w.data for w in neuron.w] for neuron in neurons], [neuron.b.data for neuron in neurons])
    for f in (neurons[0].activation, whole):
        if f is not None:
            yield from _function(f, name, purpose)


def _function(f: Any, name: str, purpose: str) -> Iterator[Function]:
    keywords = f.keywords if isinstance(f, partial) and f.func is leaky_relu and not f.args else {}
    if keywords.keys() == {"slope"}:
        yield Function("leaky_relu", float(keywords["slope"]))
    elif f not in NAMES:
        about = getattr(f, "__qualname__", repr(f))
        raise TypeError(
            f"{purpose} knows the activations {', '.join(NAMES.values())}; {name or 'the model'} uses {about}"
        )
    elif NAMES[f] != "linear":
        yield Function(NAMES[f])


def check_widths(found: Iterable[Part], width: int | None = None) -> int | None:
    """Return how many numbers come out, if so many go in; None is not known. ShapeError where parts do not fit.

    >>> check_widths([Dense("", [[1.0, 2.0]], [0.0])])
    1
    """
    for part in found:
        if isinstance(part, Dense):
            if width not in (None, len(part.weights[0])):
                raise ShapeError(f"{part.name} takes {len(part.weights[0])} inputs, but gets {width}")
            width = len(part.weights)
        elif isinstance(part, Skip):
            out = check_widths(part.parts, width)
            width = inputs(part.parts) if width is None else width
            if out != width:
                raise ShapeError(f"a skip connection adds x to f(x): {part.name} has {width} inputs, {out} outputs")
    return width


def inputs(found: Iterable[Part]) -> int | None:
    """Return how many numbers go in; None if no matrix says so.

    >>> inputs([Function("relu"), Dense("", [[1.0, 2.0]], [0.0])])
    2
    """
    for part in found:
        width = len(part.weights[0]) if isinstance(part, Dense) else None
        width = inputs(part.parts) if isinstance(part, Skip) else width
        if width is not None:
            return width
    return None
