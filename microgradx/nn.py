"""Neurons, layers and networks built from Values: a = f(w·x + b), layer after layer.

A neuron records two nodes, its pre-activation w·x + b (one fused node) and its activation; nothing else is hidden in
a network, so each of its numbers can be looked at, drawn and differentiated.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from operator import index
from typing import Any, Never

from . import primitives as rows
from .activations import Activation, activation_named, hidden_activations, layer_activation, name_of
from .apply import apply, inputs
from .chain import Block, Shared
from .engine import Value, node
from .errors import ShapeError
from .floats import evaluate
from .inits import Init, check_init, generator, initial, split_by_neuron
from .keywords import Keyworded
from .module import Module as Module
from .module import Residual as Residual
from .module import Sequential as Sequential
from .names import brief

__all__ = ["MLP", "Layer", "Module", "Neuron", "Residual", "Sequential"]


def __dir__() -> list[str]:
    return __all__


def _size(name: str, n: Any) -> int:
    if isinstance(n, bool) or not hasattr(n, "__index__") or n < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {n!r}")
    return index(n)


def _unlisted(*given: Any) -> str:
    """Return what to write where a network is given more than its inputs and the list of its layers' sizes."""
    nin, *sizes = given
    if all(isinstance(n, int) for n in sizes):
        return f"the sizes of the layers are one list; write MLP({brief(nin)}, {brief(sizes)})"
    return f"MLP takes two positional arguments; write the name of {brief(given[2])}, as in activation='tanh'"


class Neuron(Keyworded, Module):
    """One unit a = f(w·x + b) with `nin` weights w, a bias b and an activation f.

    The pre-activation is summed from left to right, the bias last. `init` is a name of `inits.INITS`, a function of
    (nin, nout, random generator), or the weights and then the bias as a list. They are drawn from `rng`, or from a
    generator of this `seed`, or else from Python's own, which `random.seed` sets. ShapeError if x has not `nin`
    entries.

    >>> Neuron(2, activation="sigmoid", init=[5.0, -5.0, 1.0])([1.0, 1.0])
    Value(0.7310585786300049, grad=0.0, op='σ')
    """

    def __init__(
        self,
        nin: int,
        activation: Activation = "linear",
        *,
        init: Init = "auto",
        nout: int = 1,
        rng: random.Random | None = None,
        seed: int | None = None,
    ) -> None:
        _size("the number of inputs", nin)
        self.activation = activation
        numbers = initial(init, self.activation_name, nin, nout, rng or generator(seed))
        self.w = [Value(x, f"w{i}") for i, x in enumerate(numbers[:-1], 1)]
        self.b = Value(numbers[-1], "b")
        parameters = Shared((*self.w, self.b))
        parameters.highest = (self.b,)
        self._block = Block(parameters)

    @property
    def activation(self) -> Callable[[Any], Any]:
        """The activation function f; it is set by name or as a function."""
        found: Callable[[Any], Any] = vars(self)["activation"]
        return found

    @activation.setter
    def activation(self, f: Activation) -> None:
        vars(self)["activation"] = activation_named(f)

    @property
    def activation_name(self) -> str:
        """The name of the activation function."""
        return name_of(self.activation)

    def __call__(self, x: Iterable[Any]) -> Any:
        return self.activation(self.pre_activation(*inputs(x, len(self.w))))

    def pre_activation(self, inputs: Sequence[Any], nodes: Any, numbers: Any) -> Any:
        """Return z = w·x + b, given x as it came and as a block (see `apply.block`), which a layer's neurons share."""
        parameters = (*self.w, self.b)
        if self._block._a != parameters:  # someone put others in place
            self._block = Block(Shared(parameters))
        if numbers is None or not all(v.__class__ is Value for v in parameters):
            return apply(rows.affine, self._block._a, inputs)  # other kinds of numbers answer for themselves
        weights = tuple([v._data for v in parameters])
        z = evaluate(rows.affine, (weights, numbers))
        return node(rows.affine, z, self._block, nodes, weights, numbers)

    def multiply_adds(self) -> int:
        """Return the number of weights: each is multiplied and added once."""
        return len(self.w)

    def describe(self) -> str:
        """Return sizes and activation in one line."""
        return f"Neuron({len(self.w)}, {self.activation_name})"


