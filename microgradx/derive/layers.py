"""The derivation layer by layer: the recursion β^l = (β^{l+1} W^{l+1}) * f'(z^l) of the Ihler/Ng slides, with shapes.

As on the slides β^l = ∂J/∂z^l is a row, one for each example, and so are x = h^0, z^l and h^l.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..calculus import grad
from ..engine import Value
from ..notation import Notation, symbol
from ..replay import Replay
from .algebra import Name, Number, Symbolic, applied
from .latex import Piece, Writer, decimal
from .lines import Derivation, Line, plain
from .network import Layer, entries, find_layers, input_nodes
from .partials import partials
from .typeset import text

MOST_ENTRIES = 6
"""The most rows and columns of a matrix that are printed with its numbers."""

Matrix = list[list[float]]


def layered(replay: Replay, notation: Notation, wanted: Sequence[Value] | None, slide: bool) -> Derivation:
    """Return the derivation by layers, down to the wanted weights, biases and inputs; None stands for all parameters.

    ValueError if the graph is no network of fully connected layers, and if something else is wanted.
    """
    layers = find_layers(replay)
    signals = dict(zip(map(id, replay.order), grad(replay.order[-1], replay.order), strict=True))
    author = _Author(layers, signals, notation, replay.order[-1])
    lines = [line for layer in layers for line in author.forward(layer)]
    lines.append(author.loss())
    number = {id(v): layer.number for layer in layers for v in _parameters(layer)}
    number |= dict.fromkeys((id(v) for v in author.inputs), 0)
    for v in wanted or ():
        if id(v) not in number:
            raise ValueError(
                f"the notation by layers derives by weights, biases and inputs of the layers, and "
                f"{notation.name(v)!r} is none: write profile='error signals'"
            )
    among = set(number.values()) - {0} if wanted is None else {number[id(v)] for v in wanted}
    for layer in reversed(layers):
        if layer.number >= min(among, default=0):
            lines += author.backward(layer, layer.number in among)
    lines += [author.by_inputs()] if 0 in among else []
    return Derivation(lines, "layers", slide, {})


def _parameters(layer: Layer) -> list[Value]:
    return [*layer.biases, *(w for row in layer.weights for w in row)]


class _Author:
    """Writes the lines of layers."""

    def __init__(
        self, layers: Sequence[Layer], signals: Mapping[int, float], notation: Notation, output: Value
    ) -> None:
        self.layers = layers
        self.signals = signals
        self.last = layers[-1]
        self.inputs = [u for row in layers[0].z for u in input_nodes(row[0])]
        self.batch = self.last.examples > 1
        self.output = output
        self.end = _named(notation.symbol(output).tex, notation.name(output))

    def forward(self, layer: Layer) -> list[Line]:
        """Return z^l = h^{l−1} (W^l)ᵀ + b^l and h^l = f(z^l)."""
        l, m = layer.number, layer.examples
        z, h = _at("z", l), _at("h", l)
        below = _at("h", l - 1)
        weights = _at("W", l, above=r"\top")
        shape = f"({m} {X} {layer.width})({layer.width} {X} {layer.units}) = {m} {X} {layer.units}"
        lines = []
        if l == 1:
            lines.append(self._line((), "forward", [below, _named("x", "x")], layer.inputs, f"{m} {X} {layer.width}"))
        nodes = tuple(v for row in layer.z for v in row)
        bias = _at("b", l)
        lines.append(
            self._line(nodes, "forward", [z, below * weights + bias], [[v._z for v in row] for row in layer.z], shape)
        )
        nodes = tuple(v for row in layer.h for v in row) if layer.activation else ()
        numbers = [[v._z for v in row] for row in layer.h]
        lines.append(self._line(nodes, "forward", [h, self._activated(layer, z)], numbers, f"{m} {X} {layer.units}"))
        return lines

    def loss(self) -> Line:
        """Return J = 𝓛(h^L)."""
        output = _at("h", self.last.number)
        call = _named(rf"\mathrm{{loss}}({output.tex})", f"loss({output.text})")
        return self._line((self.output,), "forward", [self.end, call], [[self.output._z]], "")

    def backward(self, layer: Layer, gradients: bool) -> list[Line]:
        """Return the line for β^l, and those for the gradients of W^l and b^l."""
        l, m = layer.number, layer.examples
        signal = [[self.signals[id(v)] for v in row] for row in layer.z]
        nodes = tuple(v for row in layer.z for v in row)
        slope, plain_slope = self._slope(layer)
        if layer is self.last:
            end, h = self.end, _at("h", l)
            front = rf"\frac{{\partial {end.tex}}}{{\partial {h.tex}}}", f"∂{end.text}/∂{h.text}"
            shape = f"{m} {X} {layer.units}"
        else:
            above = self.layers[l]
            beta, w = _at("β", l + 1), _at("W", l + 1)
            product = rf"{beta.tex}\,{w.tex}", f"{beta.text}·{w.text}"
            front = product if not slope else (rf"\left({product[0]}\right)", f"({product[1]})")
            shape = f"({m} {X} {above.units})({above.units} {X} {layer.units}) = {m} {X} {layer.units}"
        whole = (rf"{front[0]} \ast {slope}", f"{front[1]} ∗ {plain_slope}") if slope else front
        lines = [self._line(nodes, "backward", [_at("β", l), _named(*whole)], signal, shape)]
        return lines + (self._gradients(layer, signal) if gradients else [])

    def _gradients(self, layer: Layer, signal: Matrix) -> list[Line]:
        l, m, end = layer.number, layer.examples, self.end
        beta, below = _at("β", l), _at("h", l - 1)
        transposed = _at("β", l, above=r"\top")
        product = _named(rf"{transposed.tex}\,{below.tex}", f"{transposed.text}·{below.text}")
        summed = _named(rf"\mathbf{{1}}^{{\top}}\,{beta.tex}", f"1ᵀ·{beta.text}") if self.batch else beta
        lines = []
        for letter, rule, found, path, shape in (
            ("W", product, self._of(layer.weights), _through(signal, layer.inputs),
             f"({layer.units} {X} {m})({m} {X} {layer.width}) = {layer.units} {X} {layer.width}"),
            ("b", summed, self._of([layer.biases]), [[sum(column) for column in zip(*signal, strict=True)]],
             f"1 {X} {layer.units}"),
        ):  # fmt: skip
            name = _at(letter, l)
            gradient = _named(rf"\frac{{\partial {end.tex}}}{{\partial {name.tex}}}", f"∂{end.text}/∂{name.text}")
            sides: list[Any] = [gradient, rule]
            if not _same(found, path):  # a penalty on the weights, or weights that are shared
                others = f"from other uses of {letter}"
                sides = [gradient, rule + _named(rf"\text{{{others}}}", others)]
            nodes = tuple(v for row in (layer.weights if letter == "W" else [layer.biases]) for v in row)
            lines.append(self._line(nodes, "backward", sides, found, shape))
        return lines

    def by_inputs(self) -> Line:
        """Return ∂J/∂x = β¹ W¹."""
        first = self.layers[0]
        m, units, width = first.examples, first.units, first.width
        signal = self._of(first.z)
        weights = [[w._z for w in row] for row in first.weights]
        path = [[sum(row[j] * weights[j][i] for j in range(units)) for i in range(width)] for row in signal]
        found = [
            [x if u is None else self.signals[id(u)] for u, x in zip(entries(z[0]), row, strict=True)]
            for z, row in zip(first.z, path, strict=True)
        ]
        beta, w, end = _at("β", 1), _at("W", 1), self.end
        sides: list[Any] = [_named(rf"\frac{{\partial {end.tex}}}{{\partial x}}", f"∂{end.text}/∂x")]
        sides.append(_named(rf"{beta.tex}\,{w.tex}", f"{beta.text}·{w.text}"))
        if not _same(found, path):
            sides[1] += _named(r"\text{from other uses of x}", "from other uses of x")
        shape = f"({m} {X} {units})({units} {X} {width}) = {m} {X} {width}"
        return self._line(tuple(self.inputs), "backward", sides, found, shape)

    def _of(self, nodes: Sequence[Sequence[Value]]) -> Matrix:
        return [[self.signals[id(v)] for v in row] for row in nodes]

    def _activated(self, layer: Layer, z: Name) -> Symbolic:
        if layer.activation is None:
            return z
        found: Symbolic = applied(layer.activation, z, *_constants(layer))
        return found

    def _slope(self, layer: Layer) -> tuple[str, str]:
        """Return f'(z^l) in LaTeX and as text: the row's own partial, run on the name z^l."""
        if layer.activation is None:
            return "", ""
        slope = partials(layer.activation, _at("h", layer.number), [_at("z", layer.number), *_constants(layer)])[0]
        if slope is None:
            return "0", "0"
        return Writer().piece(slope).within(2), plain(lambda name: Writer(name).piece(slope).within(2))

    def _line(self, nodes: Any, kind: str, sides: Sequence[Any], numbers: Matrix, shape: str) -> Line:
        def written(name: Callable[[Name], Piece] | None) -> str:
            return " = ".join(map(Writer(name), sides))

        tex, words = _matrix(numbers)
        return Line(nodes or (self.output,), kind, written(None), plain(written), tex, words, numbers, (), shape)


X = r"\times"


def _constants(layer: Layer) -> list[Number]:
    """Return what else the activation takes, as the slope of a leaky ReLU."""
    return [Number(x) for x in layer.h[0][0].operands[1:] if isinstance(x, int | float)]


def _at(letter: str, l: int, above: str = "") -> Name:
    """Return the name of a layer's matrix, W² or, transposed, (W²)ᵀ."""
    tex = f"{symbol(letter).tex}^{{{l}}}"
    words = f"{letter}{text(f'x^{{{l}}}')[1:]}"
    if above:
        return Name(rf"\left({tex}\right)^{{{above}}}", f"({words})ᵀ")
    return Name(tex, words)


