"""Neurons, layers and networks built from Values: a = f(w·x + b), layer after layer.

A neuron records two nodes, its pre-activation w·x + b (one fused node) and its activation; nothing else is hidden in
a network, so each of its numbers can be looked at, drawn and differentiated.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from . import functions
from . import primitives as rows
from .apply import apply, block
from .chain import Block
from .engine import Value, node
from .errors import ShapeError
from .floats import evaluate
from .module import Module as Module
from .module import Residual as Residual
from .module import Sequential as Sequential

Activation = str | Callable[[Any], Any]
Init = str | Sequence[float] | Callable[[int, int, random.Random], float]

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

INITS: dict[str, Callable[[int, int, random.Random], float]] = {
    "uniform": lambda nin, nout, rng: rng.uniform(-1.0, 1.0),
    "xavier": lambda nin, nout, rng: rng.uniform(-1.0, 1.0) * math.sqrt(6.0 / (nin + nout)),
    "he": lambda nin, nout, rng: rng.uniform(-1.0, 1.0) * math.sqrt(6.0 / nin),
    "zeros": lambda nin, nout, rng: 0.0,
}
"""Rules for a weight by name: Glorot and Bengio 2010, He et al. 2015, in their uniform forms; biases start at 0.

"auto", the default, is "he" before relu and leaky_relu, else "xavier", with biases uniform in ±1/√nin: at 0 all
kinks of a first ReLU layer would pass through the origin.
"""


def activation_named(activation: Activation) -> Callable[[Any], Any]:
    """Return the activation function of this name, or the callable itself; ValueError for a name that is not known.

    >>> activation_named("relu")(-1.0)
    0.0
    """
    if callable(activation):
        return activation
    if activation not in ACTIVATIONS:
        raise ValueError(f"no activation named {activation!r}; there are {', '.join(ACTIVATIONS)}, or give a function")
    return ACTIVATIONS[activation]


def _size(name: str, n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, not {n!r}")
    return n


class Neuron(Module):
    """One unit a = f(w·x + b) with `nin` weights w, a bias b and an activation f.

    The pre-activation is summed from left to right, the bias last. `init` is a name, a function of (nin, nout,
    random generator), or the weights and then the bias as a list. ShapeError if x has not `nin` entries.

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
        seed: int = 0,
    ) -> None:
        _size("the number of inputs", nin)
        self.activation = activation_named(activation)
        self.activation_name = _name(activation)
        numbers = _initial(init, self.activation_name, nin, nout, rng or random.Random(seed))
        self.w = [Value(x, f"w{i}") for i, x in enumerate(numbers[:-1], 1)]
        self.b = Value(numbers[-1], "b")
        self._block = Block((*self.w, self.b))

    def __call__(self, x: Iterable[Any]) -> Any:
        return self.activation(self.pre_activation(*_inputs(x, len(self.w))))

    def pre_activation(self, inputs: Sequence[Any], nodes: Any, numbers: Any) -> Any:
        """Return z = w·x + b, given x as it came and as a block (see `apply.block`), which a layer's neurons share."""
        if numbers is None:  # other kinds of numbers answer for themselves
            return apply(rows.affine, (*self.w, self.b), inputs)
        parameters = (*self.w, self.b)
        if self._block._a != parameters:  # someone put other Values in place
            self._block = Block(parameters)
        weights = tuple([v.data for v in parameters])
        z = evaluate(rows.affine, (weights, numbers))
        return node(rows.affine, z, self._block, nodes, weights, numbers)

    def multiply_adds(self) -> int:
        """Return the number of weights: each is multiplied and added once."""
        return len(self.w)

    def describe(self) -> str:
        """Return sizes and activation in one line."""
        return f"Neuron({len(self.w)}, {self.activation_name})"


def _name(activation: Activation) -> str:
    return activation if isinstance(activation, str) else getattr(activation, "__name__", "custom")


def _split(init: Init, nin: int, nout: int) -> list[Init]:
    """Return what each neuron of a layer starts from."""
    if isinstance(init, str) or callable(init):
        return [init] * nout
    if len(init) != nout * (nin + 1):
        raise ShapeError(
            f"a layer of {nout} neurons with {nin} inputs each starts from {nout * (nin + 1)} numbers, not {len(init)}"
        )
    return [init[j * (nin + 1) : (j + 1) * (nin + 1)] for j in range(nout)]


