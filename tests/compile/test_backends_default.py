"""Every program of the zoo on every back end in default mode, against the engine row by row: but for roundings."""

from __future__ import annotations

import pytest

from microgradx.compile.paths.stages import Kind

from .crosschecks import applies, check
from .test_backends import EVERY, LARGE, MACHINE, NUMPY, USUAL, chosen
from .ways import ways


@pytest.mark.parametrize("name", [name for name in USUAL if name not in LARGE])
def test_default_is_within_rounding(name: str) -> None:
    """Values and derivatives differ from the engine's by what two roundings of every number on the way may change."""
    for way in ways(EVERY[name](), strict=False, count=2)[:2]:
        for kind, form in chosen(name, strict=False):
            if applies(way, kind):
                check(way, kind, form.kernel(way.plan(kind), False), (0, 1, 7, 33))


def test_a_transformer_is_within_rounding() -> None:
    """So does the gradient of a transformer."""
    (way,) = ways(EVERY["transformer over 3 tokens, fused"](), strict=False, count=1)
    for form in (NUMPY, MACHINE[1]):
        check(way, Kind.GRADIENT, form.kernel(way.plan(Kind.GRADIENT), False), (3, 33))
