"""Threads that share one call of a kernel: the tiles of a large nest, of which whoever is free takes the next.

What a tile gives does not depend on who computes it, nor when: so results have the same bits however many threads help,
also in strict mode. And nobody is waited for but who has begun a tile, so that little is lost where a processor has
other work. All that threads know of one another stands on a board, at the beginning of the kernel's scratch:

    word 0    the ticket: of the tiles that nobody has begun, the one after the last (32 bits) and the first (32).
              CLOSED, −1, sends the helpers home
    word 8    how many tiles are done, in a line of the cache of its own, as the ticket is
    word 16   what computes a tile, `void work(board, tile)`, and behind it what gives way to other threads
    word 24   what a tile needs to know: pointers, counts, and how many rows are present

Small nests beside a large one are work that is shared too, as `partition` says.

    void share_tiles(board, work, count)   computes tiles 0 … count − 1 from the first on, and returns when all are
                                           done; it is in the module of each kernel that shares
    void help(board)                       takes tiles from the last on until the board is closed: so a helper meets in
                                           a nest what it has computed in the nest before, in its own cache

Processors may reorder what threads write and read, but for what the orders of LLVM's atomic operations forbid:

    begin   the ticket's store releases what was written before, among it words 16 to 47. Who takes a tile acquires it:
            either from that store, or from others who took tiles, whose exchanges hand on what it released. What is
            read before a tile is taken counts for nothing: the exchange succeeds only on the ticket as it is now
    end     adding to word 8 releases what a tile wrote. Who reads there that all are done acquires it of all, for
            additions too hand on what those before them released; so nothing that a tile reads changes too early
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from math import prod

from ...nests.nests import Space
from .grid import PASSED, POOLS, PRESENT, WHERE, Grid, count_vectors
from .workers import Workers, give_way
from .writer import Module, Writer

BOARD_WORDS, FIRST = 48, 24
"""Words of a board, and the first of those that say what a tile needs to know."""

MOST_GIVEN = BOARD_WORDS - FIRST - len(PASSED) - 1
"""So many more can be said besides the pools and how many rows are present."""

CLOSED, WAY = -1, 17
"""The ticket of a board without work, and where the function stands that gives way."""

SHARED_FROM = 1 << 20
"""From so many multiply-adds on a nest is shared: they take about 35 µs, and sharing costs one or two."""

FUNCTION_FROM = 1 << 17
"""From so many on a nest is a function of its own, as others of its form are: a call costs about 10 ns."""

MOST = 8
"""So many threads at most share a call: a nest has a few tiles for each."""

SPINS = 4096
"""Looks at a word, of about a nanosecond each, before other threads are given way."""

_TAKEN = """
  %taken = cmpxchg ptr %board, i64 %ticket, i64 %after acquire monotonic, align 8
  %mine = extractvalue { i64, i1 } %taken, 1
  br i1 %mine, label %run, label %look"""

_RUN = """
  call void %work(ptr %board, i64 %tile)
  %before = atomicrmw add ptr %done, i64 1 release, align 8
  br label %look"""

_WAIT = f"""
  %spins1 = add i64 %spins, 1
  %long = icmp ugt i64 %spins1, {SPINS}
  br i1 %long, label %way, label %again
way:
  %ways = getelementptr i64, ptr %board, i64 {WAY}
  %give = load ptr, ptr %ways, align 8
  %given = call i32 %give()
  br label %again
