"""Images: object files that are linked without LLVM are the same code, and what is not linked so is left to LLVM."""

from __future__ import annotations

import ctypes
import gc
import json
import platform
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from microgradx.compile.backends.llvm import objects
from microgradx.compile.backends.llvm.images import BEGIN, linked, mapped
from microgradx.compile.backends.llvm.objects import joined, loaded, object_code
from microgradx.compile.backends.llvm.target import host
from microgradx.compile.nests.nests import Plan

from .crosschecks import same_bits
from .kernels import compile_kernel
from .random_nests import Drawn
from .sketches import mlp, run

llvm = pytest.importorskip("llvmlite.binding")

IS_LINKED = sys.platform == "linux" and platform.machine() == "x86_64"
here = pytest.mark.skipif(not IS_LINKED, reason="images are made of ELF for x86-64")

PLANS: dict[str, Callable[[], Plan]] = {"one module": lambda: mlp((2, 16, 1)), "many": lambda: Drawn(7, 150).plan()}


def by_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave it to LLVM to link, as on other systems."""
    monkeypatch.setattr(objects, "linked", lambda objects: None)


def number(code: bytes, name: str = "f") -> int:
    """Return what a function without arguments returns."""
    _owner, (at,) = loaded(code, host(), [name])
    return int(ctypes.CFUNCTYPE(ctypes.c_int64)(at)())


@here
@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("lanes", [1, 8])
@pytest.mark.parametrize("name", PLANS)
def test_an_image_computes_what_llvm_links(
    name: str, lanes: int, strict: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Kernels of one module and of several, with the C library's functions in strict mode, have the same bits."""
    plan = PLANS[name]()
    rng = np.random.default_rng(0)
    x, p = rng.normal(size=(20, plan.inputs - plan.weighted)), rng.normal(size=plan.parameters)
    images, found = [], []
    for _ in range(2):
        kernel = compile_kernel(plan, lanes=lanes, strict=strict)
        images.append(kernel.to_object().startswith(BEGIN))
        gradient = np.zeros(plan.gradients)
        found += [run(kernel, plan, x, p, 0.5, gradient), gradient]
        by_llvm(monkeypatch)
    assert images == [True, False]
    assert same_bits(found[0], found[2])
    assert same_bits(found[1], found[3])


@here
def test_several_objects_call_one_another_and_the_library() -> None:
    """A function of another object, one of this, a constant and the C library's are found, whichever comes first."""
    first = """
    @table = internal constant [2 x i64] [i64 40, i64 7]
    declare i64 @second(i64)
    declare i64 @llabs(i64)
    define internal i64 @own() nounwind { ret i64 -2 }
    define i64 @f() nounwind {
      %at = getelementptr [2 x i64], ptr @table, i64 0, i64 0
      %x = load volatile i64, ptr %at
      %two = call i64 @own()
      %abs = call i64 @llabs(i64 %two)
      %y = add i64 %x, %abs
      %z = call i64 @second(i64 %y)
      ret i64 %z
    }"""
    second = "define i64 @second(i64 %x) nounwind { %y = mul i64 %x, 10  ret i64 %y }"
    codes = [object_code(text, host()) for text in (first, second)]
    for some in (codes, codes[::-1]):
        image = joined(some)
        assert [*json.loads(image.partition(b"\n")[0])["needed"]] == ["llabs"]
        assert number(image) == 420


@here
def test_a_function_that_is_not_there_has_the_address_0() -> None:
    """Kernels need not have all functions; what code itself refers to must be there."""
    owner, (f, g) = loaded(joined([object_code("define void @f() nounwind { ret void }", host())]), host(), ["f", "g"])
    assert f != 0
    assert g == 0
    lacks = object_code(
        "declare void @of_nobody()  define void @f() nounwind { call void @of_nobody()  ret void }", host()
    )
    with pytest.raises(AttributeError, match="of_nobody"):
        loaded(joined([lacks]), host(), ["f"])
    del owner


FOREIGN = {
    "a variable": "@x = global i64 42\ndefine i64 @f() nounwind { %v = load i64, ptr @x  ret i64 %v }",
    "a weak function": "define weak i64 @f() nounwind { ret i64 42 }",
    "a function that chooses another": "define internal i64 @own() nounwind { ret i64 42 }\n"
    "define internal ptr @choose() nounwind { ret ptr @own }\n@g = ifunc i64 (), ptr @choose\n"
    "define i64 @f() nounwind { %x = call i64 @g()  ret i64 %x }",
    "unwinding": "define i64 @f() uwtable { ret i64 42 }",
    "a large alignment": "@x = constant i64 42, align 128\n"
    "define i64 @f() nounwind { %v = load volatile i64, ptr @x  ret i64 %v }",
}


@here
@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_not_linked_here_is_left_to_llvm(what: str) -> None:
    """Sections and symbols of other kinds are nothing that is guessed at."""
    code = object_code(FOREIGN[what], host())
    assert linked([code]) is None
    assert number(joined([code])) == 42


OTHERWISE = {
    "of the library": "declare i64 @llabs(i64)\ndefine i64 @f() nounwind { %x = call i64 @llabs(i64 -42)  ret i64 %x }",
    "of its own": "@x = internal constant i64 42\n"
    "define i64 @f() nounwind { %v = load volatile i64, ptr @x  ret i64 %v }",
}


@here
@pytest.mark.parametrize("what", OTHERWISE)
def test_other_addresses_are_left_to_llvm(what: str) -> None:
    """So are addresses that are relative or short, and functions that two objects have."""
    text, settings = OTHERWISE[what], {"opt": 1, "reloc": "pic", "codemodel": "small"}
    machine = llvm.Target.from_triple(llvm.get_process_triple()).create_target_machine(**settings)
    assert linked([machine.emit_object(llvm.parse_assembly(text, llvm.create_context()))]) is None
    code = object_code(text, host())
    assert linked([code]) is not None
    assert linked([code, code]) is None


@pytest.mark.parametrize("triple", ["arm64-apple-darwin", "aarch64-unknown-linux-gnu", "x86_64-pc-windows-msvc"])
def test_other_systems_are_left_to_llvm(triple: str) -> None:
    """Object files of another format, and for other processors, are no images; nor is what is no object file."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = replace(host(), cpu="", features="", triple=triple)
    code = object_code("define void @f() nounwind { ret void }", target)
    assert linked([code]) is None
    assert joined([code, b"ab"])[8:] == code + (2).to_bytes(8, "little") + b"ab"
    assert linked([b""]) is None


def protection(places: list[int]) -> list[list[str]]:
    """Return how the process's memory at each of these places may be used."""
    ranges: list[tuple[int, int, str]] = []
    for line in Path("/proc/self/maps").read_text().splitlines():
        limits, how, *_ = line.split()
        begin, end = (int(x, 16) for x in limits.split("-"))
        ranges.append((begin, end, how))
    return [[how for begin, end, how in ranges if begin <= at < end] for at in places]


@here
def test_code_is_not_written_to_and_goes_with_its_owner() -> None:
    """Memory is readable and executable while its owner lives, and then given back."""
    image = joined([object_code("define i64 @f() nounwind { ret i64 42 }", host())])
    owned = [mapped(image, ["f"]) for _ in range(300)]
    places = [at for _, (at,) in owned]
    assert protection(places) == [["r-xp"]] * 300
    del owned
    gc.collect()
    assert not any("r-xp" in how for how in protection(places))
