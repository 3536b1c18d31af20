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

from .kinds import Contender, Figures, Ratio, Timing


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
        arguments = json.dumps(contender.arguments)
        command = [sys.executable, "-m", f"{__package__}.worker", contender.function, arguments]
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
            for _ in range(2):  # the first step may do what later ones need not
                worker.steps = max(1, round(seconds / worker.batch()))
        for turn in range(rounds):
            for worker in there if turn % 2 == 0 else there[::-1]:
                worker.times.append(worker.batch() * benchmark.scale / worker.contender.per)
    against = "times as fast" if benchmark.ratio == "speed" else "times as long"
    header = ["", f"median, {benchmark.unit}", "quartiles", against, "target"]
    return Table(benchmark.title, header, [row(worker, workers[0], benchmark.ratio) for worker in workers])


def agree(workers: Sequence[Worker]) -> None:
    """Make sure that the first step gave the same result everywhere: a number, or a list of them."""
    results = {worker.contender.label: numbers(worker.ready["first"]) for worker in workers}
    for label, result in results.items():
        for other in results.values():
            scale = max(map(abs, other), default=0.0)
            differences = [abs(x - y) for x, y in zip(result, other, strict=True)]
            if not all(difference <= 1e-9 * scale for difference in differences):
                shown = {label: result[:3] for label, result in results.items()}
                raise RuntimeError(f"the contenders do not compute the same, {label} differs: {shown}")


def numbers(result: Any) -> list[float]:
    """Return a result as a list."""
    return result if isinstance(result, list) else [result]


def row(worker: Worker, first: Worker, ratio: Ratio) -> list[str]:
    """Return a contender's line; its ratio is the median of the ratios of the single rounds."""
    label = worker.contender.label
    if "missing" in worker.ready:
        return [label, worker.ready["missing"], "", "", ""]
    low, _, high = quantiles(worker.times, n=4, method="inclusive")
    line = [label, number(median(worker.times)), f"{number(low)} – {number(high)}"]
    if not first.times:
        return [*line, "", ""]
    both = zip(worker.times, first.times, strict=True)
    found = median(its / mine if ratio == "speed" else mine / its for mine, its in both)
    return [*line, number(found), limit(worker.contender, found)]


def report(benchmark: Figures, runs: int) -> Table:
    """Run each contender `runs` times in a fresh process and take the median of each figure."""
    found: list[list[dict[str, float]]] = [[] for _ in benchmark.contenders]
    missing: dict[str, str] = {}
    for _ in range(runs):
        for samples, contender in zip(found, benchmark.contenders, strict=True):
            with Worker(contender) as worker:
                if "missing" in worker.ready:
                    missing[contender.label] = worker.ready["missing"]
                else:
                    samples.append(worker.ready["figures"])
    names = list(dict.fromkeys(name for samples in found if samples for name in samples[0]))
    for name in benchmark.same:
        agree_on(name, [samples[0][name] for samples in found if samples and name in samples[0]])
    rows = []
    for contender, samples in zip(benchmark.contenders, found, strict=True):
        if samples:
            figures = {name: median(sample[name] for sample in samples) for name in samples[0]}
            cells = [number(figures[name]) if name in figures else "" for name in names]
            cells.append(limit(contender, figures[names[0]]))
        else:
            cells = [missing[contender.label], *[""] * len(names)]
        rows.append([contender.label, *cells])
    return Table(benchmark.title, ["", *names, "target"], rows)


def agree_on(name: str, figures: Sequence[float]) -> None:
    """Make sure that a figure is the same for all contenders that report it."""
    if not all(math.isclose(x, figures[0], rel_tol=1e-9) for x in figures):
        raise RuntimeError(f"the contenders do not compute the same: {name} is {figures}")


def number(x: float) -> str:
    """Return x with three significant digits.

    >>> number(0.012345), number(12.345), number(1234.5)
    ('0.0123', '12.3', '1234')
    """
    return f"{x:.{max(0, 2 - math.floor(math.log10(abs(x))))}f}" if x else "0"


def limit(contender: Contender, found: float) -> str:
    """Return what a contender is held to as the tables show it, and whether it was missed.

    >>> limit(Contender("", "", least=5.0), 8.1), limit(Contender("", "", most=150.0), 151.0)
    ('≥ 5', '≤ 150, missed')
    """
    least, most = contender.least, contender.most
    if least is not None:
        return f"≥ {least:g}{', missed' if found < least else ''}"
    return "" if most is None else f"≤ {most:g}{', missed' if found > most else ''}"
