"""Curves, contours, surfaces and pictures side by side show the functions that they are given."""

from __future__ import annotations

import math
from typing import Any, cast

import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

import microgradx as mx
from microgradx import plots


def flat() -> Any:
    """New axes, which no window shows."""
    return Figure().subplots()


def space() -> Any:
    """New axes in space."""
    return Figure().add_subplot(projection="3d")


@pytest.fixture(autouse=True)
def _no_figure_is_left() -> Any:
    yield
    pyplot.close("all")


def test_curves_are_the_functions_on_the_range() -> None:
    """Each line holds f(x) over the range from low to high, by its name, for floats and for models that give Values."""
    neuron = mx.nn.Neuron(1, "tanh", init=[2.0, 0.5])
    functions = {"cube": lambda x: x**3, "neuron": lambda x: neuron([x])}
    given = plots.curves(functions, ax=flat(), low=-1.0, high=3.0, points=9)
    assert [line.get_label() for line in given.lines] == list(functions)
    xs = given.lines[0].get_xdata().tolist()
    assert (xs[0], xs[-1], len(xs)) == (-1.0, 3.0, 9)
    assert [line.get_ydata().tolist() for line in given.lines] == [[x**3 for x in xs], [neuron([x]).data for x in xs]]


def test_every_curve_is_seen_where_curves_meet() -> None:
    """Of equal functions the later line is thinner and of another colour, so that both are seen."""
    lines = plots.curves({name: lambda x: x for name in "abcdef"}, ax=flat()).lines
    widths = [line.get_linewidth() for line in lines]
    assert widths == sorted(set(widths), reverse=True)
    assert len({line.get_color() for line in lines}) == 6


def test_a_single_curve_needs_no_name() -> None:
    """Without names there is no legend, and no warning of one; functions that are no dictionary are refused."""
    given = plots.curves({"": mx.tanh}, ax=flat())
    assert given.get_legend() is None
    with pytest.raises(TypeError, match=r'by their names, {"tanh": mx.tanh}, not'):
        plots.curves(cast(Any, mx.tanh), ax=flat())


def test_a_contour_is_where_the_function_has_its_level() -> None:
    """x₁ is drawn to the right and x₂ upwards: on the line the function has the level."""
    given = plots.contours(lambda x: x[0] ** 2 + 3.0 * x[1], ax=flat(), levels=[0.5], points=61)
    points = [tuple(point) for path in given.collections[0].get_paths() for point in path.vertices]
    assert len(points) > 20
    assert all(a**2 + 3.0 * b == pytest.approx(0.5, abs=0.01) for a, b in points)


def test_filled_contours_come_with_their_scale() -> None:
    """Without levels the square is filled, beside a bar of colours."""
    given = plots.contours(lambda x: x[0] * x[1], ax=flat(), points=11)
    assert len(given.figure.axes) == 2
    given.figure.canvas.draw()


def test_a_surface_stands_over_its_points(monkeypatch: pytest.MonkeyPatch) -> None:
    """The surface is as high as f at each point, x₁ and x₂ not exchanged, and can be rendered."""
    ax, drawn = space(), []
    paint = ax.plot_surface

    def noted(*grids: Any, **look: Any) -> Any:
        drawn.append(grids)
        return paint(*grids, **look)

    monkeypatch.setattr(ax, "plot_surface", noted)
    assert plots.surface(lambda x: 10.0 * x[0] + x[1], ax=ax, low=0.0, high=1.0, points=5) is ax
    ((a, b, heights),) = drawn
    assert heights.tolist() == (10.0 * a + b).tolist()
    assert (a[0, -1], b[0, -1], heights[0, -1]) == (1.0, 0.0, 10.0)
    ax.figure.canvas.draw()


def test_a_surface_needs_axes_in_space() -> None:
    """Flat axes are refused with the call that makes others; without axes it makes its own."""
    with pytest.raises(TypeError, match=r'subplots\(subplot_kw={"projection": "3d"}\)'):
        plots.surface(lambda x: x[0], ax=flat())
    assert hasattr(plots.surface(lambda x: x[0], points=5), "plot_surface")


