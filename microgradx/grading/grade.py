"""grade: marks for a student's notebook."""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..errors import LoadError
from ..exercises import Exercise, Feedback, exercise
from ..tables import printable
from .marks import CellMark, Marks
from .notebook import Assigned, Cell, assigned, code_cells, place
from .plain import unpacked
from .supervise import Outcome, outcomes

Name = str | os.PathLike[str]


def grade(notebook: Name, assignment: Name | None = None, *, timeout: float = 60.0, total: float = 600.0) -> Marks:
    """Run a student's notebook in processes of its own, check the answers of its tagged cells, and return the marks.

    A cell that is graded has the tag "exercise" and the metadata {"microgradx": {"kind": …, "seed": …, "marks": 1}},
    and assigns its answers to the variable `answer` (or to the one that the metadata name: "answer": "mine"). Numbers
    and texts alone are taken from the student's process; they are checked here, where no code of the notebook runs.
    The marks of a cell are shared out evenly among what it asks.

    With `assignment`, the file that was handed out, tasks and marks are read there, and the cells of the student's file
    are found by their ids; without it they are those of the student's file, who may have changed them.

    A cell that raises, hangs, ends its process, prints too much or overwrites the checker gets 0 with the reason; after
    all but the first of these the notebook is run again without that cell, so that the rest is graded. `timeout` is the
    time of a cell, `total` that of all runs together, in seconds. Whatever a notebook does, it does with your rights:
    grade those of strangers in a container or as another user.

    LoadError for a file that is no notebook, or has no tagged cell, and for tasks that are none; ValueError unless
    both times are above 0; ImportError, which names the extra, without nbclient and ipykernel.
    """
    if not (timeout > 0 and total > 0):
        raise ValueError(f"timeout and total are times in seconds, above 0, not {timeout!r} and {total!r}")
    _require_kernels()
    cells = code_cells(notebook)
    tasks = assigned(code_cells(assignment) if assignment is not None else cells)
    if not tasks:
        where = notebook if assignment is None else assignment
        raise LoadError(f'{os.fspath(where)!r} has no cell with the tag "exercise", so there is nothing to grade')
    exercises = [_exercise(task) for task in tasks]
    places = [place(task, cells) for task in tasks]
    variables = {i: task.variable for task, i in zip(tasks, places, strict=True) if i is not None}
    ran = outcomes([(cell.source, variables.get(i)) for i, cell in enumerate(cells)], timeout=timeout, total=total)
    marks = [
        _marked(task, each, ran[i] if i is not None else Outcome(reason="the notebook has no such cell"))
        for task, each, i in zip(tasks, exercises, places, strict=True)
    ]
    given = "" if assignment is None else os.fspath(assignment)
    return Marks(os.fspath(notebook), given, tuple(marks), tuple(_notes(cells, ran, variables, given)))


def _require_kernels() -> None:
    try:
        import ipykernel  # noqa: F401  # only whether it is there
        import jupyter_client  # noqa: F401  # the same
    except ImportError:
        install = 'python -m pip install "microgradx[notebook]"'
        raise ImportError(f"grading runs notebooks in a kernel, which is not installed: {install}") from None


def _exercise(task: Assigned) -> Exercise:
    try:
        return exercise(task.kind, task.seed)
    except ValueError as problem:
        raise LoadError(f"{task.cell}: {str(problem).partition(chr(10))[0]}") from None


def _marked(task: Assigned, each: Exercise, outcome: Outcome) -> CellMark:
    """Return the marks for what a cell gave."""

    def nothing(reason: str) -> CellMark:
        return CellMark(task.cell, task.kind, task.seed, 0.0, task.marks, printable(reason, 500))

    if outcome.reason:
        return nothing(outcome.reason)
    try:
        _, answers, problem = unpacked(outcome.report)
        if problem:
            return nothing(problem)
        feedback = each.check(answers)
    except (ValueError, TypeError) as problem_here:
        return nothing(str(problem_here))
    reason = "" if feedback.answered else "not answered"
    marks = round(task.marks * feedback.score, 2)
    return CellMark(task.cell, task.kind, task.seed, marks, task.marks, reason, _rows(feedback))


def _rows(feedback: Feedback) -> tuple[dict[str, str], ...]:
    return tuple(
        {
            "name": row.question.name,
            "answer": "…" if row.answer is ... else printable(str(row.answer), 300),
            "verdict": row.verdict,
            "remark": printable(row.remark),
        }
        for row in feedback.rows
    )


def _notes(cells: Sequence[Cell], ran: Sequence[Outcome], variables: dict[int, str], given: str) -> list[str]:
    notes = [
        f"{cell.id}, which is not graded: {outcome.reason}"
        for i, (cell, outcome) in enumerate(zip(cells, ran, strict=True))
        if outcome.reason and i not in variables
    ]
    if not given:
        notes.append(
            "the tasks and their marks are those of this file: --assignment takes them from the one handed out"
        )
    return notes
