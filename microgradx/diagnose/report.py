"""The report of a diagnosis: findings with their remedies, and a table of the layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..reports import Heading, Paragraph, Passage, Table, Verdict
from ..tables import Line

HEADER = ("layer", "units", "activation", "dead", "saturated", "error signal z̄", "gradient norm")


class Finding(NamedTuple):
    """One thing that is wrong: its kind, where, what was seen, and the remedy."""

    kind: str
    where: str
    text: str
    remedy: str


class LayerRow(NamedTuple):
    """One layer: how many units, how many of them dead or saturated, and how large its gradients are.

    `signal` is the root of the mean of z̄² over units and examples, `gradient` the norm of the mean loss's gradient by
    the layer's parameters. `dead` and `saturated` are None where the layer's activation cannot be so.
    """

    layer: int
    units: int
    activation: str
    dead: int | None
    saturated: int | None
    signal: float
    gradient: float

    @property
    def cells(self) -> tuple[str, ...]:
        """The row as it is printed."""
        shares = [
            "–" if count is None else f"{count} of {self.units} ({count / self.units:.0%})"
            for count in (self.dead, self.saturated)
        ]
        return (
            str(self.layer),
            str(self.units),
            self.activation,
            *shares,
            f"{self.signal:.3g}",
            f"{self.gradient:.3g}",
        )


class Diagnosis(Verdict):
    """What `diagnose` found: `findings` with their remedies, `layers`, and `notes` on what could not be told.

    True, and `ok`, if there are no findings. `str` gives text, a notebook shows HTML, `assert_ok` raises with the
    text unless there are no findings.
    """

    def __init__(
        self, findings: Sequence[Finding], layers: Sequence[LayerRow], notes: Sequence[str], examples: int
    ) -> None:
        self.findings = tuple(findings)
        self.layers = tuple(layers)
        self.notes = tuple(notes)
        self.examples = examples

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not self.findings

    def _heading(self) -> str:
        count = len(self.findings)
        found = "nothing wrong" if self.ok else f"{count} finding{'s' if count > 1 else ''}"
        return f"{found}, over {self.examples} example{'s' if self.examples > 1 else ''}"

    def _rows(self) -> list[Line]:
        return [Line(row.cells, "", "bad" if row.dead or row.saturated else "") for row in self.layers]

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        if self.layers:
            yield Table(HEADER, self._rows())
        for number, finding in enumerate(self.findings, 1):
            yield Heading(f"{number}. {finding.kind}: {finding.where}")
            yield Paragraph(finding.text, "     ")
            yield Paragraph(f"→ {finding.remedy}", "   ")
        yield from (Paragraph(f"note: {note}") for note in self.notes)
