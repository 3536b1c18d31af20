"""Large nests shared by threads: the same bits whoever helps, and nobody left behind."""

from __future__ import annotations

import threading
from importlib import import_module
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import rows, sharing
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.backends.llvm.memory import Room
from microgradx.compile.backends.llvm.sharing import BOARD_WORDS, CLOSED, together
from microgradx.compile.backends.llvm.walk import slices
from microgradx.compile.backends.llvm.workers import Workers
from microgradx.compile.program import Program

from .machine_lanes import targets
from .small_net import classifier
from .test_training import OPTIMIZERS


def share_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share every nest of sums, and the copying of every block of rows, however small."""
    monkeypatch.setattr(sharing, "SHARED_FROM", 1)
    monkeypatch.setattr(rows, "LARGE", 1)


@pytest.fixture
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Share all that can be shared."""
    share_everything(monkeypatch)


def trained(threads: int | None, strict: bool, optimizer: str = "SGD", size: int = 19) -> list[float]:
    """Return the losses and weights of training, and then the gradient, of a net whose layers do not fit into tiles."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(61, 5)), rng.integers(0, 3, 61)
    model, program = classifier(5, [21, 18, 3], target="llvm", strict=strict, threads=threads)
    limit = None if optimizer == "SGD" else 1.0  # without one, descent is made in place
    make: Any = OPTIMIZERS[optimizer]
    history = program.train(X, y, optimizer=make(), epochs=4, batch_size=size, clip_norm=limit)
    return [*history.loss, *(v.data for v in model.parameters()), *program.value_and_grad(X, y)[1].tolist()]


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
def test_bits_do_not_depend_on_who_helps(monkeypatch: pytest.MonkeyPatch, optimizer: str, strict: bool) -> None:
    """Training shared by any number of threads gives the bits of training that nobody shares."""
    alone = trained(1, strict, optimizer)
    share_everything(monkeypatch)
    for threads in (1, 2, 5):
        assert trained(threads, strict, optimizer) == alone


@pytest.mark.parametrize("size", [1, 61])
def test_sharing_in_blocks_and_row_by_row(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Whole batches of several blocks are shared, and single rows."""
    alone = trained(1, False, size=size)
    share_everything(monkeypatch)
    assert trained(2, False, size=size) == alone


def test_a_tile_that_is_left_out_is_seen(monkeypatch: pytest.MonkeyPatch, everything_is_large: None) -> None:
    """Where one tile too few is computed, results differ."""
    right = trained(2, False)
    module = import_module("microgradx.compile.backends.llvm.tiles")
    monkeypatch.setattr(module, "slices", lambda g, shape: slices(g, shape) - (slices(g, shape) > 2))
    try:
        wrong = trained(2, False)
    except mx.DivergenceError:  # of what happened to stand in memory
        wrong = []
    assert wrong != right


def test_sharing_on_every_processor(everything_is_large: None) -> None:
    """Code for other processors shares too, and gives the same bits with a helper and without."""
    for target in targets():
        found = []
        for threads in (1, 2):
            model = mx.nn.MLP(3, [11, 1], seed=0)
            program = Program(lambda x, y, model=model: (model(x) - y) ** 2, model.parameters(), (), True, "llvm")
            program._backend = LlvmBackend(None, target, threads)
            history = program.train(np.eye(3)[[0, 1, 2] * 5], np.arange(15.0), epochs=3, batch_size=9)
            found.append([*history.loss, *(v.data for v in model.parameters())])
        assert found[0] == found[1]


def kernel_of(widths: list[int], rows: int) -> Any:
    """Return the gradient kernel of a net."""
    model = mx.nn.MLP(widths[0], widths[1:], seed=0)
    program = mx.compile(lambda x: model(x), parameters=model.parameters(), target="llvm", cache=False)
    program.value_and_grad(np.zeros((rows, widths[0])))
    machine: Any = next(iter(program._last[0].stages._kernels.values()))
    return machine.kernel(rows)


def test_large_blocks_are_copied_together() -> None:
    """Of many inputs the rows are copied by all threads, even if the nest that reads them is small; of few by one."""
    assert not kernel_of([64, 1], 64).shares
    assert kernel_of([1100, 1], 64).shares


def test_only_large_nests_are_shared() -> None:
    """A net of 16 neurons a layer takes less time than threads to meet; one of 256 is shared."""
    assert not kernel_of([16, 16, 1], 64).shares
    assert kernel_of([256, 256, 1], 64).shares


@pytest.mark.parametrize("error", [None, RuntimeError, KeyboardInterrupt])
def test_helpers_go_home(error: type[BaseException] | None) -> None:
    """When a call is over, or was interrupted, the board is closed and every helper has returned."""
    workers, room, native = Workers(3), Room(BOARD_WORDS), LlvmBackend().loop(strict=False)
    returned = []

    def help_at(board: int) -> None:
        native.help(board)
        returned.append(threading.get_ident())

    def call() -> None:
        if error is not None:
            raise error

    for _ in range(3):
        returned.clear()
        if error is None:
            together(call, room.address, help_at, workers)
            assert len(returned) == 2
        else:
            with pytest.raises(error):
                together(call, room.address, help_at, workers)
        assert room.numbers.view(np.int64)[0] == CLOSED
