"""The errors that this library raises: each says what was wrong, with which value, why, and the way out."""

from __future__ import annotations

import linecache
import os
import re
import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any


class DomainError(ValueError, ArithmeticError):
    """An operation was recorded outside its real domain, such as log(-2.0) or 1/0.

    >>> from microgradx import Value, log
    >>> log(Value(-2.0, "w"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    microgradx.errors.DomainError: log(-2.0) at 'w': a real logarithm needs x > 0; write log(max(x, 1e-12)) or ...
    """


class StaleGraphError(RuntimeError):
    """A gradient graph was asked of a graph whose nodes have been edited since they were recorded.

    >>> from microgradx import Value, grad
    >>> x = Value(2.0, "x")
    >>> y = x * x
    >>> x.data = 3.0
    >>> grad(y, x), y.data
    (4.0, 4.0)
    >>> grad(y, x, create_graph=True)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    microgradx.errors.StaleGraphError: the graph was recorded with 2.0 at 'x', whose data is now 3.0: ...
    """


class ShapeError(ValueError):
    """The lengths of two things that belong together differ.

    >>> from microgradx.losses import mse_loss
    >>> mse_loss([0.5], [1.0, 2.0])
    Traceback (most recent call last):
    ...
    microgradx.errors.ShapeError: each prediction needs one target: there are 1 predictions and 2 targets
    """


class LoadError(ValueError):
    """A file or a state does not fit the model, or is not what it should be; the model is untouched.

    >>> from microgradx.nn import Neuron
    >>> Neuron(1).load_state_dict({"w": [1.0]})
    Traceback (most recent call last):
    ...
    microgradx.errors.LoadError: the state lacks 'b', which the model has
    """


class FormulaError(ValueError):
    """A formula does not parse, or names something that is not there.

    >>> from microgradx import Value, compare
    >>> w = Value(2.0, "w")
    >>> compare(w * w, {"v": "2*w"})
    Traceback (most recent call last):
    ...
    microgradx.errors.FormulaError: no node named 'v'; there are 'w' (names=locals() adds the names of variables)
    """


class DivergenceError(FloatingPointError):
    """Training met an inf or a NaN; the model keeps the last finite weights, `history` what was recorded before.

    >>> from microgradx import fit, nn, optim
    >>> model = nn.Neuron(1, init="zeros")
    >>> fit(model, [1.0], [1.0], optimizer=optim.SGD(lr=1e200), epochs=9)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    microgradx.errors.DivergenceError: the ... became inf in epoch 2; ...
    """

    history: Any = None


class TraceError(TypeError):
    """A number of a trace was used as a plain number, or outside of its trace.

    >>> from microgradx import compile
    >>> compile(lambda x: 2 * float(x))([1.0])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    microgradx.errors.TraceError: float(v) at ...: <traced x> stands for a number in every row, and has no value ...
    """

    @classmethod
    def here(cls, what: str, why: str) -> TraceError:
        """Return the error with the file and line of the innermost caller: neither this package nor Python's library.

        >>> TraceError.here("x.data", "x has no number yet")
        TraceError('x.data at <doctest microgradx.errors.TraceError.here[0]>:1: x has no number yet')
        """
        frame = user_frame()
        return cls(f"{what} at {os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}: {why}")

    @classmethod
    def of(cls, error: Exception, why: str) -> TraceError:
        """Return the error for what another library, or Python, said of a number: with the user's file and line."""
        at, step = "", error.__traceback__
        while step is not None:
            filename = step.tb_frame.f_code.co_filename
            if not _is_library(filename) and "-packages" not in filename:
                at = f" at {os.path.basename(filename)}:{step.tb_lineno}"
            step = step.tb_next
        said = str(error).partition("\n")[0]
        return cls(f"{said}{at}: {why}")


class TooManyPaths(TraceError):
    """A compiled function has more ways through its ifs than it is allowed.

    >>> issubclass(TooManyPaths, TraceError)
    True
    """


