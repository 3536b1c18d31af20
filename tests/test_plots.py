"""Plots: what they draw is what the model computes, on the axes that they are given."""

from __future__ import annotations

import math
from typing import Any

import pytest
from matplotlib.figure import Figure

import microgradx as mx
from microgradx import nn, plots


def ax() -> Any:
    """New axes, which no window shows."""
    return Figure().subplots()


X, Y = mx.datasets.moons(20, noise=0.1, seed=1)
MODEL = nn.MLP(2, [3, 1], seed=1)


def backward_done() -> nn.MLP:
    """A network with gradients, some of them 0."""
    model = nn.MLP(2, [4, 4, 1], seed=2)
    model([1.0, -2.0]).backward()
    return model


PLOTS: dict[str, Any] = {
    "regression": lambda a: plots.regression(lambda x: x[0], [[0.0], [1.0]], [0.1, 0.9], ax=a),
    "decision_regions": lambda a: plots.decision_regions(MODEL, X, Y, ax=a, resolution=9),
    "three classes": lambda a: plots.decision_regions(nn.MLP(2, [3], seed=0), X, Y, ax=a, resolution=9),
    "linear_regions": lambda a: plots.linear_regions(MODEL, X, Y, ax=a, resolution=9),
    "loss_curves": lambda a: plots.loss_curves([[2.0, 1.0], [3.0, 1.5]], ax=a, log=True),
    "activation": lambda a: plots.activation("gaussian", ax=a),
    "gradient_histogram": lambda a: plots.gradient_histogram(backward_done(), ax=a),
    "image": lambda a: plots.image([0.0, 3.0, 1.0, 2.0], ax=a),
    "weight_images": lambda a: plots.weight_images(nn.MLP(9, [5, 1]), ax=a),
    "loss_surface": lambda a: plots.loss_surface(
        lambda: MODEL([1.0, 2.0]) ** 2, MODEL.parameters(), ax=a, resolution=5
    ),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_drawn_on_the_given_axes_and_returns_them(name: str) -> None:
    """Every function takes `ax=` and returns it, and what it drew can be rendered without a warning."""
    given = ax()
    assert PLOTS[name](given) is given
    given.figure.canvas.draw()


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_without_axes_makes_its_own(name: str) -> None:
    """Without `ax` a new figure is made."""
    from matplotlib import pyplot

    made = PLOTS[name](None)
    assert made.figure in map(pyplot.figure, pyplot.get_fignums())
    pyplot.close(made.figure)


def segments(contour: Any) -> list[tuple[float, float]]:
    """Return the points of all lines of a contour set."""
    return [tuple(point) for path in contour.get_paths() for point in path.vertices]


def test_the_decision_boundary_is_where_the_score_crosses_the_threshold() -> None:
    """On the line that is drawn the model's output is the threshold."""
    given = plots.decision_regions(lambda x: x[0] ** 2 + x[1], X, Y, ax=ax(), resolution=40, threshold=0.5)
    line = [c for c in given.collections if hasattr(c, "levels") and list(c.levels) == [0.0]]
    points = segments(line[0])
    assert len(points) > 10
    assert all(x**2 + y == pytest.approx(0.5, abs=0.02) for x, y in points)


def test_pictures_of_the_inputs_name_their_axes() -> None:
    """The inputs are called x, or x₁ and x₂, unless the axes have names already."""
    for name in ("decision_regions", "linear_regions"):
        found = PLOTS[name](ax())
        assert (found.get_xlabel(), found.get_ylabel()) == ("x₁", "x₂")
    given = ax()
    given.set_xlabel("time in ms")
    found = PLOTS["regression"](given)
    assert (found.get_xlabel(), found.get_ylabel()) == ("time in ms", "y")


def test_the_boundary_of_classes_is_where_the_two_best_are_equal() -> None:
    """Between several classes the line is where the largest output changes, also between points of the grid."""
    scores = lambda x: [0.0 * x[0], x[0] + x[1] ** 2 - 0.3, 2.0 * x[0]]  # noqa: E731
    given = plots.decision_regions(scores, X, Y, ax=ax(), resolution=60)
    lines = [c for c in given.collections if hasattr(c, "levels") and list(c.levels) == [0.0]]
    points = [point for line in lines for point in segments(line)]
    assert len(points) > 50
    gaps = [best - second for best, second, _ in (sorted(scores(point), reverse=True) for point in points)]
    assert max(gaps) < 0.05  # near the corners, where three classes meet
    assert sum(gaps) / len(gaps) < 0.003


@pytest.mark.parametrize(
    ("model", "count"),
    [
        (lambda x: x[0].relu() + (x[0] + x[1]).relu(), 4),
        (lambda x: mx.abs(x[0] - 0.1) + 0.0 * x[1], 2),
        (nn.MLP(2, [3, 1], init=[1, 0, 0, 0, 1, 0, 1, 1, -0.5, 1, 1, 1, 0]), 7),
    ],
    ids=["two units", "abs", "three units"],
)
def test_linear_regions_are_counted(model: Any, count: int) -> None:
    """k lines in general position cut the plane into 1 + k + k(k − 1)/2 pieces, and each is found."""
    corners = [[-1.0, -1.0], [1.0, 1.0]]
    given = plots.linear_regions(model, corners, ax=ax(), resolution=40)
    assert given.get_title() == f"{count} linear regions"


def test_loss_curves_show_the_median_and_the_spread_over_seeds() -> None:
    """The line is the median of the runs, the band goes from the least to the largest; short runs end early."""
    given = plots.loss_curves({"a": [[4.0, 2.0, 1.0], [6.0, 3.0], [5.0, 4.0]], "b": [1.0, 0.5]}, ax=ax())
    first, second = given.lines
    assert first.get_ydata().tolist() == [5.0, 3.0, 1.0]
    assert first.get_xdata().tolist() == [1, 2, 3]
    assert second.get_ydata().tolist() == [1.0, 0.5]
    band = {tuple(point) for point in given.collections[0].get_paths()[0].vertices}
    assert {(1.0, 4.0), (1.0, 6.0), (2.0, 2.0), (2.0, 4.0)} <= band
    assert [text.get_text() for text in given.get_legend().get_texts()] == ["a, median of 3", "b"]


def test_who_looks_for_the_validation_loss_is_told_where_it_is() -> None:
    """`loss_curves` draws the loss of training alone, and says what draws that of validation too, which does."""
    history = mx.History(loss=[2.0, 1.0], validation_loss=[3.0, 2.5])
    assert len(plots.loss_curves(history, ax=Figure().subplots()).lines) == 1
    assert "`history.plot()`" in str(plots.loss_curves.__doc__)
    assert "validation" in [line.get_label() for line in history.plot(Figure().subplots()).lines]


def test_loss_curves_take_what_fit_returns() -> None:
    """A History is a run."""
    history = mx.fit(nn.MLP(2, [1]), X, Y, epochs=3)
    assert plots.loss_curves(history, ax=ax()).lines[0].get_ydata().tolist() == history.loss


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "relu", "leaky_relu", "softplus", "gaussian", "linear", "step"])
def test_the_derivative_beside_an_activation_is_its_slope(name: str) -> None:
    """The second line is the slope of the first, away from kinks."""
    given = plots.activation(name, ax=ax(), points=4001)
    f, slope = (line for line in given.lines if not line.get_label().startswith("_"))
    z, a, da = f.get_xdata(), f.get_ydata(), slope.get_ydata()
    for i in range(100, 3900, 97):
        if abs(z[i]) > 0.01:
            assert da[i] == pytest.approx((a[i + 1] - a[i - 1]) / (z[i + 1] - z[i - 1]), abs=1e-5)


