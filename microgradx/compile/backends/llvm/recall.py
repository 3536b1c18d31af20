"""What numbers in memory are, as far as registers hold them: so that they need not be read again, or not be written.

Within a block of code a number that was written stands in a register too. Taking it from there is several cycles faster
than waiting until what was written can be read; and what nobody reads from memory need not be written.
"""

from __future__ import annotations

from typing import NamedTuple


class Lane(NamedTuple):
    """A number in a register: a lane of a vector of this width."""

    vector: str
    lane: int
    width: int


class Access(NamedTuple):
    """A line that reads or writes `active` numbers, from a place on, of a vector of `width` lanes."""

    line: int
    root: str
    offset: int
    active: int
    width: int
    vector: str


class Held(NamedTuple):
    """A vector that the rounds of a loop read first and write last, and could hand on instead."""

    read: Access
    written: Access


class Recall:
    """The memory of one function, block by block.

    Arguments, and what else has a name of its own, lead to different memory; what is derived from one leads to its
    memory. Any other pointer may lead to all of it.
    """

    def __init__(self, on: bool) -> None:
        self._on = on
        self._origins: dict[str, tuple[str, int]] = {}  # of pointers a known distance from their root
        self._pools: dict[str, str] = {}  # of roots that were derived from others
        self.keeps: list[tuple[str, int, int]] = []  # roots and ranges whose numbers stay in registers when read
        self.begin()

    def begin(self) -> None:
        """Begin the body of a loop whose rounds may hand on numbers in registers."""
        self._reads: list[Access] = []
        self._writes: list[Access] = []
        self._opaque = False
        self.forget()

    def forget(self) -> None:
        """Begin a block."""
        self._numbers: dict[str, dict[int, Lane]] = {}  # by root and offset
        self._unread: dict[str, dict[int, int]] = {}  # the lines that wrote what the block did not read since
        self._needed: set[int] = set()

    def anything(self) -> None:
        """Let something happen that may read and write any memory."""
        self._opaque = True
        self.forget()

    def derived(self, pointer: str, source: str, by: int | str) -> None:
        """Note that a pointer is so many numbers from another."""
        if not self._on:
            return
        root, offset = self._at(source)
        if isinstance(by, int):
            self._origins[pointer] = root, offset + by
        else:
            self._pools[pointer] = self._pool(root)

    def found(self, pointer: str, width: int, active: int) -> Lane | None:
        """Return the register that holds what stands at a pointer, from this lane on.

        A single lane of a vector is taken from it once: the next time it has long been written, and reading it keeps
        no register busy.
        """
        root, offset = self._at(pointer)
        here = self._numbers.get(root, {})
        first = here.get(offset)
        if first is None or active < width:
            return None
        if width == 1:
            return here.pop(offset) if first.width > 1 else first
        if first.lane or first.width != width:
            return None
        every = all(here.get(offset + i) == first._replace(lane=i) for i in range(1, width))
        return first if every else None

    def read(self, pointer: str, vector: str, width: int, active: int, line: int) -> None:
        """Note that a line reads these numbers from memory."""
        if not self._on:
            return
        access = Access(line, *self._at(pointer), active, width, vector)
        here = self._unread.get(access.root, {})
        self._needed.update(here.pop(access.offset + i) for i in range(active) if access.offset + i in here)
        for other in self._others(access.root, self._unread):
            self._needed.update(self._unread.pop(other).values())
        self._reads.append(access)
        if self._is_kept(access):
            self._keep(access)

    def written(self, pointer: str, vector: str, width: int, active: int, line: int) -> None:
        """Note that a line writes these numbers."""
        if not self._on:
            return
        access = Access(line, *self._at(pointer), active, width, vector)
        for other in self._others(access.root, self._numbers):
            del self._numbers[other]
        self._keep(access)
        here = self._unread.setdefault(access.root, {})
        here.update((access.offset + i, line) for i in range(active))
        self._writes.append(access)

    def unread(self, pool: str) -> list[int]:
        """Return the lines that write to a pool what nobody reads from memory, where the block is the last to read."""
        roots = (places for root, places in self._unread.items() if self._pool(root) == pool)
        return sorted({line for places in roots for line in places.values()} - self._needed)

    def held(self) -> list[Held]:
        """Return what the rounds of a loop may hand on rather than write and read again, of what stays in registers."""
        found = []
        for read in [] if self._opaque else filter(self._is_kept, self._reads):  # ranges may overlap: each read once
            others = [x for x in (*self._reads, *self._writes) if x is not read and self._meet(x, read)]
            whole = len(others) == 1 and read.active == read.width and others[0][1:5] == read[1:5]
            if whole and others[0].line > read.line and others[0] in self._writes:
                found.append(Held(read, others[0]))
        return found

    def _is_kept(self, a: Access) -> bool:
        return any(root == a.root and low <= a.offset < high for root, low, high in self.keeps)

    def _keep(self, a: Access) -> None:
        here = self._numbers.setdefault(a.root, {})
        here.update((a.offset + i, Lane(a.vector, i, a.width)) for i in range(a.active))

    def _at(self, pointer: str) -> tuple[str, int]:
        return self._origins.get(pointer, (pointer, 0))

    def _pool(self, root: str) -> str:
        return self._pools.get(root, "" if root.startswith("%v") else root)

    def _others(self, root: str, roots: dict[str, dict[int, Lane]] | dict[str, dict[int, int]]) -> list[str]:
        """Return the other roots that may lead to the same memory."""
        pool = self._pool(root)
        return [other for other in roots if other != root and (not pool or self._pool(other) in ("", pool))]

    def _meet(self, a: Access, b: Access) -> bool:
        """Return whether two accesses may have numbers in common."""
        if a.root == b.root:
            return a.offset < b.offset + b.active and b.offset < a.offset + a.active
        pools = self._pool(a.root), self._pool(b.root)
        return "" in pools or pools[0] == pools[1]
