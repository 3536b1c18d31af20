"""Which points of a nest stand in the lanes of a vector, and how their operands are read and written.

The lanes run along one dimension of the nest. Where that is shorter than a vector, a second dimension follows it in the
same vector: of 16 × 2 numbers, 4 × 2 fill eight lanes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .grid import Grid, Operand
from .writer import Writer, number, splat


@dataclass(frozen=True)
class Lanes:
    """Vectors of `width` lanes along dimension `inner`, and `outer` behind it if that is not None.

    A vector holds `per` points of the outermost of the two; there are `count` vectors, and `rest` points remain.
    """

    width: int
    extents: tuple[int, ...]
    inner: int | None
    outer: int | None = None

    @cached_property
    def run(self) -> int:
        """How many lanes follow one another along `inner`."""
        return 1 if self.inner is None else self.extents[self.inner] if self.outer is not None else self.width

    @cached_property
    def per(self) -> int:
        """How many points of the dimension that vectors move along a vector holds."""
        return self.width // self.run if self.outer is not None else self.width

    @cached_property
    def along(self) -> int | None:
        """The dimension that the next vector is further along."""
        return self.inner if self.outer is None else self.outer

    @cached_property
    def count(self) -> int:
        """The number of full vectors."""
        return 1 if self.along is None else self.extents[self.along] // self.per

    @cached_property
    def rest(self) -> int:
        """The number of lanes of the last vector, which is not full; 0 if all are."""
        if self.along is None:
            return 0
        return self.extents[self.along] % self.per * (self.run if self.outer is not None else 1)

    @cached_property
    def active(self) -> int:
        """The number of lanes of a full vector that hold a point."""
        return self.run * self.per if self.outer is not None else self.width

    def advance(self, strides: tuple[int, ...]) -> int:
        """Return how far the next vector is from a vector, for an operand with these strides."""
        return 0 if self.along is None else strides[self.along] * self.per

    def offsets(self, strides: tuple[int, ...], active: int, width: int) -> tuple[int, ...]:
        """Return how far each lane is from the first; lanes without a point repeat the last one that has."""
        if self.inner is None:
            return (0,)
        lanes = [min(lane, active - 1) for lane in range(width)]
        if self.outer is None:
            return tuple(lane * strides[self.inner] for lane in lanes)
        return tuple(lane // self.run * strides[self.outer] + lane % self.run * strides[self.inner] for lane in lanes)

    @cached_property
    def dimensions(self) -> tuple[int, ...]:
        """The dimensions that the lanes run along."""
        return tuple(d for d in (self.inner, self.outer) if d is not None)

    def moves(self, x: Operand) -> bool:
        """Return whether an operand differs from lane to lane."""
        if x.constant is not None or self.inner is None:
            return False
        if x.strides[self.inner] or x.entries[self.inner]:
            return True
        return self.outer is not None and bool(x.strides[self.outer] or x.entries[self.outer])

    def contiguous(self, x: Operand) -> bool:
        """Return whether the lanes of an operand stand side by side in memory."""
        if self.inner is None or x.strides[self.inner] != 1 or x.entries[self.inner]:
            return False
        return self.outer is None or (x.strides[self.outer] == self.run and not x.entries[self.outer])


def candidates(g: Grid, vector: int) -> list[Lanes]:
    """Return the ways to fill vectors with the points of a nest."""
    found = []
    for d, n in enumerate(g.extents):
        if n >= vector or len(g.extents) == 1:
            found.append(Lanes(vector, g.extents, d))
            continue
        found.append(Lanes(min(vector, _power_of_two(n)), g.extents, d))
        if n <= vector // 2:
            found += [Lanes(vector, g.extents, d, e) for e in range(len(g.extents)) if e != d]
    return found or [Lanes(1, g.extents, None)]


def _power_of_two(n: int) -> int:
    return 1 << (n - 1).bit_length()


@dataclass(frozen=True)
class Piece:
    """A vector of this width, of which so many lanes hold points."""

    lanes: Lanes
    width: int
    active: int

    @classmethod
    def full(cls, lanes: Lanes) -> Piece:
        """Return the vectors that are full."""
        return cls(lanes, lanes.width, lanes.active)

    @classmethod
    def last(cls, lanes: Lanes) -> Piece:
        """Return the vector that is not."""
        return cls(lanes, min(lanes.width, _power_of_two(lanes.rest)), lanes.rest)


@dataclass(frozen=True)
class Cursor:
    """An operand at a point: pointers to its number, and into its table if it has one."""

    operand: Operand
    data: str
    entry: str = ""


def cursor(w: Writer, x: Operand, point: list[tuple[str, int, int]]) -> Cursor:
    """Return an operand at a point: for each dimension a value, its factor, and a constant to add."""
    constant = x.base + sum(s * c for s, (_, _, c) in zip(x.strides, point, strict=True))
    moving = [(value, s * factor) for s, (value, factor, _) in zip(x.strides, point, strict=True) if value]
    data = w.shifted(w.shifted(x.pool, w.linear(0, moving)), constant)
    if not x.table:
        return Cursor(x, data)
    constant = x.entry + sum(s * c for s, (_, _, c) in zip(x.entries, point, strict=True))
    moving = [(value, s * factor) for s, (value, factor, _) in zip(x.entries, point, strict=True) if value]
    return Cursor(x, data, w.shifted(w.shifted(x.table, w.linear(0, moving)), constant))


def lane_pointers(w: Writer, at: Cursor, piece: Piece, data: int = 0, entry: int = 0) -> list[str]:
    """Return the pointer of each lane, `data` numbers and `entry` table entries further on."""
    x = at.operand
    shifts = piece.lanes.offsets(x.strides, piece.active, piece.width)
    if not x.table:
        return [w.shifted(at.data, data + s) for s in shifts]
    entries = piece.lanes.offsets(x.entries, piece.active, piece.width)
    known: dict[tuple[int, int], str] = {}
    for key in zip(shifts, entries, strict=True):
        if key not in known:
            known[key] = _looked_up(w, at, data + key[0], entry + key[1])
    return [known[key] for key in zip(shifts, entries, strict=True)]


def pointer(w: Writer, at: Cursor, data: int = 0, entry: int = 0) -> str:
    """Return the pointer of the first lane."""
    return _looked_up(w, at, data, entry) if at.operand.table else w.shifted(at.data, data)


def _looked_up(w: Writer, at: Cursor, data: int, entry: int) -> str:
    place = w.once(f"load i64, ptr {w.shifted(at.entry, entry)}, align 8")  # tables stay as they are in a nest
    return w.shifted(w.shifted(at.data, place), data)


def read(w: Writer, at: Cursor, piece: Piece, data: int = 0, entry: int = 0) -> str:
    """Return the vector of an operand."""
    x, n = at.operand, piece.width
    if x.constant is not None:
        return splat(number(x.constant), n)
    if not piece.lanes.moves(x):
        return w.gathered([w.load(pointer(w, at, data, entry), 1)] * n)
    if piece.lanes.contiguous(x):
        return w.load(pointer(w, at, data, entry), n, piece.active)
    pointers = lane_pointers(w, at, piece, data, entry)
    loaded = {p: w.load(p, 1) for p in dict.fromkeys(pointers)}
    return w.gathered([loaded[p] for p in pointers])


def write(w: Writer, x: str, at: Cursor, piece: Piece, data: int = 0, entry: int = 0) -> None:
    """Store a vector where an operand stands."""
    if piece.lanes.contiguous(at.operand):
        w.store(x, pointer(w, at, data, entry), piece.width, piece.active)
        return
    for i, p in enumerate(lane_pointers(w, at, piece, data, entry)[: piece.active]):
        w.store(w.lane(x, i, piece.width), p, 1)
