"""Models of one or two inputs: curves, regions of classes, and the pieces on which a ReLU network is linear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any

from ..engine import Value
from ..errors import ShapeError
from ..ieee import plain
from ..sweep import nodes
from .axes import COLOURS, axes, named

KINKED = ("relu", "leaky_relu", "step", "abs")
"""The rows that are linear on either side of 0."""

REFINED = 6
"""So many times finer than the grid are the pieces painted: a pre-activation is nearly linear between grid points."""


def regression(
    predict: Callable[[list[float]], Any],
    X: Sequence[Sequence[float]],
    y: Sequence[float],
    *,
    ax: Any = None,
    points: int = 200,
) -> Any:
    """Plot measurements (xᵢ, yᵢ) and the curve predict([x]) over their range; one input, one output.

    >>> from matplotlib.figure import Figure
    >>> ax = regression(lambda x: 2 * x[0], [[0.0], [1.0]], [0.1, 1.9], ax=Figure().subplots())
    >>> len(ax.lines)
    1
    """
    ax = axes(ax)
    xs = [row[0] for row in _rows(X, 1)]
    low, high = min(xs), max(xs)
    grid = [low + (high - low) * i / (points - 1) for i in range(points)]
    ax.scatter(xs, y, s=14, color="0.55", label="data")
    ax.plot(grid, [plain(predict([x])) for x in grid], color=COLOURS[0], linewidth=2, label="model")
    ax.legend(frameon=False)
    return named(ax, "x", "y")


def decision_regions(
    predict: Callable[[list[float]], Any],
    X: Sequence[Sequence[float]],
    y: Sequence[int],
    *,
    ax: Any = None,
    resolution: int = 80,
    threshold: float = 0.0,
    names: Sequence[str] = (),
) -> Any:
    """Plot which class a model of two inputs predicts where, the boundary, and the examples by their classes 0, 1, ….

    The class is the index of the largest output, or whether a single output exceeds `threshold`. TypeError for labels
    in y that are no whole numbers.

    >>> from matplotlib.figure import Figure
    >>> ax = decision_regions(lambda x: x[0] - x[1], [[0.0, 1.0], [1.0, 0.0]], [0, 1], ax=Figure().subplots())
    >>> len(ax.collections) >= 3
    True
    """
    ax = axes(ax)
    X, y = _rows(X, 2), _labels(y)
    grids = _grids(X, resolution)
    margins = [[_margins(_numbers(predict([a, b])), threshold) for a in grids[0]] for b in grids[1]]
    for k, color in enumerate(_colours(len(margins[0][0]))):  # a boundary is smooth where the outputs are
        lead = [[found[k] for found in row] for row in margins]
        low, high = min(map(min, lead)), max(map(max, lead))
        if high > 0.0:
            ax.contourf(*grids, lead, levels=[0.0, high], colors=[color], alpha=0.22)
        if k and low < 0.0 < high:
            ax.contour(*grids, lead, levels=[0.0], colors="0.25", linewidths=1.2)
    _scatter(ax, X, y, names)
    return named(ax, "x₁", "x₂")


def linear_regions(
    predict: Callable[[list[Any]], Any],
    X: Sequence[Sequence[float]],
    y: Sequence[int] | None = None,
    *,
    ax: Any = None,
    resolution: int = 60,
    threshold: float = 0.0,
) -> Any:
    """Plot the pieces of the plane on each of which a ReLU network is linear, a line where each unit turns, and where
    a single output crosses `threshold`, the decision boundary.

    Within a piece no pre-activation changes its sign. The title counts the pieces that the grid meets. Examples are
    drawn if y is given. ValueError for a model without ReLUs (or leaky ReLUs, steps, absolute values).

    >>> from matplotlib.figure import Figure
    >>> ax = linear_regions(lambda x: x[0].relu() + x[1].relu(), [[-1.0, -1.0], [1.0, 1.0]], ax=Figure().subplots())
    >>> ax.get_title()
    '4 linear regions'
    """
    ax = axes(ax)
    import numpy

    X = _rows(X, 2)
    grids = _grids(X, resolution)
    inputs = [[Value(a), Value(b)] for b in grids[1] for a in grids[0]]
    found = [_turning(predict(x)) for x in inputs]
    if not found[0][0]:
        raise ValueError(
            "this model has no ReLU (nor leaky ReLU, step or abs), so that it has no linear regions; "
            "decision_regions draws the regions of its classes"
        )
    shape = (resolution, resolution)
    turning = numpy.array([numbers for numbers, _ in found]).T.reshape(-1, *shape)
    signs = numpy.stack([_refined(numpy, z) > 0 for z in turning])
    patterns, which = numpy.unique(signs.reshape(len(signs), -1), axis=1, return_inverse=True)
    count = patterns.shape[1]
    shades = which.reshape(signs.shape[1:]) * 4 % 9  # pieces that follow each other differ in colour
    extent = (grids[0][0], grids[0][-1], grids[1][0], grids[1][-1])
    ax.imshow(shades, extent=extent, origin="lower", aspect="auto", cmap="Pastel1", alpha=0.7, interpolation="nearest")
    for z in turning:
        if z.min() < 0 < z.max():
            ax.contour(*grids, z, levels=[0.0], colors="0.45", linewidths=0.7)
    scores = numpy.array([z for _, z in found]) - threshold
    if scores.shape[1] == 1 and scores.min() < 0 < scores.max():
        ax.contour(*grids, scores.reshape(shape), levels=[0.0], colors="black", linewidths=2.0)
    if y is not None:
        _scatter(ax, X, _labels(y), ())
    ax.set_title(f"{count} linear region{'' if count == 1 else 's'}")
    return named(ax, "x₁", "x₂")


def _turning(output: Any) -> tuple[list[float], list[float]]:
    """Return the pre-activations of all units with a kink, in the order of the graph, and the outputs."""
    outputs = list(output) if isinstance(output, list | tuple) else [output]
    order = nodes(*[z for z in outputs if isinstance(z, Value)])
    kinked = [v for v in order if v._primitive is not None and v._primitive.name in KINKED]
    return [float(v._x) for v in kinked], [float(plain(z)) for z in outputs]


def _refined(numpy: Any, grid: Any) -> Any:
    """Return the numbers on a finer grid, by interpolation along the rows and then along the columns."""
    side = len(grid)
    places = numpy.linspace(0, side - 1, REFINED * (side - 1) + 1)
    below = numpy.minimum(places.astype(int), side - 2)
    share = (places - below)[:, None]
    for _ in range(2):
        grid = (grid[below] * (1 - share) + grid[below + 1] * share).T
    return grid


def _rows(X: Sequence[Any], inputs: int) -> list[list[float]]:
    """Return X as rows of so many inputs; plain numbers are rows of one."""
    rows = [list(row) if hasattr(row, "__len__") else [row] for row in X]
    for row in rows:
        if len(row) != inputs:
            raise ShapeError(
                f"this plot is for models with {inputs} input{'s' if inputs > 1 else ''}, but a row has {len(row)}; "
                f"choose columns: [[x[2], x[3]] for x in X]"
            )
    return rows


def _labels(y: Sequence[Any]) -> list[int]:
    """Return the labels of classes as whole numbers; TypeError for others."""
    for label in y:
        if not isinstance(label, Real) or not float(label).is_integer():
            raise TypeError(
                f"y holds a class for each example as a whole number 0, 1, …, not {label!r}; number the classes, and "
                f"give decision_regions what they are called: kinds = sorted(set(y)), [kinds.index(k) for k in y]"
            )
    return [int(label) for label in y]


def _grids(X: Sequence[Sequence[float]], resolution: int) -> list[list[float]]:
    spans = [_span([row[i] for row in X]) for i in (0, 1)]
    return [[low + (high - low) * i / (resolution - 1) for i in range(resolution)] for low, high in spans]


def _span(xs: Sequence[float]) -> tuple[float, float]:
    margin = 0.08 * (max(xs) - min(xs) or 1.0)
    return min(xs) - margin, max(xs) + margin


def _numbers(output: Any) -> list[float]:
    return [float(plain(z)) for z in (output if isinstance(output, list | tuple) else [output])]


def _margins(outputs: Sequence[float], threshold: float) -> list[float]:
    """Return by how much each class leads the best of the others; above 0 where it is the one predicted."""
    if len(outputs) == 1:
        return [threshold - outputs[0], outputs[0] - threshold]
    return [z - max(other for j, other in enumerate(outputs) if j != k) for k, z in enumerate(outputs)]


def _colours(count: int) -> list[str]:
    return [COLOURS[k % len(COLOURS)] for k in range(count)]


def _scatter(ax: Any, X: Sequence[Sequence[float]], y: Sequence[int], names: Sequence[str]) -> None:
    for k in sorted(set(y)):
        rows = [row for row, label in zip(X, y, strict=True) if label == k]
        name = names[k] if names else f"class {k}"
        color = COLOURS[k % len(COLOURS)]
        ax.scatter(*zip(*rows, strict=True), s=18, color=color, edgecolors="white", linewidths=0.5, label=name)
    ax.legend(framealpha=0.75, edgecolor="none", loc="best")
