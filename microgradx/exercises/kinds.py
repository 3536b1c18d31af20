"""The registry: every kind of exercise, by notebook, each notebook's in rising difficulty."""

from __future__ import annotations

from . import activations, backprop, checking, expressive, losses, models, neurons, reuse, training
from .task import Kind

_FILES = (neurons, activations, losses, backprop, reuse, checking, training, expressive, models)

KINDS: tuple[Kind, ...] = tuple(
    sorted((row for file in _FILES for row in file.ROWS), key=lambda row: (row.notebook, row.level))
)
"""All kinds of exercises."""
