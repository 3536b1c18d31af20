"""Plots of data and of what a model learnt, by matplotlib. Functions take `ax=` and return it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .errors import ShapeError
from .ieee import plain

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which stay apart for colour-blind readers."""


def axes(ax: Any = None) -> Any:
    """Return `ax`, or new axes if it is None; ImportError with the way out where matplotlib is missing.

    >>> axes().lines[:]
    []
    """
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError('plots need matplotlib: python -m pip install "microgradx[plot]"') from error
    return pyplot.subplots(layout="constrained")[1]


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
    return ax


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
    """Plot which class a model of two inputs predicts where, and the examples in the colours of their classes 0, 1, ….

    The class is the index of the largest output, or whether a single output exceeds `threshold`.

    >>> from matplotlib.figure import Figure
    >>> ax = decision_regions(lambda x: x[0] - x[1], [[0.0, 1.0], [1.0, 0.0]], [0, 1], ax=Figure().subplots())
    >>> len(ax.collections) >= 3
    True
    """
    ax = axes(ax)
    X = _rows(X, 2)
    classes = sorted(set(y))
    spans = [_span([row[i] for row in X]) for i in (0, 1)]
    grids = [[low + (high - low) * i / (resolution - 1) for i in range(resolution)] for low, high in spans]
    regions = [[_class(predict([a, b]), threshold) for a in grids[0]] for b in grids[1]]
    levels = [k - 0.5 for k in range(len(classes) + 1)]
    ax.contourf(*grids, regions, levels=levels, colors=COLOURS[: len(classes)], alpha=0.22)
    for k in classes:
        rows = [row for row, label in zip(X, y, strict=True) if label == k]
        name = names[k] if names else f"class {k}"
        ax.scatter(*zip(*rows, strict=True), s=18, color=COLOURS[k], edgecolors="white", linewidths=0.5, label=name)
    ax.legend(frameon=False, loc="best")
    return ax


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


def _span(xs: Sequence[float]) -> tuple[float, float]:
    margin = 0.08 * (max(xs) - min(xs) or 1.0)
    return min(xs) - margin, max(xs) + margin


def _class(output: Any, threshold: float) -> int:
    if isinstance(output, list | tuple):
        numbers = [plain(z) for z in output]
        return numbers.index(max(numbers))
    return int(plain(output) > threshold)
