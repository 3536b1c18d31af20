"""Rows of a batch alone: what stands in one lane of a vector never changes what another gives."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from microgradx.compile.paths.stages import Kind

from . import functions, networks, sequences
from .crosschecks import same_bits
from .forms import Form, forms
from .ways import WEIGHT, Way, ways

NUMPY, *MACHINE = forms()
BAD = (np.nan, np.inf, -np.inf, 1e300, 5e-324)


def small_ways(strict: bool) -> list[Way]:
    """Return some programs with real inputs of all kinds."""
    builders = (
        partial(networks.mlp, [2, 16, 16, 1]),
        partial(networks.mlp, [3, 6, 2], "gaussian", loss="l1"),
        partial(functions.mixture, 3, 4),
        partial(sequences.lstm, 2),
        partial(networks.convolution, 9, 3, 2),
        functions.powers,
    )
    return [ways(build(), strict)[0] for build in builders]


@pytest.mark.parametrize("strict", [True, False])
def test_a_row_does_not_depend_on_others(strict: bool) -> None:
    """NaN, infinities, huge and tiny numbers in some rows change no bit of any other row."""
    clean = np.random.default_rng(1).uniform(0.2, 2.0, (70, 20))
    spoilt = [0, 7, 33, 63, 69]
    others = [row for row in range(70) if row not in spoilt]
    for i, way in enumerate(small_ways(strict)):
        kind = (Kind.VALUES, Kind.JACOBIAN)[i % 2]
        kernel = MACHINE[(2 * i + 1) % len(MACHINE)].kernel(way.plan(kind), strict)
        x = clean[:, : way.inputs.shape[1]].copy()
        before = kernel(x, None, WEIGHT, way.parameters).outputs[kind]
        for bad in BAD:
            dirty = x.copy()
            dirty[spoilt, ::2] = bad
            after = kernel(dirty, None, WEIGHT, way.parameters).outputs[kind]
            assert same_bits(before[others], after[others])
            assert not same_bits(before, after)


@pytest.mark.parametrize("strict", [True, False])
def test_a_row_does_not_depend_on_its_place(strict: bool) -> None:
    """A row has the same bits wherever it stands in a batch, and in blocks as alone but for roundings."""
    for i, way in enumerate(small_ways(strict)):
        kernel = MACHINE[(2 * i + 3) % len(MACHINE)].kernel(way.plan(Kind.VALUES), strict)
        order = np.random.default_rng(2).integers(0, len(way.inputs), 77)
        found = kernel(way.inputs, order, WEIGHT, way.parameters).outputs["values"]
        first = kernel(way.inputs, None, WEIGHT, way.parameters).outputs["values"]
        assert same_bits(found, first[order])


@pytest.mark.parametrize("form", MACHINE, ids=lambda form: form.name)
def test_back_ends_agree_where_the_engine_stops(form: Form) -> None:
    """On rows with NaN and infinities machine code gives what NumPy gives, in strict mode bit for bit."""
    for way in small_ways(strict=True)[:5]:
        x = np.random.default_rng(3).normal(size=(40, way.inputs.shape[1]))
        x[::3, 0], x[1::7, -1], x[5] = np.inf, np.nan, -1e308
        for kind in (Kind.VALUES, Kind.JACOBIAN):
            plan = way.plan(kind)
            one, other = (f.kernel(plan, True)(x, None, WEIGHT, way.parameters) for f in (NUMPY, form))
            assert same_bits(one.outputs[kind], other.outputs[kind])
