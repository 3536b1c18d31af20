"""Timetables: which rows the next steps of training take, at which learning rate."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...train.settings import Settings
from ..backends.llvm.shuffle import LANES
from ..backends.llvm.training_loop import Loop
from ..tape.tape import Floats, Ints
from .gradient import CompiledGradient

AHEAD = 1 << 16
"""So many rows may be shuffled ahead of time, as several epochs take little more than one."""


class Timetable(NamedTuple):
    """Steps of training, as `llvm.batches` takes them.

    starts   (steps + 1,) step s takes the rows from starts[s] up to starts[s + 1] of `order`
    order    (rows,) the places of rows among those of their shape
    shape    (steps,) of which group the rows of a step are
    rates    (steps,) the learning rates
    """

    starts: Ints
    order: Ints
    shape: Ints
    rates: Floats

    def first(self, count: int) -> Timetable:
        """Return the first steps alone."""
        return Timetable(self.starts[: count + 1], self.order, self.shape[:count], self.rates[:count])


class Clock:
    """Makes timetables of a run: the same rows and rates that `Settings.batches` and `Settings.scale` give."""

    def __init__(self, gradient: CompiledGradient, settings: Settings, native: Loop) -> None:
        self._gradient, self._settings, self._native = gradient, settings, native
        self._rows, self.batches = gradient.count, settings.batch_count(gradient.count)
        self._known: tuple[int, Ints] = 0, np.empty((0, self._rows), np.int64)
        self._begins = np.empty(0, np.int64)  # where each batch of some epochs starts
        self._one_group, self._one_rate = _Same(), _Same()

    @property
    def size(self) -> int:
        """How many rows a batch has, if it is whole."""
        return min(self._settings.batch_size or self._rows, self._rows)

    def steps(self, epoch: int, batch: int, count: int, rate: float) -> Timetable:
        """Return the timetable of `count` steps from a batch of an epoch on, or of fewer.

        It ends before a batch whose rows differ in shape, and where the schedule, which is fixed, raises an error.
        """
        epochs = -(-(batch + count) // self.batches)
        if len(self._begins) <= batch + count:
            begins = np.arange(epochs + 1)[:, None] * self._rows + np.arange(self.batches) * self.size
            self._begins = begins.ravel()
        starts = self._begins[batch : batch + count + 1]
        order = self._order(epoch, epoch + epochs)
        shape, together = self._shapes(order, starts)
        rates = self._rates(epoch * self.batches + batch, together, rate)
        places = order if len(self._gradient.groups) == 1 else self._gradient.place[order]
        return Timetable(starts, places, shape, rates).first(len(rates))

    def _order(self, epoch: int, until: int) -> Ints:
        """Return the rows in the order of some epochs."""
        if self._settings.batch_size is None:
            return np.tile(np.arange(self._rows), until - epoch)
        first, known = self._known
        kept = known[epoch - first :] if first <= epoch else known[:0]
        if epoch + len(kept) < until:
            ahead = max(until, min(epoch + AHEAD // self._rows, epoch + LANES, self._settings.epochs))
            found = np.empty((ahead - epoch, self._rows), np.int64)
            found[: len(kept)] = kept
            seeds = [f"{self._settings.seed} {i}" for i in range(epoch + len(kept), ahead)]
            self._native.shuffle(found[len(kept) :], seeds)
            self._known, kept = (epoch, found), found
        return kept[: until - epoch].ravel()

    def _rates(self, first: int, count: int, rate: float) -> Floats:
        if self._settings.schedule is None:
            same: Floats = self._one_rate.times(rate * 1.0, count)
            return same
        found: list[float] = []
        for step in range(first, first + count):
            time = self._settings.time(*divmod(step, self.batches), self.batches)
            try:
                found.append(rate * self._settings.scale(time))
            except Exception:  # it is raised again when the steps before it are made, and Python makes this one
                break
        return np.array(found)

    def _shapes(self, order: Ints, starts: Ints) -> tuple[Ints, int]:
        """Return the group of each batch, and how many batches there are before one of several groups."""
        if len(self._gradient.groups) == 1:
            return self._one_group.times(0, len(starts) - 1), len(starts) - 1
        groups = self._gradient.group[order[starts[0] : starts[-1]]]
        lowest, highest = (f.reduceat(groups, starts[:-1] - starts[0]) for f in (np.minimum, np.maximum))
        mixed = np.flatnonzero(lowest != highest)
        return lowest, int(mixed[0]) if len(mixed) else len(lowest)


class _Same:
    """The same number so many times, as an array that is kept: system and cache take their time for a new one."""

    def __init__(self) -> None:
        self._found: Any = np.empty(0)

    def times(self, x: float, count: int) -> Any:
        """Return an array of x, (count,), which nobody may change."""
        if len(self._found) <= count or self._found[0] != x:
            self._found = np.full(count + 1, x)
        return self._found[:count]
