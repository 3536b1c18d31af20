"""In a browser: the core runs under Pyodide, and what notebooks 1 and 4 claim holds there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from .in_pyodide import Cell, missing, run, wheels
from .notebooks import CLAIM, FOLDER, code_cells, read

NOTEBOOKS = ["01_neuron", "04_backpropagation"]

REASON = missing()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON)


SCRIPT = {
    "engine": "import microgradx as mx\nx = mx.Value(2.0, 'x')\nL = mx.sigmoid(x) ** 2\nL.backward()",
    "nn": "model = mx.nn.MLP(2, [3, 1], activation='tanh', seed=1)\nmodel",
    "check": "mx.compare(L, {'x': '2 * sigmoid(x)**2 * (1 - sigmoid(x))'}, names=locals()).assert_ok()",
    "draw": "mx.draw(L, names=locals())",
    "network": "mx.draw_network(model, [1.0, 2.0])",
    "stepper": "mx.stepper(L, names=locals())",
    "fit": "X, y = mx.datasets.xor()\nmx.fit(model, X, y, epochs=5, compile=False)",
    "study": "mx.study(lambda seed: mx.nn.MLP(2, [3, 1], seed=seed)([1.0, 2.0]).data, range(5))",
    "save": "model.save('/tmp/model.json'); model.load('/tmp/model.json'); model.save('/tmp/model.safetensors')",
    "a lie": "assert L.data == 0.0",
    "an extra": "mx.plots.regression(model, [[0.0]], [1.0])",
    "a warning": "import warnings; warnings.warn('old')",
}


def without_extras(name: str) -> list[Cell]:
    """Return the code cells of a notebook that need nothing but the core, magics turned into Python."""
    cells = [
        cell for cell in code_cells(read(FOLDER / f"{name}.ipynb")) if "extra" not in cell.metadata.get("tags", [])
    ]
    return [Cell(cell.id, TransformerManager().transform_cell(cell.source)) for cell in cells]


def expected(name: str) -> set[str]:
    """Return the ids of the cells that may fail: those that show an error on purpose."""
    return {
        cell.id
        for cell in code_cells(read(FOLDER / f"{name}.ipynb"))
        if "raises-exception" in cell.metadata.get("tags", [])
    }


def test_the_claims_of_the_notebooks_hold_in_a_browser(tmp_path: Path) -> None:
    """Every cell that needs no extra runs, its value shows itself, and each assertion among them holds."""
    notebooks = {name: without_extras(name) for name in NOTEBOOKS}
    session = run(wheels(tmp_path), notebooks)
    for name, cells in notebooks.items():
        outcome = session.notebooks[name]
        assert sum(CLAIM.fullmatch(cell.id) is not None for cell in cells) >= 8
        assert outcome.ran == [cell.id for cell in cells]
        assert set(outcome.errors) == expected(name), "\n".join(outcome.errors.values())
        drawn = [cell.id for cell in cells if cell.source.rstrip().split("\n")[-1].startswith("mx.draw(")]
        assert drawn
        assert all("image/svg+xml" in outcome.shown[name] for name in drawn), "the built-in renderer draws the graphs"


def test_the_core_runs_and_what_fails_is_noticed(tmp_path: Path) -> None:
    """Engine, networks, checks, drawings and stepper run on two wheels alone; what fails or needs an extra is seen."""
    session = run(wheels(tmp_path), {"script": [Cell(name, source) for name, source in SCRIPT.items()]})
    assert session.platform == "emscripten"
    loaded = {name.partition(".")[0] for name in session.modules} - sys.stdlib_module_names
    assert not loaded & {"numpy", "matplotlib", "IPython", "micropip"}, loaded
    assert {"microgradx", "graphviz"} <= loaded
    outcome = session.notebooks["script"]
    assert set(outcome.errors) == {"a lie", "an extra", "a warning"}, "\n".join(outcome.errors.values())
    assert "AssertionError" in outcome.errors["a lie"]
    assert "microgradx[plot]" in outcome.errors["an extra"]
    assert "UserWarning: old" in outcome.errors["a warning"]
    assert {name for name, kinds in outcome.shown.items() if "image/svg+xml" in kinds} == {"draw", "network"}
    assert {"_repr_html_", "__repr__"} <= set(outcome.shown["study"])
