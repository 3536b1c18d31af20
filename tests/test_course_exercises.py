"""The exercises at the end of the course's notebooks can be graded, and their answers are not in the files."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

import microgradx as mx
from microgradx.derive.typeset import text
from microgradx.exercises import KINDS
from microgradx.grading import grade
from microgradx.grading.notebook import Assigned, assigned, code_cells

from .notebooks import COURSE, read, sections

TOPICS = {kind.name: kind.notebook for kind in KINDS}


def tasks(path: Path) -> list[tuple[Assigned, str]]:
    """Return what the tagged cells of a notebook ask, and their sources."""
    cells = [cell for cell in code_cells(path) if cell.tagged]
    return [(task, cell.source) for task, cell in zip(assigned(cells), cells, strict=True)]


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_a_notebook_asks_three_exercises_on_its_topics(path: Path) -> None:
    """Each notebook has three tagged cells, on kinds of its own, in rising difficulty."""
    found = [task for task, _ in tasks(path)]
    assert len({task.kind for task in found}) == len(found) == 3
    assert {TOPICS[task.kind] for task in found} == {int(path.stem[:2])}
    levels = [mx.exercise(task.kind, task.seed).level for task in found]
    assert levels == sorted(levels)


def test_sections_to_read_again_are_there() -> None:
    """The section that an exercise names stands in its notebook."""

    def plain(tex: re.Match[str]) -> str:
        return text(tex[1].replace(r"\dots", "…").replace(r"\mathcal", ""))

    titles = {
        int(path.stem[:2]): {re.sub(r"\$(.+?)\$", plain, section.title) for section in sections(read(path))}
        for path in COURSE
    }
    assert not [(kind.name, kind.section) for kind in KINDS if kind.section not in titles[kind.notebook]]


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_answers_are_left_open(path: Path) -> None:
    """A tagged cell assigns dots to each name that its exercise asks, and then checks them."""
    for task, source in tasks(path):
        assignment, check = ast.parse(source).body
        assert isinstance(assignment, ast.Assign)
        assert ast.literal_eval(assignment.value) == dict.fromkeys(mx.exercise(task.kind, task.seed).asked, ...)
        assert ast.unparse(assignment.targets[0]) == task.variable
        assert ast.unparse(check).endswith(f".check({task.variable})")


def test_right_answers_get_all_marks_and_open_ones_none(tmp_path: Path) -> None:
    """All the course's exercises in one notebook: answered rightly, they get every mark; left as they are, none."""
    handed: list[dict[str, object]] = [_cell("start", "import microgradx as mx", {})]
    student: list[dict[str, object]] = list(handed)
    for path in COURSE:
        for task, source in tasks(path):
            asked = mx.exercise(task.kind, task.seed)._task.questions
            answers = {question.name: question.right for question in asked}
            metadata = {"tags": ["exercise"], "microgradx": {"kind": task.kind, "seed": task.seed, "marks": task.marks}}
            made = f"{source.rpartition('.check')[0].splitlines()[-1]} = mx.exercise({task.kind!r}, {task.seed})\n"
            handed.append(_cell(task.cell, made + source, metadata))
            student.append(_cell(task.cell, f"{made}answer = {answers!r}\nassert {made.split()[0]}.check(answer)", {}))
    files = {name: tmp_path / f"{name}.ipynb" for name in ("handed", "student")}
    for name, cells in (("handed", handed), ("student", student)):
        files[name].write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    full, none = grade(files["student"], files["handed"]), grade(files["handed"])
    assert full.marks == full.of == sum(task.marks for path in COURSE for task, _ in tasks(path))
    assert none.marks == 0.0
    assert {cell.reason for cell in none.cells} == {"not answered"}


def _cell(name: str, source: str, metadata: dict[str, object]) -> dict[str, object]:
    return {
        "cell_type": "code", "id": name, "source": source, "metadata": metadata, "outputs": [], "execution_count": None,
    }  # fmt: skip
