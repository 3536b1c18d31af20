"""Schedules: the factor at times that can be worked out by hand, and what wrong settings are told."""

import math
import pickle

import pytest

from microgradx import schedules as s

VALUES = [
    (s.Constant(), {0: 1.0, 3.5: 1.0}),
    (s.Constant(0.5), {0: 0.5, 100: 0.5}),
    (s.Step(10), {0: 1.0, 9.99: 1.0, 10: 0.1, 25: 0.01}),
    (s.Step(2, gamma=0.5), {1.5: 1.0, 2: 0.5, 5: 0.25}),
    (s.Exponential(0.25), {0: 1.0, 0.5: 0.5, 2: 0.0625}),
    (s.Linear(10), {0: 1.0, 2.5: 0.75, 10: 0.0, 11: 0.0}),
    (s.Linear(4, start=0.5, end=1.0), {0: 0.5, 2: 0.75, 9: 1.0}),
    (s.Cosine(10), {0: 1.0, 5: 0.5, 10 * 2 / 3: 0.25, 10: 1.0, 15: 0.5}),
    (s.Cosine(10, multiplier=2, low=0.5), {0: 1.0, 5: 0.75, 10: 1.0, 20: 0.75, 30: 1.0, 50: 0.75, 70: 1.0}),
    (s.Triangular(8, low=0.0), {0: 0.0, 2: 0.5, 4: 1.0, 6: 0.5, 8: 0.0, 12: 1.0}),
    (s.Triangular(8, low=0.5), {0: 0.5, 2: 0.75, 4: 1.0, 8: 0.5}),
    (s.OneCycle(100), {0: 0.04, 15: 0.52, 30: 1.0, 65: (1 + 4e-6) / 2, 100: 4e-6, 200: 4e-6}),
    (s.WarmUp(4, start=0.0), {0: 0.0, 1: 0.25, 4: 1.0, 9: 1.0}),
    (s.WarmUp(4, then=s.Step(2, gamma=0.5), start=0.5), {0: 0.5, 2: 0.75, 4: 1.0, 5.5: 1.0, 6: 0.5}),
]


@pytest.mark.parametrize(("schedule", "points"), VALUES, ids=[repr(schedule) for schedule, _ in VALUES])
def test_factor_at_time(schedule, points):
    """The factor at each time is the one worked out by hand."""
    for t, factor in points.items():
        assert schedule(t) == pytest.approx(factor, rel=1e-12, abs=1e-15), t


@pytest.mark.parametrize(("schedule", "points"), VALUES, ids=[repr(schedule) for schedule, _ in VALUES])
def test_schedules_remember_nothing(schedule, points):
    """Asked again in another order, or as a copy, a schedule answers the same to the bit, from 0 to 1."""
    times = [k / 7 for k in range(500)]
    forwards = [schedule(t) for t in times]
    copy = pickle.loads(pickle.dumps(schedule))
    assert [copy(t) for t in reversed(times)] == forwards[::-1]
    assert all(0.0 <= factor <= 1.0 + 1e-15 for factor in forwards)
    assert copy == schedule
    assert repr(copy) == repr(schedule)


MISTAKES = [
    (lambda: s.Constant(-1.0), "factor must be at least 0 and finite, not -1.0"),
    (lambda: s.Step(0), "every must be above 0 and finite, not 0"),
    (lambda: s.Step(10, gamma=-0.1), "gamma must be at least 0 and finite, not -0.1"),
    (lambda: s.Exponential(math.nan), "gamma must be at least 0 and finite, not nan"),
    (lambda: s.Linear(-1), "epochs must be above 0 and finite, not -1"),
    (lambda: s.Linear(1, start=-1.0), "start must be at least 0 and finite, not -1.0"),
    (lambda: s.Linear(1, end=math.inf), "end must be at least 0 and finite, not inf"),
    (lambda: s.Cosine(0), "period must be above 0 and finite, not 0"),
    (lambda: s.Cosine(1, multiplier=0.5), "multiplier must be at least 1 and finite, not 0.5"),
    (lambda: s.Cosine(1, low=2.0), "low must be from 0 to 1 and finite, not 2.0"),
    (lambda: s.Triangular(0), "period must be above 0 and finite, not 0"),
    (lambda: s.Triangular(1, low=-0.5), "low must be from 0 to 1 and finite, not -0.5"),
    (lambda: s.OneCycle(0), "epochs must be above 0 and finite, not 0"),
    (lambda: s.OneCycle(10, rise=1.0), "rise must be between 0 and 1 and finite, not 1.0"),
    (lambda: s.OneCycle(10, start=2.0), "start must be from 0 to 1 and finite, not 2.0"),
    (lambda: s.OneCycle(10, end=-1.0), "end must be from 0 to 1 and finite, not -1.0"),
    (lambda: s.WarmUp(0), "epochs must be above 0 and finite, not 0"),
    (lambda: s.WarmUp(1, start=2.0), "start must be from 0 to 1 and finite, not 2.0"),
]


@pytest.mark.parametrize(("mistake", "message"), MISTAKES)
def test_mistakes_are_explained(mistake, message):
    """A setting out of its range is a ValueError with the name, the range and the value."""
    with pytest.raises(ValueError, match=message):
        mistake()
