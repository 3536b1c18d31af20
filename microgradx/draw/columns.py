"""A network as columns of units: its layers in order, their activations, and which skip connections span them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import Any

from ..calculus import grad
from ..engine import Value
from ..names import brief
from ..nn import MLP, Layer, Module, Neuron, Residual, Sequential

PAGE, SIDE = 900.0, 75.0  # width of a notebook; from its edge to the middle of the first column
STEP = 64.0  # from one circle to the next
MOST = 10  # so many units of a column are all drawn; of more, the first few and the last

KINDS = "an MLP, a Layer or a Neuron, or a Sequential or Residual of these"


@dataclass(slots=True)
class Column:
    """The units of one layer; no neurons for the inputs, and no activations if they are not known."""

    x: float
    title: str
    subtitle: str
    size: int
    neurons: Sequence[Neuron]
    activations: Sequence[float]

    def places(self) -> dict[int, float]:
        """Return unit → its height from the middle of the column, for those drawn; −1 stands for all others."""
        shown = list(range(self.size))
        if self.size > MOST:
            shown = [*range(MOST - 3), -1, self.size - 1]
        return {unit: STEP * (i - (len(shown) - 1) / 2) for i, unit in enumerate(shown)}


@dataclass(slots=True)
class Network:
    """Columns from the inputs to the outputs; skips as pairs of columns, inner ones first; what the input gives."""

    columns: list[Column]
    skips: list[tuple[int, int]]
    outputs: list[Any]

    def idle(self) -> set[int]:
        """Return the ids of the parameters on which no output depends, to first order, at the input.

        They get no update from this example, whatever the loss.
        """
        parameters = [v for column in self.columns for neuron in column.neurons for v in (*neuron.w, neuron.b)]
        moved: set[int] = set()
        for output in self.outputs:
            if isinstance(output, Value):
                moved |= {id(v) for v, g in zip(parameters, grad(output, parameters), strict=True) if g}
        return {id(v) for v in parameters} - moved


def network(model: Any, x: Sequence[Any] | None) -> Network:
    """Return the columns of a model; TypeError for one that is no row of layers."""
    walk = _Walk()
    outputs = walk.through(model, None if x is None else _input(x))
    step = min(230.0, max(110.0, (PAGE - 2 * SIDE) / (len(walk.columns) - 1)))
    for k, column in enumerate(walk.columns):
        column.x = SIDE + k * step
    walk.columns[-1].title = "output"
    return Network(walk.columns, walk.skips, outputs)


@dataclass(slots=True)
class _Walk:
    columns: list[Column] = field(default_factory=list)
    skips: list[tuple[int, int]] = field(default_factory=list)

    def through(self, model: Any, a: Any) -> Any:
        """Add the columns of a module; return what it makes of a, None if that is None."""
        if isinstance(model, Neuron | Layer):
            return self._layer(model, a)
        if isinstance(model, MLP | Sequential):
            for part in model.layers if isinstance(model, MLP) else model.modules:
                a = self.through(part, a)
            return a
        if isinstance(model, Residual):
            return self._skip(model, a)
        raise TypeError(_refusal(model))

    def _layer(self, layer: Layer | Neuron, a: Any) -> Any:
        neurons = layer.neurons if isinstance(layer, Layer) else [layer]
        inputs = len(neurons[0].w)
        if not self.columns:
            self.columns.append(Column(0.0, "input", str(inputs), inputs, (), _numbers(a)))
        if a is not None:
            found = layer(a)
            a = found if isinstance(found, list) else [found]
        subtitle = f"{len(neurons)} {layer.activation_name}"
        self.columns.append(Column(0.0, f"layer {len(self.columns)}", subtitle, len(neurons), neurons, _numbers(a)))
        return a

    def _skip(self, model: Residual, a: Any) -> Any:
        start = max(len(self.columns) - 1, 0)
        after = self.through(model.module, a)
        last = self.columns[-1]
        self.skips.append((start, len(self.columns) - 1))
        last.subtitle += ", + skip"
        if a is None:
            return None
        found = [xᵢ + yᵢ for xᵢ, yᵢ in zip(a, after, strict=True)]
        last.activations = _numbers(found)
        return found


def _input(x: Any) -> list[Any]:
    """Return the input as a list; TypeError for what is no list of numbers."""
    numbers = list(x) if hasattr(x, "__len__") and not isinstance(x, str | Mapping) else []
    for entry in numbers or [None]:
        if not isinstance(entry, Value | Real):
            raise TypeError(f"x is one input of the network, a list of numbers such as [1.0, -0.5], not {brief(x)}")
    return numbers


def _refusal(model: Any) -> str:
    parts = [name for name, _ in model.parts()] if isinstance(model, Module) else []
    inside = f"; draw its parts, as in draw_network(model.{parts[0].split('.')[0]})" if parts else ""
    hint = "; mx.draw(model(x)) draws what any module computes" if isinstance(model, Module) else ""
    return f"draw_network draws {KINDS}, not {type(model).__name__}{inside}{hint}"


def _numbers(a: Any) -> list[float]:
    return [v.data if isinstance(v, Value) else float(v) for v in a or ()]
