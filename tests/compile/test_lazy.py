"""Lazy plans: the digest of a recording, which names what is made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends import lazy
from microgradx.compile.backends.lazy import digest
from microgradx.compile.tape.tape import INPUT, NONE, Builder
from microgradx.compile.tracing.recording import Recording
from microgradx.compile.tracing.trace import trace


def recorded(f: Any) -> Recording:
    """Return a function of two numbers, recorded."""
    return trace(f, [(), ()], example=[1.0, 2.0])


def test_digests_tell_recordings_apart() -> None:
    """Each thing that the passes read changes the digest; names and the leaves themselves do not."""
    first, second = mx.Value(1.0), mx.Value(5.0)
    different = [
        recorded(lambda x, y: x * y),
        recorded(lambda x, y: x * x),
        recorded(lambda x, y: x + y),
        recorded(lambda x, y: x - y),
        recorded(lambda x, y: [x * y]),
        recorded(lambda x, y: x * 0.0),
        recorded(lambda x, y: x * -0.0),
        recorded(lambda x, y: x * first),
        recorded(lambda x, y: x * y if x > 0 else x),
        recorded(lambda x, y: x * y if not x > 5 else x),
    ]
    found = [digest(r, strict=False) for r in different]
    assert len(set(found)) == len(found) - 1  # a list of one number is computed as the number is
    assert found[0] == found[4]
    assert digest(different[7], strict=False) == digest(recorded(lambda u, v: u * second), strict=False)
    assert digest(replace(different[0], own_names={}), strict=False) == found[0]


def test_digests_hold_numbers_of_any_size() -> None:
    """Numbers are digested to the last bit, whatever else stands beside them."""
    numbers = [0.1, np.nextafter(0.1, 1.0), -1e300, 5e-324, -0.0, 0.0, float("inf")]
    found = set()
    for x in numbers:
        b = Builder()
        (one, *_) = b.leaves(INPUT, [0])
        constants = b.leaves(0, [x, -3.5, 1e-9])
        tape = b.tape(values=b.sums([[one, *constants]], NONE), guards=np.zeros(0, np.int64))
        recording = replace(recorded(lambda x, y: x), packed=tape)
        found.add(digest(recording, strict=False))
    assert len(found) == len(numbers)


def test_the_order_of_backward_is_digested_in_strict_mode() -> None:
    """Blocks decide the order of additions in strict mode, and there alone."""
    one = recorded(lambda x, y: mx.dot([x, y], [y, x]))
    other = replace(one, blocks=one.blocks[:, ::-1].copy())
    assert digest(one, strict=False) == digest(other, strict=False)
    assert digest(one, strict=True) != digest(other, strict=True)


@pytest.mark.parametrize("spread", [0, 1, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, 2**62], ids=str)
@pytest.mark.parametrize("relative", [False, True])
@pytest.mark.parametrize("low", [-(2**62), -3, 0, 7])
def test_integers_are_written_whole(low: int, spread: int, relative: bool) -> None:
    """What is written of integers tells all of them, whatever their range, in each block."""
    places = np.arange(2 * lazy.BLOCK + 5)
    column = places // 3 % 2 * spread + low + relative * places
    shape, *written = lazy._narrow(column, relative)
    assert shape == str(column.shape)
    found: list[int] = []
    parts = iter(written)
    while len(found) < len(column):
        kind, size = str(next(parts)), min(lazy.BLOCK, len(column) - len(found))
        if kind[-1].isdigit():
            found += [int(kind)] * size
        else:
            numbers = np.frombuffer(bytes(next(parts)), kind[-1])  # type: ignore[call-overload]
            least, end = int(kind[:-1]), 1 << 8 * numbers.itemsize
            found += [least + (x - least) % end for x in numbers.tolist()]
    assert [x + relative * (i % lazy.BLOCK) for i, x in enumerate(found)] == column.tolist()
    assert not list(parts)


@pytest.mark.parametrize("name", ["op", "left", "right", "sign", "split", "number", "twin", "width"])
def test_each_entry_of_a_long_tape_is_digested(name: str) -> None:
    """One other entry, in any block, is another digest."""
    b = Builder()
    x = b.leaves(INPUT, np.arange(2 * lazy.BLOCK))
    tape = b.tape(values=b.sums(x[:, None], NONE)[-1:], guards=np.zeros(0, np.int64))
    recording = recorded(lambda x, y: x)
    found = {digest(replace(recording, packed=tape), strict=False)}
    places = (0, lazy.BLOCK - 1, lazy.BLOCK, -1)
    for place in places:
        column = getattr(tape, name).copy()
        column[place] = -1 - column[place]
        found.add(digest(replace(recording, packed=replace(tape, **{name: column})), strict=False))
    assert len(found) == 1 + len(places)
