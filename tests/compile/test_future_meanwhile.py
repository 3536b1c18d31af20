"""Futures in what happens meanwhile: interrupts, signals, forks, imports and Python's end leave nobody waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from microgradx.compile.backends.future import Future, results
from microgradx.conformance.watch import tracing

from .test_future import WAYS


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="a thread cannot be sent a signal here")
@pytest.mark.parametrize("way", ["a thread of its own", "an executor", "workers"])
def test_an_interrupt_ends_the_waiting_and_not_the_task(way: str) -> None:
    """Ctrl-C while one waits for another thread is raised at once; the result arrives nevertheless."""
    go_on, begun = threading.Event(), threading.Event()

    def task() -> int:
        begun.set()
        return 42 if go_on.wait(60) else 0

    future = WAYS[way](task)
    assert begun.wait(60)
    timer = threading.Timer(0.1, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        future.result()
    timer.join()
    assert not future.is_done
    go_on.set()
    assert future.result() == 42


def test_an_interrupted_task_is_begun_anew() -> None:
    """Ctrl-C in a task that the waiting thread does itself is not kept as its error, nor is the task left begun."""
    interrupts = [KeyboardInterrupt, KeyboardInterrupt]

    def task() -> int:
        if interrupts:
            raise interrupts.pop()
        return 42

    future = Future(task)
    with pytest.raises(KeyboardInterrupt):
        future.result()
    with pytest.raises(KeyboardInterrupt):
        results([future])
    found: list[int] = []
    other = threading.Thread(target=lambda: found.append(future.result()))
    other.start()
    other.join(20)
    assert found == [42]


def test_an_interrupt_at_any_line_leaves_nobody_waiting() -> None:
    """Interrupted before each line in turn, a result can be asked for by any thread."""
    file = sys.modules[Future.__module__].__file__
    for at in range(1, 1000):
        lines = 0

        def on_event(frame: Any, event: str, _: Any, at: int = at) -> Any:
            nonlocal lines
            if frame.f_code.co_filename != file:
                return None
            lines += event == "line"
            if event == "line" and lines == at:
                raise KeyboardInterrupt
            return on_event

        future, ended = Future(lambda: 42), False
        with suppress(KeyboardInterrupt), tracing(on_event):
            assert future.result() == 42
            ended = True
        found: list[int] = []
        other = threading.Thread(target=lambda future=future, found=found: found.append(future.result()), daemon=True)
        other.start()
        other.join(20)
        assert found == [42], f"line {at}"
        if ended:
            break
    assert at > 5


@pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="there is no such signal here")
def test_a_signal_handler_may_ask_for_what_it_interrupts() -> None:
    """A handler that runs in the midst of a task gets the result, and so does the task's own thread."""
    found: list[int] = []
    future = Future(lambda: (found or signal.raise_signal(signal.SIGUSR1), 42)[1])
    before = signal.signal(signal.SIGUSR1, lambda *_: found.append(0) or found.append(future.result()))  # type: ignore
    try:
        assert future.result() == 42
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert found == [0, 42]


def python(program: str, *given: str, **settings: Any) -> str:
    """Return what a program prints that must end by itself."""
    command = [sys.executable, "-W", "ignore", "-c", program, *given]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, **settings)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


FORKED = """
import os, signal, sys, threading, time
from microgradx.compile import forks
from microgradx.compile.backends.future import Executor, Future
from microgradx.compile.backends.llvm.workers import Workers

patient = sys.argv[2] == "patient"
if not patient:
    forks.PATIENCE = 0.1
first, begun = os.getpid(), threading.Event()

def task():
    begun.set()
    if os.getpid() == first:
        time.sleep(1 if patient else 2)
    return os.getpid()

future = {"own": Future, "executor": Executor(1).submit, "workers": Workers(2).submit}[sys.argv[1]](task)
if sys.argv[1] == "own":
    future.start()
begun.wait()
child = os.fork()
if child == 0:
    signal.alarm(30)  # ends a process that waits for ever
    os._exit(future.result() != (first if patient else os.getpid()))
assert os.waitpid(child, 0)[1] == 0
assert future.result() == first
print("both")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.parametrize("patience", ["patient", "impatient"])
@pytest.mark.parametrize("way", ["own", "executor", "workers"])
def test_a_forked_process_has_the_result_too(way: str, patience: str) -> None:
    """A fork waits for a task at work; where it would take too long, the child, without that thread, does it again."""
    assert python(FORKED, way, patience) == "both\n"


ENDING = """
import sys, threading, time
from microgradx.compile.backends.future import Executor, Future
from microgradx.compile.backends.llvm.workers import Workers

begun = threading.Event()

def task():
    begun.set()
    time.sleep(0.3)
    print("done", flush=True)

def late():
    future = Future(lambda: 42)
    future.start()
    print(future.result(), Executor(1).submit(lambda: 43).result(), Workers(2).submit(lambda: 44).result())

if sys.argv[1] == "late":
    import atexit
    atexit.register(late)
else:
    future = {"own": Future, "executor": Executor(1).submit, "workers": Workers(2).submit}[sys.argv[1]](task)
    if sys.argv[1] == "own":
        future.start()
    begun.wait()
"""


@pytest.mark.parametrize(
    ("way", "told"), [("own", "done\n"), ("executor", "done\n"), ("workers", ""), ("late", "42 43 44\n")]
)
def test_python_ends_while_a_task_is_at_work(way: str, told: str) -> None:
    """Python waits for a thread of a future's own, not for a worker, and what is asked for while it ends is done."""
    assert python(ENDING, way) == told


IMPORTED = """
import numpy as np
import microgradx as mx

w = mx.Value(0.5)
program = mx.compile(lambda x: mx.tanh(w * x) ** 2, [w], target="llvm", cache=False, threads=2)
program.value_and_grad(np.ones(9))
program.train(np.ones(200_000), optimizer=mx.optim.SGD(lr=0.1), epochs=1, batch_size=1000, progress=False)
"""


def test_a_module_may_compile_while_it_is_imported(tmp_path: Path) -> None:
    """No thread that is waited for needs the module that is being imported."""
    pytest.importorskip("llvmlite")
    (tmp_path / "compiling.py").write_text(IMPORTED)
    assert python("import compiling; print(compiling.w.data != 0.5)", cwd=tmp_path, env=_environment()) == "True\n"


def _environment() -> dict[str, str]:
    return dict(os.environ, PYTHONPATH=os.pathsep.join(x or os.getcwd() for x in sys.path))
