"""Text of users is never run: the package evaluates none, unpickles nothing, and no label reaches machine code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import microgradx as mx
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.target import host

from .compile.examples import Program
from .compile.plans import of_program

ROOT = Path(mx.__file__).parent
RUNNING = {"exec", "eval", "__import__"}
LOADING = {("pickle", "load"), ("pickle", "loads"), ("marshal", "loads"), ("os", "system"), ("os", "popen")}
HOSTILE = 'a"\n}\ndefine void @evil() { ret void }\n; <script>alert(1)</script> {0} %x'


def running(source: str) -> list[str]:
    """Return the calls in a source that run text, or load objects that could."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            f = node.func
            if isinstance(f, ast.Name) and f.id in RUNNING:
                found.append(f.id)
            if isinstance(f, ast.Attribute) and isinstance(f.value, ast.Name) and (f.value.id, f.attr) in LOADING:
                found.append(f"{f.value.id}.{f.attr}")
            if any(keyword.arg == "shell" for keyword in node.keywords):
                found.append("shell=")
    return found


def test_no_module_runs_text() -> None:
    """No module calls exec or eval, unpickles, or hands a line to a shell."""
    found = {path.relative_to(ROOT): running(path.read_text(encoding="utf-8")) for path in ROOT.rglob("*.py")}
    assert len(found) > 300
    assert {path: calls for path, calls in found.items() if calls} == {}


def test_a_module_that_runs_text_is_noticed() -> None:
    """The test above can fail."""
    assert running("import pickle\nexec(x)\npickle.loads(y)\nrun('ls', shell=True)\nmx.compile(f)") == [
        "exec", "pickle.loads", "shell=",
    ]  # fmt: skip


def labelled(label: str) -> Program:
    """Return a program whose parameters and numbers on the way bear a label."""
    w, b = mx.Value(0.5, label), mx.Value(-0.25, label)

    def loss(x: Any, y: Any) -> Any:
        z = mx.tanh(w * x + b)
        z.label = label
        return (z - y) ** 2

    return Program(loss, [w, b], lambda n, seed: ([0.5] * n, [1.0] * n))


def test_labels_do_not_reach_machine_code() -> None:
    """Machine code of a function is written from numbers alone: whatever its labels are, it is the same text."""
    plain, hostile = (emit(of_program(labelled(label)).plan, host(), lanes=8, strict=False) for label in ("", HOSTILE))
    assert "define" in plain.ir
    assert hostile.ir == plain.ir
