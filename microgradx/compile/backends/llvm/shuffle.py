"""Shuffling as Python's `random.shuffle` does, as machine code: the generator of random words, and the swaps.

    shuffle(orders, n, keys, length, count, state)

writes `count` orders of 0 … n − 1, one behind the other, each as a generator orders them that was seeded with its own
key of `length` words of 32 bits. The generators work in the lanes of vectors, LANES at a time, and their keys stand so:
(blocks, length, LANES), with any words where there are no more generators. The swaps are made one after the other.
The state is room for ROOM numbers of 64 bits, from a multiple of 64 bytes on.

The generator is MT19937 (Matsumoto and Nishimura 1998), seeded by their `init_by_array` of 2002, as in Python. An index
up to i is the highest bits of a word, as many as i + 1 has: of the next word for which they are no more than i.
"""

from __future__ import annotations

from hashlib import sha512

import numpy as np

from .target import Target
from .writer import Module, Writer, splat, vector_type

LANES = 8
"""How many orders are shuffled at once."""

WORDS, SHIFT = 624, 397
ROOM = WORDS * LANES + LANES
SIGNATURE = "ptr %orders, i64 %n, ptr %keys, i64 %length, i64 %count, ptr %state"
LANE = vector_type(LANES, "i32")


def shuffle_ir(target: Target) -> str:
    """Return the module as text.

    >>> from .target import BASELINE
    >>> "define void @shuffle(" in shuffle_ir(BASELINE)
    True
    """
    w = Writer(Module(target))
    _Shuffle(w).write()
    w.define("shuffle", SIGNATURE)
    return w.module.text()


def key_of(seed: str) -> bytes:
    """Return the words that Python makes of a text as a seed, the lowest first.

    >>> len(key_of("0 1"))
    68
    """
    text = seed.encode()
    found = (text + sha512(text).digest())[::-1]
    return found + bytes(-len(found) % 4)


