"""Machine code on disk: whole or not at all, and only where nobody else can write."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.compile.backends import cache as module
from microgradx.compile.backends.cache import VARIABLE, Cache, cache, key, sources


def test_the_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The folder is made with mode 0700, its entries with mode 0600."""
    Cache(tmp_path / "c").store("k", {}, b"code")
    assert stat.S_IMODE((tmp_path / "c").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "c" / "k.entry").stat().st_mode) == 0o600


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path) -> None:
    """Code is neither kept in nor loaded from a folder that is open to others."""
    kept = Cache(tmp_path / "c")
    kept.store("k", {}, b"code")
    assert kept.load("k") == ({}, b"code")
    kept.folder.chmod(0o777)
    assert kept.load("k") is None
    kept.store("other", {}, b"code")
    assert not (kept.folder / "other.entry").exists()


@pytest.mark.parametrize("at", [0, 5, 30, -1])
def test_a_damaged_entry_is_as_good_as_none(tmp_path: Path, at: int) -> None:
    """One changed byte, in the description or in the code, and the entry is not loaded."""
    kept = Cache(tmp_path)
    tmp_path.chmod(0o700)
    kept.store("k", {"inputs": 3}, b"machine code")
    path = tmp_path / "k.entry"
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert kept.load("k") is None


@pytest.mark.parametrize("data", [b"", b"{}", b"[]\n", b"null\nx", b'{"digest": 1}\n', b"\xff\xfe\n"])
def test_what_is_no_entry_is_not_loaded(tmp_path: Path, data: bytes) -> None:
    """Empty files, other JSON and other bytes are no entries."""
    tmp_path.chmod(0o700)
    (tmp_path / "k.entry").write_bytes(data)
    assert Cache(tmp_path).load("k") is None


@pytest.mark.parametrize("value", ["0", "off", "", "No", "False"])
def test_the_variable_switches_it_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """The environment variable switches the cache off, or names its folder."""
    monkeypatch.setenv(VARIABLE, value)
    assert cache() is None
    monkeypatch.setenv(VARIABLE, "/some/folder")
    found = cache()
    assert found is not None
    assert found.folder == Path("/some/folder")


@pytest.mark.parametrize("value", ["1", "on", "Yes", "true"])
def test_the_variable_switches_it_on(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """What says yes is no folder of that name, but the usual one."""
    monkeypatch.delenv(VARIABLE, raising=False)
    usual = cache()
    monkeypatch.setenv(VARIABLE, value)
    assert cache() == usual


@pytest.mark.parametrize("target", ["auto", "numpy"])
@pytest.mark.parametrize("wrong", [None, 0, 1, 3.5, b"folder", ""])
def test_what_is_no_folder_is_refused(wrong: Any, target: str) -> None:
    """What is neither a truth value nor a folder is an error that names the argument, on any target."""
    with pytest.raises(ValueError if wrong == "" else TypeError, match=r"cache is True, False or a folder.*, not "):
        mx.compile(lambda x: x, cache=wrong, target=target)


def test_an_argument_decides(tmp_path: Path) -> None:
    """False is no cache, a path is its folder."""
    assert cache(False) is None
    found = cache(tmp_path)
    assert found is not None
    assert found.folder == tmp_path


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    """A folder that cannot be made is no error."""
    (tmp_path / "file").write_text("not a folder")
    kept = Cache(tmp_path / "file" / "c")
    kept.store("k", {}, b"code")
    assert kept.load("k") is None


def _write(folder: Path, seed: int) -> None:
    for i in range(200):
        Cache(folder).store("shared", {"by": seed, "i": i}, bytes([seed]) * 5000)


def test_two_processes_at_once_are_safe(tmp_path: Path) -> None:
    """While two processes write one entry again and again, whoever reads gets a whole one, of either."""
    tmp_path.chmod(0o700)
    _write(tmp_path, 0)
    writers = [multiprocessing.get_context("spawn").Process(target=_write, args=(tmp_path, s)) for s in (1, 2)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        found = Cache(tmp_path).load("shared")
        assert found is not None
        assert found[1] == bytes([found[0]["by"]]) * 5000
    for writer in writers:
        writer.join()
    assert [path.name for path in tmp_path.iterdir()] == ["shared.entry"]


def test_the_oldest_entries_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that has grown too large loses the entries that have not been used for longest."""
    monkeypatch.setattr(module, "MOST", 4)
    tmp_path.chmod(0o700)
    kept = Cache(tmp_path)
    for i in range(5):
        kept.store(f"k{i}", {}, b"")
        if i < 4:
            os.utime(tmp_path / f"k{i}.entry", (i, i))
    assert [kept.load(f"k{i}") is not None for i in range(5)] == [False, False, True, True, True]


def test_keys_tell_parts_apart() -> None:
    """The same bytes cut otherwise give another key."""
    assert len({key(["ab", "c"]), key(["a", "bc"]), key(["abc"]), key([b"abc", b""])}) == 4


@pytest.mark.parametrize("time", [None, 1])
def test_sources_are_told_apart_by_their_times_or_contents(tmp_path: Path, time: int | None) -> None:
    """A change that keeps a file's size is seen by its time, or, where all files have one, by its contents."""

    def written(root: str) -> str:
        for name, text in (("a.py", f"ROOT = {root}"), ("b.py", "")):
            (tmp_path / name).write_text(text)
            if time is not None:
                os.utime(tmp_path / name, (time, time))
        return sources(tmp_path)

    before = written("1.4142")
    assert written("1.4143") != before
    assert (written("1.4142") == before) == (time is not None)


@pytest.mark.parametrize("changed", [False, True])
def test_nothing_is_kept_once_the_sources_have_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    """Code that was made while the package was replaced would be found by whoever has the old sources again."""
    pytest.importorskip("llvmlite")
    from microgradx.compile.backends.llvm import kept

    monkeypatch.setattr(kept, "unchanged", lambda: not changed)
    folder = tmp_path / "cache"
    program = mx.compile(lambda x: 3.0 * mx.exp(x), cache=folder, target="llvm")
    assert program([0.0]).tolist() == program.gradients([0.0]).tolist() == [3.0]
    for kernel in list(kept._coming(Cache(folder)).values()):
        kernel.settled()
    assert folder.exists() != changed


def test_sources_are_looked_at_once() -> None:
    """These have not changed since this process began."""
    assert module.unchanged()
