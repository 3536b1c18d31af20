"""A warm start: what was compiled before, by this very compiler for this very processor, is not compiled again."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.cache import VARIABLE, Cache, sources
from microgradx.compile.backends.llvm import backend, kept, machine
from microgradx.compile.backends.llvm.target import host
from microgradx.compile.backends.llvm.writing import Writing
from microgradx.compile.paths import derivatives, stages
from microgradx.compile.training import step

pytest.importorskip("llvmlite")

ROWS = [[0.5, -1.0], [2.0, 0.25], [1.0, 1.0]]
MANY = [[i / 7, 1.0 - i / 5] for i in range(20)]
PASSES = ((derivatives, "adjoint"), (stages, "lower"), (stages, "simplify"), (stages, "reroll"), (Writing, "kernel"))


def program(folder: Path | bool, slope: float = 0.5, **settings: Any) -> Any:
    """Return a program with two parameters and a Value that it captures."""
    w, shift = [mx.Value(slope, "a"), mx.Value(-1.5, "b")], mx.Value(2.0)

    def f(x: Any) -> Any:
        return mx.tanh(w[0] * x[0] + w[1] * x[1]) * shift - mx.exp(x[0] * w[1])

    return mx.compile(f, parameters=w, cache=folder, **settings)


def results(of: Any, rows: Any = ROWS) -> list[Any]:
    """Return what a program computes, of all kinds of work but training."""
    value, slopes = of.value_and_grad(rows)
    found = [of(rows), np.array([value]), slopes, of.gradients(rows), of.hessian(rows), *of.jvp(rows, rows)]
    return [x.tolist() for x in found]


@pytest.fixture
def no_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make every pass, and the writing of code, an error from now on."""

    def refuse(*arguments: Any, **settings: Any) -> Any:
        raise AssertionError("a pass was run")

    def now() -> None:
        for module, name in (*PASSES, (machine, "choose"), (Writing, "columns"), (step, "reroll")):
            monkeypatch.setattr(module, name, refuse)

    return now


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder for a cache, which is nobody else's."""
    return tmp_path / "cache"


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("rows", [ROWS, MANY])
def test_a_second_program_runs_no_pass(folder: Path, no_passes: Any, rows: Any, strict: bool) -> None:
    """A program like one that was compiled before only traces, and gives the same numbers."""
    first = results(program(folder, strict=strict), rows)
    no_passes()
    assert results(program(folder, strict=strict), rows) == first


def test_numbers_of_leaves_are_no_part_of_the_code(folder: Path, no_passes: Any) -> None:
    """With other numbers in its parameters a program starts warm too, and computes with these."""
    results(program(folder))
    cold = results(program(False, slope=3.0))
    no_passes()
    assert results(program(folder, slope=3.0)) == cold


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_training_starts_warm(folder: Path, no_passes: Any, name: str) -> None:
    """Training, the optimiser's step included, runs no pass the second time, and trains as the first time."""

    def trained() -> tuple[list[float], list[float]]:
        one = program(folder)
        optimizer = getattr(mx.optim, name)(lr=0.01)
        found = one.train(MANY, optimizer=optimizer, epochs=3, batch_size=4, progress=False).loss
        return found, [v.data for v in one.parameters]

    first = trained()
    no_passes()
    assert trained() == first


def test_what_is_told_of_a_program_is_made_when_asked_for(folder: Path) -> None:
    """After a warm start, explain and source say what they say after a cold one, times apart."""
    cold, warm = program(folder), program(folder)
    for one in (cold, warm):
        one.value_and_grad(ROWS)
    assert warm.explain().nests == cold.explain().nests
    for language in ("python", "numpy", "llvm"):
        assert warm.source(language) == cold.source(language)


@pytest.mark.parametrize(
    "other", [lambda x: x * 2.0, lambda x: x * -0.0, lambda x: 3.0 * x + x, lambda x: [x * 3.0], lambda x: mx.exp(x)]
)
def test_another_function_is_compiled(folder: Path, other: Any) -> None:
    """The recordings are told apart: another function gets code of its own."""
    for f in (lambda x: x * 3.0, lambda x: x * 0.0, other):
        found = mx.compile(f, cache=folder)([4.0, -1.0])
        assert repr(found.tolist()) == repr(mx.compile(f, cache=False)([4.0, -1.0]).tolist())


def test_strict_and_default_are_told_apart(folder: Path, no_passes: Any) -> None:
    """Code of the default mode is not used in strict mode."""
    results(program(folder))
    no_passes()
    with pytest.raises(AssertionError, match="a pass was run"):
        program(folder, strict=True)(ROWS)


