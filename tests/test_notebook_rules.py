"""The checks of the notebooks can fail: each is shown what it is to find, and what it is to let pass."""

from __future__ import annotations

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from .kernel import LIMIT, MAY_RAISE, failures
from .notebooks import (
    GUARD,
    METADATA,
    exercises,
    not_public,
    repeated_ids,
    share_of_one_line,
    stored,
    unproved,
)


def cell(source: str, name: str = "01-c01") -> NotebookNode:
    """Return a code cell."""
    return new_code_cell(source, id=name)


def text(source: str) -> NotebookNode:
    """Return a cell of text."""
    return new_markdown_cell(source)


@pytest.mark.parametrize(
    ("failing", "expected"),
    [
        (new_code_cell("1 / 0"), "ZeroDivisionError: division by zero"),
        (new_code_cell("import warnings\nwarnings.warn('old')"), "UserWarning: old"),
        (new_code_cell("1 / 1", id="c", metadata={"tags": [MAY_RAISE]}), "c: is to raise an error, and raises none"),
        (new_code_cell("while True:\n    pass"), "not done within 3 s"),
    ],
    ids=["an error", "a warning", "no error", "no end"],
)
def test_a_failing_cell_is_noticed(failing: NotebookNode, expected: str, tmp_path: Path) -> None:
    """A cell that raises, warns, never ends, or does not raise what it is to raise, each fail the check."""
    limit = 3.0 if "while" in failing.source else LIMIT
    assert failures(new_notebook(cells=[failing]), tmp_path, limit) == [expected]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"outputs": [{"output_type": "stream", "name": "stdout", "text": "1"}]}, ["c: outputs"]),
        ({"execution_count": 1}, ["c: an execution count"]),
        ({"source": "open('/home/kim/data.csv')"}, ["c: a path of one machine"]),
        ({}, []),
    ],
    ids=["outputs", "count", "path", "nothing"],
)
def test_what_a_run_leaves_is_noticed(change: dict[str, object], expected: list[str]) -> None:
    """Outputs, counts and paths in a notebook fail the check, and a clean one passes."""
    changed = cell("1", "c")
    changed.update(change)
    assert stored(new_notebook(cells=[changed], metadata=METADATA)) == expected


def test_another_kernel_is_noticed() -> None:
    """A notebook that was saved with somebody's own kernel fails the check."""
    kernel = {"kernelspec": {**METADATA["kernelspec"], "name": "kims-environment"}}
    assert len(stored(new_notebook(metadata=kernel))) == 1


def test_a_repeated_id_is_noticed() -> None:
    """An id that stands in two notebooks is found."""
    assert repeated_ids([new_notebook(cells=[cell("1", "a")]), new_notebook(cells=[cell("2", "a")])]) == ["a"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("v._operands", ["_operands"]),
        ("mx._tools", ["_tools", "mx._tools"]),
        ("mx.engine.Value(1)", ["mx.engine"]),
        ("mx.nn.random()", ["mx.nn.random"]),
        ("from microgradx.engine import Value", ["from microgradx.engine"]),
        ("import microgradx.engine", ["microgradx.engine"]),
        ("%pip install x\nmx.nn.MLP(1, [1])(mx.Value(1.0)).data", []),
        ("self._mine = 1\nself._mine + type(self).__name__", []),
    ],
)
def test_what_is_not_public_is_noticed(source: str, expected: list[str]) -> None:
    """Private names and modules behind the door are found; public ones, and private ones of one's own, are not."""
    assert not_public(new_notebook(cells=[cell(source, "c")])) == [f"c: {each}" for each in expected]


@pytest.mark.parametrize(
    ("source", "name", "good"),
    [
        ("assert abs(x - 1) < 1e-9", "01-small", True),
        ("mx.compare(L, hand).assert_ok()", "01-by-hand", True),
        ("assert abs(x - 1) < 1e-9", "01-c07", False),
        ("assert True", "01-small", False),
        ("x == 1", "01-small", False),
        ("try:\n    assert x\nexcept AssertionError:\n    pass", "01-small", False),
    ],
)
def test_a_section_without_a_proof_is_noticed(source: str, name: str, good: bool) -> None:
    """A section's last cell must have a claim's id and assert something computed; only the exercises need not."""
    cells = [text("# 1 · T"), text("## A\n\nText."), cell("x = 1", "01-c01"), cell(source, name)]
    assert (not unproved(new_notebook(cells=[*cells, text("## Exercises"), cell("1", "01-c09")]))) is good
    assert unproved(new_notebook(cells=[text("## A"), text("## B"), cell("assert x", "01-b")])) != []


def test_lines_and_exercises_are_counted() -> None:
    """Comments and blank lines are no lines of code, and what an exercise is called with tells it from others."""
    cells = [
        cell(GUARD),
        cell("# why\n\nx", "01-c02"),
        cell("a = 1\nb = 2", "01-c03"),
        text("## Exercises"),
        cell("mx.exercise('path', seed=1)", "01-c04"),
    ]
    assert share_of_one_line(new_notebook(cells=cells)) == 2 / 3
    assert exercises(new_notebook(cells=cells)) == ["'path', 1"]
