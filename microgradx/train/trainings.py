"""Which threads are training which parameters: two at once would undo each other's steps."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..engine import Value
from ..optimizer import Optimizer


class _Training:
    """A training that runs: the thread that it runs in, and its parameters, group by group."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.thread = threading.current_thread()
        self.groups: list[Sequence[Value]] = [group["params"] for group in optimizer.param_groups]

    def shares(self, other: _Training) -> bool:
        """Return whether another one has some of its parameters."""
        if any(mine is theirs for mine in self.groups for theirs in other.groups):
            return True
        own = {v for group in self.groups for v in group}
        return not all(own.isdisjoint(group) for group in other.groups)


class Trainings:
    """The trainings that run in this process, in the order in which they began. It needs no lock, also over a fork.

    >>> from microgradx.optim import SGD
    >>> v, trainings = Value(1.0), Trainings()
    >>> with trainings.on(SGD([v], lr=0.1)), trainings.on(SGD([v], lr=0.1)):  # as a callback may do, in the same thread
    ...     pass
    """

    def __init__(self) -> None:
        self._running: list[_Training] = []

    @contextmanager
    def on(self, optimizer: Optimizer) -> Iterator[None]:
        """Train the parameters of an optimiser. RuntimeError if another thread has begun to train some of them."""
        training, running = _Training(optimizer), self._running
        try:
            running.append(training)
            before = running[: running.index(training)]
            for other in before:
                thread = other.thread  # none but the one that forked is still there in a forked process
                if thread is not training.thread and thread in threading.enumerate() and training.shares(other):
                    raise RuntimeError(
                        f"the thread {thread.name!r} is training these parameters, and each would undo the steps of "
                        f"the other; train one after the other, or make a model in each thread"
                    )
            yield
        finally:
            if training in running:
                running.remove(training)


TRAININGS = Trainings()
"""Those of this process."""