class Layer(Keyworded, Module):
    """`nout` neurons that share their `nin` inputs: a = f(Wx + b), as a list.

    The activation may also be "softmax" or "log_softmax", which need the whole layer. `init`, `rng` and `seed` are as
    for a neuron; a list gives all neurons' numbers in order, each with its weights, then its bias.

    >>> Layer(2, 2, "softmax", init="zeros")([1.0, 1.0])
    [Value(0.5, grad=0.0, op='/'), Value(0.5, grad=0.0, op='/')]
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: Activation = "linear",
        *,
        init: Init = "auto",
        rng: random.Random | None = None,
        seed: int | None = None,
    ) -> None:
        _size("the number of inputs", nin)
        _size("the number of neurons of a layer", nout)
        rng = rng or generator(seed)
        self.whole, each = layer_activation(activation)
        self.neurons = [Neuron(nin, each, init=start, nout=nout, rng=rng) for start in split_by_neuron(init, nin, nout)]
        self.label("")

    @property
    def activation(self) -> Callable[[Any], Any]:
        """The activation function f, of the first neuron where they differ; it is set by name or as a function."""
        return self.whole or self.neurons[0].activation

    @activation.setter
    def activation(self, f: Activation) -> None:
        self.whole, each = layer_activation(f)
        for neuron in self.neurons:
            neuron.activation = each

    @property
    def activation_name(self) -> str:
        """The name of the activation function, or of each that the neurons have."""
        found = [self.whole] if self.whole else [neuron.activation for neuron in self.neurons]
        return ", ".join(dict.fromkeys(map(name_of, found)))

    def label(self, layer: int | str) -> None:
        """Name the parameters by layer: w1[2,3] leads from unit 3 to unit 2 of layer 1, b1[2] is the bias of unit 2."""
        for j, neuron in enumerate(self.neurons, 1):
            neuron.b.label = f"b{layer}[{j}]"
            for i, w in enumerate(neuron.w, 1):
                w.label = f"w{layer}[{j},{i}]"

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        xs = inputs(x, len(self.neurons[0].w))
        z = [neuron.activation(neuron.pre_activation(*xs)) for neuron in self.neurons]
        return self.whole(z) if self.whole else z

    def multiply_adds(self) -> int:
        """Return the number of weights: nin · nout."""
        return sum(neuron.multiply_adds() for neuron in self.neurons)

    def describe(self) -> str:
        """Return sizes and activation in one line."""
        return f"Layer({len(self.neurons[0].w)}, {len(self.neurons)}, {self.activation_name})"


class MLP(Keyworded, Module):
    """A multilayer perceptron: fully connected layers, `activation` in the hidden ones, `output` in the last.

    One output gives a Value, several give a list. `activation` may be a list with one entry for each hidden layer.
    `init` is "auto" or another name of `inits.INITS`, a function of (nin, nout, random generator), or the list of all
    parameters in order: neuron by neuron, its weights, then its bias; a list of another length is a ShapeError.
    ValueError for no layers, and for a size that is no whole number of at least 1; TypeError for sizes in no list.

    >>> MLP(2, [3, 1], activation="tanh")
    MLP(2, [3, 1])
                part                 parameters  multiply-adds
      layers.0  Layer(2, 3, tanh)             9              6
      layers.1  Layer(3, 1, linear)           4              3
      total                                  13              9
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *others: Never,
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        init: Init = "auto",
        seed: int = 0,
    ) -> None:
        if others:
            raise TypeError(_unlisted(nin, nouts, *others))
        if not isinstance(nouts, Sequence) or not nouts:
            raise ValueError(f"nouts lists the sizes of the layers, at least one, such as [16, 1], not {brief(nouts)}")
        check_init(init)
        hidden = hidden_activations(activation, len(nouts) - 1)
        sizes = [_size("the number of inputs", nin), *(_size("a layer's size", n) for n in nouts)]
        rng = random.Random(seed)
        self.layers: list[Layer] = []
        start = 0
        for number, (n, m, f) in enumerate(zip(sizes, sizes[1:], [*hidden, output], strict=False), 1):
            own = init
            if not isinstance(init, str) and not callable(init):
                own = init[start : start + m * (n + 1)]
                start += m * (n + 1)
            self.layers.append(Layer(n, m, f, init=own, rng=rng))
            self.layers[-1].label(number)
        if not isinstance(init, str) and not callable(init) and start != len(init):
            raise ShapeError(f"the network has {start} parameters, but init lists {len(init)} numbers")

    @property
    def activation(self) -> list[Callable[[Any], Any]]:
        """The activation functions of the hidden layers, set as MLP takes them; the last is layers[-1].activation."""
        return [layer.activation for layer in self.layers[:-1]]

    @activation.setter
    def activation(self, activation: Activation | Sequence[Activation]) -> None:
        for layer, f in zip(self.layers, hidden_activations(activation, len(self.layers) - 1), strict=False):
            layer.activation = f

    def __call__(self, x: Iterable[Any]) -> Any:
        for layer in self.layers:
            x = layer(x)
        outputs = list(x)
        return outputs[0] if len(outputs) == 1 else outputs

    def describe(self) -> str:
        """Return the sizes in one line."""
        return f"MLP({len(self.layers[0].neurons[0].w)}, {[len(layer.neurons) for layer in self.layers]})"
