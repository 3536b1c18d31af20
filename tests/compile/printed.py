"""What is printed of a program, for tests: its formulas, and a net whose formulas everybody knows."""

from __future__ import annotations

import re
from collections.abc import Sequence

import microgradx as mx
from microgradx.compile.printing.explain import Explanation
from microgradx.compile.program import Program


def net(sizes: Sequence[int] = (2, 16, 16, 1), activation: str = "relu") -> Program:
    """Return the program of a net's squared error."""
    model = mx.nn.MLP(sizes[0], sizes[1:], activation=activation)
    return mx.compile(lambda x, y: (model(x) - y) ** 2, model.parameters(), target="numpy")


def formulas(explanation: Explanation) -> list[str]:
    """Return the formulas without the sizes behind them."""
    return [re.split(r"\s{3,}", line)[0] for line in explanation.nests]