again:"""

_SHARE = f"""define void @share_tiles(ptr %board, ptr %work, i64 %count) nounwind {{
entry:
  %done = getelementptr i64, ptr %board, i64 8
  %at = getelementptr i64, ptr %board, i64 16
  store atomic ptr %work, ptr %at monotonic, align 8
  store atomic i64 0, ptr %done monotonic, align 8
  %all.tiles = shl i64 %count, 32
  store atomic i64 %all.tiles, ptr %board release, align 8
  br label %look
look:
  %ticket = load atomic i64, ptr %board monotonic, align 8
  %tile = and i64 %ticket, 4294967295
  %end = lshr i64 %ticket, 32
  %after = add i64 %ticket, 1
  %more = icmp ult i64 %tile, %end
  br i1 %more, label %take, label %wait
take:{_TAKEN}
run:{_RUN}
wait:
  %spins = phi i64 [0, %look], [%spins1, %again]
  %finished = load atomic i64, ptr %done acquire, align 8
  %all = icmp eq i64 %finished, %count
  br i1 %all, label %home, label %longer
longer:{_WAIT}
  br label %wait
home:
  ret void
}}"""

HELP = f"""define void @help(ptr %board) nounwind {{
entry:
  %done = getelementptr i64, ptr %board, i64 8
  %at = getelementptr i64, ptr %board, i64 16
  br label %look
look:
  %spins = phi i64 [0, %entry], [0, %take], [0, %run], [%spins1, %again]
  %ticket = load atomic i64, ptr %board monotonic, align 8
  %closed = icmp eq i64 %ticket, {CLOSED}
  br i1 %closed, label %home, label %open
open:
  %next = and i64 %ticket, 4294967295
  %end = lshr i64 %ticket, 32
  %tile = sub i64 %end, 1
  %after = sub i64 %ticket, 4294967296
  %more = icmp ult i64 %next, %end
  br i1 %more, label %take, label %wait
take:{_TAKEN}
run:
  %work = load atomic ptr, ptr %at monotonic, align 8{_RUN}
wait:{_WAIT}
  br label %look
home:
  ret void
}}"""


def is_large(g: Grid) -> bool:
    """Return whether a nest makes so many multiply-adds in a full block of rows that it is shared."""
    return _of_blocks(g) and products(g) >= SHARED_FROM


def is_function(g: Grid) -> bool:
    """Return whether it makes so many, or at least so many that it is a function of its own."""
    return _of_blocks(g) and products(g) >= min(FUNCTION_FROM, SHARED_FROM)


def _of_blocks(g: Grid) -> bool:
    return g.head.out.pool != POOLS[Space.ONE]  # which is written once a call, when nobody is there yet


def products(g: Grid) -> int:
    """Return how many multiply-adds a nest makes in a full block of rows."""
    return prod(g.extents) * sum(prod(n if isinstance(n, int) else g.block for n in t.loops) for t in g.head.terms)


def shared(
    w: Writer,
    tiles: int,
    write: Callable[[Writer, str], None],
    given: Mapping[str, tuple[str, str]],
    key: Hashable,
    alone: bool = False,
    beside: Sequence[str] = (),
) -> None:
    """Write so many tiles as work to be shared, or done `alone`, of which `write` writes the tile of a number.

    It knows how many rows are present, and what is `given`: name → type and value. Work of one `key` is one function.
    Each part of the kernel that stands `beside` it is one tile more.
    """
    known = {**given, **{pool: ("ptr", pool) for pool in PASSED if beside}, PRESENT: ("i64", PRESENT)}
    board = w.room(FIRST + len(known)) if alone else w.shifted(POOLS[Space.ROW], -BOARD_WORDS)
    for i, (of, value) in enumerate(known.values(), FIRST):
        w.do(f"store {of} {value}, ptr {w.shifted(board, i)}, align 8")

    work = partial(_work, w.module, write, known, beside)
    name = w.module.function((key, *beside), "work", "void", ["ptr", "i64"], work)

    def one(tile: str, _: list[str]) -> list[str]:
        w.do(f"call void @{name}(ptr {board}, i64 {tile})")
        return []

    if alone:
        w.loop(tiles, [], one)
    else:
        w.module.define_once(_SHARE)
        w.do(f"call void @share_tiles(ptr {board}, ptr @{name}, i64 {tiles + len(beside)})")


def _work(
    module: Module,
    write: Callable[[Writer, str], None],
    known: Mapping[str, tuple[str, str]],
    beside: Sequence[str],
    name: str,
) -> None:
    """Define the function of this name that computes a tile, which reads what is `known` from the board."""
    w = Writer(module)
    for i, (inside, (of, _)) in enumerate(known.items(), FIRST):
        w.do(f"{inside} = load {of}, ptr {w.shifted('%board', i)}, align 8")
    count_vectors(w)
    for i, other in enumerate(beside):
        w.when(w.value(f"icmp eq i64 %tile, {i}"), [], [], partial(call_part, w, other, PRESENT))
    number = w.value(f"sub i64 %tile, {len(beside)}")

    def own() -> list[str]:
        write(w, number)
        return []

    w.when(w.value(f"icmp sge i64 {number}, 0"), [], [], own)
    w.define(name, "ptr %board, i64 %tile")


def call_part(w: Writer, name: str, present: str, first: str = "0") -> list[str]:
    """Write the call of a function that computes some nests, for so many rows of the block, from the `first` on."""
    pools = [("ptr", w.shifted(pool, first if pool in (POOLS[Space.ROW], WHERE) else 0)) for pool in PASSED]
    w.call("void", name, [*pools, ("i64", present)])
    return []


def together(call: Callable[[], None], board: int, help_at: Callable[[int], None], workers: Workers) -> None:
    """Make a call that shares its work on the board at this address, while the other workers help."""
    words = (ctypes.c_int64 * BOARD_WORDS).from_address(board)
    words[0], words[WAY] = 0, give_way()

    def part(i: int) -> None:
        if i:
            help_at(board)
            return
        try:
            call()
        finally:
            words[0] = CLOSED

    workers.run(part, min(workers.count, MOST))
