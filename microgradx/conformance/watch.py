"""Run a program of somebody else's with a limit of time, and keep what came of it: numbers, or the error."""

from __future__ import annotations

import contextlib
import io
import itertools
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, NamedTuple


class Observation(NamedTuple):
    """What one experiment gave: numbers by name, or the name and the text of an error."""

    numbers: dict[str, float]
    error: str = ""
    message: str = ""

    @property
    def failure(self) -> str:
        """The error on one line."""
        return f"{self.error}: {self.message}" if self.message else self.error


class TimeLimit(BaseException):
    """The time is up; no `except Exception` catches it."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise TimeLimit inside after so many seconds of work: a busy machine must not decide a verdict.

    >>> with limited(5.0):
    ...     x = 1
    """
    signals = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    with _by_signal(seconds) if signals else _by_trace(seconds):
        yield


@contextlib.contextmanager
def _by_signal(seconds: float) -> Iterator[None]:
    armed = True

    def ring(number: int, frame: FrameType | None) -> None:
        if armed:
            raise TimeLimit

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.05)  # again and again, should an `except:` catch the first
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


@contextlib.contextmanager
def _by_trace(seconds: float) -> Iterator[None]:
    """The same where there are no signals (in threads, on Windows, in browsers): read the clock at each new line."""
    end = time.thread_time() + seconds
    events = itertools.count(1)

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        if not next(events) % 256 and time.thread_time() > end:
            raise TimeLimit
        return watch

    with tracing(watch):
        yield


@contextlib.contextmanager
def tracing(watch: Callable[[FrameType, str, Any], Any]) -> Iterator[None]:
    """Let Python tell a function of every call inside, as `sys.settrace` does, and then whom it told before.

    >>> names = []
    >>> with tracing(lambda frame, event, argument: names.append(frame.f_code.co_name)):
    ...     y = (lambda x: x + 1)(1)
    >>> names[0]
    '<lambda>'
    """
    before = sys.gettrace()
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


def observe(program: Callable[[], dict[str, float]], seconds: float) -> Observation:
    """Return what a program gives; whatever it raises is kept, whatever it prints is dropped.

    >>> observe(lambda: {"x": 1.0}, 5.0).numbers, observe(lambda: 1 / 0, 5.0).failure
    ({'x': 1.0}, 'ZeroDivisionError: division by zero')
    """
    silent = io.StringIO()
    try:
        with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent), limited(seconds):
            return Observation(program())
    except KeyboardInterrupt:
        raise
    except TimeLimit:
        return Observation({}, "TimeLimit", f"no end after {seconds:g} s")
    except BaseException as error:  # SystemExit too: it is somebody else's program
        return Observation({}, type(error).__name__, _text(error))


def _text(error: BaseException) -> str:
    try:
        return " ".join(str(error).split())[:200]
    except Exception:
        return ""
