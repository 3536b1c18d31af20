"""Numbers that were counted or measured, over what was varied."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import Any

from ..errors import ShapeError
from .axes import COLOURS, axes

_MARKERS = "os^Dv*"
_MARKED = 12
"""So many places are all marked on a logarithmic axis."""


def series(
    x: Iterable[float],
    measured: Mapping[str, Iterable[float]],
    *,
    ax: Any = None,
    log: str = "",
    xlabel: str = "",
    ylabel: str = "",
) -> Any:
    """Plot what was measured at each x, {"visits": [8, 36, 148], …}, as joined dots, the names in a legend.

    `log` names the axes that are logarithmic: "x", "y" or "xy"; a few places x far apart, as 2, 4, 8, …, are then all
    marked on theirs. ShapeError unless there is a number for each x, ValueError for other axes and for nothing to plot.

    >>> from matplotlib.figure import Figure
    >>> ax = series([1, 2, 4], {"time": [3.0, 5.0, 9.0]}, ax=Figure().subplots(), log="xy")
    >>> ax.lines[0].get_label(), ax.get_xscale(), ax.get_yscale()
    ('time', 'log', 'log')
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f'log names the axes that are logarithmic, "x", "y" or "xy", not {log!r}')
    places = list(x)
    numbers = {name: list(y) for name, y in measured.items()}
    if not places or not numbers:
        raise ValueError("there is nothing to plot: give at least one x and one name with its numbers")
    for name, y in numbers.items():
        if len(y) != len(places):
            raise ShapeError(f"{name!r} has {len(y)} numbers for {len(places)} places x")
    ax = axes(ax)
    for k, (name, y) in enumerate(numbers.items()):
        marker = _MARKERS[k % len(_MARKERS)] if len(places) <= 40 else ""
        ax.plot(places, y, color=COLOURS[k % len(COLOURS)], marker=marker, markersize=5, label=name)
    for axis in log:
        getattr(ax, f"set_{axis}scale")("log")
    ordered = sorted(set(places))
    if "x" in log and len(ordered) <= _MARKED and all(b >= 1.4 * a > 0.0 for a, b in pairwise(ordered)):
        ax.set_xticks(ordered, [f"{x:g}" for x in ordered])  # rather than 2 × 10⁰, 3 × 10⁰, …, which overlap
        ax.set_xticks([], minor=True)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.legend(frameon=False)
    return ax
