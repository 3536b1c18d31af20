"""Formulas: nests as one writes them, such as  z1 = w1·x + b1."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..nests.nests import Plan, Space
from ..nests.reading import Read, destinations, is_over_a_block
from ..tape.tape import SUM, Ints
from .blocks import SOME
from .expressions import NAME, PRODUCT, SUM_OF, Factor, Written, applied, product_of, sum_of
from .naming import Names
from .orientation import ascends, orders, turned
from .step_names import BAR


class Oriented(NamedTuple):
    """How a nest is read: whether by the indices of labels; its axes in their order, [] as they are, None in none."""

    by_labels: bool
    axes: list[tuple[int, Ints]] | None


class Formulas:
    """Writes nests of a plan; what stands in `instead`, by the number of the block, is written in the block's place."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self._orientation: dict[int, Oriented] = {}
        self._by_labels = False  # whether the nest at hand is read so
        self.instead: dict[int, Written] = {}

    def line(self, i: int) -> tuple[str, str]:
        """Return the formula of nest i, and how many numbers or sums it is."""
        nest, axes = self._plan.nests[i], self._oriented(i).axes
        sign = "+=" if nest.out.space is Space.GRAD else "="
        out = self._names.outs[i] if axes is not None else in_another_order(self._names.outs[i])
        extents = [nest.extents[d] for d, _ in axes] if axes else nest.extents
        written, terms = self._written(i)
        return f"{out} {sign} {written.text}", _size(extents, terms)

    def expression(self, i: int) -> Written:
        """Return what nest i computes."""
        return self._written(i)[0]

    def _written(self, i: int) -> tuple[Written, int]:
        """Return what nest i computes, and how many terms that has: equal ones are written as one, with their count."""
        nest, found = self._plan.nests[i], self._names.reads[i]
        self._by_labels, axes = self._oriented(i)
        if axes:
            found = [turned(read, axes) for read in found]
        if nest.op == SUM:
            runs = self._gathered([run for read in found for run in self.runs(read)])
            terms = sum(1 if _is_repeated(run) else run.a.shape[-1] for run in runs)
            return sum_of([self._term(run) for run in runs], [run.sign for run in runs]), terms
        alike = is_over_a_block(nest.op)
        runs = [run for read in found for run in (self.runs(read) if alike else (read,))]
        return applied(nest.op, [self._factor(run.a, run.space).written for run in runs]), 1

    def _oriented(self, i: int) -> Oriented:
        """Return how nest i is read: by labels, if it reads or computes matrices whose indices stand in labels."""
        if i not in self._orientation:
            nest, ranks = self._plan.nests[i], None
            if by_labels := self._is_labelled(i):
                ranks = self._names.ranks(destinations(nest).reshape(nest.extents), nest.out.space)
            self._orientation[i] = Oriented(by_labels, [] if ranks is None else orders(ranks))
        return self._orientation[i]

    def _is_labelled(self, i: int) -> bool:
        nest = self._plan.nests[i]
        factors = [factor for read in self._names.reads[i] for run in self.runs(read) for factor in _factors(run)]
        both = [*factors, (nest.out.space, destinations(nest))]
        return any(x.size > 1 and self._names.are_labelled(x, space) for space, x in both)

    def operand(self, places: Ints, space: Space) -> Written:
        """Return numbers by the name of their block, or by what stands in its place."""
        owners = self._names.owners(places, space)
        if len(owners) == 1 and (found := self.instead.get(next(iter(owners)))):
            return found
        text = self._names.of(places, space)
        return Written(text, SUM_OF if text.startswith("−") else NAME)

    def runs(self, read: Read) -> Iterator[Read]:
        """Yield the terms in runs: in each they have factors of the same blocks."""
        factors = _factors(read)
        if all(len(self._names.owners(x, space)) == 1 for space, x in factors):
            yield read
            return
        n, begin = read.a.shape[-1], 0
        keys = [[self._names.owners(x[..., k], space) for space, x in factors] for k in range(n)]
        for k in range(1, n + 1):
            if k == n or keys[k] != keys[begin]:
                yield read.some(begin, k)
                begin = k

    def _gathered(self, runs: list[Read]) -> list[Read]:
        """Return runs with factors of the same blocks as one, in any order as in a sum; but equal terms apart."""
        found: dict[Any, Read] = {}
        for run in runs:
            blocks = [(space, self._names.owners(x, space)) for space, x in _factors(run)]
            key = (run.sign, *blocks)
            found[key] = found[key].joined(run) if key in found else run
        return [some for run in found.values() for some in run.apart()]

    def _term(self, run: Read) -> Written:
        """Return the product, or the sum of products, of a run of terms."""
        a, b, n = run.a, run.b, run.a.shape[-1]
        times = 1
        if _is_repeated(run):
            a, b, n, times = a[..., :1], None if b is None else b[..., :1], 1, n
        first = self._factor(a, run.space)
        if n > 1 and self._by_labels:
            tells = first  # the order of the terms, which constants do not
            if b is not None and run.second is not None and not first.is_laid_out:
                tells = self._factor(b, run.second)
            order = np.argsort(tells.places[(0,) * (a.ndim - 1)], kind="stable")
            a, b = a[..., order], None if b is None else b[..., order]
            first = self._factor(a, run.space)
        if b is not None and run.second is not None:
            found = product_of(first, self._factor(b, run.second))
        else:
            found = first.written if n == 1 else Written(f"Σ {first.written.within(PRODUCT)}", PRODUCT)
        return found if times == 1 else Written(f"{times}·{found.within(PRODUCT)}", PRODUCT)

    def _factor(self, places: Ints, space: Space) -> Factor:
        """Return numbers as a factor, by their indices; under their name alone only where these ascend."""
        written, constant = self.operand(places, space), self._names.are_constants(places, space)
        ranks = None if constant or not self._by_labels else self._names.ranks(places, space)
        if ranks is not None and not ascends(ranks) and written.binds == NAME:
            is_name = not self.instead.keys() & self._names.owners(places, space)
            written = Written(in_another_order(written.text) if is_name else f"({written.text}){SOME}")
        return Factor(written, places if ranks is None else ranks, not constant)


def _is_repeated(run: Read) -> bool:
    """Return whether a run is one term, several times."""
    return run.a.shape[-1] > 1 and all((x == x[..., :1]).all() for _, x in _factors(run))


def _factors(read: Read) -> list[tuple[Space, Ints]]:
    pairs = ((read.space, read.a), (read.second, read.b))
    return [(space, x) for space, x in pairs if space is not None and x is not None]


def in_another_order(name: str) -> str:
    """Return the name of numbers that are not read in the order of their indices."""
    return name.partition("[")[0] + SOME


def _size(extents: Sequence[int], terms: int) -> str:
    """Return how many numbers a nest computes, and of how many terms each is the sum."""
    extents = [n for n in extents if n > 1] or [1]
    plural = "" if extents == [1] else "s"
    what = f"sum{plural} of {terms} terms" if terms > 1 else f"number{plural}"
    return f"{' × '.join(map(str, extents))} {what}"


def aligned(lines: list[tuple[str, str]]) -> list[str]:
    """Return formulas with their sizes, one below the other."""
    width = min(max((_width(text) for text, _ in lines), default=0), 60)
    return [f"{text}{' ' * (width - _width(text))}   {size}" for text, size in lines]


def _width(text: str) -> int:
    return len(text) - text.count(BAR)
