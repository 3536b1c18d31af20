"""Arguments of other libraries: tables and tensors are the numbers in them, whether NumPy has their type or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microgradx as mx
from microgradx import Value
from microgradx.compile.rows.arguments import batch


class Table:
    """What pandas gives: something with `to_numpy`."""

    def to_numpy(self) -> Any:
        """Return the entries."""
        return np.array([[1, 2], [3, 4]])


class Tensor:
    """What PyTorch and JAX give: something that NumPy can convert."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array([1.5, 2.5], np.float32)


class Differentiated(Tensor):
    """What PyTorch gives where it takes gradients: no array, unless it is detached."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad")

    def detach(self) -> Any:
        """Return the tensor without its graph."""
        return Tensor()


class Elsewhere:
    """What PyTorch gives of a type that NumPy lacks, such as bfloat16, or on another device: no array, but a list."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise TypeError("Got unsupported ScalarType BFloat16")

    def detach(self) -> Any:
        """Return the tensor without its graph."""
        return self

    def tolist(self) -> list[float]:
        """Return the entries."""
        return [1.5, 2.5]


class Nowhere(Elsewhere):
    """What PyTorch gives on the device "meta": a tensor without entries."""

    def tolist(self) -> list[float]:
        """Refuse."""
        raise NotImplementedError("no data")


OTHERS = [
    (Table(), [[1.0, 2.0], [3.0, 4.0]]),
    (Tensor(), [1.5, 2.5]),
    (Differentiated(), [1.5, 2.5]),
    (Elsewhere(), [1.5, 2.5]),
    (memoryview(np.eye(2)), [[1.0, 0.0], [0.0, 1.0]]),
]


@pytest.mark.parametrize(("given", "expected"), OTHERS)
def test_tables_and_tensors_are_arrays(given: Any, expected: Any) -> None:
    """Arrays of other libraries are taken as NumPy sees them, or else as their lists."""
    assert batch([given], ["x"], frozenset()).arrays[0].tolist() == expected


def test_training_takes_tensors_that_numpy_lacks() -> None:
    """The rows of a training may be of a type that NumPy lacks as well."""
    found = []
    for given in (Elsewhere(), [1.5, 2.5]):
        w = Value(0.5)
        program = mx.compile(lambda x, w=w: (w * x - 1.0) ** 2, [w], target="numpy")
        found.append((program.train(given, epochs=2).loss, w.data))
    assert found[0] == found[1]


def test_what_has_no_entries_is_refused_as_numpy_does() -> None:
    """Where there is no list either, the error is the one that tells what to do."""
    with pytest.raises(TypeError, match="unsupported ScalarType"):
        batch([Nowhere()], ["x"], frozenset())
