"""The errors that this library raises: each says what was wrong, with which value, why, and the way out."""

from __future__ import annotations

import os
import sys
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


class TraceError(TypeError):
    """A number of a trace was used as a plain number, or outside of its trace."""

    @classmethod
    def here(cls, what: str, why: str) -> TraceError:
        """Return the error with the file and line of the innermost caller: neither this package nor Python's library.

        >>> TraceError.here("x.data", "x has no number yet")
        TraceError('x.data at <doctest microgradx.errors.TraceError.here[0]>:1: x has no number yet')
        """
        frame = sys._getframe(1)
        while frame.f_back is not None and _is_library(frame.f_code.co_filename):
            frame = frame.f_back
        return cls(f"{what} at {os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}: {why}")


def _is_library(filename: str) -> bool:
    ours, pythons = (os.path.join(os.path.dirname(os.path.abspath(path)), "") for path in (__file__, os.__file__))
    if filename.startswith((ours, "<frozen")):
        return True
    return filename.startswith(pythons) and "-packages" not in filename  # site-packages are other people's code


class DivergenceError(FloatingPointError):
    """Training met an inf or a NaN; the model keeps the last finite weights, `history` what was recorded before."""

    history: Any = None
