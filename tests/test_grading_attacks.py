"""A notebook that attacks its grading gets 0 for the cell and a reason, and the rest is graded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from microgradx.grading import Marks, grade

from .test_grading import KIND, RIGHT, SHOWN, write

SECONDS = 4.0

ATTACKS = {
    "hangs, and cannot be interrupted": (
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "runs longer than 4 s",
    ),
    "ends its process": ("import os; os._exit(0)", "ends the notebook's process"),
    "kills who runs it": ("import os; os.kill(os.getppid(), 9)", "ends the process that runs the notebook"),
    "asks to end": ("exit()", "asks to end"),
    "raises SystemExit": ("raise SystemExit", "raises SystemExit"),
    "prints megabytes": ("print('x' * 30_000_000)", "prints more than 10 MB"),
    "overwrites Exercise.check": (
        "import microgradx.exercises as e\ne.Exercise.check = lambda self, a: None\n" + RIGHT,
        "overwrites the checker",
    ),
    "overwrites sys.modules": (
        "import sys\nfor name in list(sys.modules):\n    if name.startswith('microgradx'): sys.modules[name] = None",
        "the library cannot be used",
    ),
    "overwrites builtins": ("import builtins; builtins.globals = None; " + RIGHT, "the library cannot be used"),
    "overwrites what packs the answer": (
        "import microgradx.grading.plain as p; p.report = lambda *a: {'marks': 100}",
        "overwrites what reads the answer",
    ),
    "sends a report of its own": (
        "import microgradx.grading.plain as p\np.report = lambda *a: '{\"marks\": 100}'.encode().hex()",
        "overwrites the checker",
    ),
    "is no text": ("answer = '\ud800'", ""),
    "breaks the kernel for the next cell": ("get_ipython().kernel.do_execute = None", "after the cell"),
    "writes marks": ("open('marks.json', 'w').write('{\"marks\": 100}'); print('{\"marks\": 100}')", "assigns no"),
    "leaves an answer of a class of its own": (
        "class Float:\n    def __float__(self): raise KeyboardInterrupt\nanswer = {'z': Float(), 'a': 1}",
        "",
    ),
}


STRAY = "import time; time.sleep(600)  # a process that left its parents behind"
ORPHAN = f"""
import subprocess, sys
starter = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]], start_new_session=True)"
subprocess.run([sys.executable, "-c", starter, {STRAY!r}])
answer = {{"z": 4.5, "a": 4.5}}
"""


def test_no_process_is_left_behind(tmp_path: Path) -> None:
    """A process that the notebook has started ends with the grading, even if it has left its parents behind."""
    import psutil

    marks = grade(write(tmp_path / "a.ipynb", (ORPHAN, KIND)))
    assert marks.marks == 1.0
    assert not [p.pid for p in psutil.process_iter(["cmdline", "status"]) if STRAY in (p.info["cmdline"] or [])]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Marks:
    """Return the marks of a notebook in which all attacks stand, each followed by a right answer."""
    folder = tmp_path_factory.mktemp("graded")
    cells: list[tuple[str, dict[str, object] | None]] = [(SHOWN, None)]
    for attack, _ in ATTACKS.values():
        cells += [(attack, KIND), (RIGHT, KIND)]
    return grade(write(folder / "attacks.ipynb", *cells), timeout=SECONDS)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_0_and_a_reason(name: str, graded: Marks) -> None:
    """The cell gets 0 with the reason; the right answer after it gets its mark."""
    i = 2 * list(ATTACKS).index(name)
    attack, after = graded.cells[i : i + 2]
    assert attack.marks == 0.0
    assert ATTACKS[name][1] in attack.reason
    assert attack.reason
    assert after.marks == 1.0, after.reason


def test_the_whole_notebook_has_a_time(tmp_path: Path) -> None:
    """When the notebook's time is up, what has been run keeps its marks, and the rest says why it has none."""
    sleep = "import time; time.sleep(1000)"
    notebook = write(tmp_path / "a.ipynb", (SHOWN, None), (RIGHT, KIND), (sleep, KIND), (RIGHT, KIND))
    marks = grade(notebook, timeout=1000.0, total=12.0)
    assert [cell.marks for cell in marks.cells] == [1.0, 0.0, 0.0]
    assert "the notebook's time, 12 s, is up" in marks.cells[2].reason


def test_what_is_shown_cannot_steer_a_terminal(tmp_path: Path) -> None:
    """Names, errors and answers of the student come out on one line each, without control characters."""
    evil = "\x1b[31m\n"
    notebook = write(
        tmp_path / "a.ipynb", (f"raise ValueError({evil!r})", KIND), (f"answer = {{'z': {evil!r}, 'a': 1}}", KIND)
    )
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][0]["id"] = evil
    marks = grade(write(notebook, **content))
    assert "\x1b" not in str(marks)
    assert "\x1b" not in marks._repr_html_()
