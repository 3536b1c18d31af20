"""Object code: modules are compiled side by side, and threads that compile seldom wait for Python's lock."""

from __future__ import annotations

import threading
from typing import Any

import pytest

pytest.importorskip("llvmlite")

from microgradx.compile.backends.llvm import objects
from microgradx.compile.backends.llvm.common import common_ir
from microgradx.compile.backends.llvm.objects import AT_ONCE, OPTIMISED, object_code, prepare
from microgradx.compile.backends.llvm.target import host

PYTHON_API = 0x4
"""The flag by which ctypes marks functions that are called without letting go of Python's lock."""


def module(i: int) -> str:
    """Return a module that differs from all others."""
    return f"define i64 @f{i}() nounwind {{ ret i64 {i} }}\n{common_ir(host())}"


@pytest.mark.parametrize("level", [AT_ONCE, OPTIMISED])
def test_the_code_is_that_of_llvmlite(monkeypatch: pytest.MonkeyPatch, level: int) -> None:
    """Functions that are called past llvmlite make the very bytes that its own methods make."""
    past = object_code(module(0), host(), level)
    monkeypatch.setattr(objects, "_library", lambda: None)
    assert past == object_code(module(0), host(), level)


@pytest.mark.parametrize("past", [True, False])
def test_what_is_no_module_is_an_error_with_its_line(monkeypatch: pytest.MonkeyPatch, past: bool) -> None:
    """LLVM's reason is in the error, and the next module compiles."""
    if not past:
        monkeypatch.setattr(objects, "_library", lambda: None)
    with pytest.raises(RuntimeError, match=r"LLVM IR parsing error\n[^\n]*2:1: error: expected top-level entity"):
        object_code("declare void @f()\nwhat is no module", host())
    assert object_code(module(1), host())


def test_threads_compile_side_by_side() -> None:
    """Sixteen threads that compile at one time make the bytes that each makes alone."""
    alone = [object_code(module(i), host(), AT_ONCE) for i in range(16)]
    found: dict[int, Any] = {}

    def work(i: int) -> None:
        found[i] = object_code(module(i), host(), AT_ONCE)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found.get(i) for i in range(16)] == alone


def test_a_thread_that_compiles_gives_the_lock_back_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """While Python computes, each call that lets go of its lock waits 5 ms for it: parsing and compiling, no other."""
    object_code(module(2), host())
    library: Any = objects._library()
    assert library is not None
    released: list[str] = []
    for name, function in vars(library).items():
        if not function._flags_ & PYTHON_API:

            def call(*arguments: Any, name: str = name, function: Any = function) -> Any:
                released.append(name)
                return function(*arguments)

            monkeypatch.setattr(library, name, call)
    object_code(module(2), host())
    assert released == ["ParseAssembly", "TargetMachineEmitToMemory"]


@pytest.mark.parametrize("level", [AT_ONCE, OPTIMISED])
def test_what_is_prepared_is_used(monkeypatch: pytest.MonkeyPatch, level: int) -> None:
    """After `prepare` the first module of a process is compiled as quickly as all others, and prepared is once."""
    objects._idle.cache_clear()
    prepare(host(), level)
    monkeypatch.setattr(objects, "target_machine", lambda *_: pytest.fail("made again"))
    prepare(host(), level)
    assert object_code(module(3), host(), level)
