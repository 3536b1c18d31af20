"""Where plots go, and their colours."""

from __future__ import annotations

from typing import Any

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
"""Okabe and Ito's colours, which stay apart for colour-blind readers."""


def axes(ax: Any = None) -> Any:
    """Return `ax`, or new axes if it is None; ImportError with the way out where matplotlib is missing.

    TypeError for what is no axes.

    >>> axes().lines[:]
    []
    """
    if ax is not None:
        if not hasattr(ax, "contourf"):
            raise TypeError(f"ax is one Axes of matplotlib, as in _, ax = pyplot.subplots(), not {ax!r}")
        return ax
    try:
        from matplotlib import pyplot
    except ImportError as error:
        raise ImportError('plots need matplotlib: python -m pip install "microgradx[plot]"') from error
    return pyplot.subplots(layout="constrained")[1]
