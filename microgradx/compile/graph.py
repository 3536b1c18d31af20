"""A graph that is recorded already, as a function that can be traced: its operations again, on other numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from os import PathLike
from typing import Any

from ..apply import apply
from ..chain import Block, Shared
from ..engine import Value
from ..pairing import is_list
from ..sweep import nodes
from .arguments import Batch
from .eager import Eager, outputs
from .program import Program
from .recording import Recording
from .trace import record_graph


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
        entries = list(_flat(self._inputs))
        for v in entries:
            if not isinstance(v, Value):
                raise TypeError(f"the inputs of a graph are Values, those that it was recorded with, not {v!r}")
        known = tuple(parameters)
        if both := [v for v in entries if any(v is w for w in known)]:
            raise ValueError(f"{both[0]!r} is an input, which each row gives anew, and cannot be a parameter too")
        recomputed = _Recomputed(output, entries)

        def graph_of(inputs: Any) -> Any:
            return recomputed(list(_flat(inputs)))

        def graph() -> Any:
            return recomputed([])

        super().__init__(graph_of if entries else graph, known, (), strict, target, cache, threads=threads)

    def _recorded(self, eager: Eager, rows: Batch, row: int) -> Recording:
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
                known[id(v)] = v if v._primitive is None else self._again(v, known)
        found = [known.get(id(v), v) for v in self._outputs]
        return found if self._list else found[0]

    @staticmethod
    def _again(v: Value, known: dict[int, Any]) -> Any:
        operands = []
        for node, number in ((v._a, v._x), (v._b, v._y)):
            if isinstance(node, Block):
                if id(node) not in known:
                    entries = zip(node._a, number, strict=True)
                    known[id(node)] = Shared([x if u is None else known[id(u)] for u, x in entries])
                operands.append(known[id(node)])
            elif number is not None:
                operands.append(number if node is None else known[id(node)])
        z = apply(v._primitive, *operands)  # type: ignore[arg-type]
        if v.label and hasattr(z, "label"):
            z.label = v.label
        return z


def _flat(x: Any) -> Iterator[Any]:
    if is_list(x):
        for entry in x:
            yield from _flat(entry)
    else:
        yield x
