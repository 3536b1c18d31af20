"""What a unit computes, what the units of a first layer look for, and the images that they look at."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..activations import activation_named, name_of
from ..dual import jvp
from ..errors import ShapeError
from ..ieee import plain
from ..module import Module
from ..nn import Layer, Neuron
from .axes import COLOURS, axes


def activation(
    f: str | Callable[[Any], Any], *, ax: Any = None, low: float = -4.0, high: float = 4.0, points: int = 401
) -> Any:
    """Plot an activation function, by name or as a function of one number, and its derivative.

    TypeError for a function of floats only, such as math.tanh: its derivative is taken by dual numbers. ValueError
    unless low is below high.

    >>> from matplotlib.figure import Figure
    >>> ax = activation("tanh", ax=Figure().subplots())
    >>> [line.get_label() for line in ax.lines if not line.get_label().startswith("_")]
    ['tanh(z)', "tanh'(z)"]
    """
    if not low < high:
        raise ValueError(f"the range goes from low to high, and {low!r} is not below {high!r}")
    compute, name = activation_named(f), name_of(f)
    zs = [low + (high - low) * i / (points - 1) for i in range(points)]
    try:
        pairs = [jvp(lambda z: compute(z[0]), [z], [1.0]) for z in zs]
    except TypeError as problem:
        raise TypeError(
            f"activation takes a name, such as 'tanh', or a function of numbers of any kind, such as mx.tanh, not "
            f"{f!r}: {problem}"
        ) from problem
    ax = axes(ax)
    ax.axhline(0.0, color="0.8", linewidth=0.8, zorder=0)
    ax.axvline(0.0, color="0.8", linewidth=0.8, zorder=0)
    ax.plot(zs, [a for a, _ in pairs], color=COLOURS[0], linewidth=2, label=f"{name}(z)")
    ax.plot(zs, [slope for _, slope in pairs], color=COLOURS[1], linewidth=1.8, linestyle="--", label=f"{name}'(z)")
    ax.set(xlabel="z")
    ax.legend(frameon=False)
    return ax


def image(x: Sequence[Any], shape: tuple[int, int] | None = None, *, ax: Any = None) -> Any:
    """Plot a row of numbers as an image, row by row from the top: ink from white to black, or signed as weights are.

    `shape` is (rows, columns), a square if it is not given. Numbers of which one is below 0 are signed: blue above 0,
    orange below. Several: `side_by_side(image, X[:8], size=(1, 1))`. ShapeError if the numbers do not fill the shape.

    >>> from matplotlib.figure import Figure
    >>> image([0.0, 1.0, 2.0, 3.0], ax=Figure().subplots()).images[0].get_array().tolist()
    [[0.0, 1.0], [2.0, 3.0]]
    """
    numbers = [float(plain(pixel)) for pixel in x]
    rows, columns = _shape(len(numbers), shape, f"the image has {len(numbers)} numbers")
    ax = axes(ax)
    grid = [numbers[i : i + columns] for i in range(0, rows * columns, columns)]
    widest = max((abs(z) for z in numbers if math.isfinite(z)), default=0.0) or 1.0
    cmap, low = (_signed(), -widest) if min(numbers) < 0.0 else ("gray_r", 0.0)
    ax.imshow(grid, cmap=cmap, vmin=low, vmax=widest, interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    return ax


def weight_images(model: Module, shape: tuple[int, int] | None = None, *, ax: Any = None, most: int = 64) -> Any:
    """Plot the weights of each unit of the first layer as an image: blue above 0, orange below, white at 0.

    `shape` is (rows, columns) of the input image, a square if it is not given. At most `most` units are shown.
    ShapeError if the inputs do not fill the shape.

    >>> from matplotlib.figure import Figure
    >>> ax = weight_images(Layer(4, 3, seed=0), ax=Figure().subplots())
    >>> ax.get_title()
    'weights of 3 units, 2×2'
    """
    neurons = _first_layer(model)
    inputs = len(neurons[0].w)
    rows, columns = _shape(inputs, shape, f"the first layer has {inputs} inputs")
    ax = axes(ax)
    shown = neurons[:most]
    root = math.ceil(math.sqrt(len(shown)))
    across = min(range(root, root + 3), key=lambda n: -len(shown) % n)  # of nearly square ones, with the fewest gaps
    down = math.ceil(len(shown) / across)
    canvas = [[math.nan] * (across * (columns + 1) - 1) for _ in range(down * (rows + 1) - 1)]
    for k, neuron in enumerate(shown):
        top, left = k // across * (rows + 1), k % across * (columns + 1)
        for i, w in enumerate(neuron.w):
            canvas[top + i // columns][left + i % columns] = w.data
    widest = max((abs(w.data) for neuron in shown for w in neuron.w if math.isfinite(w.data)), default=0.0) or 1.0
    ax.set_facecolor("0.3")  # between the units, where there is no number
    painted = ax.imshow(canvas, cmap=_signed(), vmin=-widest, vmax=widest, interpolation="nearest")
    ax.figure.colorbar(painted, ax=ax, label="weight")
    ax.set(xticks=[], yticks=[])
    more = f" of {len(neurons)}" if len(neurons) > len(shown) else ""
    ax.set_title(f"weights of {len(shown)}{more} unit{'' if len(shown) == 1 else 's'}, {rows}×{columns}")
    return ax


def _shape(count: int, shape: tuple[int, int] | None, what: str) -> tuple[int, int]:
    side = math.isqrt(count)
    rows, columns = shape or (side, side)
    if rows * columns != count or not count:
        given = f"{rows}×{columns}" if shape else "a square"
        raise ShapeError(f"{what}, which are not {given}; give shape=(rows, columns)")
    return rows, columns


def _signed() -> Any:
    """Return the colours of signed numbers."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("signed", [COLOURS[1], "#ffffff", COLOURS[0]])


def _first_layer(model: Any) -> list[Neuron]:
    """Return the neurons of the first layer inside a model."""
    stack = [model]
    while stack:
        part = stack.pop()
        if isinstance(part, Neuron | Layer):
            return [part] if isinstance(part, Neuron) else list(part.neurons)
        if isinstance(part, Module):
            stack += [inside for _, inside in part.parts()][::-1]
    raise TypeError(f"weight_images needs a model with a Layer or Neuron in it, not {type(model).__name__}")
