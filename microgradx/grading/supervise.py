"""Run a notebook by worker processes, one after the other until every cell has been run or given up."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import LoadError
from .plain import unpacked
from .processes import end as end_processes
from .processes import marked, tree
from .worker import ORDERS

_STARTING = 120.0
"""Seconds after which a worker that has not started its kernel is given up."""
_REQUESTS = 3
"""How many requests a worker makes for a cell at most, each of which may take the cell's time."""
_GRACE = 30.0
"""Seconds beyond that after which the worker itself is ended."""
_LONGEST_LINE = 300_000
_MARK = "MICROGRADX_GRADING"
"""The environment variable by which the processes of a notebook are known."""


class Outcome(NamedTuple):
    """What came of one cell: the report of its answer, or the reason why there is none."""

    report: str = ""
    reason: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether the cell has answered."""
        try:
            return bool(self.report) and not unpacked(self.report)[2]
        except (ValueError, TypeError):
            return False


def outcomes(cells: Sequence[tuple[str, str | None]], *, timeout: float, total: float) -> list[Outcome]:
    """Return what came of each cell, given as its source and the variable that is read after it.

    After a cell that hangs, ends its process, floods its output or overwrites the checker, the notebook is run again
    without it, and without those that should have answered and have not. `timeout` is the time of one cell, `total` of
    all, in seconds. LoadError if no kernel can be had.
    """
    end = time.monotonic() + total
    found: dict[int, Outcome] = {}
    skip: set[int] = set()
    while len(found) < len(cells) and time.monotonic() < end:
        failed, reason = _one_worker(cells, skip, found, timeout, end)
        if failed is None:
            break
        found.setdefault(failed, Outcome(reason=reason))
        # Nor are cells run again that have given nothing: they may have left what ends a later cell.
        skip |= {failed} | {i for i, each in found.items() if cells[i][1] is not None and not each.is_answer}
    up = f"the notebook's time, {total:g} s, is up before this cell has ended"
    late = Outcome(reason=up if time.monotonic() >= end else "the process that runs the notebook has ended")
    return [found.get(i, late) for i in range(len(cells))]


def _one_worker(
    cells: Sequence[tuple[str, str | None]], skip: set[int], found: dict[int, Outcome], timeout: float, end: float
) -> tuple[int | None, str]:
    """Run one worker, which adds to `found`; return the cell after which it could not go on, and why."""
    at = None
    with _Worker({"cells": list(cells), "skip": sorted(skip), "timeout": timeout}) as worker:
        first = worker.message(min(_STARTING, max(end - time.monotonic(), 0.0)))
        if first is not None and "started" not in first:
            raise LoadError(f"the notebook cannot be run: {first.get('broken', 'its process has ended')}")
        worker.watch()
        while time.monotonic() < end:
            message = worker.message(min(_REQUESTS * timeout + _GRACE, max(end - time.monotonic(), 0.0)))
            if message is None and time.monotonic() >= end:
                break
            if message is None:
                return at, "the cell stops the process that runs the notebook"
            if "begin" in message:
                at = int(message["begin"])
            elif "end" in message and at is not None:
                reason = f"the cell raises {message['error']}" if "error" in message else ""
                found.setdefault(at, Outcome(str(message.get("report", "")), reason))
            elif "failed" in message:
                return at, str(message.get("reason", ""))[:500]
            elif "done" in message:
                return None, ""
            else:
                return at, "the cell ends the process that runs the notebook"
    return None, ""


class _Worker:
    """A worker process in an empty folder of its own, so that no module there can be taken for a library's."""

    def __init__(self, orders: dict[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        Path(self._folder.name, ORDERS).write_text(json.dumps(orders), encoding="utf-8")
        root = Path(__file__).resolve().parents[2]
        paths = [str(root)] if (root / "pyproject.toml").is_file() else []  # a checkout need not be installed
        paths += filter(None, [os.environ.get("PYTHONPATH")])
        self._token = uuid.uuid4().hex
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from microgradx.grading.worker import main; main()"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths), _MARK: self._token},
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._running: list[Any] = []
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> _Worker:
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        end_processes([*self._running, *tree(self._process.pid)])
        end_processes(marked(_MARK, self._token))  # what has left its parents behind
        self._process.wait()
        self._reader.join(timeout=5.0)
        if not self._reader.is_alive():  # else a process that could not be ended still holds the other end
            assert self._process.stdout is not None
            self._process.stdout.close()
        self._folder.cleanup()

    def watch(self) -> None:
        """Remember the kernel, which outlives a worker that it ends."""
        self._running = tree(self._process.pid)

    def message(self, patience: float) -> dict[str, Any] | None:
        """Return what the worker tells next, nothing if it has ended; None if it tells nothing for so many seconds."""
        try:
            found = json.loads(self._lines.get(timeout=patience))
        except queue.Empty:
            return None
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _read(self) -> None:
        assert self._process.stdout is not None
        while line := self._process.stdout.readline(_LONGEST_LINE):
            self._lines.put(line)
        self._lines.put("")
