"""What a study tells: mean, spread and quantiles of each quantity, as numbers, tables and plots."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

import microgradx as mx
from microgradx import plots
from microgradx.study import Study, study


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30, unique=True), st.floats(0.0, 1.0))
def test_mean_spread_and_quantiles_are_those_of_numpy(numbers: list[float], q: float) -> None:
    """Mean, sample standard deviation and quantiles agree with NumPy's, whatever the numbers."""
    import numpy as np

    found = Study(dict(enumerate(numbers)))
    size = max(map(abs, numbers))
    assert found.mean() == pytest.approx(np.mean(numbers), rel=1e-12, abs=1e-12 * size)
    assert found.spread() == pytest.approx(np.std(numbers, ddof=1), rel=1e-9)
    assert found.quantile(q) == pytest.approx(np.quantile(numbers, q), rel=1e-12, abs=1e-12 * size)
    assert min(numbers) == found.quantile(0.0) <= found.quantile(q) <= found.quantile(1.0) == max(numbers)


def test_numbers_that_are_not_finite_stay_visible() -> None:
    """An inf or a NaN of a run is not averaged away; the spread of one run is not known."""
    assert Study({0: math.inf, 1: 1.0}).mean() == math.inf
    assert math.isnan(Study({0: math.nan, 1: 1.0}).mean())
    assert math.isnan(Study({0: math.nan, 1: 1.0}).quantile(0.5))
    assert Study({0: math.inf, 1: 1.0}).quantile(1.0) == math.inf
    assert math.isnan(Study({0: math.inf, 1: 1.0}).spread())
    assert math.isnan(Study({0: 1.0}).spread())
    assert "–" in str(Study({0: 1.0}))


def test_quantities_are_told_apart_by_name() -> None:
    """Several quantities need a name; an unknown one lists those that there are; rows count the runs that have them."""
    found = study(lambda seed: {"loss": [2.0, seed]} | ({"accuracy": 1} if seed else {}), range(4))
    assert found.names == ["loss", "accuracy"]
    assert found.series("loss")[3] == [2.0, 3.0]
    assert (found.mean("loss"), found.numbers("accuracy")) == (1.5, [1.0, 1.0, 1.0])
    assert str(found).splitlines()[1:] == [
        "            runs  mean  spread  least  median  largest",
        "  loss      4     1.5   1.291   0      1.5     3",
        "  accuracy  3     1     0       1      1       1",
    ]
    with pytest.raises(ValueError, match=r"give the name of one: 'loss', 'accuracy'"):
        found.mean()
    with pytest.raises(ValueError, match=r"no run has 'los'; there is 'loss', 'accuracy'"):
        found.spread("los")
    with pytest.raises(ValueError, match="a share between 0 and 1, not 50"):
        found.quantile(50, "loss")


def test_plots_show_mean_and_spread() -> None:
    """Series are drawn over the epochs with mean and band, numbers as dots with mean and bar."""
    found = Study({0: mx.History([3.0, 1.0], [4.0, 2.0]), 1: mx.History([1.0, 2.0], [2.0, 2.0])})
    ax = found.plot("loss", "validation_loss", ax=Figure().subplots(), log=True)
    lines = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert lines["loss, mean of 2"] == [2.0, 1.5]
    assert lines["validation_loss, mean of 2"] == [3.0, 2.0]
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert max(band) == pytest.approx(2.0 + math.sqrt(2.0))
    assert found.plot(ax=Figure().subplots()).get_ylabel() == "loss"
    dots = Study({0: {"a$b": 1.0}, 1: {"a$b": 4.0}}).plot(ax=Figure().subplots())
    assert sorted(dots.lines[0].get_ydata()) == [1.0, 4.0]
    assert 2.5 in [line.get_ydata()[0] for line in dots.lines[1:]]
    dots.figure.canvas.draw()
    wide = Study({0: [9.0, 8.0], 1: [0.1, 0.1]}).plot(ax=Figure().subplots(), log=True)
    wide.figure.canvas.draw()  # whose band goes below 0, where a logarithmic axis has no place


def test_two_studies_are_compared_in_one_plot() -> None:
    """Series of several studies are drawn over each other, and the numbers that they come to beside each other."""
    first, second = (Study({0: [3.0, 1.0 + k], 1: [1.0, 2.0 + k]}) for k in (0, 1))
    ax = plots.spreads({"Adam": first.series(), "SGD": second.series()}, ax=Figure().subplots())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Adam, mean of 2", "SGD, mean of 2"]
    ax = plots.spreads({"Adam": first.numbers(), "SGD": second.numbers()}, ax=Figure().subplots())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["Adam", "SGD"]
    assert sorted(ax.lines[0].get_ydata()) == [1.0, 2.0]


def test_plots_of_nothing_and_of_what_does_not_go_together_are_refused() -> None:
    """A quantity that no run has, one without numbers, and series beside single numbers are errors that name them."""
    with pytest.raises(ValueError, match="nothing to plot: no run has a quantity"):
        plots.spreads({})
    with pytest.raises(ValueError, match="nothing to plot of 'a'"):
        plots.spreads({"a": [[]]})
    with pytest.raises(ValueError, match="'a' has many numbers a run, 'b' one"):
        plots.spreads({"a": [[1.0, 2.0]], "b": [[1.0]]})
