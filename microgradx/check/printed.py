"""Names as derivations are printed with them: of nodes that have none of their own, and of error signals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ..calculus import grad
from ..derive.equations import Equations
from ..engine import Value
from ..names import barred, normal
from ..notation import bar
from ..replay import Replay


class PrintedNames:
    """Names that derivations give: u1 or t1 to a node that has none, ȳ, y_bar or ∂L/∂y to the signal of y.

    That of h[0] is h̄[0] or h_bar[0].
    """

    def __init__(self, output: Value, names: Mapping[str, Any]) -> None:
        self._output = output
        self._names = names
        self._computed: dict[str, Value] = {}

    @cached_property
    def nodes(self) -> dict[str, Value]:
        """Every node by the name that it is printed with, which no other one has."""
        notation = Equations(Replay(self._output), self._names).notation
        return notation.others | {notation.name(v): v for v in notation.order}

    @cached_property
    def signals(self) -> dict[str, str]:
        """The name of every node by what its error signal is called."""
        output = list(self.nodes)[-1]
        found = {normal(f"∂{output}/∂{name}"): name for name in self.nodes}
        return found | {
            normal(shown): name for name in self.nodes for shown in (f"{name}_bar", barred(name), bar(name))
        }

    def signal(self, name: str) -> Value:
        """Return an error signal by its name, as a number that is computed from the graph's leaves."""
        if name not in self._computed:
            found = grad(self._output, self.nodes[self.signals[name]], create_graph=True)
            self._computed[name] = found if isinstance(found, Value) else Value(found)
        return self._computed[name]
