"""The notebooks run as their readers run them, in a kernel of their own, and keep the rules that make them a course."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import nbformat
import pytest

from .kernel import failures
from .notebooks import (
    COURSE,
    GUARD,
    TOOLS,
    code_cells,
    exercises,
    not_public,
    read,
    repeated_ids,
    share_of_one_line,
    stored,
    unproved,
)

NOTEBOOKS = [*COURSE, *TOOLS]
NEEDS = {"11_framework": "torch"}  # a large package that only this notebook is about


def test_there_is_a_notebook_for_each_lecture_topic_and_each_tool() -> None:
    """The course has its twelve notebooks, in order, and each way of seeing a gradient has its own."""
    course = """01_neuron 02_activations 03_losses 04_backpropagation 05_reuse 06_checking 07_training 08_data
        09_expressiveness 10_failures 11_framework 12_language_model"""
    tools = ["1_compare", "2_derive", "3_stepper", "4_pictures", "5_diagnose", "6_conformance"]
    assert [path.stem for path in COURSE] == course.split()
    assert [path.stem for path in TOOLS] == tools


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    """A notebook runs from top to bottom without an error or a warning, but for the cells that are to raise one."""
    needed = NEEDS.get(path.stem)
    if needed and importlib.util.find_spec(needed) is None:
        pytest.skip(f"{path.stem} is about {needed}, which is not installed")
    assert failures(read(path), tmp_path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_stores_only_its_source(path: Path) -> None:
    """A notebook is valid, and stores no outputs, no counts, no paths, and no kernel but python3."""
    notebook = read(path)
    nbformat.validate(notebook)
    assert stored(notebook) == []


def test_cells_have_names_of_their_own() -> None:
    """No two cells of all notebooks share an id, and the course's begin with the notebook's number."""
    assert repeated_ids([read(path) for path in NOTEBOOKS]) == []
    assert [
        c.id for path in COURSE for c in read(path).cells if not c.id.startswith(path.stem[:3].replace("_", "-"))
    ] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_begins_with_its_title_and_a_guarded_import(path: Path) -> None:
    """The first cell says what the notebook is about; the first code cell installs what is missing, and only then."""
    notebook = read(path)
    number = path.stem.split("_")[0].lstrip("0")
    assert notebook.cells[0].source.startswith(f"# {'Tool ' if path in TOOLS else ''}{number} · ")
    assert code_cells(notebook)[0].source == GUARD


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_the_public_interface_only(path: Path) -> None:
    """No cell uses a name of the library that is not public."""
    assert not_public(read(path)) == []


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_each_section_proves_its_claim(path: Path) -> None:
    """Each section ends with a cell that asserts its claim, under an id that the map of topics can name."""
    assert unproved(read(path)) == []


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_most_cells_are_one_line(path: Path) -> None:
    """At least half of the code cells, the guarded import aside, are one line of code."""
    assert share_of_one_line(read(path)) >= 0.5


@pytest.mark.parametrize("path", COURSE, ids=lambda path: path.stem)
def test_a_notebook_ends_with_three_exercises(path: Path) -> None:
    """The last section sets three different exercises."""
    found = exercises(read(path))
    assert len(found) == len(set(found)) == 3


@pytest.mark.parametrize("path", TOOLS, ids=lambda path: path.stem)
def test_a_tool_ends_with_exercises_and_folded_answers(path: Path) -> None:
    """The last cells are exercises, and answers that are folded and check themselves."""
    *_, exercises, attempt, answers = read(path).cells
    assert exercises.source.startswith("## Exercises")
    assert attempt.cell_type == answers.cell_type == "code"
    assert answers.metadata.jupyter.source_hidden
    assert "assert" in answers.source
    assert "assert" not in attempt.source, "an exercise that is not done yet must not stop the notebook"