def one_entry(folder: Path) -> Path:
    """Compile one kernel into a folder, and return its entry."""
    program(folder)(ROWS)
    for kernel in list(kept._coming(Cache(folder)).values()):
        kernel.settled()
    (entry,) = folder.iterdir()
    return entry


@pytest.mark.parametrize("at", [3, 40, -200, -1])
def test_a_damaged_entry_is_compiled_again(folder: Path, no_passes: Any, at: int) -> None:
    """One wrong byte, and the code is made anew, and is right on disk again."""
    entry = one_entry(folder)
    data = bytearray(entry.read_bytes())
    data[at] ^= 4
    entry.write_bytes(data)
    assert program(folder)(ROWS).tolist() == program(False)(ROWS).tolist()
    no_passes()
    program(folder)(ROWS)


CHANGES = {
    "processor": ("host", replace(host(), cpu="another")),
    "features": ("host", replace(host(), features="")),
    "sources": ("SOURCES", "engine.py 1 2"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_another_compiler_made_is_not_used(
    folder: Path, no_passes: Any, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    """Another processor, other features of it, other sources or another version: the code is made anew."""
    one_entry(folder)
    name, other = CHANGES[change]
    module: Any = backend if name == "host" else kept
    monkeypatch.setattr(module, name, (lambda: other) if name == "host" else other)
    no_passes()
    with pytest.raises(AssertionError, match="a pass was run"):
        program(folder)(ROWS)


def test_sources_change_with_a_file(tmp_path: Path) -> None:
    """The description of sources tells of each file's name, size and time, in folders below too."""
    (tmp_path / "below").mkdir()
    file = tmp_path / "below" / "a.py"
    file.write_text("1")
    found = [sources(tmp_path)]
    file.write_text("12")
    found.append(sources(tmp_path))
    (tmp_path / "b.py").write_text("")
    found.append(sources(tmp_path))
    (tmp_path / "c.txt").write_text("")
    assert len(set(found)) == 3
    assert sources(tmp_path) == found[-1]


def test_the_cache_can_be_switched_off(folder: Path, no_passes: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With cache=False, or switched off by the environment variable, nothing is kept; the variable names a folder."""
    monkeypatch.setenv(VARIABLE, str(folder))
    program(False)(ROWS)
    monkeypatch.setenv(VARIABLE, "off")
    program(True)(ROWS)
    assert not folder.exists()
    monkeypatch.setenv(VARIABLE, str(folder))
    program(True)(ROWS)
    no_passes()
    program(True)(ROWS)


SECOND = """
import sys
import microgradx as mx
from microgradx.compile.paths import stages
if sys.argv[2] == "warm":
    stages.reroll = stages.lower = None
a = mx.Value(0.5)
print(mx.compile(lambda x: mx.tanh(a * x), parameters=[a], cache=sys.argv[1]).value_and_grad([1.0, 2.0]))
"""


def test_another_process_starts_warm(folder: Path) -> None:
    """What one process compiled another only loads."""
    command = [sys.executable, "-c", SECOND, str(folder)]
    found = [subprocess.run([*command, how], check=True, capture_output=True).stdout for how in ("cold", "warm")]
    assert found[0] == found[1] != b""


def test_who_loads_code_imports_nothing_that_writes_it(folder: Path) -> None:
    """What writes code is imported where some is written, and nowhere else."""
    ask = "print([name for name in sys.modules if name.endswith(('llvm.writer', 'llvm.kernel'))])"
    command = [sys.executable, "-c", SECOND + ask, str(folder)]
    found = [subprocess.run([*command, how], check=True, capture_output=True).stdout for how in ("cold", "warm")]
    assert [text.splitlines()[-1].count(b"llvm.") for text in found] == [2, 0]


def test_what_a_program_has_loaded_is_not_compiled_for_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that belong to no plan are loaded or compiled once in a process, for programs without a cache too."""
    ir = "@of_this_test = constant i64 1\n"
    made = kept.Kept(Cache(folder), host()).module("test", lambda: ir)()
    kept._begun.cache_clear()  # as in a new process
    monkeypatch.setattr(kept, "object_code", lambda *_: pytest.fail("compiled again"))
    found = [kept.Kept(cache, host()).module("test", lambda: ir)() for cache in (Cache(folder), None)]
    assert found == [made, made]


def test_seconds_of_stages_add_up() -> None:
    """What a stage takes is counted once, although code asks for the passes while it is made."""
    begin = time.perf_counter()
    one = program(False)
    one.value_and_grad(ROWS)
    elapsed = time.perf_counter() - begin
    (path,) = next(iter(one._paths.values())).known
    assert set(path.stages.seconds) == {"trace", "differentiate", "lower", "simplify", "re-roll", "code"}
    assert sum(path.stages.seconds.values()) <= elapsed
