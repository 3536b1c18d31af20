"""Shuffling as Python's `random.shuffle` does, as machine code: the generator of random words, and the swaps.

    shuffle(order, n, key, length)

orders 0 … n − 1 as a generator does that was seeded with the words of 32 bits `key`. The generator is MT19937
(Matsumoto and Nishimura 1998), seeded by their `init_by_array` of 2002, as in Python. An index up to i is the highest
bits of a word, as many as i + 1 has: of the next word for which they are no more than i.
"""

from __future__ import annotations

from hashlib import sha512

import numpy as np

from .target import Target
from .writer import Module, Writer

WORDS, SHIFT = 624, 397
SIGNATURE = "ptr %order, i64 %n, ptr %key, i64 %length"


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
    """Writes the function; all numbers of the generator are of 32 bits."""

    def __init__(self, w: Writer) -> None:
        self._w = w

    def write(self) -> None:
        w = self._w
        w.do(f"%state = alloca [{WORDS} x i32], align 16")
        w.loop("%n", [], self._number)
        self._seed()
        w.repeat([("i64", w.value("sub i64 %n, 1"))], self._round)

    def _number(self, i: str, _: list[str]) -> list[str]:
        self._w.do(f"store i64 {i}, ptr {self._w.shifted('%order', i)}")
        return []

    def _seed(self) -> None:
        """Mix the key into the first state, then the state into itself."""
        w = self._w
        w.module.declare("void", "llvm.memcpy.p0.p0.i64", ["ptr", "ptr", "i64", "i1"])
        table = w.module.table(_first())
        w.do(f"call void @llvm.memcpy.p0.p0.i64(ptr %state, ptr {table}, i64 {4 * WORDS}, i1 0)")
        longer = w.value(f"select i1 {w.value(f'icmp sgt i64 %length, {WORDS}')}, i64 %length, i64 {WORDS}")

        def with_key(_: str, held: list[str]) -> list[str]:
            i, j = held
            plus = self._op("add", self._load("%key", j), w.value(f"trunc i64 {j} to i32"))
            self._mix(i, 1664525, "add", plus)
            behind = w.value(f"add i64 {j}, 1")
            fits = w.value(f"icmp slt i64 {behind}, %length")
            return [self._next(i), w.value(f"select i1 {fits}, i64 {behind}, i64 0")]

        def alone(_: str, held: list[str]) -> list[str]:
            self._mix(held[0], 1566083941, "sub", w.value(f"trunc i64 {held[0]} to i32"))
            return [self._next(held[0])]

        i, _ = w.loop(longer, [("i64", "1"), ("i64", "0")], with_key)
        w.loop(WORDS - 1, [("i64", i)], alone)
        self._store(str(1 << 31), "0")

    def _mix(self, i: str, factor: int, operation: str, last: str) -> None:
        before = self._load("%state", self._w.value(f"sub i64 {i}, 1"))
        product = self._op("mul", self._op("xor", before, self._op("lshr", before, "30")), str(factor))
        self._store(self._op(operation, self._op("xor", self._load("%state", i), product), last), i)

    def _next(self, i: str) -> str:
        """Return the place after i; behind the last comes the second, and the first becomes the last."""
        w = self._w
        behind = w.value(f"add i64 {i}, 1")
        ends = w.value(f"icmp eq i64 {behind}, {WORDS}")

        def wrapped() -> list[str]:
            self._store(self._load("%state", str(WORDS - 1)), "0")
            return ["1"]

        return w.when(ends, ["i64"], [behind], wrapped)[0]

    def _round(self, held: list[str]) -> tuple[str, list[str]]:
        """Make the next words, and swap by them until they or the numbers are used up."""
        w = self._w
        self._twist(0, WORDS - SHIFT, SHIFT)
        self._twist(WORDS - SHIFT, SHIFT - 1, SHIFT - WORDS)
        self._twisted(str(WORDS - 1), "0", str(SHIFT - 1))
        _, i = w.repeat([("i64", "0"), ("i64", held[0])], self._swap)
        return w.value(f"icmp sgt i64 {i}, 0"), [i]

    def _twist(self, first: int, count: int, other: int) -> None:
        w = self._w

        def word(k: str, _: list[str]) -> list[str]:
            at, behind, far = (w.value(f"add i64 {k}, {first + by}") for by in (0, 1, other))
            self._twisted(at, behind, far)
            return []

        w.loop(count, [], word)

    def _twisted(self, at: str, behind: str, far: str) -> None:
        high, low = self._load("%state", at), self._load("%state", behind)
        y = self._op("or", self._op("and", high, str(2**31)), self._op("and", low, str(2**31 - 1)))
        odd = self._op("and", self._op("sub", "0", self._op("and", low, "1")), str(0x9908B0DF))
        self._store(self._op("xor", self._op("xor", self._load("%state", far), self._op("lshr", y, "1")), odd), at)

    def _swap(self, held: list[str]) -> tuple[str, list[str]]:
        """Draw an index j from the next word, and exchange entries i and j, or do nothing if j is beyond i."""
        w, (k, i) = self._w, held
        w.module.declare("i32", "llvm.ctlz.i32", ["i32", "i1"])
        count = w.value(f"trunc i64 {w.value(f'add i64 {i}, 1')} to i32")
        unused = w.value(f"call i32 @llvm.ctlz.i32(i32 {count}, i1 false)")
        j = w.value(f"zext i32 {self._op('lshr', self._tempered(k), unused)} to i64")
        fits = w.value(f"icmp sle i64 {j}, {i}")
        here, there = (w.shifted("%order", x) for x in (i, w.value(f"select i1 {fits}, i64 {j}, i64 {i}")))
        x, y = (w.value(f"load i64, ptr {pointer}") for pointer in (here, there))
        w.do(f"store i64 {y}, ptr {here}")
        w.do(f"store i64 {x}, ptr {there}")
        left, after = w.value(f"sub i64 {i}, {w.value(f'zext i1 {fits} to i64')}"), w.value(f"add i64 {k}, 1")
        words, numbers = w.value(f"icmp slt i64 {after}, {WORDS}"), w.value(f"icmp sgt i64 {left}, 0")
        return w.value(f"and i1 {words}, {numbers}"), [after, left]

    def _tempered(self, k: str) -> str:
        y = self._load("%state", k)
        for shift, by, mask in (("lshr", 11, 2**32 - 1), ("shl", 7, 0x9D2C5680), ("shl", 15, 0xEFC60000)):
            y = self._op("xor", y, self._op("and", self._op(shift, y, str(by)), str(mask)))
        return self._op("xor", y, self._op("lshr", y, "18"))

    def _op(self, name: str, x: str, y: str) -> str:
        return self._w.value(f"{name} i32 {x}, {y}")

    def _load(self, pointer: str, i: str) -> str:
        return self._w.value(f"load i32, ptr {self._at(pointer, i)}")

    def _store(self, x: str, i: str) -> None:
        self._w.do(f"store i32 {x}, ptr {self._at('%state', i)}")

    def _at(self, pointer: str, i: str) -> str:
        return self._w.value(f"getelementptr i32, ptr {pointer}, i64 {i}")


def _first() -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """Return the state into which every key is mixed."""
    words = [19650218]
    for i in range(1, WORDS):
        words.append((1812433253 * (words[-1] ^ words[-1] >> 30) + i) % 2**32)
    return np.array(words, np.uint32)
