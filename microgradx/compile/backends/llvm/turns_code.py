"""The loop over blocks of rows that threads take turns at, as text: see `turns`, which says what is on the board."""

from __future__ import annotations

from collections.abc import Callable

from .sharing import SPINS
from .turns import ADDED, WAY
from .writer import Writer

TURNS = "%turns"
"""The pointer to the board; null for a call that nobody shares."""

TOGETHER = 8
"""So many blocks at most are taken at once: then gradients seldom go from one processor's cache to another's."""

CACHE = 1 << 15
"""Numbers of these blocks at most: they are read again when it is their turn."""


def taken_at_once(size: int) -> int:
    """Return how many blocks of so many numbers each are taken at once.

    >>> taken_at_once(3000), taken_at_once(10_000), taken_at_once(1_000_000)
    (8, 3, 1)
    """
    return max(1, min(TOGETHER, CACHE // max(1, size)))


def in_turns(
    w: Writer, blocks: str, most: int, alone: Callable[[str, str], None], add: Callable[[str, str], None]
) -> None:
    """Write the loop over blocks of one thread, which takes up to `most` at once, one if nobody shares the call.

    `alone` and `add` write what is done with a block: they are told its number, and its place among those taken.
    """
    shared = w.value(f"icmp ne ptr {TURNS}, null")
    size = w.value(f"select i1 {shared}, i64 {most}, i64 1")

    def take() -> list[str]:
        return [w.value(f"atomicrmw add ptr {TURNS}, i64 1 monotonic, align 8")]

    def turn(following: list[str]) -> tuple[str, list[str]]:
        number = w.when(shared, ["i64"], following, take)[0]
        first = w.value(f"mul i64 {number}, {size}")
        count = w.minimum(w.value(f"sub i64 {blocks}, {first}"), size)
        some = w.value(f"icmp sgt i64 {count}, 0")
        others = w.value(f"and i1 {some}, {shared}")
        _each(w, first, count, alone)
        w.when(others, [], [], lambda: _wait(w, number))
        _each(w, first, count, add)
        w.when(others, [], [], lambda: _pass_on(w, number))
        return some, [w.value(f"add i64 {number}, 1")]

    w.repeat([("i64", "0")], turn)


def _each(w: Writer, first: str, count: str, write: Callable[[str, str], None]) -> None:
    def block(place: str, _: list[str]) -> list[str]:
        write(w.value(f"add i64 {first}, {place}"), place)
        return []

    w.loop(count, [], block)


def _wait(w: Writer, number: str) -> list[str]:
    """Write what waits until as many turns have ended as this is the number of."""
    added, way = w.shifted(TURNS, ADDED, "i64"), w.shifted(TURNS, WAY, "ptr")

    def give() -> list[str]:
        w.value(f"call i32 {w.value(f'load ptr, ptr {way}, align 8')}()")
        return []

    def look(spins: list[str]) -> tuple[str, list[str]]:
        ended = w.value(f"load atomic i64, ptr {added} acquire, align 8")
        waits = w.value(f"icmp ne i64 {ended}, {number}")
        long = w.value(f"icmp ugt i64 {spins[0]}, {SPINS}")
        w.when(w.value(f"and i1 {waits}, {long}"), [], [], give)
        return waits, [w.value(f"add i64 {spins[0]}, 1")]

    w.repeat([("i64", "0")], look)
    return []


def _pass_on(w: Writer, number: str) -> list[str]:
    ended = w.value(f"add i64 {number}, 1")
    w.do(f"store atomic i64 {ended}, ptr {w.shifted(TURNS, ADDED, 'i64')} release, align 8")
    return []