NOT_TAKEN = (
    (
        r"(?=.*\b(Traced|TracedIndex|Value)\b).*ufunc|ufunc '\w+' not supported for the input types",
        "NumPy's functions do not take the numbers of a graph; write mx.tanh(v) for np.tanh(v), mx.max(v, 0.0) for "
        "np.maximum(v, 0.0), and so on",
    ),
    (
        r"'(Traced|TracedIndex|Value)' (object is not (iterable|subscriptable)|has no len)"
        r"|iterable,? (not )?(Traced|TracedIndex|Value)\b",
        "it is one number, not a list: leave out the loop or the index, or write [v]; a network with one output gives "
        "one number, and a function that is compiled gets one row at a time",
    ),
    (
        r"'list' object has no attribute '(T|astype|dot|dtype|flatten|item|max|mean|min|ndim|ravel|reshape|shape|size"
        r"|std|sum|tolist|transpose|var)'|list indices must be integers or slices, not tuple|can only concatenate list"
        r"|unsupported operand type.*'list'|(unary [-+]|for abs\(\)): 'list'|can't multiply sequence by non-int",
        "a row of an array of shape (n, d) is a list of d numbers: write [2 * v for v in x], mx.sum(x), mx.dot(w, x), "
        "len(x)",
    ),
    (
        r"for (//|%|divmod\(\)): .*'(Traced|Value)'",
        "rounding has no derivative; compute what is whole beforehand, from plain numbers",
    ),
    (
        r"(?<!of type )\bTraced\b",
        "other libraries do not know the numbers of a function that is compiled; write operators and microgradx's own "
        "functions, such as mx.exp(v)",
    ),
)
"""What Python and other libraries say of numbers of a graph that they do not take, and what to write instead."""


def way_out(error: Exception) -> str:
    """Return what to write where Python or another library did not take a Value or a traced number; "" for all else.

    >>> way_out(TypeError("'Value' object is not iterable")).partition(":")[0]
    'it is one number, not a list'
    """
    if isinstance(error, TraceError):
        return ""
    return next((why for words, why in NOT_TAKEN if re.search(words, str(error))), "")


def out_of_range(error: Exception) -> str:
    """Return which index of the user's is out of range, where, and the numbers in it; "" for other errors.

    >>> xs, i = [1.0, 2.0], 5
    >>> try: xs[i]
    ... except IndexError as error: out_of_range(error)
    'xs[i] at <doctest microgradx.errors.out_of_range[1]>:1, where xs has 2 entries, i is 5'
    """
    if type(error) is not IndexError or not str(error).endswith("index out of range"):
        return ""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    at = traceback.extract_tb(error.__traceback__)[-1]
    if _is_library(at.filename):
        return ""
    line = linecache.getline(at.filename, at.lineno or 0).encode()
    written = line[at.colno : at.end_colno].decode() if at.lineno == at.end_lineno else ""
    known = frame.f_globals | frame.f_locals
    named = [(name, known.get(name)) for name in dict.fromkeys(re.findall(r"[^\W\d]\w*", written))]
    told = [
        f"{name} has {len(x)} {'entry' if len(x) == 1 else 'entries'}"
        for name, x in named
        if isinstance(x, list | tuple)
    ]
    told += [f"{name} is {x}" for name, x in named if isinstance(x, int)]
    place = f"{written or 'an index'} at {os.path.basename(at.filename)}:{at.lineno}"
    return f"{place}, where {', '.join(told)}" if told else place


@contextmanager
def told() -> Iterator[None]:
    """Raise TraceError in place of what others say of traced numbers and lists of them, with the way out.

    An IndexError of Python's is raised anew with the place and the numbers.
    """
    try:
        yield
    except IndexError as error:
        if where := out_of_range(error):
            raise IndexError(f"{error}: {where}") from error
        raise
    except (AttributeError, TypeError, RuntimeError) as error:
        if why := way_out(error):
            raise TraceError.of(error, why) from error
        raise


def warn_user(message: str) -> None:
    """Warn with the file and line of the innermost caller: neither this package nor Python's library."""
    there, frame, level = user_frame(), sys._getframe(), 1
    while frame is not there and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)


def user_frame() -> FrameType:
    """Return the frame of the innermost caller that is neither this package nor Python's library."""
    frame = sys._getframe()
    while frame.f_back is not None and _is_library(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def _is_library(filename: str) -> bool:
    ours, pythons = (os.path.join(os.path.dirname(os.path.abspath(path)), "") for path in (__file__, os.__file__))
    if filename.startswith((ours, "<frozen")):
        return True
    return filename.startswith(pythons) and "-packages" not in filename  # site-packages are other people's code
