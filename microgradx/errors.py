"""The errors that this library raises: each says what was wrong, with which value, why, and the way out."""

from typing import Any


class DomainError(ValueError, ArithmeticError):
    """An operation was recorded outside its real domain, such as log(-2.0) or 1/0."""


class StaleGraphError(RuntimeError):
    """A gradient graph was asked of a graph whose nodes have been edited since they were recorded."""


class ShapeError(ValueError):
    """The lengths of two things that belong together differ."""


class LoadError(ValueError):
    """A file or a state does not fit the model, or is not what it should be; the model is untouched."""


class FormulaError(ValueError):
    """A formula does not parse, or names something that is not there."""


class DivergenceError(FloatingPointError):
    """Training met an inf or a NaN; the model keeps the last finite weights, `history` what was recorded before."""

    history: Any = None
