"""What is made beside the calling thread is there when it is waited for, and memory left behind is nobody's twice."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm.memory import LINE, MOST, Spare, address
from microgradx.compile.training import groups, training


class Owner:
    """Something that needs memory."""


def test_spare_memory_has_one_owner() -> None:
    """Memory goes to the next owner when the one before has ended, and never to two; too much is not kept."""
    spare, owners = Spare(), [Owner() for _ in range(3)]
    rooms = [spare.numbers(owner, 100) for owner in owners]
    assert len({address(x) for x in rooms}) == 3
    owners.pop()
    assert address(spare.numbers(owners[0], 100)) == address(rooms[2])
    other = spare.numbers(Owner(), 99)
    assert (other.shape, address(other) % LINE) == ((99,), 0)
    large, owner = MOST // 8 + 1, Owner()
    spare.numbers(owner, large)
    del owner
    assert all(len(room.numbers) < large for room in spare._left)


def trained(X: Any, y: Any, threads: int | None = None, **settings: Any) -> list[float]:
    """Return the weights after a training."""
    w = [mx.Value(0.1 * i) for i in range(X.shape[1])]
    program = mx.compile(lambda x, y: (mx.dot(w, x) - y) ** 2, w, threads=threads)
    optimizer = mx.optim.SGD(lr=0.01)
    try:
        program.train(X, y, optimizer=optimizer, epochs=2, batch_size=16, progress=False, **settings)
    except ValueError as error:
        return [str(error), *[v.data for v in w]]  # type: ignore[list-item]
    return [v.data for v in w]


def rows(seed: int) -> tuple[Any, Any]:
    """Return rows and targets."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(64, 5)), rng.normal(size=64)


def test_training_is_the_same_however_inputs_are_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that are packed in another thread, in memory that others have left, train as those packed before."""
    expected = [trained(*rows(seed)) for seed in range(4)]
    monkeypatch.setattr(groups, "MANY", 0)
    assert [trained(*rows(seed)) for seed in range(4)] == expected


@pytest.mark.parametrize("many", [0, 1 << 17])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", [(0, 0), (37, 3), (63, 4)])
def test_what_is_not_finite_is_named(bad: float, place: Any, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that cannot be learnt from is named, wherever it stands, before any weight has changed."""
    monkeypatch.setattr(groups, "MANY", many)
    monkeypatch.setattr(training, "SOME", 40)
    X, y = rows(0)
    X[place] = bad
    error, *weights = trained(X, y)
    assert str(error).startswith(f"x[{place[0]}][{place[1]}] is {bad!r}, and only finite numbers")
    assert weights == [0.1 * i for i in range(5)]
    X, y = rows(0)
    y[place[0]] = bad
    assert str(trained(X, y)[0]).startswith(f"y[{place[0]}] is {bad!r}, and only finite numbers")


def test_a_schedule_that_changes_the_rows_is_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are those from before the first call of the user's code, also if nobody has packed them yet."""
    monkeypatch.setattr(groups, "MANY", 0)
    X, y = rows(1)

    def schedule(t: float) -> float:
        X[1:] = 0.0
        return 1.0

    before, ones = X.copy(), [1.0]
    assert trained(X, y, threads=1, schedule=schedule) == trained(before, y, threads=1, schedule=lambda t: ones[0])
    assert not X[1:].any()