def test_gradients_are_counted_by_layer() -> None:
    """Every layer's shares, with its zeros, add up to 1."""
    model = backward_done()
    given = plots.gradient_histogram(model, ax=ax(), bins=10)
    labels = [text.get_text() for text in given.get_legend().get_texts()]
    zeros = [sum(v.grad == 0.0 for v in layer.parameters()) for layer in model.layers]
    sizes = [len(layer.parameters()) for layer in model.layers]
    wanted = [
        f"layers.{k}" + (f", {z} of {n} are 0" if z else "") for k, (z, n) in enumerate(zip(zeros, sizes, strict=True))
    ]
    assert labels == wanted
    assert any(zeros)


def test_weights_are_where_their_inputs_are() -> None:
    """The image of unit k holds its weights row by row."""
    layer = nn.Layer(6, 2, init=[*range(6), 0.0, *range(10, 16), 0.0])
    canvas = plots.weight_images(layer, (2, 3), ax=ax()).images[0].get_array()
    assert canvas[:, :3].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert canvas[:, 4:].tolist() == [[10, 11, 12], [13, 14, 15]]


def test_weights_of_the_first_layer_of_any_model_are_shown() -> None:
    """The first layer is found inside Sequential and Residual."""
    model = nn.Sequential(nn.Residual(nn.MLP(4, [3, 4])), nn.Layer(4, 1))
    assert plots.weight_images(model, ax=ax()).get_title() == "weights of 3 units, 2×2"


def test_the_loss_surface_is_the_loss_around_the_parameters() -> None:
    """At (a, b) the surface has the loss at θ + a·u + b·v, and the parameters are as before."""
    w, b = mx.Value(1.0), mx.Value(-2.0)
    seen: list[tuple[float, float]] = []

    def loss() -> mx.Value:
        seen.append((w.data, b.data))
        return w * w + b

    plots.loss_surface(loss, [w, b], directions=([1.0, 0.0], [0.0, 2.0]), ax=ax(), span=0.5, resolution=3)
    assert seen == [(1 + p, -2 + q) for q in (-1.0, 0.0, 1.0) for p in (-0.5, 0.0, 0.5)]
    assert (w.data, b.data) == (1.0, -2.0)


def test_random_directions_are_orthogonal_and_as_long_as_the_parameters() -> None:
    """Without directions, u and v stand at a right angle and have the length of θ."""
    from microgradx.plots.training import _directions

    u, v = _directions([3.0, 4.0, 0.0], seed=1)
    assert math.hypot(*u) == pytest.approx(5.0)
    assert math.hypot(*v) == pytest.approx(5.0)
    assert sum(p * q for p, q in zip(u, v, strict=True)) == pytest.approx(0.0, abs=1e-12)
