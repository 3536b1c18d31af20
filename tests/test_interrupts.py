"""All or nothing: an interrupt at any moment leaves every gradient as it was, or all of them new."""

from __future__ import annotations

import _thread
import linecache
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx import Value
from microgradx.conformance.watch import tracing
from microgradx.sweep import nodes

SWEEP = ("sweep.py", "chain.py", "engine.py", "node.py")
"""The files whose lines a sweep runs."""


@contextmanager
def interrupt(at: int, files: tuple[str, ...]) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt before the line of this number that runs in the sweep; the yielded list counts them."""
    lines: list[int] = []

    def on_event(frame: Any, event: str, _: Any) -> Any:
        name = frame.f_code.co_filename
        if Path(name).name not in files:
            return None
        # The line of a `with` is traced once more after its body, where no signal is ever delivered.
        if event == "line" and not linecache.getline(name, frame.f_lineno).lstrip().startswith("with "):
            lines.append(frame.f_lineno)
            if len(lines) == at:
                raise KeyboardInterrupt
        return on_event

    with tracing(on_event):
        yield lines


def check_interrupts(*files: str) -> None:
    """Interrupt a sweep before each of its lines in turn: all gradients are as they were, or all are new."""
    x, y, z = Value(0.5), Value(2.0), Value(-1.0)
    output = mx.sum([x * y, (x / y).tanh(), mx.dot([x, y], [y, z])]) * z.exp()
    leaves = (x, y, z)
    new = [7.0 + g for g in mx.grad(output, leaves)]
    lines, outcomes = [0], set()
    at = 0
    while len(lines) >= at:
        at += 1
        for v in leaves:
            v.grad = 7.0
        with suppress(KeyboardInterrupt), interrupt(at, (*SWEEP, *files)) as lines:
            output.backward()
        found = [v.grad for v in leaves]
        assert found in ([7.0] * 3, new), f"half of the gradients were written at line {lines[-1]}"
        outcomes.add(found == new)
    assert outcomes == {True, False}
    assert at > 100


def test_interrupt_leaves_all_gradients_or_none() -> None:
    """Ctrl-C before any line that a sweep runs leaves every gradient as it was, or all new, and the engine usable."""
    check_interrupts()


def test_signals_leave_all_gradients_or_none() -> None:
    """Real interrupts at a hundred moments leave every leaf with the same number of gradients."""
    leaves = [Value(float(i)) for i in range(100)]
    output = mx.dot(leaves, [float(i) for i in range(100)])
    for v in leaves:
        output = output + v
    landed = 0
    for moment in range(100):
        timer = threading.Timer(1e-5 * moment, _thread.interrupt_main)
        try:
            timer.start()
            while True:
                output.backward()
        except KeyboardInterrupt:
            landed += 1
        timer.join()
        assert {v.grad / (i + 1.0) for i, v in enumerate(leaves)} == {leaves[0].grad}
    assert landed == 100


def in_the_midst(act: Callable[[], object]) -> float:
    """Return the gradient 3·2x at x = 2 of a backward in whose midst `act` ran, as a signal handler does."""

    def slope(m: Any, z: Any, x: Any) -> float:
        act()
        return 3.0

    x = Value(2.0)
    own = mx.Primitive("own", "own", "{0}", ((1.0, 2.0),), lambda m, x: x, (slope,))
    mx.apply(own, x * x).backward()
    return x.grad


@pytest.mark.parametrize(
    "act",
    [
        lambda: (Value(1.0) * 2).backward(),
        lambda: mx.grad(v := Value(1.0), v),
        lambda: nodes(Value(1.0)),
        lambda: mx.compile(abs, [Value(1.0)]),
    ],
    ids=["backward", "grad", "nodes", "compile"],
)
def test_what_interrupts_a_sweep_cannot_start_another(act: Callable[[], object]) -> None:
    """In a signal handler that runs in the midst of a sweep, another is an error that says so, and no deadlock."""
    told = []

    def refused() -> None:
        with pytest.raises(RuntimeError, match="in the midst of a sweep") as caught:
            act()
        told.append(caught)

    assert in_the_midst(refused) == 12.0
    assert told


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.filterwarnings("ignore:.*fork")  # of JAX, if another test has imported it, and of Python 3.12
def test_a_process_may_fork_in_the_midst_of_a_sweep() -> None:
    """A signal handler may start a process, which ends, and the sweep goes on."""

    def fork() -> None:
        if (pid := os.fork()) == 0:
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0

    assert in_the_midst(fork) == 12.0
