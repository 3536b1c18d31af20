"""What every unit and parameter does over all examples: the numbers that a diagnosis is drawn from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..calculus import grad
from ..engine import Value
from ..errors import DomainError
from ..losses import Loss
from ..names import brief
from ..nonfinite import explain_nonfinite
from ..pairing import is_list
from .units import Key, units


class Over(NamedTuple):
    """One unit over the examples: outputs a, local slopes ∂a/∂z and error signals z̄."""

    layer: int
    activation: str
    outputs: list[float]
    slopes: list[float]
    signals: list[float]


class Records:
    """All units by their parameters, the gradient of each example by each parameter, and what went wrong.

    `names` are those of the parameters, by id, for those without a label.
    """

    def __init__(self, parameters: Sequence[Value], names: Mapping[int, str]) -> None:
        self.parameters = list(parameters)
        self._names = names
        self.units: dict[tuple[Key, str, int], Over] = {}
        self.total = [0.0] * len(self.parameters)
        """The sum of the examples' gradients."""
        self.moved = [False] * len(self.parameters)
        """Whether any example has a gradient other than 0 by this parameter."""
        self.used = [False] * len(self.parameters)
        """Whether the model's output depends on this parameter at all."""
        self.failures: list[tuple[int, str]] = []
        """Examples whose loss or gradient is not finite, and why."""
        self.examples = 0

    def add(self, model: Any, loss: Loss, x: list[Any], t: Any) -> None:
        """Run the model forward and backward on one example."""
        number = self.examples
        self.examples += 1
        try:
            output = model(x)
            error = loss(output, t)
        except DomainError as problem:
            self.failures.append((number, str(problem)))
            return
        if not isinstance(error, Value):
            raise TypeError(f"the loss of a model is one Value, not {brief(error)}; does the model use its parameters?")
        outputs = [v for v in (output if is_list(output) else [output]) if isinstance(v, Value)]
        if not math.isfinite(error.data):
            self.failures.append((number, _sentences(explain_nonfinite(error))))
        found = units(outputs, self.parameters)
        for unit in found:
            for i in unit.key:
                self.used[i] = True
        gradients = grad(error, [*(unit.before for unit in found), *self.parameters])
        signals, slopes = gradients[: len(found)], gradients[len(found) :]
        if math.isfinite(error.data) and not all(map(math.isfinite, gradients)):
            name = next((self.name(i) for i, g in enumerate(slopes) if not math.isfinite(g)), "a unit")
            self.failures.append((number, f"the loss is {error.data:.6g}, but the gradient by {name} is not finite"))
        counts: dict[tuple[Key, str], int] = {}
        for unit, signal in zip(found, signals, strict=True):
            place = counts[unit.key, unit.activation] = counts.get((unit.key, unit.activation), 0) + 1
            key = (unit.key, unit.activation, place)  # shared weights are in several places
            over = self.units.setdefault(key, Over(unit.layer, unit.activation, [], [], []))
            over.outputs.append(unit.after.data)
            over.slopes.append(unit.slope)
            over.signals.append(signal)
        for i, g in enumerate(slopes):
            self.total[i] += g
            self.moved[i] |= g != 0.0

    def name(self, i: int) -> str:
        """Return what a parameter is called."""
        return self.parameters[i].label or self._names.get(id(self.parameters[i]), f"parameter {i}")

    def layers(self) -> dict[int, list[tuple[Key, Over]]]:
        """Return the units of each layer, from the first on."""
        found: dict[int, list[tuple[Key, Over]]] = {}
        for (key, _, _), over in self.units.items():
            found.setdefault(over.layer, []).append((key, over))
        return dict(sorted(found.items()))


def _sentences(explanation: str) -> str:
    """Return the lines of an explanation as sentences of one text."""
    return ". ".join(line if i == 0 else line[0].upper() + line[1:] for i, line in enumerate(explanation.splitlines()))
