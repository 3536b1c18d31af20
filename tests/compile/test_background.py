"""Machine code that is compiled while Python goes on."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from microgradx import Value, tanh
from microgradx.compile.backends.backends import backend
from microgradx.compile.backends.lazy import LazyPlan
from microgradx.compile.backends.llvm import kept
from microgradx.compile.backends.llvm.backend import LlvmBackend
from microgradx.compile.backends.llvm.machine import Machine
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.target import Target
from microgradx.compile.paths.stages import Kind, Stages
from microgradx.compile.tracing.trace import trace

pytest.importorskip("llvmlite")

ROWS = np.array([[0.5, 1.0], [-2.0, 3.0]])
PARAMETERS = np.array([0.25])


def machine(strict: bool = False) -> Machine:
    """Return a machine that has compiled nothing yet: tanh(w·x) + y with its gradient."""
    w = Value(0.25)
    recording = trace(lambda x, y: tanh(w * x) + y, [(), ()], [w], strict=strict)
    made = backend("llvm", cache=False)
    assert isinstance(made, LlvmBackend)
    plan: LazyPlan = Stages(recording, made, strict).plan(Kind.GRADIENT)
    return made.build(plan, strict)


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("rows", [1, 100])
@pytest.mark.parametrize("in_place", [False, True])
def test_machine_code_is_the_same_whether_it_was_prepared_or_not(strict: bool, rows: int, in_place: bool) -> None:
    """Nothing about a kernel depends on when it was begun."""
    prepared, other = machine(strict), machine(strict)
    prepared.prepare(rows, in_place)
    assert prepared.kernel(rows, in_place).to_object() == other.kernel(rows, in_place).to_object()
    assert prepared.kernel(rows, in_place) is prepared.kernel(rows, in_place)


def test_preparing_does_not_wait_for_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """One goes on while LLVM works, here for as long as it must wait, and asks it once for each kernel."""
    go_on, asked = threading.Event(), []

    def slow(ir: str, target: Target, level: int) -> bytes:
        assert go_on.wait(60)
        asked.append(threading.current_thread())
        return object_code(ir, target, level)

    monkeypatch.setattr(kept, "object_code", slow)
    m = machine()
    m.prepare(1)
    m.prepare(1)
    assert not asked
    go_on.set()
    m.kernel(1)
    assert len(asked) == 1
    assert asked[0] is not threading.main_thread()


def test_an_error_of_llvm_is_raised_by_whoever_needs_the_machine_code(monkeypatch: pytest.MonkeyPatch) -> None:
    """Preparing never fails by it, the call that needs the kernel does, and the next one tries again."""
    m = machine()
    with monkeypatch.context() as broken:
        broken.setattr(kept, "object_code", lambda *_: 1 // 0)
        m.prepare(1)
        with pytest.raises(ZeroDivisionError):
            m.kernel(1)
    found = m(ROWS, None, 0.5)(PARAMETERS)
    assert found.outputs["values"].ravel() == pytest.approx(np.tanh(0.25 * ROWS[:, 0]) + ROWS[:, 1], rel=1e-15)


def test_every_back_end_can_be_asked_to_prepare() -> None:
    """Where there is nothing to compile, preparing does nothing."""
    w = Value(2.0)
    recording = trace(lambda x: w * x, [()], [w])
    kernel = Stages(recording, backend("numpy"), False).kernel(Kind.VALUES)
    kernel.prepare(1)
    assert kernel(np.array([[3.0]]), None, 1.0)(np.array([2.0])).outputs["values"].tolist() == [[6.0]]
