"""Trace: run a function once on traced numbers, or read a graph of Values, and return what was recorded."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ...engine import Value
from ...errors import TraceError, told
from ...in_trace import AT_WORK
from ...pairing import is_list
from ..collector import paused
from ..rows.arguments import Shape
from ..rows.eager import outputs
from ..rows.signature import parameters_of_program
from .choices import Choosing
from .eager_order import is_settled
from .imported import adopt
from .recorder import Recorder
from .recording import Column, Recording
from .taping import recording
from .traced import Traced
from .traced_index import TracedIndex


def trace(
    f: Callable[..., Any],
    shapes: Sequence[Shape],
    parameters: Sequence[Value] = (),
    *,
    indices: Collection[int] = (),
    example: Sequence[Any] | None = None,
    strict: bool = False,
    choosing: Choosing = Choosing.ALL,
) -> Recording:
    """Return f as recorded on one row: f is run once, on numbers that stand for every row.

    `shapes` are those of the arguments in a row: () for a number, (d,) for a list of d, (d, e) for lists of lists; the
    arguments numbered in `indices` are integers at run time. `example` holds the arguments of one row as plain numbers:
    they decide how comparisons come out, whose outcomes are the guards of the recording. With `strict` also those of
    `where` and `lookup` are guards, unless `choosing`, and where the order of additions depends on too many of them.
    TraceError where f needs a number that is not there yet, TypeError or ShapeError unless it returns a number or a
    list of them.

    >>> found = trace(lambda x, y: x[0] * y if y > 0 else x[1], [(2,), ()], example=[[1.0, 2.0], 3.0])
    >>> found.guards, found.expected, found.columns[1]
    (('y > 0.0',), (True,), Column(argument=0, place=(1,), category=None))
    """
    names = _names(f, len(shapes))
    recorder = Recorder(parameters_of_program(parameters), names, strict=strict, choosing=choosing, example=example)
    arguments = []
    for argument, shape in enumerate(shapes):
        kind = TracedIndex if argument in indices else _traced_input
        arguments.append(_nested(recorder, kind, Column(argument), shape))
    with at_work(recorder), _in_numbers(recorder):
        with told():
            result = f(*arguments)
        if recorder.refused:  # and the function went on nevertheless, with something else than on Values
            raise recorder.refused[0]
        found = _recording(recorder, result)
    if choosing is not Choosing.ALL or is_settled(found):
        return found
    fewer = Choosing.LEAVES
    return trace(f, shapes, parameters, indices=indices, example=example, strict=strict, choosing=fewer)


def record_graph(output: Any, inputs: Sequence[Any], parameters: Sequence[Value] = ()) -> Recording:
    """Return a graph of Values as a function of its inputs: leaves, or lists of leaves, one for each argument.

    `output` is a Value or a list of them. What was recorded is the structure: the numbers of leaves are read anew.
    ValueError unless inputs and parameters are leaves, each given once.

    >>> w, x = Value(3.0, "w"), Value(2.0, "x")
    >>> found = record_graph(w * x, [x], [w])
    >>> len(found.tape), found.names
    (3, {0: 'w', 1: 'x'})
    """
    names = ["inputs"] if len(inputs) == 1 else [f"input {i}" for i in range(len(inputs))]
    recorder = Recorder(parameters_of_program(parameters), names, edited=True)
    with at_work(recorder):
        for argument, given in enumerate(inputs):
            for place, v in _entries(given):
                adopt(recorder, v, Column(argument, place))
        return _recording(recorder, output)


@contextmanager
def at_work(recorder: Recorder) -> Iterator[None]:
    """Let this recorder take what is traced in this thread, with the cyclic collector paused."""
    with paused():
        before = AT_WORK.get()
        try:
            AT_WORK.set(recorder)  # in here, as an interrupt may follow at once
            yield
        finally:
            AT_WORK.set(before)
            recorder.close()


@contextmanager
def _in_numbers(recorder: Recorder) -> Iterator[None]:
    """Say of an error that shows traced numbers what they are on the example."""
    try:
        yield
    except Exception as error:
        if not isinstance(error, TraceError) and (found := recorder.numbers_in(str(error))):
            error.add_note(f"The function is traced on names in place of numbers; in this row {found}.")
        raise


def _recording(recorder: Recorder, result: Any) -> Recording:
    return recording(recorder, [recorder.entry(y) for y in outputs(result)], not is_list(result))


def _names(f: Callable[..., Any], count: int) -> list[str]:
    """Return the names of f's first `count` parameters; arg0, arg1, … where it does not tell them."""
    try:
        found = list(inspect.signature(f).parameters.values())
    except (TypeError, ValueError):
        found = []
    names = [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [names[i] if i < len(names) else f"arg{i}" for i in range(count)]


def _traced_input(recorder: Recorder, column: Column) -> Traced:
    return Traced(recorder, recorder.input(column))


def _nested(recorder: Recorder, kind: Callable[[Recorder, Column], Any], column: Column, shape: Shape) -> Any:
    if not shape:
        return kind(recorder, column)
    entries = (column._replace(place=(*column.place, i)) for i in range(shape[0]))
    return [_nested(recorder, kind, entry, shape[1:]) for entry in entries]


def _entries(given: Any, place: Shape = ()) -> Iterator[tuple[Shape, Value]]:
    if is_list(given):
        for i, entry in enumerate(given):
            yield from _entries(entry, (*place, i))
    else:
        yield place, given
