"""Machine code that is there at once, without optimisation, and the optimised one, which takes its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.cache import Cache
from microgradx.compile.backends.llvm import kept
from microgradx.compile.backends.llvm.jit import Kernel
from microgradx.compile.backends.llvm.machine import Machine
from microgradx.compile.backends.llvm.objects import AT_ONCE, OPTIMISED, object_code
from microgradx.compile.backends.llvm.target import Target
from microgradx.compile.paths.stages import Kind
from microgradx.compile.program import Program

from .crosschecks import same_bits

pytest.importorskip("llvmlite")
ROWS = np.random.default_rng(0).normal(size=(200, 3)), np.random.default_rng(1).normal(size=200)


@dataclass
class Llvm:
    """LLVM, which is asked for optimised code in threads besides the first one, and then waits until it may go on."""

    levels: list[int] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    fails: bool = False

    def __call__(self, ir: str, target: Target, level: int | None = None) -> bytes:
        if level is None:  # of a module that belongs to no plan
            return object_code(ir, target)
        self.levels.append(level)
        if level == OPTIMISED:
            assert self.go_on.wait(60)
            if self.fails:
                raise RuntimeError("no registers left")
        return object_code(ir, target, level)


def kernels_in(folder: Path) -> int:
    """Return how many kernels are kept in a folder, beside headers and modules that belong to no plan."""
    heads = [json.loads(path.read_bytes().partition(b"\n")[0]) for path in folder.glob("*.entry")]
    return sum("lanes" in head["about"] for head in heads)


@pytest.fixture
def llvm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Llvm]:
    """Return an LLVM that optimises plans only when it is told to."""
    found = Llvm()
    monkeypatch.setattr(kept, "object_code", found)
    yield found
    found.go_on.set()


def program(**settings: Any) -> Program:
    """Return a small net and its loss."""
    model = mx.nn.MLP(3, [4, 1], activation="tanh", seed=0)
    settings = {"cache": False} | settings
    return mx.compile(lambda x, y: (model(x) - y) ** 2, parameters=model.parameters(), **settings)


def kernel_of(made: Program, rows: int = 200) -> Kernel:
    """Return the kernel that a program has for its gradient, whether it is optimised yet or not."""
    (path,) = next(iter(made._paths.values())).known
    machine: Any = path.stages.kernel(Kind.GRADIENT)
    assert isinstance(machine, Machine)
    return machine._kernel(rows)


CALLS: dict[str, Callable[[Program], Callable[[], Any]]] = {
    "value_and_grad": lambda made: lambda: made.value_and_grad(*ROWS),
    "a few rows": lambda made: lambda: made.value_and_grad(ROWS[0][:3], ROWS[1][:3]),
    "bound": lambda made: made.on(*ROWS).value_and_grad,
    "strict": lambda made: lambda: made.value_and_grad(*ROWS),
}


@pytest.mark.parametrize("name", CALLS)
def test_optimised_code_takes_over(llvm: Llvm, name: str) -> None:
    """A result is there before LLVM optimises; then calls that were bound before enter the new code: same bits."""
    made = program(strict=name == "strict")
    call = CALLS[name](made)
    value, gradient = call()
    assert AT_ONCE in llvm.levels
    kernel = kernel_of(made, 3 if name == "a few rows" else 200)
    first = kernel.address
    llvm.go_on.set()
    assert kernel.settled() is kernel
    assert kernel.address != first
    again = call()
    assert again[0] == value
    assert same_bits(again[1], gradient)


def test_threads_that_call_meanwhile_never_see_anything_else(llvm: Llvm) -> None:
    """While code is replaced, calls from other threads give what they gave before."""
    made = program(threads=2)
    call = made.on(*ROWS).value_and_grad
    value, gradient = call()
    wrong, calls, stop = [], [0], threading.Event()

    def again() -> None:
        while not stop.is_set():
            found = call()
            calls[0] += 1
            if found[0] != value or not same_bits(found[1], gradient):
                wrong.append(found)

    threads = [threading.Thread(target=again) for _ in range(3)]
    for thread in threads:
        thread.start()
    llvm.go_on.set()
    kernel_of(made).settled()
    before = calls[0]
    while calls[0] < before + 20:
        pass
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_whoever_enters_kernels_from_machine_code_gets_them_optimised(llvm: Llvm) -> None:
    """A kernel for training is compiled once, and one that was there at once is waited for."""
    made = program()
    made.value_and_grad(*ROWS)
    (path,) = next(iter(made._paths.values())).known
    machine: Any = path.stages.kernel(Kind.GRADIENT)
    threading.Timer(0.1, llvm.go_on.set).start()
    first = kernel_of(made).address
    assert machine.kernel(200).address != first
    llvm.levels.clear()
    made.train(*ROWS, epochs=1, batch_size=8, optimizer=mx.optim.SGD(lr=0.01), progress=False)
    assert set(llvm.levels) == {OPTIMISED}


def test_a_call_that_would_take_long_waits_for_optimised_code(llvm: Llvm) -> None:
    """Where many rows would lose more than LLVM takes, they are computed by optimised code alone."""
    llvm.go_on.set()
    made = program()
    made.value_and_grad(np.zeros((600_000, 3)), np.zeros(600_000))
    assert AT_ONCE not in llvm.levels


def test_where_llvm_cannot_optimise_a_warning_says_so(llvm: Llvm, tmp_path: Path) -> None:
    """The program goes on with the code that it has, and nothing is kept on disk."""
    llvm.fails = True
    made = program(cache=tmp_path)
    value, gradient = made.value_and_grad(*ROWS)
    kernel = kernel_of(made)
    llvm.go_on.set()
    with pytest.warns(RuntimeWarning, match="slowly: RuntimeError: no registers left"):
        kernel.settled()
    again = made.value_and_grad(*ROWS)
    assert (again[0], again[1].tolist()) == (value, gradient.tolist())
    assert kernels_in(tmp_path) == 0


def test_another_program_waits_for_what_is_being_made(llvm: Llvm, tmp_path: Path) -> None:
    """A second program like one whose code is optimised now finds it on disk, and does not compile it again."""
    first = program(cache=tmp_path).value_and_grad(*ROWS)
    assert kept._coming(Cache(tmp_path))
    threading.Timer(0.1, llvm.go_on.set).start()
    asked = len(llvm.levels)
    second = program(cache=tmp_path)
    found = second.value_and_grad(*ROWS)
    assert (found[0], found[1].tolist()) == (first[0], first[1].tolist())
    assert AT_ONCE not in llvm.levels[asked:]
    assert not kept._coming(Cache(tmp_path))
    assert kernels_in(tmp_path) == 1


def test_where_no_thread_can_be_started_all_is_made_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A result is there, the kernel is optimised, and it is kept."""

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    expected = program(threads=1).value_and_grad(*ROWS)
    monkeypatch.setattr(threading.Thread, "start", refuse)
    made = program(cache=tmp_path, threads=1)
    found = made.value_and_grad(*ROWS)
    assert (found[0], found[1].tolist()) == (expected[0], expected[1].tolist())
    assert not kept._coming(Cache(tmp_path))
    assert any(path.stat().st_size > 1000 for path in tmp_path.iterdir())


