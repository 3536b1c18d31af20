"""Lazy plans: the digest of a recording, which names what is made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

import microgradx as mx
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
