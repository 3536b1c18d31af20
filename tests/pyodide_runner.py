"""Runs the cells of notebooks, inside Pyodide, as a kernel would: the last value of a cell is shown in every way."""

from __future__ import annotations

import ast
import json
import sys
import traceback
import warnings
from typing import Any

SHOWN = ("_repr_mimebundle_", "_repr_html_", "_repr_svg_", "__repr__")


def run(notebooks_as_json: str) -> str:
    """Return what came of the cells of each notebook, {id, source}: id, error or nothing, how the value was shown."""
    warnings.simplefilter("error")
    found = {name: run_cells(cells) for name, cells in json.loads(notebooks_as_json).items()}
    return json.dumps({"platform": sys.platform, "modules": sorted(sys.modules), "notebooks": found})


def run_cells(cells: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Run the cells of a notebook in a namespace of their own."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    results: list[dict[str, Any]] = []
    for cell in cells:
        error, shown = "", []
        try:
            shown = show(value(cell["source"], cell["id"], namespace))
        except Exception:
            error = traceback.format_exc()
        results.append({"id": cell["id"], "error": error, "shown": shown})
    return results


def value(source: str, name: str, namespace: dict[str, Any]) -> Any:
    """Run a cell and return the value of its last line, None if that is no expression."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), namespace)
    return None if last is None else eval(compile(ast.Expression(last.value), name, "eval"), namespace)


def show(x: Any) -> list[str]:
    """Return the kinds in which a value is shown, having made each: SVG, HTML and text."""
    kinds = []
    for method in SHOWN if x is not None else ():
        if hasattr(type(x), method):
            made = getattr(x, method)()
            assert made, f"{method} of {type(x).__name__} shows nothing"
            kinds += made if isinstance(made, dict) else [method]
    return kinds