def _initial(init: Init, activation: str, nin: int, nout: int, rng: random.Random) -> list[float]:
    """Return the weights and the bias that a neuron starts from."""
    if not isinstance(init, str) and not callable(init):
        if len(init) != nin + 1:
            raise ShapeError(
                f"a neuron with {nin} inputs starts from {nin} weights and a bias, not {len(init)} numbers"
            )
        return list(init)
    auto = init == "auto"
    if auto:
        init = "he" if activation in ("relu", "leaky_relu") else "xavier"
    if isinstance(init, str):
        if init not in INITS:
            raise ValueError(f"no initialisation named {init!r}; there are auto, {', '.join(INITS)}")
        init = INITS[init]
    weights = [init(nin, nout, rng) for _ in range(nin)]
    return [*weights, rng.uniform(-1.0, 1.0) / math.sqrt(nin) if auto else 0.0]


def _inputs(x: Iterable[Any], nin: int) -> tuple[tuple[Any, ...], Any, Any]:
    """Return x, and its nodes and numbers as a block; no numbers if x holds other kinds than floats and Values."""
    if isinstance(x, Value) or not isinstance(x, Iterable):
        raise ShapeError(f"a module takes a list of {nin} inputs, not the single {x!r}; write [x]")
    xs = tuple(x)
    if len(xs) != nin:
        raise ShapeError(f"the module has {nin} inputs, but x has {len(xs)} entries")
    if any(getattr(v, "_rank", 0) > 1 for v in xs):
        return xs, None, None
    return xs, *block(xs)


class Layer(Module):
    """`nout` neurons that share their `nin` inputs: a = f(Wx + b), as a list.

    The activation may also be "softmax" or "log_softmax", which need the whole layer. `init` is as for a neuron; a
    list gives all neurons' numbers in order, each with its weights, then its bias.

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
        seed: int = 0,
    ) -> None:
        _size("the number of inputs", nin)
        _size("the number of neurons of a layer", nout)
        rng = rng or random.Random(seed)
        self.whole = LAYER_ACTIVATIONS.get(activation) if isinstance(activation, str) else None
        self.activation_name = _name(activation)
        each: Activation = "linear" if self.whole else activation
        self.neurons = [Neuron(nin, each, init=start, nout=nout, rng=rng) for start in _split(init, nin, nout)]
        self.label("")

    def label(self, layer: int | str) -> None:
        """Name the parameters by layer: w1[2,3] leads from unit 3 to unit 2 of layer 1, b1[2] is the bias of unit 2."""
        for j, neuron in enumerate(self.neurons, 1):
            neuron.b.label = f"b{layer}[{j}]"
            for i, w in enumerate(neuron.w, 1):
                w.label = f"w{layer}[{j},{i}]"

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        inputs = _inputs(x, len(self.neurons[0].w))
        z = [neuron.activation(neuron.pre_activation(*inputs)) for neuron in self.neurons]
        return self.whole(z) if self.whole else z

    def multiply_adds(self) -> int:
        """Return the number of weights: nin · nout."""
        return sum(neuron.multiply_adds() for neuron in self.neurons)

    def describe(self) -> str:
        """Return sizes and activation in one line."""
        return f"Layer({len(self.neurons[0].w)}, {len(self.neurons)}, {self.activation_name})"


class MLP(Module):
    """A multilayer perceptron: fully connected layers, `activation` in the hidden ones, `output` in the last.

    One output gives a Value, several give a list. `activation` may be a list with one entry for each hidden layer.
    `init` is "auto" or another name of `INITS`, a function of (nin, nout, random generator), or the list of all
    parameters in order: neuron by neuron, its weights, then its bias.

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
        *,
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        init: Init = "auto",
        seed: int = 0,
    ) -> None:
        if not isinstance(nouts, Sequence) or not nouts:
            raise ValueError(f"nouts lists the sizes of the layers, at least one, such as [16, 1], not {nouts!r}")
        hidden = (
            [activation] * (len(nouts) - 1) if isinstance(activation, str) or callable(activation) else list(activation)
        )
        if len(hidden) != len(nouts) - 1:
            raise ShapeError(f"{len(nouts) - 1} hidden layers need as many activations, not {len(hidden)}")
        sizes = [_size("a layer's size", n) for n in (nin, *nouts)]
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

    def __call__(self, x: Iterable[Any]) -> Any:
        for layer in self.layers:
            x = layer(x)
        outputs = list(x)
        return outputs[0] if len(outputs) == 1 else outputs

    def describe(self) -> str:
        """Return the sizes in one line."""
        return f"MLP({len(self.layers[0].neurons[0].w)}, {[len(layer.neurons) for layer in self.layers]})"
