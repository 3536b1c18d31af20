"""Plots of data, of training, and of what a model learnt, by matplotlib. Functions take `ax=` and return it."""

from .axes import COLOURS as COLOURS
from .axes import axes as axes
from .curves import contours as contours
from .curves import curves as curves
from .curves import paths as paths
from .curves import side_by_side as side_by_side
from .curves import surface as surface
from .plane import decision_regions as decision_regions
from .plane import linear_regions as linear_regions
from .plane import regression as regression
from .series import series as series
from .spread import spreads as spreads
from .training import gradient_histogram as gradient_histogram
from .training import loss_curves as loss_curves
from .training import loss_surface as loss_surface
from .units import activation as activation
from .units import image as image
from .units import weight_images as weight_images

__all__ = [
    "COLOURS",
    "activation",
    "axes",
    "contours",
    "curves",
    "decision_regions",
    "gradient_histogram",
    "image",
    "linear_regions",
    "loss_curves",
    "loss_surface",
    "paths",
    "regression",
    "series",
    "side_by_side",
    "spreads",
    "surface",
    "weight_images",
]


def __dir__() -> list[str]:
    return __all__
