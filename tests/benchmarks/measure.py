"""Contenders taking turns, and the tables that come of it: medians, quartiles and ratios."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from .plan import Contender, Figures, Timing


@dataclass(frozen=True)
class Table:
    """What a benchmark found, as text."""

    title: str
    header: list[str]
    rows: list[list[str]]


class Worker:
    """The process of one contender."""

    def __init__(self, contender: Contender) -> None:
        self.contender = contender
        command = [sys.executable, "-m", f"{__package__}.worker", contender.function]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ready: dict[str, Any] = self.answer()
        self.steps = 1
        self.times: list[float] = []

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def answer(self) -> Any:
        """Return the next thing that the process says."""
        assert self.process.stdout
        if not (line := self.process.stdout.readline()):
            raise RuntimeError(f"{self.contender.function} failed; what it said stands above")
        return json.loads(line)

    def batch(self) -> float:
        """Return the seconds that a step took on average over one batch."""
        assert self.process.stdin
        self.process.stdin.write(f"{self.steps}\n")
        self.process.stdin.flush()
        return float(self.answer())


def take_turns(benchmark: Timing, rounds: int, seconds: float) -> Table:
    """Let all contenders take `rounds` turns of about `seconds` each, every other round in reverse."""
    with ExitStack() as stack:
        workers = [stack.enter_context(Worker(contender)) for contender in benchmark.contenders]
        there = [worker for worker in workers if "missing" not in worker.ready]
        if benchmark.same:
            agree(there)
        for worker in there:
            worker.steps = max(1, round(seconds / worker.batch()))
        for turn in range(rounds):
            for worker in there if turn % 2 == 0 else there[::-1]:
                worker.times.append(worker.batch() * benchmark.scale / worker.contender.per)
    against = "times as long" if benchmark.cost else "times as fast"
    header = ["", f"median, {benchmark.unit}", "quartiles", against, "target"]
    return Table(benchmark.title, header, [row(worker, workers[0], benchmark.cost) for worker in workers])


def agree(workers: Sequence[Worker]) -> None:
    """Make sure that the first step gave the same result everywhere."""
    results = [worker.ready["first"] for worker in workers]
    if not all(math.isclose(result, results[0], rel_tol=1e-9) for result in results):
        raise RuntimeError(f"the contenders do not compute the same: {results}")


def row(worker: Worker, first: Worker, cost: bool) -> list[str]:
    """Return a contender's line; its ratio is the median of the ratios of the single rounds."""
    label, target = worker.contender.label, worker.contender.target
    if "missing" in worker.ready:
        return [label, worker.ready["missing"], "", "", ""]
    low, _, high = quantiles(worker.times, n=4, method="inclusive")
    ratios = [mine / its if cost else its / mine for mine, its in zip(worker.times, first.times, strict=True)]
    spread = f"{number(low)} – {number(high)}"
    ratio = median(ratios)
    return [label, number(median(worker.times)), spread, number(ratio), limit(target, ratio, most=cost)]


def report(benchmark: Figures, runs: int) -> Table:
    """Run each contender `runs` times in a fresh process and take the median of each figure."""
    found: list[list[dict[str, float]]] = [[] for _ in benchmark.contenders]
    for _ in range(runs):
        for samples, contender in zip(found, benchmark.contenders, strict=True):
            with Worker(contender) as worker:
                samples.append(worker.ready["figures"])
    names = list(found[0][0])
    rows = []
    for contender, samples in zip(benchmark.contenders, found, strict=True):
        figures = [median(sample[name] for sample in samples) for name in names]
        rows.append([contender.label, *map(number, figures), limit(contender.target, figures[0], most=True)])
    return Table(benchmark.title, ["", *names, "target"], rows)


def number(x: float) -> str:
    """Return x with three significant digits.

    >>> number(0.012345), number(12.345), number(1234.5)
    ('0.0123', '12.3', '1234')
    """
    return f"{x:.{max(0, 2 - math.floor(math.log10(abs(x))))}f}" if x else "0"


def limit(target: float | None, found: float, *, most: bool) -> str:
    """Return a target as the tables show it, and whether it was missed.

    >>> limit(5.0, 8.1, most=False), limit(150.0, 151.0, most=True)
    ('≥ 5', '≤ 150, missed')
    """
    if target is None:
        return ""
    missed = found > target if most else found < target
    return f"{'≤' if most else '≥'} {target:g}{', missed' if missed else ''}"
