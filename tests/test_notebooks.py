"""The notebooks run as their readers run them, in a kernel of their own, and store nothing that a run leaves behind."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
MAY_RAISE = "raises-exception"  # the tag by which Jupyter goes on after a cell that fails
STRICT = """
import warnings
warnings.simplefilter("error")
warnings.filterwarnings("ignore", module="ipykernel")  # its own shutdown warns, and would fail
del warnings
"""
OWN_PATH = re.compile(r"(?<![\w.])/(home|root|tmp|Users|work|private|mnt)/|[A-Za-z]:\\\\")


def read(path: Path) -> NotebookNode:
    """Return a notebook as it is stored."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def stored(notebook: NotebookNode) -> list[str]:
    """Return what a notebook stores that belongs to one run or to one machine."""
    found = [] if notebook.metadata == METADATA else [f"metadata: {notebook.metadata}"]
    for cell in notebook.cells:
        if cell.get("outputs"):
            found.append(f"{cell.id}: outputs")
        if cell.get("execution_count") is not None:
            found.append(f"{cell.id}: an execution count")
        if OWN_PATH.search(cell.source):
            found.append(f"{cell.id}: a path of one machine")
    return found


def failures(notebook: NotebookNode, folder: Path) -> list[str]:
    """Run a notebook in `folder`, warnings being errors, and return what went wrong.

    The kernel is the interpreter of this test, whatever kernels the user has installed, and without the user's
    IPython profile. It is reached over sockets of files: ports may be taken by a test beside this one.
    """
    notebook.cells.insert(0, new_code_cell(STRICT))
    with tempfile.TemporaryDirectory() as own:
        kernel = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
            connection_file=os.path.join(own, "kernel.json"),
            transport="tcp" if sys.platform == "win32" else "ipc",
        )
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | {"IPYTHONDIR": own, "PYTHONPATH": os.pathsep.join(paths)}
        client = NotebookClient(notebook, km=kernel, timeout=120, resources={"metadata": {"path": str(folder)}})
        try:
            client.execute(env=environment, cleanup_kc=True)
        except CellExecutionError as error:
            return [f"{error.ename}: {error.evalue}"]
    return [
        f"{cell.id}: is to raise an error, and raises {raised or 'none'}"
        for cell in notebook.cells
        if MAY_RAISE in cell.metadata.get("tags", [])
        for raised in [", ".join(output.ename for output in cell.outputs if output.output_type == "error")]
        if not raised or raised.endswith("Warning")
    ]


def test_there_is_a_notebook_for_each_section() -> None:
    """Each way of seeing a gradient has its notebook."""
    names = ["1_compare", "2_derive", "3_stepper", "4_pictures", "5_diagnose", "6_conformance"]
    assert [path.stem for path in NOTEBOOKS] == names


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path: Path, tmp_path: Path) -> None:
    """A notebook runs from top to bottom without an error or a warning, but for the cells that are to raise one."""
    assert failures(read(path), tmp_path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_stores_only_its_source(path: Path) -> None:
    """A notebook is valid, and stores no outputs, no counts, no paths, and no kernel but python3."""
    notebook = read(path)
    nbformat.validate(notebook)
    assert stored(notebook) == []
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_ends_with_exercises_and_folded_answers(path: Path) -> None:
    """The last cells are exercises, and answers that are folded and check themselves."""
    *_, exercises, attempt, answers = read(path).cells
    assert exercises.source.startswith("## Exercises")
    assert attempt.cell_type == answers.cell_type == "code"
    assert answers.metadata.jupyter.source_hidden
    assert "assert" in answers.source
    assert "assert" not in attempt.source, "an exercise that is not done yet must not stop the notebook"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (new_code_cell("1 / 0"), "ZeroDivisionError: division by zero"),
        (new_code_cell("import warnings\nwarnings.warn('old')"), "UserWarning: old"),
        (new_code_cell("1 / 1", id="c", metadata={"tags": [MAY_RAISE]}), "c: is to raise an error, and raises none"),
    ],
    ids=["an error", "a warning", "no error"],
)
def test_a_failing_cell_is_noticed(cell: NotebookNode, expected: str, tmp_path: Path) -> None:
    """A cell that raises, one that warns, and one that does not raise what it is to raise, each fail the check."""
    assert failures(new_notebook(cells=[cell]), tmp_path) == [expected]


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
    cell = new_code_cell("1", id="c")
    cell.update(change)
    assert stored(new_notebook(cells=[cell], metadata=METADATA)) == expected


def test_another_kernel_is_noticed() -> None:
    """A notebook that was saved with somebody's own kernel fails the check."""
    kernel = {"kernelspec": {**METADATA["kernelspec"], "name": "kims-environment"}}
    assert len(stored(new_notebook(metadata=kernel))) == 1
