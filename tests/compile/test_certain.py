"""Which C library it is: only of some is it known how far their functions may be off."""

from __future__ import annotations

import os

import pytest

from microgradx.compile.backends.llvm import kept
from microgradx.compile.backends.llvm.c_functions import is_bounded
from microgradx.compile.backends.llvm.target import BASELINE

pytest.importorskip("llvmlite")


def test_code_that_was_kept_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machine code is not taken from a folder where it was made with another C library."""
    made_by = kept._made_by.__wrapped__  # as another process would find it
    here = made_by("sources", BASELINE)
    monkeypatch.setattr(kept, "is_bounded", lambda: not is_bounded())
    assert made_by("sources", BASELINE) != here


@pytest.mark.parametrize(
    ("library", "known"),
    [
        ("glibc 2.28", True),
        ("glibc 2.41", True),
        ("glibc 3.0", True),
        ("glibc 2.27", False),
        ("musl 1.2", False),
        (None, False),
    ],
)
def test_which_libraries_are_known(monkeypatch: pytest.MonkeyPatch, library: str | None, known: bool) -> None:
    """Only of glibc since 2.28 is it known; elsewhere functions are called for every number."""
    monkeypatch.setattr(os, "confstr", lambda name: library, raising=False)
    is_bounded.cache_clear()
    assert is_bounded() is known
    monkeypatch.undo()
    is_bounded.cache_clear()
