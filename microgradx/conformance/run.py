"""Run the experiments on a class: here, or in a process of its own that may hang or crash."""

from __future__ import annotations

import inspect
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

from ..errors import LoadError
from .experiments import experiments
from .judge import judge
from .report import ConformanceReport
from .suite import NOT_RUN, PATIENCE, observations
from .watch import Observation

_LOADING = 60.0
"""Seconds after which an engine that is still being imported is given up."""
_GRACE = 20.0
"""Seconds beyond the limit after which the process of an experiment is ended from outside."""


def conformance(engine: Any, *, seconds: float = 5.0) -> ConformanceReport:
    """Run the conformance suite against somebody's own `Value` class, and return the bugs that it finds, by name.

    The class is to have micrograd's interface: Value(number), + - * / ** with Values and numbers, `.data`, `.grad`,
    `.backward()`, and what exists of exp, log, tanh, relu, sigmoid as methods, or as functions beside it. What is right
    is what our own engine gives. Each check relies only on what an earlier one has found right, so that one bug has
    one name.

    engine    a class, which is run in this process, or "path/to/engine.py:Value" or "package.module:Value", which is
              run in a process of its own, so that it may hang or crash
    seconds   the time that one experiment may take

    LoadError if there is no such class; TypeError for what is none; ValueError unless seconds > 0.

    >>> from microgradx import Value
    >>> print(conformance(Value))
    microgradx.engine.Value: no bugs (checks: 118 ok)
    """
    if not seconds > 0:
        raise ValueError(f"seconds is the time that an experiment may take, above 0, not {seconds!r}")
    if isinstance(engine, str):
        return ConformanceReport(engine, *judge(_apart(engine, seconds)))
    if not inspect.isclass(engine):
        kind = "a Value" if hasattr(engine, "backward") else f"{engine!r}"
        raise TypeError(
            f"conformance takes a class, or 'path/to/engine.py:Value', not {kind}; write conformance(Value)"
        )
    seen = dict(observations(engine, seconds))
    return ConformanceReport(f"{engine.__module__}.{engine.__qualname__}", *judge(seen))


def _apart(name: str, seconds: float) -> dict[str, Observation]:
    """Return the observations of a class in processes of their own: a new one where one has hung or crashed."""
    keys = list(experiments())
    seen: dict[str, Observation] = {}
    for _ in range(PATIENCE):
        if len(seen) < len(keys):
            seen.update(_answers(name, seconds, keys[len(seen)]))
    return {key: seen.get(key, NOT_RUN) for key in keys}


def _answers(name: str, seconds: float, first: str) -> Iterator[tuple[str, Observation]]:
    """Yield what one process observes, from one experiment on; the last is the one in which it hung or crashed."""
    command = [sys.executable, "-c", _CHILD, name, repr(seconds), first]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
    ) as process:
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read, args=(process.stdout, lines), daemon=True).start()
        order = list(experiments())
        left = iter(order[order.index(first) :])
        loaded = False
        try:
            while True:
                try:
                    line = lines.get(timeout=seconds + _GRACE if loaded else _LOADING)
                except queue.Empty:
                    line = json.dumps(["", {}, "TimeLimit", f"no end after {seconds:g} s"])
                if not loaded:
                    loaded = _begun(name, line)
                    continue
                key = next(left, None)
                if key is None:
                    return
                if not line:
                    code = process.wait()
                    yield key, Observation({}, "Crash", f"the interpreter ended with status {code}")
                    return
                answer = json.loads(line)
                yield key, Observation(*answer[1:])
                if not answer[0]:
                    return
        finally:
            process.kill()


def _begun(name: str, line: str) -> bool:
    """Return True after the line with which a process says that it has loaded the class; LoadError if it has not."""
    if not line:
        raise LoadError(f"{name} cannot be loaded: the interpreter ended")
    answer = json.loads(line)
    if answer[0] != "loaded":
        raise LoadError(answer[3] if answer[0] else f"{name} cannot be loaded: no end after {_LOADING:g} s")
    return True


def _read(stream: Any, lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


_CHILD = "import sys; from microgradx.conformance.child import main; main(*sys.argv[1:])"
