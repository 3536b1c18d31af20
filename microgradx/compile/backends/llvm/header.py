"""Header: all that must be known of a plan to run its machine code, also without the plan."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ...nests.layout import Layout
from ...nests.nests import Plan
from ...tape.tape import Floats, Ints
from .lengths import length


@dataclass(frozen=True)
class Header:
    """What must be known of a plan to run its machine code.

    layout      where the parameters stand
    gradients   how many of them have gradients
    outputs     name → how many numbers
    operations  about how many multiply-adds are made for a row
    lines       about how long all of it would be as code, without bytecode
    """

    layout: Layout
    gradients: int
    outputs: dict[str, int]
    operations: int
    lines: int

    @classmethod
    def of(cls, plan: Plan, layout: Layout) -> Header:
        """Return the header of a plan, which is to have this layout."""
        terms = sum(nest.terms for nest in plan.nests)
        outputs = {name: len(places) for name, places in plan.outputs.items()}
        return cls(layout, plan.gradients, outputs, 1 + terms, length(plan))

    @classmethod
    def read(cls, about: dict[str, Any], payload: bytes) -> Header:
        """Return the header that was written as such an entry of the cache, whatever follows it there."""
        layout = Layout(np.frombuffer(payload[: 8 * about["places"]], "<i8"), about["own"], about["size"])
        return cls(layout, about["gradients"], about["outputs"], about["operations"], about["lines"])

    def written(self) -> tuple[dict[str, Any], bytes]:
        """Return it as an entry of the cache: its description, and what follows that."""
        layout = self.layout
        numbers = {name: getattr(self, name) for name in ("gradients", "operations", "lines")}
        numbers |= {"places": len(layout.places), "own": layout.own, "size": layout.size}
        return {"outputs": self.outputs, **numbers}, layout.places.astype("<i8").tobytes()

    @cached_property
    def width(self) -> int:
        """How many numbers there are in all outputs."""
        return sum(self.outputs.values())

    @cached_property
    def columns(self) -> tuple[tuple[str, slice], ...]:
        """Name → where its numbers stand among all outputs."""
        ends = np.cumsum([0, *self.outputs.values()]).tolist()
        return tuple((name, slice(*ends[i : i + 2])) for i, name in enumerate(self.outputs))

    def laid_out(self, parameters: Floats) -> Floats:
        """Return the parameters as the layout has them; nobody uses what stands in its holes."""
        return parameters if self._sources is None else parameters[self._sources]

    def in_order(self, gradient: Floats) -> Floats:
        """Return the gradient in the order of the parameters."""
        return gradient[: self.gradients].copy() if self._sources is None else gradient[self._own]

    @cached_property
    def _sources(self) -> Ints | None:
        """Which parameter stands in each place; None if they stand as they are given."""
        layout = self.layout
        if np.array_equal(layout.places, np.arange(layout.size)):
            return None
        sources = np.zeros(layout.size, np.int64)
        sources[layout.places] = np.arange(len(layout.places))
        return sources

    @cached_property
    def _own(self) -> Ints:
        return self.layout.places[: self.gradients]
