"""What was observed of one engine beside what ours gives, and the verdicts drawn from it so far."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from ..engine import Value
from .experiments import experiments
from .programs import Numbers
from .watch import Observation

OK, WRONG, MISSING, SKIPPED, DIFFERS = "ok", "WRONG", "missing", "not judged", "differs"
_TOLERANCE = 1e-9


class Check(NamedTuple):
    """One line of the report: what was tried, the verdict, and what was seen or why it was not judged."""

    name: str
    verdict: str
    detail: str = ""


class Bug(NamedTuple):
    """A bug by its kind, what shows it, and what to write instead."""

    kind: str
    evidence: tuple[str, ...]
    advice: str


class Case:
    """Observations by the keys of `experiments`, what is right for each, and the verdicts."""

    def __init__(self, seen: Mapping[str, Observation]) -> None:
        self.seen = seen
        programs = experiments()
        self.expected: dict[str, Numbers] = {key: programs[key](Value) for key in seen}
        self.checks: list[Check] = []
        self.bugs: dict[str, Bug] = {}
        self.broken: set[str] = set()
        """Keys of checks and texts of operations that failed, on which others depend."""
        self.missing: set[str] = set()
        """Texts of operations that are not there."""

    def right(self, key: str) -> bool:
        """Return whether an experiment gave the numbers that it should."""
        return not self.seen[key].error and close(self.seen[key].numbers, self.expected[key])

    def told(self, key: str, program: str) -> str:
        """Return in words what an experiment gave beside what it should give."""
        seen = self.seen[key]
        if seen.error:
            return f"{program}: {seen.failure}"
        wrong = [
            f"{name} is {seen.numbers[name]:.6g}, should be {right:.6g}"
            for name, right in self.expected[key].items()
            if not near(seen.numbers[name], right)
        ]
        return f"{program}: {'; '.join(wrong)}"

    def passed(self, name: str, detail: str = "") -> None:
        """Record a check that is right."""
        self.checks.append(Check(name, OK, detail))

    def failed(self, name: str, bug: str, evidence: str, advice: str, *keys: str) -> None:
        """Record a check that is wrong and the bug that it shows; `keys` are what must not be relied on now."""
        self.checks.append(Check(name, WRONG, f"{bug}: {evidence}"))
        before = self.bugs.get(bug, Bug(bug, (), ""))
        advices = [each for each in before.advice.split("; and ") if each and each != advice]
        self.bugs[bug] = Bug(bug, (*before.evidence, evidence), "; and ".join([*advices, advice]))
        self.broken.update(keys)

    def skipped(self, name: str, why: str, *keys: str) -> None:
        """Record a check that cannot be judged, because of what failed before."""
        self.checks.append(Check(name, SKIPPED, why))
        self.broken.update(keys)

    def blocked(self, name: str, needs: Iterable[str], *keys: str) -> bool:
        """Return whether something that a check needs has failed, and if so record it as not judged."""
        missing = [need for need in needs if need in self.broken]
        if missing:
            self.skipped(name, f"it needs: {', '.join(missing)}", *keys)
        return bool(missing)


def near(a: float, b: float) -> bool:
    """Return whether two numbers agree but for rounding.

    >>> near(0.1 + 0.2, 0.3), near(1.0, 1.001)
    (True, False)
    """
    return math.isclose(a, b, rel_tol=_TOLERANCE, abs_tol=1e-12) or (math.isnan(a) and math.isnan(b))


def close(a: Mapping[str, float], b: Mapping[str, float]) -> bool:
    """Return whether two sets of numbers agree but for rounding."""
    return a.keys() == b.keys() and all(near(x, b[name]) for name, x in a.items())
