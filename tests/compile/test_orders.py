"""What threads share is ordered on every processor: all that the memory model lets happen comes to the same end."""

from __future__ import annotations

import re
from typing import Any

import pytest

from microgradx.compile.backends.llvm import sharing, turns_code
from microgradx.compile.backends.llvm.target import BASELINE
from microgradx.compile.backends.llvm.writer import Module, Writer

from .orders import Machine, Race

NESTS = """
define void @owner(ptr %board) {
  %given = getelementptr i64, ptr %board, i64 24
  store i64 10, ptr %given, align 8
  call void @share_tiles(ptr %board, ptr @first, i64 2)
  store i64 20, ptr %given, align 8
  call void @share_tiles(ptr %board, ptr @second, i64 2)
  store atomic i64 -1, ptr %board release, align 8
  ret void
}
define void @first(ptr %board, i64 %tile) {
  %given = getelementptr i64, ptr %board, i64 24
  %x = load i64, ptr %given, align 8
  %y = add i64 %x, %tile
  %found = getelementptr i64, ptr %board, i64 %y
  store i64 %y, ptr %found, align 8
  ret void
}
define void @second(ptr %board, i64 %tile) {
  %a.at = getelementptr i64, ptr %board, i64 10
  %b.at = getelementptr i64, ptr %board, i64 11
  %a = load i64, ptr %a.at, align 8
  %b = load i64, ptr %b.at, align 8
  %given = getelementptr i64, ptr %board, i64 24
  %x = load i64, ptr %given, align 8
  %ab = mul i64 %a, %b
  %place = add i64 %x, %tile
  %found = getelementptr i64, ptr %board, i64 %place
  store i64 %ab, ptr %found, align 8
  ret void
}
"""
"""Two nests of two tiles: the second reads what the first wrote, and what it is told stands where that stood before."""


def patient(text: str) -> str:
    """Return the code without a count of how long one waits: whoever waits is in the same state again."""
    (spins,) = set(re.findall(rf"icmp ugt i64 (\S+), {sharing.SPINS}", text))
    return re.sub(rf"({spins} = add i64 \S+|add i64 {spins}), 1\b", r"\1, 0", text)


PROTOCOL = patient(sharing._SHARE + "\n" + sharing.HELP)
TAKE, RUN = "acquire monotonic, align 8", "i64 1 release"


def shared(protocol: str, helpers: int, tiles: int = 2) -> list[dict[int, Any]]:
    """Return what may stand on the board when both nests were computed, the second one of so many tiles."""
    nests = NESTS.replace("@second, i64 2", f"@second, i64 {tiles}")
    threads = [("owner", [0]), *[("help", [0])] * helpers]
    return Machine(protocol + nests, threads, {0: 0, 8: 7, 16: 0, 17: 0}).ends()


@pytest.mark.parametrize(("helpers", "tiles"), [(0, 2), (1, 2), (2, 1)])
def test_tiles_are_computed_once_and_in_time(helpers: int, tiles: int) -> None:
    """Whoever computes which tile, the second nest reads all of the first, and is told what it needs in time."""
    for end in shared(PROTOCOL, helpers, tiles):
        assert [end[place] for place in (10, 11, *range(20, 20 + tiles))] == [10, 11, *[110] * tiles]


WEAKER = {
    "the ticket": ("%all.tiles, ptr %board release", "%all.tiles, ptr %board monotonic"),
    "taking a tile": (TAKE, TAKE.replace("acquire", "monotonic")),
    "ending a tile": (RUN, RUN.replace("release", "monotonic")),
    "the end of a nest": (
        "%finished = load atomic i64, ptr %done acquire",
        "%finished = load atomic i64, ptr %done monotonic",
    ),
}


@pytest.mark.parametrize("what", WEAKER)
def test_every_order_is_needed(what: str) -> None:
    """With any operation of a weaker order threads meet at a word: so the model sees what the orders are for."""
    strong, weak = WEAKER[what]
    assert strong in PROTOCOL
    with pytest.raises(Race):
        shared(PROTOCOL.replace(strong, weak), 1)