def _named(tex: str, words: str) -> Name:
    return Name(tex, words)


def _through(signal: Matrix, inputs: Matrix) -> Matrix:
    return [
        [sum(row[j] * x[i] for row, x in zip(signal, inputs, strict=True)) for i in range(len(inputs[0]))]
        for j in range(len(signal[0]))
    ]


def _same(a: Matrix, b: Matrix) -> bool:
    return all(
        abs(x - y) <= 1e-9 * (abs(x) + abs(y) + 1e-300)
        for row, other in zip(a, b, strict=True)
        for x, y in zip(row, other, strict=True)
    )


def _matrix(numbers: Matrix) -> tuple[str, str]:
    """Return a matrix in LaTeX and as text, its shape alone if it is large."""
    rows, columns = len(numbers), len(numbers[0])
    if rows == columns == 1:
        tex = decimal(numbers[0][0])
        return tex, text(tex)
    if rows > MOST_ENTRIES or columns > MOST_ENTRIES:
        return rf"\left[{rows} {X} {columns}\right]", f"[{rows} × {columns} numbers]"
    entries = [[decimal(x) for x in row] for row in numbers]
    tex = r"\begin{bmatrix}" + r" \\ ".join(" & ".join(row) for row in entries) + r"\end{bmatrix}"
    return tex, text(tex)
