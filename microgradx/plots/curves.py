"""Functions of one or two numbers: curves on common axes, contours, surfaces, and pictures side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import ShapeError
from ..ieee import plain
from ..names import brief
from .axes import COLOURS, axes, grid_of_axes

Of = Callable[[Sequence[float]], Any]


def curves(
    functions: Mapping[str, Callable[[float], Any]],
    *,
    ax: Any = None,
    low: float = -4.0,
    high: float = 4.0,
    points: int = 401,
) -> Any:
    """Plot functions of one number over one range, {"σ(5x)": lambda x: mx.sigmoid(5 * x), …}, the names in a legend.

    A single curve needs no name: {"": mx.tanh}. TypeError for functions without names.

    >>> from matplotlib.figure import Figure
    >>> ax = curves({"x²": lambda x: x * x}, ax=Figure().subplots(), low=0.0, high=2.0, points=3)
    >>> ax.lines[0].get_ydata().tolist()
    [0.0, 1.0, 4.0]
    """
    if not isinstance(functions, Mapping):
        raise TypeError(f'curves takes functions by their names, {{"tanh": mx.tanh}}, not {brief(functions)}')
    xs = _grid(low, high, points)
    ax = axes(ax)
    for k, (name, f) in enumerate(functions.items()):
        width = 3.2 * 0.8**k  # a line below another one is seen at both sides of it
        ax.plot(xs, [float(plain(f(x))) for x in xs], color=COLOURS[k % len(COLOURS)], linewidth=width, label=name)
    if any(functions):
        ax.legend(frameon=False)
    return ax


def contours(
    f: Of, *, ax: Any = None, low: float = -1.0, high: float = 1.0, levels: Any = None, points: int = 81
) -> Any:
    """Plot f([x₁, x₂]) over a square as filled contours, or as the lines at `levels` alone.

    >>> from matplotlib.figure import Figure
    >>> ax = contours(lambda x: x[0] * x[1], ax=Figure().subplots(), levels=[0.25], points=9)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('x₁', 'x₂')
    """
    grid, heights = _heights(f, low, high, points)
    ax = axes(ax)
    if levels is None:
        filled = ax.contourf(grid, grid, heights, levels=20, cmap="viridis")
        ax.figure.colorbar(filled, ax=ax)
    else:
        ax.contour(grid, grid, heights, levels=levels, colors=COLOURS[0], linewidths=1.8)
    ax.set(xlabel="x₁", ylabel="x₂", aspect="equal")
    return ax


def surface(f: Of, *, ax: Any = None, low: float = -1.0, high: float = 1.0, points: int = 41) -> Any:
    """Plot f([x₁, x₂]) over a square as a surface in space; axes of your own need projection="3d".

    >>> from matplotlib.figure import Figure
    >>> ax = surface(lambda x: x[0] * x[1], ax=Figure().add_subplot(projection="3d"), points=9)
    >>> ax.get_zlabel(), len(ax.collections)
    ('', 1)
    """
    grid, heights = _heights(f, low, high, points)
    ax = axes(ax, projection="3d")
    import numpy

    # without a mesh: its lines would hide the surface where it is seen at a grazing angle
    look = {"cmap": "viridis", "linewidth": 0, "edgecolor": "none", "rcount": points, "ccount": points}
    ax.plot_surface(*numpy.meshgrid(grid, grid), numpy.array(heights), **look)
    ax.set(xlabel="x₁", ylabel="x₂")
    ax.view_init(elev=32, azim=-122)
    return ax


def paths(of: Mapping[str, Sequence[Sequence[float]]], *, ax: Any = None) -> Any:
    """Plot ways through the plane, {"momentum": [[x₁, x₂], …], …}, from a ring at the start to a dot at the end.

    Draw them over a picture of the function: `paths({"SGD": descend(f, …)}, ax=contours(f))`. A path of one number
    is drawn over its steps 0, 1, …. ShapeError for points of more numbers. A single path needs no name: {"": path}.

    >>> from matplotlib.figure import Figure
    >>> ax = paths({"down": [[2.0, 0.0], [1.0, 0.0]]}, ax=Figure().subplots())
    >>> ax.lines[0].get_xdata().tolist(), ax.lines[0].get_label()
    ([2.0, 1.0], 'down')
    """
    ax = axes(ax)
    box = ax.axis() if ax.has_data() else None
    for k, (name, points) in enumerate(of.items()):
        rows = [[float(plain(x)) for x in point] for point in points]
        if not rows or len({len(row) for row in rows}) > 1 or len(rows[0]) not in (1, 2):
            raise ShapeError(f"a path is a list of points, each of one number or two, not {brief(points)}")
        flat = rows if len(rows[0]) == 2 else [[float(t), row[0]] for t, row in enumerate(rows)]
        look = {"color": COLOURS[(k + 1) % len(COLOURS)], "markeredgecolor": "white", "linestyle": ""}
        a, b = zip(*flat, strict=True)
        ax.plot(a, b, marker=".", markersize=4, linewidth=1.4, color=look["color"], label=name or "_")
        ax.plot(a[:1], b[:1], marker="o", markersize=9, markerfacecolor="none", **look | {"markeredgecolor": "black"})
        ax.plot(a[-1:], b[-1:], marker="o", markersize=8, **look)
    if box:
        ax.axis(box)  # what leaves the picture of the function is not followed
    if any(of):
        ax.legend(framealpha=0.75, edgecolor="none")
    return ax


def side_by_side(
    plot: Callable[..., Any],
    items: Mapping[str, Any] | Iterable[Any],
    *,
    columns: int = 4,
    size: tuple[float, float] = (3.0, 2.5),
    projection: str | None = None,
    **options: Any,
) -> list[Any]:
    """Plot each item in axes of its own, as plot(item, ax=…, …), row by row; the keys of a dictionary are titles.

    `size` is the width and height of one picture, in inches; `projection="3d"` is for `surface`. Other options go to
    `plot`. Return the axes. ValueError for no items.

    >>> from matplotlib import pyplot
    >>> found = side_by_side(curves, {"a line": {"2x": lambda x: 2 * x}, "a square": {"x²": lambda x: x * x}})
    >>> [ax.get_title() for ax in found]
    ['a line', 'a square']
    >>> pyplot.close(found[0].figure)
    """
    titled = list(items.items()) if isinstance(items, Mapping) else [("", item) for item in items]
    if not titled:
        raise ValueError("there is nothing to plot: give at least one item")
    across = min(columns, len(titled))
    made = grid_of_axes(math.ceil(len(titled) / across), across, size=size, projection=projection)
    for ax, (title, item) in zip(made, titled, strict=False):
        plot(item, ax=ax, **options)
        if title:
            ax.set_title(title)
    for spare in made[len(titled) :]:
        spare.remove()
    return made[: len(titled)]


def _grid(low: float, high: float, points: int) -> list[float]:
    if not low < high:
        raise ValueError(f"the range goes from low to high, and {low!r} is not below {high!r}")
    if points < 2:
        raise ValueError(f"a range needs at least 2 points, not {brief(points)}")
    return [low + (high - low) * i / (points - 1) for i in range(points)]


def _heights(f: Of, low: float, high: float, points: int) -> tuple[list[float], list[list[float]]]:
    """Return the grid, and f on its square, one row for each x₂."""
    grid = _grid(low, high, points)
    return grid, [[float(plain(f([a, b]))) for a in grid] for b in grid]
