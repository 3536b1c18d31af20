"""Quantities of repeated runs: each run, their mean, and one spread to both sides."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

from .axes import COLOURS, axes


def spreads(quantities: Mapping[str, Sequence[float | Sequence[float]]], *, ax: Any = None, log: bool = False) -> Any:
    """Plot quantities of several runs, each by name as a number or a list of numbers a run, with mean x̄ and x̄ ± spread.

    Two studies are compared by {"Adam": first.series("loss"), "SGD": second.series("loss")}, or what they come to by
    {"Adam": first.numbers("loss"), "SGD": second.numbers("loss")}.

    Numbers, and lists of one, are drawn as dots beside a bar, one column for each quantity; longer lists over the
    epochs, a thin line a run, and runs that stopped early count as long as they lasted. The spread is the sample
    standard deviation √(Σ (xᵢ − x̄)²/(n − 1)), and 0 for a single run. `log` makes the vertical axis logarithmic.
    ValueError where there is nothing to plot, and for single numbers beside lists.

    >>> from matplotlib.figure import Figure
    >>> ax = spreads({"loss": [[3.0, 1.0], [2.0, 2.0]]}, ax=Figure().subplots())
    >>> ax.lines[-1].get_ydata().tolist(), ax.lines[-1].get_label()
    ([2.5, 1.5], 'loss, mean of 2')
    """
    if not quantities:
        raise ValueError("there is nothing to plot: no run has a quantity")
    named = {name: [_listed(run) for run in runs] for name, runs in quantities.items()}
    if short := [name for name, runs in named.items() if not runs or not all(runs)]:
        raise ValueError(f"there is nothing to plot of {short[0]!r}: a run has no number of it")
    long = [name for name, runs in named.items() if max(map(len, runs)) > 1]
    if 0 < len(long) < len(named):
        plain = next(name for name in named if name not in long)
        raise ValueError(f"{long[0]!r} has many numbers a run, {plain!r} one: plot each by itself")
    over_epochs = bool(long)
    ax = axes(ax)
    for k, (name, runs) in enumerate(named.items()):
        (_curve if over_epochs else _dots)(ax, k, name, runs)
    if log:
        ax.set_yscale("log")
    if over_epochs:
        ax.set(xlabel="epoch", ylabel=_inert(next(iter(named))) if len(named) == 1 else "")
        ax.legend(frameon=False)
    else:
        ax.set_xticks(range(len(named)), [_inert(name) for name in named])
        ax.set_xlim(-0.6, len(named) - 0.4)
    return ax


def _curve(ax: Any, k: int, name: str, runs: Sequence[Sequence[float]]) -> None:
    colour = COLOURS[k % len(COLOURS)]
    for run in runs:
        ax.plot(range(1, len(run) + 1), run, color=colour, linewidth=0.5, alpha=0.6 / math.sqrt(len(runs)), zorder=1)
    epochs = [[run[i] for run in runs if len(run) > i] for i in range(max(map(len, runs)))]
    means, sds = zip(*map(_mean_and_spread, epochs), strict=True)
    numbers = range(1, len(epochs) + 1)
    low, high = ([m + side * s for m, s in zip(means, sds, strict=True)] for side in (-1.0, 1.0))
    ax.fill_between(numbers, low, high, color=colour, alpha=0.25, linewidth=0, zorder=2)
    label = f"{_inert(name)}, mean of {len(runs)}"
    ax.plot(numbers, means, color="white", linewidth=3.5, zorder=3)  # so that the mean is seen among many runs
    ax.plot(numbers, means, color=colour, linewidth=1.8, label=label, zorder=4)


def _dots(ax: Any, k: int, name: str, runs: Sequence[Sequence[float]]) -> None:
    colour = COLOURS[k % len(COLOURS)]
    numbers = [run[-1] for run in runs]
    mean, spread = _mean_and_spread(numbers)
    golden = (math.sqrt(5.0) - 1.0) / 2.0  # its multiples mod 1 keep dots apart that lie beside each other
    across = [k - 0.15 + 0.2 * (i * golden % 1.0 - 0.5) for i in range(len(numbers))]
    ax.plot(across, numbers, linestyle="", marker="o", markersize=4, color=colour, alpha=0.6)
    ax.errorbar([k + 0.2], [mean], [spread], color=colour, marker="D", capsize=5, linewidth=1.8)


def _listed(run: Any) -> list[float]:
    return [float(run)] if isinstance(run, Real) else [float(x) for x in run]


def _mean_and_spread(numbers: Sequence[float]) -> tuple[float, float]:
    if not all(map(math.isfinite, numbers)):
        return math.nan, math.nan
    return statistics.fmean(numbers), statistics.stdev(numbers) if len(numbers) > 1 else 0.0


def _inert(name: str) -> str:
    return name.replace("$", r"\$")  # which matplotlib reads as mathematics
