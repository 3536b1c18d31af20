"""Notebooks as files: their code cells, and the tasks that tagged cells bear."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import LoadError

TAG = "exercise"
"""The tag of a cell that holds an answer."""
OURS = "microgradx"
"""The entry of a tagged cell's metadata: {"kind": …, "seed": …, "marks": 1, "answer": "answer"}."""
_LARGEST = 50_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell."""

    id: str
    source: str
    tagged: bool
    ours: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Assigned:
    """What one tagged cell asks: an exercise, the marks for it, and the variable that holds the answer."""

    cell: str
    kind: str
    seed: int
    marks: float
    variable: str


def code_cells(path: str | os.PathLike[str]) -> list[Cell]:
    """Return the code cells of a notebook of format 4; LoadError for what is none."""
    file = Path(path)
    if not file.is_file():
        raise LoadError(f"there is no notebook {str(file)!r}")
    if file.stat().st_size > _LARGEST:
        raise LoadError(f"{str(file)!r} has more than {_LARGEST // 1_000_000} MB: clear its outputs")
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as problem:
        raise LoadError(f"{str(file)!r} is no notebook: {problem}") from None
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or content.get("nbformat") != 4:
        raise LoadError(f"{str(file)!r} is no notebook of format 4")
    found = [_cell(cell, i) for i, cell in enumerate(cells) if isinstance(cell, dict)]
    return [cell for cell in found if cell is not None]


def _cell(cell: dict[str, Any], i: int) -> Cell | None:
    if cell.get("cell_type") != "code":
        return None
    source = cell.get("source", "")
    text = "".join(map(str, source)) if isinstance(source, list) else str(source)
    metadata = cell.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    tags, ours = metadata.get("tags"), metadata.get(OURS)
    tagged = isinstance(tags, list) and TAG in tags
    return Cell(str(cell.get("id") or f"cell {i + 1}"), text, tagged, ours if isinstance(ours, dict) else {})


def assigned(cells: Sequence[Cell]) -> list[Assigned]:
    """Return what the tagged cells ask; LoadError for metadata that ask nothing."""
    return [_assigned(cell) for cell in cells if cell.tagged]


def _assigned(cell: Cell) -> Assigned:
    kind, seed, marks = cell.ours.get("kind"), cell.ours.get("seed", 0), cell.ours.get("marks", 1)
    variable = cell.ours.get("answer", "answer")
    for name, x, types in (("kind", kind, str), ("seed", seed, int), ("marks", marks, int | float)):
        if not isinstance(x, types) or isinstance(x, bool):
            raise LoadError(
                f'{cell.id}: the cell is tagged "{TAG}", but its metadata have the {name} {x!r}; they are to be as '
                f'{{"{OURS}": {{"kind": "neuron-value", "seed": 1, "marks": 1}}}}'
            )
    if not 0 <= marks <= 1000:
        raise LoadError(f"{cell.id}: marks are from 0 to 1000, not {marks!r}")
    if not isinstance(variable, str) or not variable.isidentifier():
        raise LoadError(f"{cell.id}: {variable!r} is no name of a variable")
    return Assigned(cell.id, str(kind), int(seed), float(marks), variable)


def place(task: Assigned, cells: Sequence[Cell]) -> int | None:
    """Return where a task is answered: in the cell with its id, else in the first tagged one that bears its exercise.

    Some programs give cells new ids when they save a notebook. The task stays the one that was assigned.
    """
    for i, cell in enumerate(cells):
        if cell.id == task.cell:
            return i
    for i, cell in enumerate(cells):
        if cell.tagged and (cell.ours.get("kind"), cell.ours.get("seed", 0)) == (task.kind, task.seed):
            return i
    return None
