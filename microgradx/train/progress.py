"""A progress bar for training and for repeated runs: tqdm's if it is installed, else a line that rewrites itself."""

from __future__ import annotations

import sys
import threading
import time
from importlib import import_module
from typing import Any, Protocol, TextIO


class Bar(Protocol):
    """What training needs of a bar; tqdm's has it."""

    def update(self, n: int = 1) -> Any:
        """Count n more."""

    def set_postfix_str(self, s: str, refresh: bool = True) -> Any:
        """Set the text beside the bar."""

    def close(self) -> Any:
        """Leave the bar as it is, and begin a new line."""


def bar(total: int, done: int, show: bool | None = None, stream: TextIO | None = None, *, unit: str = "epoch") -> Bar:
    """Return a bar that counts epochs, or another unit, from `done` to `total`.

    Without `show` it is silent unless on a terminal, and in other threads than the main one, whose bars would overwrite
    each other.

    >>> bar(10, 0, show=False)
    <silent bar>
    """
    stream = stream or sys.stderr
    if show is None:
        show = stream is not None and stream.isatty() and threading.current_thread() is threading.main_thread()
    if not show:
        return Silent()
    try:
        tqdm = import_module("tqdm").tqdm
    except ImportError:
        return Line(total, done, stream, unit)
    found: Bar = tqdm(total=total, initial=done, unit=unit, file=stream)
    return found


class Silent:
    """A bar that shows nothing."""

    def update(self, n: int = 1) -> None:
        """Do nothing."""

    def set_postfix_str(self, s: str, refresh: bool = True) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""

    def __repr__(self) -> str:
        return "<silent bar>"


class Line:
    """A line that rewrites itself, at most ten times a second, such as "epoch 12/100  loss 0.25"."""

    def __init__(self, total: int, done: int, stream: TextIO, unit: str = "epoch") -> None:
        self.unit = unit
        self.total = total
        self.done = done
        self.stream = stream
        self._text = ""
        self._width = 0
        self._shown = 0.0

    def update(self, n: int = 1) -> None:
        """Count n more."""
        self.done += n
        if time.monotonic() - self._shown > 0.1:
            self._show()

    def set_postfix_str(self, s: str, refresh: bool = True) -> None:
        """Set the text beside the count."""
        self._text = s

    def close(self) -> None:
        """Show the last count and begin a new line."""
        self._show()
        self.stream.write("\n")

    def _show(self) -> None:
        line = f"{self.unit} {self.done}/{self.total}  {self._text}".rstrip()
        self.stream.write("\r" + line.ljust(self._width))  # blanks over what a longer line left behind
        self.stream.flush()
        self._width = len(line)
        self._shown = time.monotonic()
