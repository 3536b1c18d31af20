"""Random graphs of hostile numbers: every view of a gradient stands, and the listed program has the engine's bits."""

from __future__ import annotations

import math
import random
from xml.etree import ElementTree

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.primitives import TABLE
from microgradx.replay import Replay

from .checks import shapes
from .test_listing import assert_same_bits

NUMBERS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2, 3, 1e-320, 1e308, -1e308, 1000.0, -1000.0),
    *(math.inf, -math.inf, math.nan),
]


def hostile_graph(rng: random.Random) -> tuple[Value, list[Value]]:
    """Return a graph over all rows and its leaves, with numbers at kinks and poles, beyond ranges, and no numbers."""
    leaves = [Value(rng.choice(NUMBERS) if rng.random() < 0.4 else rng.uniform(-3, 3), f"x{i}") for i in range(3)]
    pool = list(leaves)

    def operand() -> Value | float:
        return rng.choice(NUMBERS) if rng.random() < 0.25 else rng.choice(pool)

    for _ in range(rng.randint(1, 8)):
        p = rng.choice(TABLE)
        shape = rng.choice(shapes(p))
        operands = [tuple(operand() for _ in range(n)) for n in shape] if shape else [operand() for _ in p.domain]
        try:
            z = mx.apply(p, *operands)
        except (ValueError, ArithmeticError):  # outside of its domain
            continue
        if isinstance(z, Value):
            z.label = rng.choice(["", "", "a", "b1", "h", "λ"])
            pool.append(z)
    return pool[-1], leaves


@pytest.mark.parametrize("seed", range(4))
def test_every_view_of_a_hostile_graph_stands(seed: int) -> None:
    """Derivations are written, as text, LaTeX and XML, paths are counted, and the program has the engine's bits."""
    rng = random.Random(seed)
    for _ in range(40):
        L, given = hostile_graph(rng)
        leaves = [v for v in given if id(v) in Replay(L).place]
        for options in ({}, {"inline": False}, {"profile": "partials"}, {"slide": True}):
            derivation = mx.derive(L, leaves, **options)
            assert str(derivation)
            assert derivation.latex
            ElementTree.fromstring(derivation.html)
            for line in derivation.lines:
                if line.kind == "backward":
                    expected = mx.grad(L, line.node)
                    assert line.value == expected or (line.value != line.value and expected != expected)
        assert_same_bits(L)
        assert all(str(mx.paths(L, v, 3)) for v in leaves)
