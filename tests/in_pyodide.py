"""Python as it runs in browsers: Pyodide in Node, with the wheels of microgradx and graphviz and nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def missing() -> str:
    """Return why there is no Pyodide to run, nothing if there is one."""
    if shutil.which("node") is None:
        return "needs the program node"
    found = subprocess.run(["node", "-e", "require.resolve('pyodide')"], capture_output=True)
    return "needs pyodide: npm install it, and set NODE_PATH to its node_modules" if found.returncode else ""


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, by its id."""

    id: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """What came of a notebook: which cells ran, the error of each that failed, and in which kinds each was shown."""

    ran: list[str]
    errors: dict[str, str]
    shown: dict[str, list[str]]


@dataclass(frozen=True)
class Session:
    """What came of each notebook by name, on which platform, and the modules that were loaded at the end."""

    platform: str
    modules: list[str]
    notebooks: dict[str, Outcome]


def wheels(folder: Path) -> list[Path]:
    """Write the wheel of this tree, by the build backend, and graphviz's, from its installed files; return both."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=HERE.parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    graphviz = folder / "graphviz-0-py3-none-any.whl"
    with zipfile.ZipFile(graphviz, "w") as archive:
        for file in distribution("graphviz").files or ():
            if "__pycache__" not in file.parts and ".." not in file.parts:
                archive.write(str(file.locate()), str(file))
    return [*folder.glob("microgradx-*.whl"), graphviz]


def run(archives: Sequence[Path], notebooks: Mapping[str, Sequence[Cell]]) -> Session:
    """Run notebooks, each with names of its own, in a Pyodide that has unpacked the wheels."""
    runner = (HERE / "pyodide_runner.py").read_text(encoding="utf-8")
    cells = {name: [vars(cell) for cell in found] for name, found in notebooks.items()}
    asked = json.dumps({"wheels": list(map(str, archives)), "runner": runner, "notebooks": cells})
    command = ["node", str(HERE / "pyodide.js")]
    done = subprocess.run(command, input=asked, capture_output=True, encoding="utf-8", timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return Session(found["platform"], found["modules"], {k: _outcome(v) for k, v in found["notebooks"].items()})


def _outcome(cells: list[dict[str, Any]]) -> Outcome:
    errors = {cell["id"]: cell["error"] for cell in cells if cell["error"]}
    return Outcome([cell["id"] for cell in cells], errors, {cell["id"]: cell["shown"] for cell in cells})
