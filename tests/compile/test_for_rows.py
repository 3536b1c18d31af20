"""Training of few rows: what would take longer to compile than to run is bytecode, and the same bits come out again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import machine
from microgradx.compile.backends.llvm.lengths import LINES, SHORT, WORTH, worth
from microgradx.compile.backends.llvm.writing import Writing
from microgradx.compile.paths import stages

from .sequences import transformer

pytest.importorskip("llvmlite")

DOCUMENTS = [[1, 5, 2, 0], [3, 3, 4], [2, 0, 1, 7], [6, 6, 1], [0, 9, 8, 4]]


def program(cache: Any = False, strict: bool = False) -> tuple[Any, list[float]]:
    """Return a long program, the loss of a small transformer over documents of any length, and where it starts."""
    example = transformer(3)
    settings: dict[str, Any] = {"indices": example.indices, "cache": cache, "strict": strict}
    return mx.compile(example.f, parameters=example.parameters, **settings), [v.data for v in example.parameters]


def trained(one: Any, start: list[float], epochs: int = 1, optimizer: str = "Adam") -> list[float]:
    """Return the parameters after some training from the start."""
    for v, x in zip(one.parameters, start, strict=True):
        v.data = x
    rule = getattr(mx.optim, optimizer)(lr=0.01)
    one.train(DOCUMENTS, optimizer=rule, epochs=epochs, batch_size=1, progress=False)
    return [v.data for v in one.parameters]


def lengths(one: Any) -> list[set[int]]:
    """Return how long the code that was made for training may be, for rows of each shape."""
    found = []
    for paths in one._paths.values():
        stage = paths.known[0].stages
        machines = [*stage._kernels.values(), *stage._laid_out.values()]
        every = [short for made in machines for short in (made, *made._shorter.values())]
        found.append({made._lines for made in every if made._kernels})
    return found


@pytest.mark.parametrize(
    ("lines", "operations", "rows", "expected"),
    [
        (SHORT, 1, 1, LINES),  # short code is compiled anyway
        (SHORT + 1, 1, 1, 0),
        (SHORT + 1, WORTH, SHORT + 1, LINES),  # the rows pay for all of it
        (SHORT + 1, WORTH, SHORT, 1024),
        (SHORT + 1, WORTH, 1, 1),
        (10**6, WORTH, LINES - 1, 1 << 14),
        (10**6, WORTH, LINES, LINES),  # it never is longer
    ],
)
def test_how_long_code_pays(lines: int, operations: int, rows: int, expected: int) -> None:
    """Code may take as long to compile as bytecode to run, rounded down to a power of two; short code always may."""
    assert worth(lines, operations, rows) == expected


def test_few_rows_are_run_as_bytecode() -> None:
    """For a few rows of a long program hardly any code is compiled, for very many rows all of it."""
    few, start = program()
    trained(few, start)
    assert all(max(found) < 100 for found in lengths(few))
    made = next(iter(few._paths.values())).known[0].stages.kernel(stages.Kind.TRAINING)
    assert made.for_rows(10**7) is made


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_strict_training_does_not_depend_on_it(monkeypatch: pytest.MonkeyPatch, optimizer: str) -> None:
    """In strict mode bytecode and code train alike, to the last bit."""
    short = trained(*program(strict=True), optimizer=optimizer)
    monkeypatch.setattr(machine, "worth", lambda lines, operations, rows: LINES)
    long, start = program(strict=True)
    assert trained(long, start, optimizer=optimizer) == short
    assert all(found == {LINES} for found in lengths(long))


def test_both_train_alike_within_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the default mode bytecode and code differ by rounding alone."""
    short = trained(*program())
    monkeypatch.setattr(machine, "worth", lambda lines, operations, rows: LINES)
    assert np.allclose(trained(*program()), short, rtol=0.0, atol=1e-12)


def test_the_same_training_gives_the_same_bits(tmp_path: Path) -> None:
    """What was compiled before, in this program or on disk, changes no bit of a training."""
    one, start = program(tmp_path)
    first = trained(one, start)
    trained(one, start, epochs=40)
    assert len(set.union(*lengths(one))) > 1
    assert trained(one, start) == first
    assert trained(*program(tmp_path)) == first
    assert trained(*program()) == first


def test_training_over_several_lengths_starts_warm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program of the same function runs no pass, whichever shape its first step takes."""
    first = trained(*program(tmp_path))

    def refuse(*arguments: Any, **settings: Any) -> Any:
        raise AssertionError("a pass was run")

    monkeypatch.setattr(stages, "reroll", refuse)
    monkeypatch.setattr(Writing, "kernel", refuse)
    assert trained(*program(tmp_path)) == first
