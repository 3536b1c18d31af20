"""The report of a conformance run: the bugs by name, then every check, as text and as HTML."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from ..reports import Heading, Paragraph, Passage, Table, Verdict
from ..tables import Line
from .case import DIFFERS, MISSING, OK, SKIPPED, WRONG, Bug, Check

_SHOWN = 4
"""The most places at which one bug is shown."""
_HEADER = ("check", "verdict", "")
_SHADE = {OK: "", WRONG: "bad"}


class ConformanceReport(Verdict):
    """The `bugs` of an engine, each with what shows it and what to write instead, and all `checks`.

    True, and `ok`, if there are no bugs; operations that may be missing do not count. `str` gives text, a notebook
    shows HTML, `assert_ok` raises unless there are no bugs.
    """

    def __init__(self, engine: str, bugs: Sequence[Bug], checks: Sequence[Check]) -> None:
        self.engine = engine
        self.bugs = tuple(bugs)
        self.checks = tuple(checks)

    @property
    def ok(self) -> bool:
        """Whether no bug was found."""
        return not self.bugs

    def _heading(self) -> str:
        counts = Counter(check.verdict for check in self.checks)
        checks = ", ".join(f"{n} {verdict}" for verdict, n in counts.items())
        bugs = "no bugs" if self.ok else f"{len(self.bugs)} bug{'s' if len(self.bugs) > 1 else ''}"
        return f"{self.engine}: {bugs} (checks: {checks})"

    def _missing(self) -> str:
        bugs = {line for bug in self.bugs if bug.kind == "missing operation" for line in bug.evidence}
        names = [
            check.name.partition(":")[0]
            for check in self.checks
            if check.verdict == MISSING and not any(line.startswith(check.name.partition(":")[0]) for line in bugs)
        ]
        return f"not there, which is no bug: {', '.join(names)}" if names else ""

    def _remarks(self) -> Iterator[str]:
        if missing := self._missing():
            yield missing
        for check in self.checks:
            if check.verdict == DIFFERS:
                yield f"differs, which is no bug: {check.name}: {check.detail}"
        if unjudged := sum(check.verdict == SKIPPED for check in self.checks):
            yield f"{unjudged} checks need what is wrong above; run this again when it is mended"

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        for number, bug in enumerate(self.bugs, 1):
            yield Heading(f"{number}. {bug.kind}")
            yield from (Paragraph(line, "     ") for line in _evidence(bug))
            yield Paragraph(f"→ {bug.advice}", "   ")
        yield from map(Paragraph, self._remarks())
        lines = [
            Line((check.name, check.verdict, check.detail), "", _SHADE.get(check.verdict, "pale"))
            for check in self.checks
        ]
        yield Table(_HEADER, lines, summary=f"all {len(lines)} checks")


def _evidence(bug: Bug) -> list[str]:
    rest = len(bug.evidence) - _SHOWN
    return [*bug.evidence[:_SHOWN], *([f"and in {rest} more"] if rest > 0 else [])]
