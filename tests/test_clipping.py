"""Gradient clipping by norm and by value."""

import math

import pytest

from microgradx.clipping import clip_grad_norm, clip_grad_value
from microgradx.engine import Value
from microgradx.nn import Neuron


def test_clip_grad_norm():
    """A gradient longer than the limit is scaled to it, a shorter one is left alone, and the old norm is returned."""
    v = [Value(0.0), Value(0.0)]
    for given, limit, clipped in [
        ((3.0, 4.0), 2.5, (1.5, 2.0)),
        ((3.0, 4.0), 5.0, (3.0, 4.0)),
        ((0.0, 0.0), 1.0, (0.0, 0.0)),
    ]:
        v[0].grad, v[1].grad = given
        assert clip_grad_norm(v, limit) == math.hypot(*given)
        assert (v[0].grad, v[1].grad) == clipped
    v[0].grad = math.nan
    with pytest.raises(FloatingPointError, match="norm of the gradient is nan, because of Value"):
        clip_grad_norm(v, 1.0)
    assert v[1].grad == 0.0


@pytest.mark.parametrize("clip", [clip_grad_norm, clip_grad_value])
def test_clipping_takes_the_parameters_and_a_number(clip):
    """A model, a single Value or a list of numbers is told what to pass, and a limit is a number above 0."""
    for wrong in (Neuron(2), Value(1.0), [1.0]):
        with pytest.raises(TypeError, match=r"(write|pass) (\[Value|model\.parameters\(\))"):
            clip(wrong, 1.0)
    for limit in (0.0, math.nan, "a", Value(1.0)):
        with pytest.raises(ValueError, match="must be above 0"):
            clip([Value(1.0)], limit)


def test_clip_grad_value():
    """Each entry of the gradient is moved into the interval, and NaN stays NaN."""
    v = [Value(0.0) for _ in range(5)]
    for u, g in zip(v, (-7.0, -1.0, 0.0, math.inf, math.nan), strict=True):
        u.grad = g
    clip_grad_value(v, 2.0)
    assert [u.grad for u in v[:4]] == [-2.0, -1.0, 0.0, 2.0]
    assert math.isnan(v[4].grad)
