"""Images: of inputs, and of the weights of the units that look at them."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from microgradx import nn, plots


def ax() -> Any:
    """New axes, which no window shows."""
    return Figure().subplots()


@pytest.mark.parametrize(("units", "down", "across"), [(32, 4, 8), (16, 4, 4), (7, 2, 4), (1, 1, 1)])
def test_units_are_shown_without_gaps_where_they_can_be(units: int, down: int, across: int) -> None:
    """The images stand in nearly square order, in full rows if there is such an order."""
    canvas = plots.weight_images(nn.Layer(4, units), ax=ax()).images[0].get_array()
    assert canvas.shape == (3 * down - 1, 3 * across - 1)


def test_an_image_is_its_numbers_row_by_row() -> None:
    """The first row of numbers is at the top; ink is darker the more there is, and signed numbers are white at 0."""
    ink = plots.image([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], (2, 3), ax=ax())
    assert ink.images[0].get_array().tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    shades = [ink.images[0].cmap(ink.images[0].norm(x))[0] for x in (0.0, 2.0, 5.0)]
    assert shades == sorted(shades, reverse=True)
    assert (shades[0], shades[-1]) == (1.0, 0.0)
    signed = plots.image([-1.0, 0.0, 0.5, 4.0], ax=ax()).images[0]
    assert signed.cmap(signed.norm(0.0))[:3] == pytest.approx((1.0, 1.0, 1.0), abs=0.01)
    assert ink.yaxis_inverted()
