"""What a study found: the results of its runs, their means and spreads, as text, HTML and a plot."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping
from math import isfinite, nan
from typing import Any

from ..names import brief
from ..numbers import real
from ..reports import Heading, Paragraph, Passage, Report, Table
from ..tables import Line
from ..train import History

HEADER = ("", "runs", "mean", "spread", "least", "median", "largest")
TAKES = "a number, a list of numbers (one an epoch), a History, or a dictionary from names to numbers or lists of them"


class Study(Report):
    """What `study` found: `results`, from each seed to what train(seed) returned, in the order of the seeds.

    `failures` holds the errors of the runs that failed, by their seeds, and `stopped` says why runs are missing, if
    Ctrl-C ended the study. A run's quantities are the numbers that it returned, by name: "result" if there was one
    number without a name; of a series, such as a History's "loss", the last entry counts.

    >>> from microgradx import study
    >>> found = study(lambda seed: {"loss": seed / 4, "accuracy": 1.0}, range(5))
    >>> found.mean("loss"), round(found.spread("loss"), 4), found.quantile(0.5, "loss")
    (0.5, 0.3953, 0.5)
    """

    def __init__(
        self, results: Mapping[Any, Any], failures: Mapping[Any, BaseException] | None = None, stopped: str = ""
    ) -> None:
        self.results = dict(results)
        self.failures = dict(failures or {})
        self.stopped = stopped
        self._runs = [quantities(result) for result in self.results.values()]

    @property
    def names(self) -> list[str]:
        """The names of all quantities, in the order in which the runs gave them."""
        return list(dict.fromkeys(name for run in self._runs for name in run))

    def series(self, name: str | None = None) -> list[list[float]]:
        """Return a quantity of each run that has it, as one number an epoch; a plain number is a series of one.

        Without a name, of the only quantity; ValueError if there are several, or none of that name.
        """
        names = self.names
        if name is None and len(names) > 1:
            raise ValueError(f"the runs have several quantities; give the name of one: {', '.join(map(repr, names))}")
        name = names[0] if name is None and names else name
        found = [run[name] for run in self._runs if name in run] if name is not None else []
        if not found:
            raise ValueError(f"no run has {name!r}; there is {', '.join(map(repr, names)) or 'nothing'}")
        return found

    def numbers(self, name: str | None = None) -> list[float]:
        """Return a quantity of each run that has it, in the order of the seeds: of a series its last entry."""
        return [run[-1] for run in self.series(name)]

    def mean(self, name: str | None = None) -> float:
        """Return the mean x̄ = (1/n) Σ xᵢ of a quantity over the runs."""
        numbers = self.numbers(name)
        return statistics.fmean(numbers) if all(map(isfinite, numbers)) else sum(numbers) / len(numbers)

    def spread(self, name: str | None = None) -> float:
        """Return the sample standard deviation √(Σ (xᵢ − x̄)² / (n − 1)); NaN for one run, or if any is not finite."""
        numbers = self.numbers(name)
        return statistics.stdev(numbers) if len(numbers) > 1 and all(map(isfinite, numbers)) else nan

    def quantile(self, q: float, name: str | None = None) -> float:
        """Return the number below which a share q of the runs lies, 0.5 for the median, by linear interpolation.

        0 gives the least, 1 the largest. ValueError unless 0 ≤ q ≤ 1.
        """
        if not 0.0 <= q <= 1.0:
            raise ValueError(f"a quantile is of a share between 0 and 1, not {q!r}")
        ordered = sorted(self.numbers(name))
        if any(x != x for x in ordered):
            return nan
        place = q * (len(ordered) - 1)
        below = int(place)
        low, high, part = ordered[below], ordered[min(below + 1, len(ordered) - 1)], place - below
        return low if low == high or not part else low + part * (high - low)

    def __len__(self) -> int:
        return len(self.results)

    def _heading(self) -> str:
        n = len(self) + len(self.failures)
        failed = f", {len(self.failures)} of them failed" if self.failures else ""
        return f"Study of {n} run{'' if n == 1 else 's'}{failed}"

    def _lines(self) -> list[Line]:
        return [
            Line((name, str(len(self.numbers(name))), *(f"{x:.4g}" if x == x else "–" for x in self._figures(name))))
            for name in self.names
        ]

    def _figures(self, name: str) -> Iterator[float]:
        yield from (self.mean(name), self.spread(name), *(self.quantile(q, name) for q in (0.0, 0.5, 1.0)))

    def remarks(self) -> Iterator[str]:
        """Yield what the results do not tell: the runs that failed, and why others are missing."""
        for seed, error in self.failures.items():
            yield f"seed {seed!r} failed: {type(error).__name__}: {error}"
        if self.stopped:
            yield self.stopped

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        if self.names:
            yield Table(HEADER, self._lines(), "  ")
        yield from (Paragraph(remark, "  ") for remark in self.remarks())

    def plot(self, *names: str, ax: Any = None, log: bool = False) -> Any:
        """Plot quantities by name, the first if none is given, by matplotlib, and return the axes.

        Series are drawn over the epochs: each run as a thin line, their mean as a thick one, and a band of one spread
        to both sides; runs that stopped early count as long as they lasted. Numbers are drawn as one dot a run beside
        their mean and spread. `log` makes the axis of the quantities logarithmic.
        """
        from ..plots import spreads

        return spreads({name: self.series(name) for name in names or self.names[:1]}, ax=ax, log=log)


def quantities(result: Any) -> dict[str, list[float]]:
    """Return the series of a run by name; a number is a series of one. TypeError or ValueError for anything else.

    >>> quantities({"loss": [2.0, 1.0], "accuracy": 1})
    {'loss': [2.0, 1.0], 'accuracy': [1.0]}
    """
    if isinstance(result, History):
        named: Mapping[Any, Any] = dict(result.series())
    else:
        named = result if isinstance(result, Mapping) else {"result": result}
    if not named or any(isinstance(x, list | tuple) and not x for x in named.values()):
        raise ValueError(f"train(seed) returns {TAKES}, and there is not a single number in {brief(result)}")
    try:
        return {str(name): [real(e) for e in (x if isinstance(x, list | tuple) else [x])] for name, x in named.items()}
    except TypeError:
        raise TypeError(f"train(seed) returns {TAKES}, not {brief(result)}") from None
