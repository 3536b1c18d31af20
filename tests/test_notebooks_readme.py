"""What notebooks/README.md tells a teacher is true: its code runs, and grading prints what it says."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from microgradx.__main__ import main

from .notebooks import FOLDER, METADATA, code_cells, read, sections

TEXT = (FOLDER / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", TEXT, flags=re.MULTILINE | re.DOTALL)
KIM = {
    "04-c903": 'answer = dict.fromkeys(("z", "w", "b"), "(y - t) * y * (1 - y)") | {"y": "y - t"}',
    "04-c906": "1 / 0",
}


def test_the_code_runs() -> None:
    """Each Python block that is no command of a notebook runs."""
    blocks = [code for language, code in BLOCKS if language == "python" and not code.startswith("%")]
    assert blocks
    for code in blocks:
        exec(compile(code, "notebooks/README.md", "exec"), {"__name__": "__readme__"})


def test_grading_prints_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kim's notebook, with a factor dropped, a cell that errs and one not answered, gets the marks of the README."""
    monkeypatch.chdir(tmp_path)
    assignment = FOLDER / "04_backpropagation.ipynb"
    notebook = read(assignment)
    cells = [code_cells(notebook)[0], *sections(notebook)[-1].cells]
    for cell in cells:
        cell.source = KIM.get(cell.id, cell.source)
    Path("submissions").mkdir()
    nbformat.write(new_notebook(cells=cells, metadata=METADATA), "submissions/kim.ipynb")
    main(["grade", "submissions/kim.ipynb", "--assignment", str(assignment), "-o", "kim.json"])
    printed = capsys.readouterr().out.splitlines()
    (expected,) = (text for language, text in BLOCKS if language == "text")
    assert printed[: len(expected.splitlines())] == expected.splitlines()
    assert Path("kim.json").exists()
