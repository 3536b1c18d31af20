"""Where plots go, and their colours."""

from __future__ import annotations

from typing import Any

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which stay apart for colour-blind readers."""


def axes(ax: Any = None, *, projection: str | None = None) -> Any:
    """Return `ax`, or new axes if it is None; ImportError with the way out where matplotlib is missing.

    With projection="3d" they are axes in space. TypeError for what is no axes of that kind.

    >>> axes().lines[:]
    []
    """
    if ax is None:
        return grid_of_axes(1, 1, projection=projection)[0]
    if not hasattr(ax, "contourf"):
        raise TypeError(f"ax is one Axes of matplotlib, as in _, ax = pyplot.subplots(), not {ax!r}")
    if projection == "3d" and not hasattr(ax, "plot_surface"):
        raise TypeError(f'ax is to be in space: _, ax = pyplot.subplots(subplot_kw={{"projection": "3d"}}), not {ax!r}')
    return ax


def grid_of_axes(
    down: int, across: int, *, size: tuple[float, float] | None = None, projection: str | None = None
) -> list[Any]:
    """Return new axes in a grid, row by row; `size` is the width and height of one of them, in inches.

    >>> from matplotlib import pyplot
    >>> found = grid_of_axes(2, 3, size=(2.0, 1.5))
    >>> len(found), found[0].figure.get_size_inches().tolist()
    (6, [6.0, 3.0])
    >>> pyplot.close(found[0].figure)
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError('plots need matplotlib: python -m pip install "microgradx[plot]"') from error
    whole = (across * size[0], down * size[1]) if size else None
    figure = pyplot.figure(figsize=whole, layout="constrained")
    return list(figure.subplots(down, across, squeeze=False, subplot_kw={"projection": projection}).flat)


def named(ax: Any, x: str, y: str) -> Any:
    """Return the axes with names along them, where they have none yet.

    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> named(named(ax, "time in ms", ""), "x", "y").get_xlabel(), ax.get_ylabel()
    ('time in ms', 'y')
    """
    ax.set(xlabel=ax.get_xlabel() or x, ylabel=ax.get_ylabel() or y)
    return ax
