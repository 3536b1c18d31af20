"""Processes that somebody else's program has started, and how they are ended."""

from __future__ import annotations

from typing import Any


def tree(pid: int | None) -> list[Any]:
    """Return a process, if it is there, and all that it and its children have started."""
    import psutil

    try:
        first = psutil.Process(pid)
        return [*first.children(recursive=True), first]
    except psutil.NoSuchProcess:
        return []


def marked(name: str, value: str) -> list[Any]:
    """Return the processes that have inherited an environment variable, whoever their parents are now."""
    import psutil

    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(name) == value:
                found.append(process)
        except (psutil.Error, OSError):  # somebody else's
            continue
    return found


def end(processes: list[Any]) -> None:
    """End processes and what they have started meanwhile, but for those that have ended, and others of their numbers.

    >>> end([])
    """
    import psutil

    found = {each.pid: each for process in processes if process.is_running() for each in tree(process.pid)}
    for process in found.values():
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
