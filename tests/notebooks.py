"""The notebooks as data: which there are, how their sections are cut, and what breaks the rules that they keep."""

from __future__ import annotations

import ast
import re
import types
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

import microgradx as mx

FOLDER = Path(__file__).parents[1] / "notebooks"
COURSE = sorted(FOLDER.glob("*.ipynb"))
TOOLS = sorted((FOLDER / "tools").glob("*.ipynb"))
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
GUARD = """try:
    import microgradx as mx
except ImportError:
    %pip install --quiet "microgradx[all]"
    import microgradx as mx"""
CLAIM = re.compile(r"\d\d-(?![cm]\d)[a-z0-9]+(-[a-z0-9]+)*")  # the id of a cell that proves something, as 04-fan-out
OWN_PATH = re.compile(r"(?<![\w.])/(home|root|tmp|Users|work|private|mnt)/|[A-Za-z]:\\\\")
LAST = "Exercises"


@dataclass
class Section:
    """A heading of the second level, and the code cells below it."""

    title: str
    cells: list[NotebookNode]


def read(path: Path) -> NotebookNode:
    """Return a notebook as it is stored."""
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the code cells, the guarded import included."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sections(notebook: NotebookNode) -> list[Section]:
    """Return what stands below each `## ` heading; what comes before the first one is not in it."""
    found: list[Section] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            text = re.sub(r"^```.*?^```", "", cell.source, flags=re.MULTILINE | re.DOTALL)
            found += [Section(title.strip(), []) for title in re.findall(r"^## (.+)$", text, flags=re.MULTILINE)]
        elif found:
            found[-1].cells.append(cell)
    return found


def tree(cell: NotebookNode) -> ast.Module:
    """Parse a code cell, its `%` magics turned into calls."""
    return ast.parse(TransformerManager().transform_cell(cell.source))


def proves(cell: NotebookNode) -> bool:
    """Tell whether a cell asserts something computed, outside of a `try` that could excuse it."""
    parsed = tree(cell)
    excused = {id(inner) for node in ast.walk(parsed) if isinstance(node, ast.Try) for inner in ast.walk(node)}
    checked: list[ast.expr] = []
    for node in ast.walk(parsed):
        if isinstance(node, ast.Assert) and id(node) not in excused:
            checked.append(node.test)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "assert_ok":
            checked.append(node.func.value)
    return bool(checked) and all(any(isinstance(n, ast.Name) for n in ast.walk(each)) for each in checked)


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


def repeated_ids(notebooks: list[NotebookNode]) -> list[str]:
    """Return the cell ids that stand more than once, in one notebook or in several."""
    counts = Counter(cell.id for notebook in notebooks for cell in notebook.cells)
    return [name for name, count in counts.items() if count > 1]


def public(module: types.ModuleType) -> set[str]:
    """Return the names that a module's text binds by itself: imports `as` themselves, functions, classes."""
    names: set[str | None] = set()
    for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname for alias in node.names if alias.asname == alias.name}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
    return {name for name in names if name and not name.startswith("_")}


def dotted(node: ast.AST) -> list[str]:
    """Return the names of `a.b.c`, and nothing if it does not begin with a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    return [node.id, *names] if isinstance(node, ast.Name) else []


def not_public(notebook: NotebookNode) -> list[str]:
    """Return what a notebook uses that is not the library's public interface.

    Private names are allowed that the notebook gives to objects of its own, as an engine written in it does.
    """
    nodes = [(cell.id, node) for cell in code_cells(notebook) for node in ast.walk(tree(cell))]
    own = {n.attr for _, n in nodes if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    found = []
    for place, node in nodes:
        wrong: list[str] = []
        if isinstance(node, ast.Attribute):
            name = node.attr
            wrong = [name] if name.startswith("_") and not name.endswith("__") and name not in own else []
            path = dotted(node)
            if path[:1] == ["mx"] and len(path) == 2:
                wrong += [] if name in public(mx) or name == "__version__" else [f"mx.{name}"]
            if (
                path[:1] == ["mx"]
                and len(path) == 3
                and isinstance(room := getattr(mx, path[1], None), types.ModuleType)
            ):
                wrong += [] if name in public(room) else [".".join(path)]
        elif isinstance(node, ast.Import):
            wrong = [a.name for a in node.names if a.name.startswith("microgradx") and a.asname != "mx"]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("microgradx"):
            wrong = [f"from {node.module}"]
        found += [f"{place}: {each}" for each in wrong]
    return found


def unproved(notebook: NotebookNode) -> list[str]:
    """Return the sections that do not end with a cell that proves their claim, and cells that only look like one."""
    found = []
    for section in sections(notebook):
        if section.title == LAST:
            continue
        last: Any = section.cells[-1] if section.cells else None
        if last is None or not CLAIM.fullmatch(last.id):
            found.append(f"{section.title}: does not end with a cell that has a claim's id")
        found += [
            f"{section.title}: {cell.id} asserts nothing"
            for cell in section.cells
            if CLAIM.fullmatch(cell.id) and not proves(cell)
        ]
    return found


def lines(cell: NotebookNode) -> int:
    """Return how many lines of a cell hold code."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in cell.source.splitlines())


def share_of_one_line(notebook: NotebookNode) -> float:
    """Return the share of code cells, the guarded import aside, that are one line long."""
    cells = code_cells(notebook)[1:]
    return sum(lines(cell) == 1 for cell in cells) / max(len(cells), 1)


def exercises(notebook: NotebookNode) -> list[str]:
    """Return the arguments of each `mx.exercise(...)` of the last section, as they are written."""
    *_, last = sections(notebook) or [Section("", [])]
    if last.title != LAST:
        return []
    calls = [n for cell in last.cells for n in ast.walk(tree(cell)) if isinstance(n, ast.Call)]
    return [
        ", ".join(ast.unparse(a) for a in [*call.args, *(k.value for k in call.keywords)])
        for call in calls
        if dotted(call.func) == ["mx", "exercise"]
    ]
