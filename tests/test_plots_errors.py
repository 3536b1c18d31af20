"""Plots say what is wrong with what they are given, and leave everything as it was."""

from __future__ import annotations

import math
import sys
from typing import Any

import pytest

import microgradx as mx
from microgradx import nn, plots

from .test_plots import MODEL, X, ax


def test_without_matplotlib_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where matplotlib is missing, the error says what to install."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(ImportError, match=r'plots need matplotlib: python -m pip install "microgradx\[plot\]"'):
        plots.loss_curves([1.0, 0.5])


def test_a_model_without_kinks_has_no_linear_regions() -> None:
    """A tanh network is refused, with what draws it."""
    with pytest.raises(ValueError, match=r"has no ReLU .* decision_regions draws"):
        plots.linear_regions(nn.MLP(2, [3, 1], activation="tanh"), X, ax=ax())


def test_a_loss_that_fails_leaves_the_parameters_as_they_were() -> None:
    """An error from inside passes through, after the parameters were put back."""
    w = mx.Value(1.0)
    with pytest.raises(mx.DomainError):
        plots.loss_surface(lambda: w.log(), [w], directions=([4.0], [0.0]), ax=ax())
    assert w.data == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: plots.decision_regions(MODEL, [[1.0]], [0], ax=ax()), mx.ShapeError, "with 2 inputs, but a row has 1"),
        (lambda: plots.decision_regions(MODEL, [[1.0, 2.0]], ["a"], ax=ax()), TypeError, "whole number .* not 'a'"),
        (lambda: plots.decision_regions(MODEL, [[1.0, 2.0]], [0.5], ax=ax()), TypeError, "whole number .* not 0.5"),
        (lambda: plots.linear_regions(MODEL, [[1.0, 2.0]], ["a"], ax=ax()), TypeError, "whole number .* not 'a'"),
        (lambda: plots.activation("tanh", ax=3), TypeError, r"one Axes of matplotlib, .* not 3"),
        (lambda: plots.loss_curves([1.0], ax=[1, 2]), TypeError, r"one Axes of matplotlib, .* not \[1, 2\]"),
        (lambda: plots.activation(math.tanh, ax=ax()), TypeError, "such as mx.tanh, not <built-in function tanh>"),
        (lambda: plots.loss_curves([], ax=ax()), ValueError, "no losses to plot"),
        (lambda: plots.loss_curves(["x"], ax=ax()), TypeError, "a run is a History, .* not 'x'"),
        (lambda: plots.activation("rellu", ax=ax()), ValueError, "no activation named 'rellu'"),
        (lambda: plots.activation("relu", low=1.0, high=0.0, ax=ax()), ValueError, "1.0 is not below 0.0"),
        (lambda: plots.gradient_histogram(nn.MLP(2, [1]), ax=ax()), ValueError, "every gradient of this model is 0"),
        (lambda: plots.gradient_histogram(3, ax=ax()), TypeError, "takes a model, .* not 3"),  # type: ignore[arg-type]
        (lambda: plots.image([1.0, 2.0], ax=ax()), mx.ShapeError, "2 numbers, which are not a square"),
        (lambda: plots.image([], ax=ax()), mx.ShapeError, "0 numbers"),
        (lambda: plots.weight_images(nn.MLP(5, [2]), ax=ax()), mx.ShapeError, "5 inputs, which are not a square"),
        (lambda: plots.weight_images(nn.MLP(6, [2]), (2, 2), ax=ax()), mx.ShapeError, "6 inputs, which are not 2×2"),
        (lambda: plots.weight_images(3, ax=ax()), TypeError, "not int"),  # type: ignore[arg-type]
        (lambda: plots.loss_surface(lambda: 1.0, [], ax=ax()), TypeError, "parameters is a list of Values"),
        (
            lambda: plots.loss_surface(lambda: 1.0, MODEL.parameters(), directions=([1.0], [1.0]), ax=ax()),
            mx.ShapeError,
            "a direction has a number for each of 13 parameters, not 1",
        ),
    ],
)
def test_wrong_arguments_are_refused(call: Any, error: type[Exception], message: str) -> None:
    """What cannot be plotted is refused with the value and the reason."""
    with pytest.raises(error, match=message):
        call()
