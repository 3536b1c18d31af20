"""What a function reads besides Values: what changes is noticed, and honest functions are not suspected."""

from __future__ import annotations

import math
import random

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.errors import TraceError


def test_random_numbers_are_noticed():
    """Random numbers in the function are frozen by the trace, and found out at the first call."""
    rng = random.Random(0)
    program = mx.compile(lambda x: x * rng.random(), target="numpy")
    with pytest.raises(TraceError, match="random numbers"):
        program([1.0])


def test_globals_are_noticed():
    """A plain number outside that changes is found out, soon if not at once."""
    scale = [1.0]
    program = mx.compile(lambda x: x * scale[0], target="numpy")
    program([1.0])
    program([1.0])
    scale[0] = 2.0

    def many_calls():
        for _ in range(20):
            program([1.0])

    with pytest.raises(TraceError, match="no longer does"):
        many_calls()


def test_asking_for_the_type_is_noticed():
    """A function that treats Values as something else than traced numbers is found out."""
    program = mx.compile(lambda x: x * 2.0 if isinstance(x, Value) else x * 3.0, target="numpy")
    with pytest.raises(TraceError, match=r"on Values the function gives \[2.0\], but as traced \[3.0\]"):
        program([1.0])


def test_honest_functions_are_not_suspected():
    """Parameters that change, leaves made inside, captured leaves, NaN rows: nothing of it is frozen."""
    w, c = Value(1.0, "w"), Value(3.0, "c")
    program = mx.compile(lambda x: x * w + Value(2.0) * c + mx.sum([x, 1.0]), [w], target="numpy")
    for i in range(40):
        w.data, c.data = math.sin(i), math.cos(i) * 1e5
        for x in (1.5, math.nan):
            expected = x * w.data + 2.0 * c.data + (x + 1.0)
            assert program([x])[0] == pytest.approx(expected, nan_ok=True)


def test_rounding_is_not_suspected():
    """A chaotic function, whose compiled numbers differ visibly by rounding alone, is no reason for an error."""
    w = Value(3.9, "w")

    def logistic(x):
        for _ in range(200):
            x = w * x * (1 - x)
        return x

    program = mx.compile(logistic, [w])
    for i in range(20):
        w.data = 3.9 + i / 1000
        assert 0.0 <= program([0.3])[0] <= 1.0
