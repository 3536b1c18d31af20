"""Marks and feedback on a notebook, as text and as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ..files import write_atomically
from ..reports import Heading, Paragraph, Passage, Report, Table
from ..tables import Line, printable

_HEADER = ("cell", "exercise", "marks", "")


@dataclass(frozen=True, slots=True)
class CellMark:
    """The marks for one cell: what it asks, what was got of how much, the reason, and what is said of each answer.

    `feedback` has a dictionary for each answer: its name, the answer, the verdict, the remark.
    """

    cell: str
    kind: str
    seed: int
    marks: float
    of: float
    reason: str = ""
    feedback: tuple[dict[str, str], ...] = ()

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(row["verdict"] == "right" for row in self.feedback)


@dataclass(frozen=True, slots=True, repr=False)
class Marks(Report):
    """The marks for a notebook: `cells`, `notes` on what else happened, and sums; `str` and a notebook show them."""

    notebook: str
    assignment: str
    cells: tuple[CellMark, ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def marks(self) -> float:
        """The sum of all marks."""
        return round(sum(cell.marks for cell in self.cells), 2)

    @property
    def of(self) -> float:
        """The marks that could be had."""
        return round(sum(cell.of for cell in self.cells), 2)

    @property
    def json(self) -> str:
        """All of it as JSON."""
        return json.dumps(self._plain(), ensure_ascii=False, indent=2) + "\n"

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the JSON, whole or not at all."""
        write_atomically(path, self.json.encode())

    def _plain(self) -> dict[str, Any]:
        cells = [
            {
                "cell": cell.cell,
                "kind": cell.kind,
                "seed": cell.seed,
                "marks": cell.marks,
                "of": cell.of,
                "reason": cell.reason,
                "feedback": list(cell.feedback),
            }
            for cell in self.cells
        ]
        return {
            "notebook": self.notebook,
            "assignment": self.assignment,
            "marks": self.marks,
            "of": self.of,
            "cells": cells,
            "notes": list(self.notes),
        }

    def _heading(self) -> str:
        return f"{self.notebook}: {self.marks:g} of {self.of:g} marks"

    def _table(self) -> list[Line]:
        lines = []
        for cell in self.cells:
            about = cell.reason or f"{cell.right} of {len(cell.feedback)} right"
            shade = "" if cell.marks == cell.of else "bad"
            name = (printable(cell.cell, 40), f"{printable(cell.kind, 40)}, seed {cell.seed}")
            lines.append(Line((*name, f"{cell.marks:g} of {cell.of:g}", printable(about, 300)), "", shade))
        return lines

    def _remarks(self) -> Iterator[str]:
        for cell in self.cells:
            for row in cell.feedback:
                if row["verdict"] != "right" and not cell.reason:  # a cell without an answer is told in the table
                    remark = f": {row['remark']}" if row["remark"] else ""
                    yield f"{cell.cell}, {row['name']} = {row['answer']}: {row['verdict']}{remark}"
        yield from self.notes

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        yield Table(_HEADER, self._table())
        yield from map(Paragraph, self._remarks())
