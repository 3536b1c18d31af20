"""What registers hold of memory: it is taken from there where it is the same, and not written if nobody reads it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx.compile.backends.llvm.holding import holding
from microgradx.compile.backends.llvm.objects import joined, loaded, object_code
from microgradx.compile.backends.llvm.target import AVX2, AVX512, BASELINE, Target, host
from microgradx.compile.backends.llvm.writer import Module, Writer
from microgradx.compile.program import Program
from microgradx.optim import SGD


def written(write: Callable[[Writer], None]) -> str:
    """Return the lines of a function of pointers %x and %y and a number %i."""
    w = Writer(Module(BASELINE), recalls=True)
    write(w)
    return "\n".join(w.lines)


def test_what_was_written_is_not_read_again() -> None:
    """A vector, or a lane of it, comes from the register that it was stored from."""

    def write(w: Writer) -> None:
        w.store("%v", w.shifted("%x", 4), 2)
        assert w.load(w.shifted("%x", 4), 2) == "%v"
        w.load(w.shifted("%x", 5), 1)

    text = written(write)
    assert "extractelement <2 x double> %v, i32 1" in text
    assert " load " not in text


OVERWRITTEN: dict[str, Callable[[Writer], None]] = {
    "by a neighbour that overlaps": lambda w: w.store("%u", w.shifted("%x", 5), 2),
    "somewhere in the same memory": lambda w: w.store("%s", w.shifted("%x", "%i"), 1),
    "through a pointer from elsewhere": lambda w: w.store("%s", w.value("load ptr, ptr %y"), 1),
    "by a call": lambda w: w.do("call void @f(ptr %x)"),
    "in another block": lambda w: w.start("next"),
}


@pytest.mark.parametrize("how", OVERWRITTEN)
def test_what_may_have_changed_is_read(how: str) -> None:
    """After anything that may write to the same place, the number is read from memory."""

    def write(w: Writer) -> None:
        w.store("%v", w.shifted("%x", 4), 2)
        OVERWRITTEN[how](w)
        w.load(w.shifted("%x", 4), 2)

    assert "load <2 x double>" in written(write)


def test_other_memory_changes_nothing() -> None:
    """Arguments lead to different memory."""

    def write(w: Writer) -> None:
        w.store("%v", w.shifted("%x", 4), 2)
        w.store("%u", w.shifted("%y", "%i"), 2)
        assert w.load(w.shifted("%x", 4), 2) == "%v"

    assert " load " not in written(write)


@pytest.mark.parametrize("target", [BASELINE, AVX2, AVX512, host()], ids=["baseline", "AVX2", "AVX-512", "host"])
def test_rounds_hand_on_what_they_write(target: Target) -> None:
    """Numbers that stay in registers from round to round are in memory at the end, also after no round."""
    w = Writer(Module(target), recalls=True)
    w.recall.keeps = [("%x", 0, 2)]

    def body(_: str) -> None:
        for place, step in ((0, 1.0), (1, 2.0)):
            x = w.load(w.shifted("%x", place), 1)
            w.store(w.value(f"fadd double {x}, {step}"), w.shifted("%x", place), 1)
        w.store(w.load(w.shifted("%x", 0), 1), w.shifted("%s", 3), 1)  # which nobody reads

    holding(w, "%n", "%x", "%s", body)
    w.define("f", "ptr noalias %x, ptr noalias %s, i64 %n")
    text = w.module.text()
    assert text.count("phi double") == 4
    assert "%s, i64 3" in text
    assert text.count("store double") == 2
    if target == host():
        _owner, (at,) = loaded(joined([object_code(text, target)]), target, ["f"])
        f = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(at)
        x, s = np.array([0.5, 0.25]), np.zeros(4)
        f(x.ctypes.data, s.ctypes.data, 0)
        assert x.tolist() == [0.5, 0.25]
        f(x.ctypes.data, s.ctypes.data, 3)
        assert x.tolist() == [3.5, 6.25]


@pytest.mark.parametrize("schedule", [None, lambda t: 1.0 / (1.0 + t), lambda t: 1.0 if t < 1.5 else 0.25])
def test_steps_of_one_row_have_the_bits_of_eager_steps(schedule: Callable[[float], float] | None) -> None:
    """Many steps of one row in one call, at one rate or several, round as Python does: also where a weight is −0.0."""

    def trained(native: bool) -> tuple[list[float], list[float]]:
        rng = np.random.default_rng(0)
        X, Y = rng.normal(size=(11, 3)).round(1), rng.normal(size=11)
        X[:, 1] = 0.0  # its weights have gradients of 0.0 and −0.0
        model = mx.nn.MLP(3, [9, 4, 1], seed=1)
        for v in model.parameters()[1::4]:
            v.data = -0.0
        options: dict[str, Any] = {
            "optimizer": SGD(lr=0.05),
            "epochs": 3,
            "batch_size": 1,
            "seed": 2,
            "schedule": schedule,
        }
        loss = lambda x, y: (model(x) - y) ** 2  # noqa: E731
        program = Program(loss, model.parameters(), (), True, "llvm" if native else "numpy")
        history = program.train(X, Y, **options)
        return history.loss, [v.data for v in model.parameters()]

    found, expected = trained(True), trained(False)
    assert [[x.hex() for x in numbers] for numbers in found] == [[x.hex() for x in numbers] for numbers in expected]
