"""A plot of series shows each measured number at its place, under its name."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from microgradx import ShapeError, plots


def ax() -> Any:
    """New axes, which no window shows."""
    return Figure().subplots()


def test_each_series_is_drawn_under_its_name() -> None:
    """Every series has a line of its own, in its own colour and with its own marker, and the axes have their names."""
    given = ax()
    found = plots.series(range(1, 4), {"a": (1, 2, 3), "b": [9, 8, 7]}, ax=given, log="y", xlabel="n", ylabel="µs")
    assert found is given
    assert [line.get_xydata().tolist() for line in given.lines] == [[[1, 1], [2, 2], [3, 3]], [[1, 9], [2, 8], [3, 7]]]
    assert [text.get_text() for text in given.get_legend().get_texts()] == ["a", "b"]
    assert len({(line.get_color(), line.get_marker()) for line in given.lines}) == 2
    assert (given.get_xlabel(), given.get_ylabel(), given.get_xscale(), given.get_yscale()) == (
        "n",
        "µs",
        "linear",
        "log",
    )
    given.figure.canvas.draw()


def labels(x: list[float]) -> list[str]:
    """Return the labels on a logarithmic axis of these places."""
    given = plots.series(x, {"a": x}, ax=ax(), log="x")
    given.figure.canvas.draw()
    both = (True, False)
    return [text for minor in both for label in given.get_xticklabels(minor=minor) if (text := label.get_text())]


def test_a_logarithmic_axis_marks_the_places() -> None:
    """Powers of 2 are marked as they are, in any order; places too many or too near to each other are not."""
    assert labels([2, 8, 4, 0.5]) == ["0.5", "2", "4", "8"]
    assert "36" not in labels([30, 36, 40])
    assert "4" not in labels([2.0**k for k in range(20)])


@pytest.mark.parametrize(
    ("x", "measured", "log", "error", "told"),
    [
        ([1, 2], {"a": [1]}, "", ShapeError, "'a' has 1 numbers for 2 places x"),
        ([1], {"a": [1]}, "z", ValueError, 'log names the axes .*, "x", "y" or "xy", not \'z\''),
        ([], {"a": []}, "", ValueError, "nothing to plot"),
        ([1], {}, "", ValueError, "nothing to plot"),
    ],
)
def test_what_cannot_be_plotted_is_refused(x: Any, measured: Any, log: str, error: type[Exception], told: str) -> None:
    """Series of another length, unknown axes, and nothing at all are errors that say what is wrong."""
    with pytest.raises(error, match=told):
        plots.series(x, measured, ax=ax(), log=log)
