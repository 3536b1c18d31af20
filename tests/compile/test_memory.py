"""The memory of a call: arrays are taken where they stand, room begins with a line, and no number is overlooked."""

from __future__ import annotations

import numpy as np
import pytest

from microgradx.compile.backends.llvm.memory import LINE, Room, address
from microgradx.compile.backends.result import CHUNK, Result


@pytest.mark.parametrize("n", [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e200])
def test_every_number_is_looked_at(n, bad):
    """One number that is not finite, or very large, is found wherever it stands, in memory or in outputs."""
    for place in {0, n // 2, n - 1}:
        x = np.ones(n)
        assert Result({}, x[:0], x).is_small()
        assert Result({"values": x.reshape(1, n)}, x).is_small()
        x[place] = bad
        assert not Result({}, x[:0], x).is_small()
        assert not Result({"values": x.reshape(n, 1)}, x[:0]).is_small()
        assert not Result({"values": x[:0]}, x).is_small()


READ_ONLY = np.arange(4.0)
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    "x",
    [
        np.arange(3.0),
        np.arange(3.0)[1:],
        np.arange(6)[::2],
        np.zeros((0, 3)),
        READ_ONLY,
        np.frombuffer(bytes(16)),
        np.arange(6.0).reshape(2, 3).T,
    ],
)
def test_addresses(x):
    """An address is where the first number of an array stands, whatever its strides, writeable or not."""
    assert address(x) == x.__array_interface__["data"][0]


@pytest.mark.parametrize("count", [0, 1, 7, 8, 1000])
def test_room_begins_with_a_line(count):
    """Room is aligned, and holds as many numbers as were asked for."""
    room = Room(count)
    memory = room._memory
    assert room.address % LINE == 0
    assert memory.ctypes.data <= room.address
    assert room.address + 8 * count <= memory.ctypes.data + memory.nbytes
