"""All or nothing: an interrupt at any moment leaves every gradient as it was, or all of them new."""

from __future__ import annotations

import _thread
import linecache
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import microgradx as mx
from microgradx import Value

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

    before = sys.gettrace()
    sys.settrace(on_event)
    try:
        yield lines
    finally:
        sys.settrace(before)


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
