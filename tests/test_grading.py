"""Notebooks are graded: marks for right answers, reasons for the others, tasks from the file that was handed out."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.__main__ import main
from microgradx.errors import LoadError
from microgradx.grading import grade
from microgradx.grading.plain import checker, report, unpacked

KIND = {"kind": "neuron-value", "seed": 3}  # z = a = 4.5
SHOWN = "import microgradx as mx\none = mx.exercise('neuron-value', seed=3)\none"
RIGHT = "answer = {'z': 4.5, 'a': 'relu(z)'}\none.check(answer)"


def write(path: Path, *cells: tuple[str, dict[str, Any] | None], **entries: Any) -> Path:
    """Write a notebook of code cells, each given as its source and what its metadata say, None for a plain cell."""
    listed = [
        {
            "cell_type": "code",
            "id": f"c{i}",
            "source": source,
            "metadata": {} if ours is None else {"tags": ["exercise"], "microgradx": ours},
            "outputs": [],
            "execution_count": None,
        }
        for i, (source, ours) in enumerate(cells)
    ]
    content = {"cells": listed, "metadata": {}, "nbformat": 4, "nbformat_minor": 5} | entries
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_notebook_is_marked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Right answers get their marks, half right ones half of them, and open ones none, as text and as JSON."""
    notebook = write(
        tmp_path / "kim.ipynb",
        (SHOWN, None),
        (RIGHT, KIND | {"marks": 2}),
        ("answer = {'z': 4.5, 'a': 3}", KIND | {"marks": 3}),
        ("answer = {'z': ..., 'a': ...}\none.check(answer)", KIND),
        ("mine = {'z': 4.5, 'a': 4.5}", KIND | {"answer": "mine", "marks": 0.5}),
        ("import numpy as np\nz = mx.Value(4.5)\nanswer = {'z': np.float64(4.5), 'a': z}", KIND),
        ("1 / 0", KIND),
        ("1 / 0", None),
        ("mine = 1", KIND),
        ("answer = {'z': lambda w1: w1}", KIND),
        ("answer = {'q': 1}", KIND),
        ("answer = 4.5", KIND),
        ("answer = input()", KIND),
        ("await __import__('asyncio').sleep(0)\nanswer = {'z': float('nan'), 'a': 10**400}", KIND),
    )
    out = tmp_path / "marks.json"
    assert main(["grade", str(notebook), "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    found = json.loads(out.read_text(encoding="utf-8"))
    assert [cell["marks"] for cell in found["cells"]] == [2, 1.5, 0, 0.5, 1, 0, 0, 0, 0, 0, 0, 0]
    assert (found["marks"], found["of"]) == (5.0, 14.5)
    reasons = [
        "", "", "not answered", "", "", "the cell raises ZeroDivisionError: division by zero",
        "the cell assigns no 'answer'", "it is a function; write the formula as text", "'q' is not asked",
        "answers are given by name", "StdinNotImplementedError", "int is given",
    ]  # fmt: skip
    for cell, reason in zip(found["cells"], reasons, strict=True):
        assert (reason in cell["reason"]) if reason else not cell["reason"]
    assert found["cells"][1]["feedback"][1]["verdict"] == "WRONG"
    assert found["notes"][0] == "c7, which is not graded: the cell raises ZeroDivisionError: division by zero"
    assert "kim.ipynb: 5 of 14.5 marks" in printed
    wrong, unanswered = (found["cells"][i]["cell"] for i in (1, 2))
    assert f"\n{wrong}, a = " in printed
    assert f"\n{unanswered}, " not in printed, "the table says that it is not answered"
    assert re.search(r"c6 +neuron-value, seed 3 +0 of 1 +the cell raises ZeroDivisionError", printed)


def test_tasks_come_from_the_assignment(tmp_path: Path) -> None:
    """With the file that was handed out, changed tasks and marks in the student's file count for nothing."""
    handed = write(
        tmp_path / "original.ipynb", (SHOWN, None), ("answer = ...", KIND | {"marks": 2}), ("answer = ...", KIND), (
            "answer = ...", {"kind": "relative-error", "seed": 1})
    )  # fmt: skip
    content = json.loads(handed.read_text(encoding="utf-8"))
    cells = content["cells"]
    cells[1]["metadata"] = {"tags": ["exercise"], "microgradx": {"kind": "rms-norm", "seed": 1, "marks": 100}}
    cells[1]["source"] = ["answer = {'rms': 5}\n"]
    cells[2]["source"] = RIGHT
    cells[2]["metadata"] = {}
    cells[3]["source"] = "answer = {'passes': 'no'}"
    cells[3]["id"] = "another"
    student = write(tmp_path / "student.ipynb", cells=[*cells, {"cell_type": "markdown", "source": "x"}, {}])
    marks = grade(student, handed)
    assert [cell.kind for cell in marks.cells] == ["neuron-value", "neuron-value", "relative-error"]
    assert [(cell.marks, cell.of) for cell in marks.cells] == [(0, 2), (1, 1), (0.5, 1)]
    assert "'rms' is not asked" in marks.cells[0].reason
    assert marks.notes == ()
    assert "<td" in marks._repr_html_()
    del cells[1:]
    student = write(tmp_path / "short.ipynb", cells=cells)
    assert {cell.reason for cell in grade(student, handed).cells} == {"the notebook has no such cell"}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("no JSON", "is no notebook"),
        ("[]", "no notebook of format 4"),
        ('{"cells": [], "nbformat": 3}', "no notebook of format 4"),
        ("[" * 100_000, "is no notebook"),
        ('{"cells": [], "nbformat": 4}', 'no cell with the tag "exercise"'),
    ],
    ids=["text", "list", "old", "nested", "empty"],
)
def test_a_file_that_is_no_notebook_is_refused(
    content: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be graded gives exit status 1 and one message."""
    path = tmp_path / "a.ipynb"
    path.write_text(content, encoding="utf-8")
    assert main(["grade", str(path)]) == 1
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("ours", "expected"),
    [
        ({"kind": "no-such-kind"}, "no kind of exercise"),
        ({}, "the kind None"),
        (KIND | {"seed": 1.5}, "the seed 1.5"),
        (KIND | {"seed": True}, "the seed True"),
        (KIND | {"marks": "all"}, "the marks 'all'"),
        (KIND | {"marks": -1}, "from 0 to 1000"),
        (KIND | {"answer": "x; import os"}, "no name of a variable"),
    ],
)
def test_a_task_that_is_none_is_refused(ours: dict[str, Any], expected: str, tmp_path: Path) -> None:
    """Metadata that ask nothing are the teacher's mistake, and named with their cell."""
    with pytest.raises(LoadError, match=expected) as caught:
        grade(write(tmp_path / "a.ipynb", ("pass", ours)))
    assert str(caught.value).startswith("c0: ")


def test_a_missing_folder_is_made_before_the_notebook_is_run(tmp_path: Path) -> None:
    """Marks are written to a folder that need not be there; one that cannot be made is told at once."""
    assert main(["grade", str(tmp_path / "a.ipynb"), "-o", str(tmp_path / "none" / "marks.json")]) == 1
    assert (tmp_path / "none").is_dir()
    (tmp_path / "file").touch()
    assert main(["grade", str(tmp_path / "a.ipynb"), "-o", str(tmp_path / "file" / "marks.json")]) == 1


def test_times_are_above_0(tmp_path: Path) -> None:
    """A time that is none is refused, and so is a notebook that is not there."""
    with pytest.raises(ValueError, match="above 0"):
        grade(tmp_path / "a.ipynb", timeout=0)
    with pytest.raises(LoadError, match="there is no notebook"):
        grade(tmp_path / "a.ipynb")


class Evil:
    """An answer whose methods raise."""

    def __float__(self) -> float:
        raise SystemError("no")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"z": "x" * 1000}, "1000 characters"),
        (dict.fromkeys(range(100), 1), "100 entries"),
        ({1: 2}, "a name is a text"),
        (Evil(), "no"),
        ({"z": [1]}, "list is given"),
        ({"z": 1j}, "complex is given"),
    ],
)
def test_what_is_no_plain_data_is_not_taken(answer: Any, expected: str) -> None:
    """Lists, objects, and texts beyond measure are no answers; the reason says so."""
    untouched, taken, problem = unpacked(report("answer", {"answer": answer}))
    assert untouched
    assert taken is ...
    assert expected in problem


@pytest.mark.parametrize(
    "made",
    ["[", "[]", "3", '{"answer": [1, 2]}', '{"answer": {"z": {"number": "0x"}}}', '{"answer": {"z": [[]]}}',
     '{"answer": {"z": {"number": 5}}}', '{"answer": "z"}', "[" * 20_000, '{"answer": {"z": "' + "x" * 400 + '"}}'],
)  # fmt: skip
def test_what_is_no_report_is_refused(made: str) -> None:
    """Whatever the student's process sends instead of a report is refused, never believed."""
    with pytest.raises((ValueError, TypeError)):
        unpacked(made.encode().hex())
    with pytest.raises(ValueError, match="non-hexadecimal"):
        unpacked(made)
    with pytest.raises(ValueError, match="more than 100000 characters"):
        unpacked("00" * 100_000)


def test_a_changed_checker_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fingerprint differs once a function that checks answers is another one."""
    before = checker()
    assert checker() == before
    monkeypatch.setattr(mx.exercises.Exercise, "check", lambda self, answers: True)
    assert checker() != before
    assert not unpacked(json.dumps({"checker": before}).encode().hex())[0]