class _Shuffle:
    """Writes the function; all numbers of the generators are of 32 bits, one in each lane."""

    def __init__(self, w: Writer) -> None:
        self._w = w

    def write(self) -> None:
        w = self._w
        w.do(f"%words = getelementptr {LANE}, ptr %state, i64 {WORDS}")  # the state as it is given out
        w.do(f"%left = getelementptr {LANE}, ptr %state, i64 {2 * WORDS}")  # of each order, the next place to exchange
        w.loop(w.value(f"sdiv i64 {w.value(f'add i64 %count, {LANES - 1}')}, {LANES}"), [], self._some)

    def _some(self, i: str, _: list[str]) -> list[str]:
        """Write as many orders as there are lanes, or what is left of them."""
        w = self._w
        first = w.value(f"mul i64 {i}, {LANES}")
        self._count = w.minimum(w.value(f"sub i64 %count, {first}"), str(LANES))
        self._orders = w.shifted("%orders", w.value(f"mul i64 {first}, %n"))
        self._keys = self._at("%keys", w.value(f"mul i64 {i}, %length"))
        w.loop(self._count, [], self._begin)
        self._seed()
        w.repeat([], self._round)
        return []

    def _begin(self, lane: str, _: list[str]) -> list[str]:
        """Write 0 … n − 1, and that place n − 1 is the first to be exchanged with another."""
        w = self._w
        order = self._order(lane)

        def number(i: str, _: list[str]) -> list[str]:
            w.do(f"store i64 {i}, ptr {w.shifted(order, i)}")
            return []

        w.loop("%n", [], number)
        w.do(f"store i64 {w.value('sub i64 %n, 1')}, ptr {w.shifted('%left', lane)}")
        return []

    def _seed(self) -> None:
        """Mix the keys into the first state, then the state into itself."""
        w = self._w
        table = w.module.table(_first())

        def fill(i: str, _: list[str]) -> list[str]:
            word = w.value(f"load i32, ptr {w.value(f'getelementptr i32, ptr {table}, i64 {i}')}")
            self._store(w.gathered([word] * LANES, "i32"), "%state", i)
            return []

        w.loop(WORDS, [], fill)
        longer = w.value(f"select i1 {w.value(f'icmp sgt i64 %length, {WORDS}')}, i64 %length, i64 {WORDS}")

        def with_key(_: str, held: list[str]) -> list[str]:
            i, j = held
            self._mix(i, 1664525, "add", self._op("add", self._load(self._keys, j, 4), self._all(j)))
            behind = w.value(f"add i64 {j}, 1")
            fits = w.value(f"icmp slt i64 {behind}, %length")
            return [self._next(i), w.value(f"select i1 {fits}, i64 {behind}, i64 0")]

        def alone(_: str, held: list[str]) -> list[str]:
            self._mix(held[0], 1566083941, "sub", self._all(held[0]))
            return [self._next(held[0])]

        i, _ = w.loop(longer, [("i64", "1"), ("i64", "0")], with_key)
        w.loop(WORDS - 1, [("i64", i)], alone)
        self._store(splat(str(1 << 31), LANES, "i32"), "%state", "0")

    def _mix(self, i: str, factor: int, operation: str, last: str) -> None:
        before = self._load("%state", self._w.value(f"sub i64 {i}, 1"))
        product = self._op("mul", self._op("xor", before, self._op("lshr", before, 30)), factor)
        self._store(self._op(operation, self._op("xor", self._load("%state", i), product), last), "%state", i)

    def _next(self, i: str) -> str:
        """Return the place after i; behind the last comes the second, and the first becomes the last."""
        w = self._w
        behind = w.value(f"add i64 {i}, 1")
        ends = w.value(f"icmp eq i64 {behind}, {WORDS}")

        def wrapped() -> list[str]:
            self._store(self._load("%state", str(WORDS - 1)), "%state", "0")
            return ["1"]

        return w.when(ends, ["i64"], [behind], wrapped)[0]

    def _round(self, _: list[str]) -> tuple[str, list[str]]:
        """Make the next words, and swap by them until they or the numbers are used up."""
        w = self._w
        self._twist(0, WORDS - SHIFT, SHIFT)
        self._twist(WORDS - SHIFT, SHIFT - 1, SHIFT - WORDS)
        self._twisted(str(WORDS - 1), "0", str(SHIFT - 1))
        (most,) = w.loop(self._count, [("i64", "0")], self._swaps)
        return w.value(f"icmp sgt i64 {most}, 0"), []

    def _twist(self, first: int, count: int, other: int) -> None:
        w = self._w

        def word(k: str, _: list[str]) -> list[str]:
            at, behind, far = (w.value(f"add i64 {k}, {first + by}") for by in (0, 1, other))
            self._twisted(at, behind, far)
            return []

        w.loop(count, [], word)

    def _twisted(self, at: str, behind: str, far: str) -> None:
        high, low = self._load("%state", at), self._load("%state", behind)
        y = self._op("or", self._op("and", high, 2**31), self._op("and", low, 2**31 - 1))
        odd = self._op("and", self._op("sub", splat("0", LANES, "i32"), self._op("and", low, 1)), 0x9908B0DF)
        y = self._op("xor", self._op("xor", self._load("%state", far), self._op("lshr", y, 1)), odd)
        self._store(y, "%state", at)
        for shift, by, mask in (("lshr", 11, 2**32 - 1), ("shl", 7, 0x9D2C5680), ("shl", 15, 0xEFC60000)):
            y = self._op("xor", y, self._op("and", self._op(shift, y, by), mask))
        self._store(self._op("xor", y, self._op("lshr", y, 18)), "%words", at)

    def _swaps(self, lane: str, most: list[str]) -> list[str]:
        """Swap in one order; return how many places at most are left in any."""
        w = self._w
        left, order = w.shifted("%left", lane), self._order(lane)
        words = w.value(f"getelementptr i32, ptr %words, i64 {lane}")
        i = w.value(f"load i64, ptr {left}")

        def some() -> list[str]:
            return w.repeat([("i64", "0"), ("i64", i)], lambda held: self._of_one_length(order, words, held))[1:]

        (i,) = w.when(w.value(f"icmp sgt i64 {i}, 0"), ["i64"], [i], some)
        w.do(f"store i64 {i}, ptr {left}")
        return [w.value(f"select i1 {w.value(f'icmp sgt i64 {i}, {most[0]}')}, i64 {i}, i64 {most[0]}")]

    def _of_one_length(self, order: str, words: str, held: list[str]) -> tuple[str, list[str]]:
        """Swap while i + 1 has as many bits as now, from word k on."""
        w, (_, i) = self._w, held
        w.module.declare("i32", "llvm.ctlz.i32", ["i32", "i1"])
        count = w.value(f"trunc i64 {w.value(f'add i64 {i}, 1')} to i32")
        unused = w.value(f"call i32 @llvm.ctlz.i32(i32 {count}, i1 false)")
        power = w.value(f"lshr i32 {1 << 31}, {unused}")  # the least number of so many bits
        least = w.value(f"sub i64 {w.value(f'zext i32 {power} to i64')}, 1")

        def swap(held: list[str]) -> tuple[str, list[str]]:
            """Draw an index j from word k, and exchange entries i and j, or do nothing if j is beyond i."""
            k, i = held
            word = w.value(f"getelementptr i32, ptr {words}, i64 {w.value(f'mul i64 {k}, {LANES}')}")
            high = w.value(f"lshr i32 {w.value(f'load i32, ptr {word}')}, {unused}")
            j = w.value(f"zext i32 {high} to i64")
            fits = w.value(f"icmp sle i64 {j}, {i}")
            here, there = (w.shifted(order, x) for x in (i, w.value(f"select i1 {fits}, i64 {j}, i64 {i}")))
            x, y = (w.value(f"load i64, ptr {pointer}") for pointer in (here, there))
            w.do(f"store i64 {y}, ptr {here}")
            w.do(f"store i64 {x}, ptr {there}")
            after = w.value(f"sub i64 {i}, {w.value(f'zext i1 {fits} to i64')}")
            behind = w.value(f"add i64 {k}, 1")
            same, there_is = w.value(f"icmp sge i64 {after}, {least}"), w.value(f"icmp slt i64 {behind}, {WORDS}")
            return w.value(f"and i1 {same}, {there_is}"), [behind, after]

        k, i = w.repeat([("i64", held[0]), ("i64", i)], swap)
        words_left, places_left = w.value(f"icmp slt i64 {k}, {WORDS}"), w.value(f"icmp sgt i64 {i}, 0")
        return w.value(f"and i1 {words_left}, {places_left}"), [k, i]

    def _order(self, lane: str) -> str:
        return self._w.shifted(self._orders, self._w.value(f"mul i64 {lane}, %n"))

    def _all(self, number: str) -> str:
        """Return an integer in all lanes."""
        return self._w.gathered([self._w.value(f"trunc i64 {number} to i32")] * LANES, "i32")

    def _op(self, name: str, x: str, y: str | int) -> str:
        return self._w.value(f"{name} {LANE} {x}, {splat(str(y), LANES, 'i32') if isinstance(y, int) else y}")

    def _load(self, pointer: str, i: str, align: int = 32) -> str:
        return self._w.value(f"load {LANE}, ptr {self._at(pointer, i)}, align {align}")

    def _store(self, x: str, pointer: str, i: str) -> None:
        self._w.do(f"store {LANE} {x}, ptr {self._at(pointer, i)}, align 32")

    def _at(self, pointer: str, i: str) -> str:
        return self._w.value(f"getelementptr {LANE}, ptr {pointer}, i64 {i}")


def _first() -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """Return the state into which every key is mixed."""
    words = [19650218]
    for i in range(1, WORDS):
        words.append((1812433253 * (words[-1] ^ words[-1] >> 30) + i) % 2**32)
    return np.array(words, np.uint32)
