"""An interrupt, wherever Python delivers it, leaves no lock taken and no state behind."""

from __future__ import annotations

import contextlib
import dis
import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

import pytest

from microgradx.compile import forks
from microgradx.compile.backends.future import Future
from microgradx.compile.collector import paused
from microgradx.compile.forks import Undivided
from microgradx.compile.tracing.recorder import Recorder
from microgradx.compile.tracing.trace import at_work
from microgradx.conformance.watch import tracing
from microgradx.in_trace import AT_WORK

CHECKED = {dis.opmap[name] for name in ("RESUME", "CALL", "CALL_FUNCTION_EX", "JUMP_BACKWARD")}
"""After these instructions Python looks whether a signal has come."""


@contextmanager
def interrupt(at: int) -> Iterator[None]:
    """Raise KeyboardInterrupt at the moment of this number at which Python may, in `forks` and what that is made of."""
    left, last = at, dict[FrameType, int]()

    def watch(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in (forks.__file__, contextlib.__file__, threading.__file__):
            return None
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        if event == "opcode":
            left -= last.get(frame) in CHECKED
            last[frame] = frame.f_code.co_code[frame.f_lasti]
            if not left:
                sys.settrace(None)
                raise KeyboardInterrupt
        return watch

    with tracing(watch):
        yield


def begin(work: Undivided) -> None:
    with work.done():
        pass


def fork(work: Undivided) -> None:
    """Do what a fork does before and after it, whose hooks may raise anything."""
    with suppress(KeyboardInterrupt):
        work._wait()
    with suppress(RuntimeError):
        work._begin.release()


@pytest.mark.parametrize("act", [begin, fork])
def test_an_interrupt_keeps_no_other_thread_waiting(
    act: Callable[[Undivided], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Interrupted at any moment, beginning work and waiting for that of another thread let others begin."""
    monkeypatch.delattr(os, "register_at_fork", raising=False)  # these are in nobody's way
    for at in range(1, 40):
        work, is_begun, is_over = Undivided(), threading.Event(), threading.Event()

        def other(work: Undivided = work, begun: threading.Event = is_begun, over: threading.Event = is_over) -> None:
            with work.done():
                begun.set()
                over.wait(10.0)

        thread = threading.Thread(target=other, daemon=True)
        thread.start()
        is_begun.wait()
        with suppress(KeyboardInterrupt), interrupt(at):
            act(work)
        late = threading.Thread(target=begin, args=[work], daemon=True)
        late.start()
        late.join(5.0)
        assert not late.is_alive(), at
        is_over.set()
        thread.join()


def interrupted(after: str, within: Callable[[], contextlib.AbstractContextManager[None]]) -> bool:
    """Return whether Python was interrupted as soon as a function of C had returned."""

    def watch(frame: FrameType, event: str, function: Any) -> None:
        if event == "c_return" and function.__name__ == after:
            sys.setprofile(None)
            raise KeyboardInterrupt

    sys.setprofile(watch)
    try:
        with within():
            pass
    except KeyboardInterrupt:
        return True
    finally:
        sys.setprofile(None)
    return False


def test_a_trace_that_is_interrupted_at_once_is_not_at_work() -> None:
    """As soon as a recorder is set an interrupt may come: afterwards there is the one that there was."""
    outer = Recorder([], [])
    with at_work(outer):
        assert interrupted("set", lambda: at_work(Recorder([], [])))
        assert AT_WORK.get() is outer
    assert AT_WORK.get() is None


def test_the_collector_goes_on_after_an_interrupt() -> None:
    """As soon as it is paused an interrupt may come: afterwards it runs again."""
    assert gc.isenabled()
    try:
        assert interrupted("disable", paused)
        assert gc.isenabled()
    finally:
        gc.enable()


def test_an_error_that_is_met_again_shows_no_more_than_once_where_it_was_raised() -> None:
    """However often a result is asked for, the traceback of its error is as long as the first time."""

    def task() -> None:
        raise ValueError("no")

    future, lengths = Future(task), []
    for _ in range(5):
        with pytest.raises(ValueError, match="no") as found:
            future.result()
        lengths.append(len(list(traceback.walk_tb(found.value.__traceback__))))
    assert lengths == lengths[:1] * 5
    assert "raise ValueError" in "".join(traceback.format_tb(found.value.__traceback__))
