"""Machine code kept on disk between runs: one file an entry, in a folder that nobody else may write to.

An entry is a line of JSON, which describes it and holds the digest of what follows, then the object code. Writing is
atomic, so that processes may share the folder; an entry that does not match its digest is as good as none.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "MICROGRADX_CACHE"
"""The environment variable that names another folder, or switches the cache off or on: see `OFF` and `ON`."""

OFF, ON = ("", "0", "off", "no", "false"), ("1", "on", "yes", "true")
"""What the environment variable says, in letters of any size, where it names no folder."""

MOST = 1000
"""Entries in the folder; when there are more, the half that has not been used for longest goes."""


@dataclass(frozen=True)
class Cache:
    """The entries in one folder, by key.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cache = Cache(Path(folder) / "cache")
    ...     cache.store("abc", {"inputs": 2}, b"code")
    ...     cache.load("abc"), cache.load("other")
    (({'inputs': 2}, b'code'), None)
    """

    folder: Path

    def load(self, key: str) -> tuple[dict[str, Any], bytes] | None:
        """Return description and code of an entry, or None if there is none that is whole."""
        path = self._path(key)
        try:
            if not _private(self.folder):
                return None
            head, _, payload = path.read_bytes().partition(b"\n")
            entry = json.loads(head)
            if entry["digest"] != _digest(key, entry["about"], payload):
                return None
            os.utime(path)
            return entry["about"], payload
        except (OSError, ValueError, TypeError, LookupError, RecursionError):
            return None

    def store(self, key: str, about: dict[str, Any], payload: bytes) -> None:
        """Keep an entry; where the folder cannot be written or is open to others, nothing is kept."""
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _private(self.folder):
                return
            head = json.dumps({"digest": _digest(key, about, payload), "about": about}).encode()
            handle, temporary = tempfile.mkstemp(dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(head + b"\n" + payload)
                os.replace(temporary, self._path(key))
            except BaseException:  # an interrupt may come after it was moved
                with suppress(OSError):
                    os.unlink(temporary)
                raise
            self._tidy()

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.entry"

    def _tidy(self) -> None:
        entries = list(self.folder.glob("*.entry"))
        if len(entries) > MOST:
            for path in sorted(entries, key=lambda entry: entry.stat().st_mtime)[: MOST // 2]:
                path.unlink(missing_ok=True)


def cache(wanted: bool | str | os.PathLike[str] = True) -> Cache | None:
    """Return the cache in the folder asked for: True is the usual one, False is none.

    The environment variable MICROGRADX_CACHE overrides what True means. TypeError for what is no folder, ValueError for
    one without a name.
    """
    if wanted is False:
        return None
    if wanted is not True:
        if not isinstance(wanted, str | os.PathLike):
            raise TypeError(f"cache is True, False or a folder, such as 'folder/cache', not {wanted!r}")
        if not os.fspath(wanted):
            raise ValueError("cache is True, False or a folder, not ''; '.' is the folder of this process")
        return Cache(Path(wanted))
    named = os.environ.get(VARIABLE, ON[0])
    if named.lower() in OFF:
        return None
    if named.lower() not in ON:
        return Cache(Path(named))
    with suppress(RuntimeError):  # there may be no home
        return Cache(_usual_folder())
    return None


def key(parts: Iterable[bytes | memoryview | str]) -> str:
    """Return the name of an entry that depends on all of these, in this order.

    >>> key(["a", b"bc"]) == key(["ab", b"c"])
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little"))
        digest.update(data)
    return digest.hexdigest()


def sources(folder: Path) -> str:
    """Return names, sizes and times of all Python files in a folder, which change when the code does.

    Where all files have one time, as in images that are built to be the same again, the contents say so instead.

    >>> "cache.py" in sources(Path(__file__).parent)
    True
    """
    files = [os.path.join(path, name) for path, _, names in os.walk(folder) for name in names if name.endswith(".py")]
    about = [(file, os.stat(file)) for file in sorted(files)]
    found = [f"{os.path.relpath(file, folder)} {of.st_size} {of.st_mtime_ns}" for file, of in about]
    if len({of.st_mtime_ns for _, of in about}) == 1:
        found += [key([Path(file).read_bytes()]) for file, _ in about]
    return "\n".join(found)


SOURCES = sources(Path(__file__).parents[2])
"""The sources of this package as they were when they were imported: what they make may be kept under their name."""


@functools.cache
def unchanged() -> bool:
    """Return whether the sources were still those when this was first asked: when what writes code had been imported.

    An upgrade meanwhile would have its code be kept under the name of what was there before.
    """
    return sources(Path(__file__).parents[2]) == SOURCES


def _usual_folder() -> Path:
    if sys.platform == "win32" and "LOCALAPPDATA" in os.environ:
        return Path(os.environ["LOCALAPPDATA"]) / "microgradx" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "microgradx"
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "microgradx"


def _digest(name: str, about: dict[str, Any], payload: bytes) -> str:
    return key([name, json.dumps(about, sort_keys=True), payload])


def _private(folder: Path) -> bool:
    """Return whether the folder is ours and nobody else can write to it: code is loaded from it and run."""
    found = folder.stat()
    if not hasattr(os, "getuid"):
        return True
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