def test_pictures_side_by_side_have_axes_titles_and_options() -> None:
    """Each item has axes of its own, the key as title, and the options; places that are left over are removed."""
    items = {f"item {k}": {"f": lambda x, k=k: k * x} for k in range(5)}
    found = plots.side_by_side(plots.curves, items, columns=3, size=(2.0, 1.5), low=0.0, high=2.0, points=3)
    assert [ax.get_title() for ax in found] == list(items)
    assert [ax.lines[0].get_ydata().tolist() for ax in found] == [[0.0, k * 1.0, k * 2.0] for k in range(5)]
    figure = found[0].figure
    assert figure.get_size_inches().tolist() == [6.0, 3.0]
    assert len(figure.axes) == 5
    figure.canvas.draw()


def test_items_may_be_a_plain_list() -> None:
    """A list of items has no titles, and fills one row if it is short."""
    found = plots.side_by_side(plots.activation, ["relu", "tanh"])
    assert [ax.get_title() for ax in found] == ["", ""]
    assert len({ax.get_subplotspec().rowspan.start for ax in found}) == 1


def test_surfaces_stand_side_by_side() -> None:
    """With projection="3d" the axes are in space."""
    found = plots.side_by_side(plots.surface, {"a": lambda x: x[0], "b": lambda x: x[1]}, projection="3d", points=5)
    assert all(hasattr(ax, "plot_surface") for ax in found)


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: plots.curves({"f": math.sin}, ax=flat(), low=1.0, high=1.0), "1.0 is not below 1.0"),
        (lambda: plots.curves({"f": math.sin}, ax=flat(), points=1), "at least 2 points, not 1"),
        (lambda: plots.contours(lambda x: x[0], ax=flat(), low=2.0), "2.0 is not below 1.0"),
        (lambda: plots.side_by_side(plots.curves, {}), "nothing to plot"),
    ],
)
def test_what_cannot_be_drawn_is_refused(draw: Any, words: str) -> None:
    """An empty range, too few points and no items are errors."""
    with pytest.raises(ValueError, match=words):
        draw()


def test_paths_go_from_a_ring_to_a_dot_over_the_function() -> None:
    """Each path is a line through its points, x₁ to the right, with its ends marked; the picture keeps its borders."""
    given = plots.contours(lambda x: x[0] + x[1], ax=flat(), low=0.0, high=1.0, points=5)
    before, lines = given.axis(), len(given.lines)
    plots.paths({"a": [[0.1, 0.2], [0.3, 0.9]], "b": [[0.5, 0.5], [7.0, 8.0]]}, ax=given)
    drawn = [(list(line.get_xdata()), list(line.get_ydata())) for line in given.lines[lines:]]
    assert drawn[:3] == [([0.1, 0.3], [0.2, 0.9]), ([0.1], [0.2]), ([0.3], [0.9])]
    assert given.axis() == before
    assert [text.get_text() for text in given.get_legend().get_texts()] == ["a", "b"]


def test_a_path_of_one_number_is_drawn_over_its_steps() -> None:
    """Points of one number stand over 0, 1, …, and a path without a name has no legend."""
    given = plots.paths({"": [[3.0], [2.0], [1.5]]}, ax=flat())
    assert list(given.lines[0].get_xdata()) == [0.0, 1.0, 2.0]
    assert list(given.lines[0].get_ydata()) == [3.0, 2.0, 1.5]
    assert given.get_legend() is None


@pytest.mark.parametrize("points", [[], [[1.0, 2.0, 3.0]], [[1.0], [1.0, 2.0]]])
def test_what_is_no_path_is_told(points: Any) -> None:
    """A path has a point, and one number or two in each."""
    with pytest.raises(mx.ShapeError, match="one number or two"):
        plots.paths({"a": points}, ax=flat())
