"""Blocks of vectors fall into nests that compute what they compute number by number."""

from __future__ import annotations

import numpy as np
import pytest

from microgradx.compile.nests.addresses import indices
from microgradx.compile.nests.blocks import Block, Piece, Vectors
from microgradx.compile.nests.nests import Space
from microgradx.compile.nests.pieces import pieces
from microgradx.compile.tape.tape import Ints


def drawn(seed: int) -> Block:
    """Return a random block: of vectors or of inner products, whose places follow rules, or some of them none."""
    rng = np.random.default_rng(seed)
    n, m, width = int(rng.integers(1, 7)), int(rng.integers(1, 6)), int(rng.choice([1, 2, 3, 5]))
    terms = rng.choice([1, 2, 3, 6], m) if width == 1 else np.ones(m, np.int64)
    wide = (terms > 1) | (width > 1)

    def places() -> Ints:
        rows, columns = np.arange(n)[:, None], np.arange(m)
        found = 1000 + rows * rng.integers(-20, 20) + columns * rng.integers(-20, 20)
        return found if rng.random() < 0.6 else found + rng.integers(0, 3, (n, m)) * 50

    def apart() -> Ints:
        one = rng.integers(0, 3) + np.arange(m) * rng.integers(0, 2)
        found = np.broadcast_to(rng.integers(0, 3, m) if rng.random() < 0.4 else one, (n, m))
        return np.where(wide, found if rng.random() < 0.8 else rng.integers(0, 3, (n, m)), 0)

    out = 500 + np.arange(n)[:, None] * width if rng.random() < 0.5 else np.zeros((n, 0), np.int64)
    kind = rng.integers(0, 3, m) if rng.random() < 0.7 else np.zeros(m, np.int64)
    vectors = Vectors(width, terms, apart(), apart())
    return Block(np.arange(n) * width, places(), places(), out, kind, np.arange(m), True, vectors)


def computed(found: list[Piece]) -> dict[int, list[list[int]]]:
    """Return for each number the places of the factors of all its terms, and of its result if that is given."""
    numbers: dict[int, list[list[int]]] = {}
    for piece in found:
        sides: list[list[Ints]] = [[], []]
        at = 0
        for length in piece.lengths:
            terms = piece.terms(at, length)
            for second, columns in enumerate(sides):
                address = piece.address(Space.ROW, bool(second), at, length)
                every = np.broadcast_to(indices(address, piece.extents, terms), (*piece.extents, terms))
                columns.append(every.reshape(-1, terms))
            at += length
        a, b = (np.concatenate(columns, axis=1) for columns in sides)
        out = np.zeros((len(a), 0), np.int64)
        if piece.block.out.size:
            out = np.broadcast_to(indices(piece.out(Space.GRAD), piece.extents, 1), (*piece.extents, 1)).reshape(-1, 1)
        for number, *row in zip(piece.block.numbers().tolist(), a.tolist(), b.tolist(), out.tolist(), strict=True):
            assert number not in numbers
            numbers[number] = row
    return numbers


@pytest.mark.parametrize("seed", range(300))
def test_nests_of_vectors_are_those_of_their_numbers(seed: int) -> None:
    """Every number is computed once, from the same places, whether loops run over vectors or over numbers."""
    block = drawn(seed)
    longer = block.expanded()
    assert longer.vectors is None
    expected = {
        number: [a, b, out]
        for number, a, b, out in zip(*[x.tolist() for x in (longer.nodes, longer.a, longer.b, longer.out)], strict=True)
    }
    assert computed(pieces(block)) == expected
    assert computed(pieces(longer)) == expected


def test_vectors_whose_places_follow_rules_stay_vectors() -> None:
    """Loops run over most vectors as they are, and over some number by number; both are among the random blocks."""
    found = [pieces(drawn(seed)) for seed in range(300)]
    stay = [all(piece.block.vectors is not None for piece in each) for each in found]
    assert 60 < sum(stay) < 240


def regular(seed: int) -> Block:
    """Return a random block of numbers whose places follow strides, some of them downwards."""
    rng = np.random.default_rng(seed)
    extents = [int(n) for n in rng.choice([2, 3, 8, 9], rng.integers(1, 4))]
    m, n = int(rng.integers(1, 4)), int(np.prod(extents))
    index = np.indices(extents).reshape(len(extents), n)
    a, b = (1000 + (rng.choice([0, 1, -1, 8, 40, -40], (m, len(extents))) @ index).T for _ in range(2))
    none = np.zeros((n, 0), np.int64)
    return Block(np.arange(n), a, b, none, np.arange(m), np.arange(m), False)


@pytest.mark.parametrize("seed", range(60))
def test_turned_nests_compute_the_same(seed: int) -> None:
    """Whichever dimension runs fastest, and whichever way, each node has its own factors."""
    found = list(pieces(regular(seed)))
    assert computed([piece.turned() for piece in found]) == computed(found)


@pytest.mark.parametrize("seed", range(60))
def test_results_stand_side_by_side_where_factors_do(seed: int) -> None:
    """Along the last dimension no more factors stand apart than along any that fills a vector."""
    for piece in [piece.turned() for piece in pieces(regular(seed)) if piece.even]:
        columns = range(len(piece.lengths))
        strides = [piece.address(Space.ROW, second, k, 1).strides for second in (False, True) for k in columns]
        apart = [sum(abs(by) > 1 for by in each) for each in zip(*strides, strict=True)]
        assert all(apart[-1] <= x for x, n in zip(apart, piece.extents, strict=True) if n >= 8)
