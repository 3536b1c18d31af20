"""Other processors and systems: what is chosen for them, and that all machine code compiles for them.

Whether it computes the same there is asked of an imitated ARM by `python -m tests.proofs.arm`.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm import c_functions, sharing
from microgradx.compile.backends.llvm.alike import alike_ir
from microgradx.compile.backends.llvm.batches import batches_ir
from microgradx.compile.backends.llvm.epochs import epochs_ir
from microgradx.compile.backends.llvm.kernel import emit
from microgradx.compile.backends.llvm.lengths import LONG
from microgradx.compile.backends.llvm.mean_code import sums_ir
from microgradx.compile.backends.llvm.objects import object_code
from microgradx.compile.backends.llvm.shuffle import shuffle_ir
from microgradx.compile.backends.llvm.slots import slots_ir
from microgradx.compile.backends.llvm.target import Target, host, of_processor
from microgradx.compile.nests.nests import Plan
from microgradx.compile.paths.stages import Kind

from .ways import ways
from .zoo import example

llvm = pytest.importorskip("llvmlite.binding")

AVX2 = {"avx": True, "avx2": True, "fma": True}
AVX512 = AVX2 | {"avx512f": True, "avx512vl": True, "avx512dq": True}

PROCESSORS: dict[str, tuple[str, str, Mapping[str, bool], tuple[int, int, bool]]] = {
    "Mac, ARM, whose system tells no features": ("arm64-apple-darwin23.1.0", "apple-m1", {}, (2, 32, True)),
    "Linux, ARM": ("aarch64-unknown-linux-gnu", "neoverse-n1", {"neon": True, "sve": False}, (2, 32, True)),
    "Windows, ARM": ("aarch64-pc-windows-msvc", "generic", {"neon": True}, (2, 32, True)),
    "Mac, Intel": ("x86_64-apple-darwin20.0.0", "haswell", AVX2, (4, 16, True)),
    "Windows, without AVX": ("x86_64-pc-windows-msvc", "x86-64", {"sse2": True, "avx": False}, (2, 16, False)),
    "Windows, AVX without fused products": ("x86_64-pc-windows-msvc", "sandybridge", {"avx": True}, (4, 16, False)),
    "Linux, AVX-512": ("x86_64-unknown-linux-musl", "x86-64-v4", AVX512, (8, 32, True)),
    "a processor that nobody thought of": ("riscv64-unknown-linux-gnu", "generic-rv64", {}, (2, 16, False)),
}


@pytest.mark.parametrize("name", PROCESSORS)
def test_what_is_chosen(name: str) -> None:
    """Vectors, registers and fused products follow from what LLVM says of a processor and its architecture."""
    triple, cpu, have, expected = PROCESSORS[name]
    found = of_processor(triple, cpu, have)
    assert (found.vector, found.registers, found.fused) == expected
    assert found.cpu == cpu
    assert not (found.masked or found.scaled) or found.vector == 8


def test_features_are_told_to_llvm_as_it_tells_them() -> None:
    """Those that a processor has and those that it has not, in the order of their names."""
    assert of_processor("", "", {"fma": True, "avx": False}).features == "-avx,+fma"
    assert host().features == llvm.get_host_cpu_features().flatten()


SAMPLE = ("net of 3-5-1, tanh", "softmax regression by lookup", "powers")


@cache
def plan_of(name: str, strict: bool) -> Plan:
    """Return what computes the gradient of a program of the zoo."""
    return ways(example(name), strict, count=1)[0].plan(Kind.GRADIENT)


def texts(target: Target) -> list[str]:
    """Return modules of all kinds."""
    found = [shuffle_ir(target), epochs_ir(target), slots_ir(), alike_ir(), sums_ir()]
    for strict in (True, False):
        found.append(batches_ir(target, strict))
        for name in SAMPLE:
            lanes = 32 if strict or name == SAMPLE[-1] else 1
            found += emit(plan_of(name, strict), target, lanes=lanes, strict=strict).modules
    return found


SYSTEMS = {"darwin": (b"\xcf\xfa\xed\xfe", b"\x00_"), "windows": (b"", b"\x00"), "linux": (b"\x7fELF", b"\x00")}
"""System → how its object files begin, and what stands before a name."""


@pytest.mark.parametrize("name", PROCESSORS)
def test_everything_compiles(name: str) -> None:
    """Kernels, loops and what reads Python's objects become object files of the system, and none asks for unwinding.

    Nothing throws; on Windows tables that say how to unwind must lie close behind the code, which nobody promises.
    """
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    triple, cpu, have, _ = PROCESSORS[name]
    target = replace(of_processor(triple, cpu, have), triple=triple)
    begin, before = next(found for system, found in SYSTEMS.items() if system in triple)
    for text in texts(target):
        code = object_code(text, target)
        assert code.startswith(begin)
        assert b".pdata" not in code
        assert before + b"kernel\x00" in code or "@kernel(" not in text


def test_windows_computes_by_pythons_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """There each function that strict code calls is named to LLVM, from the library that Python is built of."""
    assert set(c_functions.FUNCTIONS) == LONG
    asked, named, own = list[str](), dict[str, int](), ctypes.CDLL(None)
    monkeypatch.setattr(sys, "platform", "win32")

    def library_of(name: str) -> Any:
        asked.append(name)
        return own

    monkeypatch.setattr(ctypes, "CDLL", library_of)
    monkeypatch.setattr(llvm, "add_symbol", named.__setitem__)
    c_functions.name_functions.__wrapped__()
    assert asked == ["ucrtbase"]
    assert named == {name: ctypes.cast(own[name], ctypes.c_void_p).value for name in LONG}


def test_windows_gives_way_by_its_own_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """There threads that wait call SwitchToThread."""

    class Libraries:
        class kernel32:
            SwitchToThread = ctypes.CDLL(None).sched_yield

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", Libraries, raising=False)
    expected = ctypes.cast(ctypes.CDLL(None).sched_yield, ctypes.c_void_p).value
    assert sharing.give_way.__wrapped__() == expected


def test_short_integers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy 1 on Windows, whose integers are of 32 bits though indices are of 64, is refused with a way out."""
    other: Any = np.int32 if np.dtype(int).itemsize == 8 else np.int64
    monkeypatch.setattr(np, "intp", other)
    with pytest.raises(ImportError, match=r"shorter than indices here: pip install 'numpy>=2'"):
        mx.compile(lambda x: x)
