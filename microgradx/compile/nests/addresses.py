"""Addresses and the places that they name: base + Σ stride·i + step·k if that rule holds, else a table."""

from __future__ import annotations

from math import prod

import numpy as np

from ..tape.tape import Ints
from .nests import Address, Space


def indices(address: Address, extents: tuple[int, ...], length: int) -> Ints:
    """Return every place that an address names, of shape (*extents, length).

    >>> indices(Address(Space.PARAM, 5, (1,), 10), (2,), 3).tolist()
    [[5, 15, 25], [6, 16, 26]]
    """
    if address.table is not None:
        return address.table
    return _progression(address.base, (*address.strides, address.step), (*extents, length))


def numbers_at(numbers: Ints, address: Address, extents: tuple[int, ...], length: int) -> Ints:
    """Return the numbers (*extents, length) at every place that an address names: a view of them if it has no table.

    >>> numbers_at(np.arange(30) * 2, Address(Space.PARAM, 5, (1,), 10), (2,), 3).tolist()
    [[10, 30, 50], [12, 32, 52]]
    """
    if address.table is not None:
        return numbers[address.table]
    strides = [numbers.itemsize * stride for stride in (*address.strides, address.step)]
    return np.ndarray((*extents, length), numbers.dtype, numbers, numbers.itemsize * address.base, strides)


def put(numbers: Ints, address: Address, extents: tuple[int, ...], given: Ints) -> None:
    """Write the numbers given (*extents,) where an address of length 1 names places.

    >>> numbers = np.zeros(6, int)
    >>> put(numbers, Address(Space.PARAM, 1, (2,)), (3,), np.array([7, 8, 9]))
    >>> numbers.tolist()
    [0, 7, 0, 8, 0, 9]
    """
    if address.table is not None:
        numbers[address.table[..., 0]] = given
    else:
        numbers_at(numbers, address, extents, 1)[..., 0] = given


def span(address: Address, extents: tuple[int, ...], length: int) -> tuple[int, int]:
    """Return the lowest and the highest place that an address names.

    >>> span(Address(Space.PARAM, 5, (-1,), 10), (3,), 2)
    (3, 15)
    """
    if address.table is not None:
        return int(address.table.min()), int(address.table.max())
    ways = zip((*address.strides, address.step), (*extents, length), strict=True)
    reach = [stride * (extent - 1) for stride, extent in ways]
    return address.base + sum(min(r, 0) for r in reach), address.base + sum(max(r, 0) for r in reach)


def fitted(space: Space, places: Ints) -> Address:
    """Return the address that names these places of shape (*extents, length): by strides if it can be, else a table.

    >>> fitted(Space.PARAM, np.array([[5, 15, 25], [6, 16, 26]]))
    Address(space=<Space.PARAM: 2>, base=5, strides=(1,), step=10, table=None)
    >>> fitted(Space.ROW, np.array([[5, 15, 26]])).table.tolist()
    [[5, 15, 26]]
    """
    steps, line = [0] * places.ndim, places
    for d in reversed(range(places.ndim)):
        if (extent := places.shape[d]) > 1:
            further = line - line[..., :1]  # in memory as the line is: in another order it takes 3 times as long
            steps[d] = int(further[(0,) * d][1])
            if not bool((further == steps[d] * np.arange(extent)).all()):
                return Address(space, 0, (0,) * (places.ndim - 1), 0, np.ascontiguousarray(places))
        line = line[..., 0]
    return Address(space, int(line), tuple(steps[:-1]), steps[-1])


def consecutive(space: Space, base: int, extents: tuple[int, ...]) -> Address:
    """Return the address of places that follow one another from a base on, the last index running fastest.

    >>> consecutive(Space.ROW, 7, (2, 3))
    Address(space=<Space.ROW: 0>, base=7, strides=(3, 1), step=0, table=None)
    """
    strides, width = [], prod(extents)
    for extent in extents:
        width //= extent
        strides.append(width if extent > 1 else 0)
    return Address(space, base, tuple(strides))


def _progression(base: int, strides: tuple[int, ...], shape: tuple[int, ...]) -> Ints:
    places = np.array(base)
    for extent, stride in zip(shape, strides, strict=True):
        places = places[..., None] + np.arange(extent) * stride if extent > 1 else places[..., None]
    return places