ENDING = """
import os, sys, threading, time
import microgradx as mx
from microgradx.compile.backends.llvm import kept, objects

def slow(ir, target, level=None):
    if level == objects.OPTIMISED:
        time.sleep(0.1)
    return objects.object_code(ir, target, objects.OPTIMISED if level is None else level)

kept.object_code = slow
a = mx.Value(0.5)
program = mx.compile(lambda x: mx.tanh(a * x) ** 2, parameters=[a], cache=sys.argv[1])
print(program.value_and_grad([1.0, 2.0]))
(path,) = next(iter(program._paths.values())).known
kernel = path.stages.kernel("gradient")._kernel(2)
first = kernel.address
if sys.argv[2] == "fork":
    if (pid := os.fork()) == 0:
        os._exit(kernel.address == first)
    assert os.waitpid(pid, 0)[1] == 0, "not optimised"
"""


@pytest.mark.parametrize("how", ["end", "fork"])
def test_a_process_that_ends_or_forks_waits_for_optimised_code(how: str, tmp_path: Path) -> None:
    """A process whose first result was its last leaves its entry, and what is forked off has the optimised code."""
    if how == "fork" and not hasattr(os, "fork"):
        pytest.skip("processes do not fork here")
    command = [sys.executable, "-W", "ignore", "-c", ENDING, str(tmp_path), how]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert any(b'"gradients": 1' in path.read_bytes().partition(b"\n")[0] for path in tmp_path.glob("*.entry"))
