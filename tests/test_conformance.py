"""The conformance kit names what is wrong with somebody's own engine, and finds nothing wrong with a right one."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.__main__ import main
from microgradx.conformance import ConformanceReport, conformance
from tests.mutant_engines import CLOSURES, EDGES, MUTANTS, Mutant


def engine(path: Path, source: str) -> Any:
    """Return the class Value of a source, as somebody's module."""
    path.write_text(source, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("an_engine", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["an_engine"] = module
    spec.loader.exec_module(module)
    return module.Value


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.bug}: {mutant.about}")
def test_a_bug_is_named(mutant: Mutant, tmp_path: Path) -> None:
    """Each bug gets its own name, no other bug is named, and the evidence tells what was seen."""
    report = conformance(engine(tmp_path / "engine.py", mutant.source), seconds=1.0)
    assert [bug.kind for bug in report.bugs] == [mutant.bug]
    assert mutant.evidence in " ".join(str(report).split())
    assert not report
    with pytest.raises(AssertionError, match="bug"):
        report.assert_ok()


@pytest.mark.parametrize("source", [CLOSURES, EDGES], ids=["closures", "edges"])
def test_a_right_engine_passes(source: str, tmp_path: Path) -> None:
    """An engine without a bug passes, whatever its make; functions that it lacks are named as missing."""
    report = conformance(engine(tmp_path / "engine.py", source))
    assert not report.bugs
    assert report.ok
    report.assert_ok()
    assert ("not there, which is no bug" in str(report)) == any(c.verdict == "missing" for c in report.checks)


def test_our_own_engine_passes() -> None:
    """Our own engine passes every check, and lacks nothing."""
    report = mx.conformance(mx.Value)
    assert {check.verdict for check in report.checks} == {"ok"}


def test_micrograd() -> None:
    """Of micrograd the kit says what its users know: old gradients, recursion, 0**0, and what it does not have."""
    report = conformance("micrograd.engine:Value")
    assert [bug.kind for bug in report.bugs] == ["old gradients flow again", "recursion limit", "pow at 0"]
    assert "2 ** x, x ** y, x.exp(), x.log(), x.tanh(), x.sigmoid()" in " ".join(str(report).split())


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    command = [sys.executable, "-m", "microgradx", "conformance", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120)


def test_the_command_names_a_bug(tmp_path: Path) -> None:
    """The command reads a file, prints the bugs and returns 1; what the engine prints does not disturb it."""
    path = tmp_path / "engine.py"
    path.write_text(f"print('hello')\n{MUTANTS[0].source}", encoding="utf-8")
    done = run(f"{path}:Value")
    assert done.returncode == 1
    assert f"{path}:Value: 1 bug" in done.stdout
    assert "1. = in place of +=" in done.stdout
    assert not done.stderr


def test_the_command_passes_ours(capsys: pytest.CaptureFixture[str]) -> None:
    """The command returns 0 for our own engine, given by the name of its module."""
    assert main(["conformance", "microgradx.engine:Value"]) == 0
    assert "no bugs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "name", "reason"),
    [
        ("", "engine.py:Value", "has no 'Value'"),
        ("class Valeu: pass", "engine.py:Value", "did you mean 'Valeu'?"),
        ("Value = 3", "engine.py:Value", "no class"),
        ("1/0", "engine.py:Value", "cannot be loaded: ZeroDivisionError: division by zero"),
        ("import sys; sys.exit(3)", "engine.py:Value", "cannot be loaded: SystemExit"),
        ("import os; os._exit(3)", "engine.py:Value", "the interpreter ended"),
        ("def f(:", "engine.py:Value", "SyntaxError"),
        ("", "engine.py", "names no class"),
        ("", "other.py:Value", "there is no file"),
        ("", "no_such_package.engine:Value", "ModuleNotFoundError"),
    ],
)
def test_what_cannot_be_loaded_is_explained(
    source: str,
    name: str,
    reason: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file or a class that cannot be loaded gives exit status 1 and one message, never a traceback."""
    (tmp_path / "engine.py").write_text(source, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(Path(mx.__file__).parents[1]))
    monkeypatch.chdir(tmp_path)
    assert main(["conformance", name]) == 1
    error = capsys.readouterr().err
    assert reason in error
    assert "Traceback" not in error


def test_a_module_of_a_package_is_loaded(tmp_path: Path) -> None:
    """A file in a package may import its neighbours by relative names."""
    package = tmp_path / "course" / "week1"
    package.mkdir(parents=True)
    for folder in (package, package.parent):
        (folder / "__init__.py").touch()
    (package / "base.py").write_text(EDGES, encoding="utf-8")
    (package / "engine.py").write_text("from .base import Value", encoding="utf-8")
    assert conformance(f"{package / 'engine.py'}:Value").ok


@pytest.mark.parametrize(
    ("body", "bug", "evidence"),
    [
        ("while True: pass", "backward fails", "no end after"),
        ("import os; os._exit(7)", "backward fails", "ended with status 7"),
        ("import sys; sys.exit(7)", "backward fails", "SystemExit"),
        ("raise KeyError('no\\nsuch')", "backward fails", "KeyError"),
        ("return self.backward()", "backward fails", "RecursionError"),
    ],
)
def test_an_engine_that_hangs_or_crashes_gives_a_report(body: str, bug: str, evidence: str, tmp_path: Path) -> None:
    """Whatever an engine does to its process, there is a report that says so."""
    path = tmp_path / "engine.py"
    path.write_text(
        CLOSURES.replace("        topo, visited", f"        {body}\n        topo, visited"), encoding="utf-8"
    )
    report = conformance(f"{path}:Value", seconds=0.3)
    assert [found.kind for found in report.bugs] == [bug]
    assert evidence in str(report)


@pytest.mark.parametrize("place", ["the main thread", "another thread"])
def test_a_hanging_class_is_interrupted_here_too(place: str, tmp_path: Path) -> None:
    """A class that is given as such runs in this process, and is interrupted there, in whatever thread."""
    hang = "        while True:\n            pass\n        topo, visited"
    hanging = engine(tmp_path / "engine.py", CLOSURES.replace("        topo, visited", hang))
    reports: list[ConformanceReport] = []
    work = threading.Thread(target=lambda: reports.append(conformance(hanging, seconds=0.1)))
    work.run() if place == "the main thread" else work.start()
    if work.is_alive():
        work.join()
    assert [found.kind for found in reports[0].bugs] == ["backward fails"]
    assert sys.gettrace() is None or "microgradx" not in repr(sys.gettrace())


@pytest.mark.parametrize(
    ("wrong", "reason"), [(mx.Value(1.0), "write conformance"), (3, "takes a class"), (None, "class")]
)
def test_what_is_no_class_is_refused(wrong: Any, reason: str) -> None:
    """What is no class is refused with what to write."""
    with pytest.raises(TypeError, match=reason):
        conformance(wrong)
    with pytest.raises(ValueError, match="above 0"):
        conformance(mx.Value, seconds=0)


def test_many_mutants() -> None:
    """The catalogue holds far more than 25 bugs, of more than 25 names."""
    assert len(MUTANTS) >= 70
    assert len({mutant.bug for mutant in MUTANTS}) >= 25
