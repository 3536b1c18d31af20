"""A graph that is recorded already, as a function that can be traced: its operations again, on other numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Any

from ..apply import apply
from ..chain import Block, Shared
from ..engine import Value
from ..errors import ShapeError
from ..names import brief
from ..pairing import flat, is_list
from ..primitives import Primitive
from ..sweep import nodes
from ..tables import paragraph
from .inspection import LIMIT
from .paths.paths import Paths
from .program import Program
from .rows.arguments import Batch, Shape
from .rows.eager import Eager, outputs
from .rows.signature import parameters_of_program
from .tracing.choices import Choosing
from .tracing.recording import Recording
from .tracing.trace import record_graph

if TYPE_CHECKING:
    from .printing.explain import Explanation

CHOSEN = (
    "a recorded graph: what mx.where and Python's if, max, min and sorted chose when it was recorded is so in every "
    "call; mx.max, mx.relu and mx.step choose anew, and so does mx.compile of the function that made the graph"
)


class GraphProgram(Program):
    """The program of a graph: see `compile_graph`."""

    def __init__(
        self,
        output: Any,
        inputs: Any,
        parameters: Iterable[Value],
        strict: bool,
        target: str,
        cache: bool | str | PathLike[str],
        threads: int | None,
    ) -> None:
        self._output = output
        self._inputs = [inputs] if (is_list(inputs) and inputs) or isinstance(inputs, Value) else []
        entries = flat(self._inputs)
        for v in entries:
            if not isinstance(v, Value):
                raise TypeError(f"the inputs of a graph are Values, those that it was recorded with, not {brief(v)}")
        if len({id(v) for v in entries}) < len(entries):
            twice = next(v for i, v in enumerate(entries) if any(v is u for u in entries[:i]))
            raise ValueError(f"{twice!r} is given twice among the inputs; each row gives it one number")
        self._shape = _shape(inputs) if entries else ()
        known = parameters_of_program(parameters)
        if both := [v for v in entries if any(v is w for w in known)]:
            raise ValueError(f"{both[0]!r} is an input, which each row gives anew, and cannot be a parameter too")
        recomputed = _Recomputed(output, entries)

        def graph_of(inputs: Any) -> Any:
            return recomputed(flat(inputs))

        def graph() -> Any:
            return recomputed([])

        super().__init__(graph_of if entries else graph, known, (), strict, target, cache, threads=threads)

    def explain(self, *arguments: Any, path: int | None = None, limit: int | None = LIMIT) -> Explanation:
        """Return what became of the scalars: see `Program.explain`."""
        found = super().explain(*arguments, path=path, limit=limit)
        return replace(found, text="\n".join([found.text, *paragraph(CHOSEN, hang="  ")]))

    def _example(self) -> tuple[Any, ...]:
        """Return one row of the inputs, with the numbers that they have, as the graph is recorded already."""
        return () if not self._inputs else ([_numbers(self._inputs[0])],)

    def _new_paths(self, shapes: Sequence[Shape], names: Sequence[str], choosing: Choosing = Choosing.ALL) -> Paths:
        if self._inputs and shapes[0] != self._shape:
            wanted, given = (("n", *shape) for shape in (self._shape, shapes[0]))
            alone = "rows of one number are for inputs=x, not [x]" if self._shape == (1,) else "for one row write [row]"
            raise ShapeError(
                f"the inputs of the graph take rows of shape {_written(wanted)}, not {_written(given)}"
                f"{f'; {alone}' * (len(given) == 1)}"
            )
        return super()._new_paths(shapes, names, choosing)

    def _recorded(self, eager: Eager, choosing: Choosing, rows: Batch, row: int) -> Recording:
        return self._recording

    @cached_property
    def _recording(self) -> Recording:
        """The recording for rows of every kind: a graph does not change, as a function may."""
        return record_graph(self._output, self._inputs, self.parameters)


class _Recomputed:
    """Computes the outputs of a graph again, where the inputs have other numbers."""

    def __init__(self, output: Any, inputs: list[Value]) -> None:
        wanted = outputs(output)
        self._list = is_list(output)
        self._outputs = wanted
        self._inputs = inputs
        self._order = nodes(*[v for v in wanted if isinstance(v, Value)])
        found = {id(v) for v in self._order}
        if inputs and not any(id(v) in found for v in inputs):
            raise ValueError(
                "the graph depends on none of the inputs: give the very Values that it was recorded with, not others "
                "of the same number"
            )

    def __call__(self, numbers: list[Any]) -> Any:
        known: dict[int, Any] = {id(v): x for v, x in zip(self._inputs, numbers, strict=True)}
        for v in self._order:
            if id(v) not in known:
                known[id(v)] = v if v._primitive is None else self._again(v, v._primitive, known)
        found = [known.get(id(v), v) for v in self._outputs]
        return found if self._list else found[0]

    @staticmethod
    def _again(v: Value, p: Primitive, known: dict[int, Any]) -> Any:
        operands = []
        for node, number in ((v._a, v._x), (v._b, v._y)):
            if isinstance(node, Block):
                if id(node) not in known:
                    entries = zip(node._a, number, strict=True)
                    known[id(node)] = Shared([x if u is None else known[id(u)] for u, x in entries])
                operands.append(known[id(node)])
            elif number is not None:
                operands.append(number if node is None else known[id(node)])
        z = apply(p, *operands)
        if v.label and hasattr(z, "label"):
            z.label = v.label
        return z


def _numbers(x: Any) -> Any:
    return [_numbers(entry) for entry in x] if is_list(x) else x.data


def _shape(x: Any) -> Shape:
    """Return the lengths of nested lists; ValueError unless lists beside each other are alike."""
    if not is_list(x):
        return ()
    shapes = {_shape(entry) for entry in x}
    if len(shapes) != 1:
        raise ValueError(f"the inputs of a graph are a list, or lists of one length in a list, not {brief(x)}")
    return (len(x), *shapes.pop())


def _written(shape: tuple[Any, ...]) -> str:
    return f"({', '.join(map(str, shape))}{',' * (len(shape) == 1)})"