def test_tiles_are_not_taken_by_what_was_read_before() -> None:
    """A tile that is taken without looking whether another has it is computed twice."""
    blind = re.sub(r"%mine = extractvalue.*", "%mine = icmp eq i64 0, 0", PROTOCOL)
    with pytest.raises((Race, AssertionError)):
        shared(blind, 1)


def in_turns() -> str:
    """Return the code of threads that take turns at five blocks, two at a time, which add to word 32."""
    w = Writer(Module(BASELINE))
    turns_code.in_turns(
        w,
        "5",
        2,
        lambda block, place: w.do(f"call void @alone(ptr %own, i64 {block}, i64 {place})"),
        lambda block, place: w.do(f"call void @added(ptr %own, i64 {block}, i64 {place})"),
    )
    w.define("in_turns", "ptr %own, ptr %turns")
    return patient(w.module.text()) + ADDING


ADDING = """
define void @alone(ptr %own, i64 %block, i64 %place) {
  %there = getelementptr i64, ptr %own, i64 %place
  store i64 %block, ptr %there, align 8
  ret void
}
define void @added(ptr %own, i64 %block, i64 %place) {
  %there = getelementptr i64, ptr %own, i64 %place
  %b = load i64, ptr %there, align 8
  %sum.at = getelementptr i64, ptr null, i64 32
  %sum = load i64, ptr %sum.at, align 8
  %tens = mul i64 %sum, 10
  %sum1 = add i64 %tens, %b
  store i64 %sum1, ptr %sum.at, align 8
  ret void
}
"""


def turned(text: str, threads: int) -> list[int]:
    """Return what the blocks may add up to."""
    begun = [("in_turns", [100 * (i + 1), 1000]) for i in range(threads)]
    ends = Machine(text, begun, {1000: 0, 1008: 0, 1016: 0, 32: 0}).ends()
    return sorted({end[32] for end in ends})


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_turns_come_in_order(threads: int) -> None:
    """Blocks are added in their order, each once, by whichever threads."""
    assert turned(in_turns(), threads) == [1234]


@pytest.mark.parametrize("order", ["acquire", "release"])
def test_turns_need_their_orders(order: str) -> None:
    """Without one of the two orders a turn may miss what was added before it."""
    text = in_turns()
    assert text.count(f" {order}, align 8") == 1
    with pytest.raises(Race):
        turned(text.replace(f" {order}, align 8", " monotonic, align 8"), 2)


def test_for_ever_is_seen() -> None:
    """Threads of which one waits for what nobody does are found out."""
    with pytest.raises(AssertionError, match="threads may wait for ever"):
        Machine(PROTOCOL + NESTS, [("help", [0])], {0: 0, 8: 0, 16: 0, 17: 0}).ends()


def test_old_numbers_are_read() -> None:
    """The model lets a thread read what another has overwritten, unless it knows better: both ends come about."""
    text = """
define void @write(ptr %x) {
  %y = getelementptr i64, ptr %x, i64 1
  store atomic i64 1, ptr %x monotonic, align 8
  store atomic i64 1, ptr %y ORDER, align 8
  ret void
}
define void @read(ptr %x) {
  %y = getelementptr i64, ptr %x, i64 1
  %a = load atomic i64, ptr %y acquire, align 8
  %b = load atomic i64, ptr %x monotonic, align 8
  %both = mul i64 %a, 10
  %seen = add i64 %both, %b
  %to = getelementptr i64, ptr %x, i64 2
  store i64 %seen, ptr %to, align 8
  ret void
}
"""
    for order, expected in (("release", {0, 1, 11}), ("monotonic", {0, 1, 10, 11})):
        machine = Machine(text.replace("ORDER", order), [("write", [0]), ("read", [0])], {0: 0, 1: 0})
        assert {end[2] for end in machine.ends()} == expected
