"""A program as a function for JAX: its arguments packed, and its plans run, by jax.numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import ShapeError
from .backends.jax_backend import jax_function
from .paths.path import Path
from .paths.paths import Paths
from .paths.stages import Kind
from .tracing.recording import Recording


def to_jax(paths: Paths, gradient: bool) -> Callable[..., Any]:
    """Return f(parameters, *arguments), pure: the values of all rows, or with `gradient` their mean and its gradient.

    Rows that go along none of the paths that are known now have the value NaN, and make the gradient NaN.
    """
    shapes, count, single = paths.shapes, len(paths.parameters), paths.single
    routes = [_Route(path, gradient) for path in paths.known]

    def f(parameters: Any, *arguments: Any) -> Any:
        """Return what the compiled function gives for all rows of the arguments, with these numbers as parameters."""
        import jax.numpy as jnp

        parameters = jnp.asarray(parameters)
        parameters = parameters.astype(jnp.result_type(parameters, jnp.float32))
        if parameters.shape != (count,):
            wanted = f"the numbers of its {count} parameter{'s' * (count != 1)}, ({count},),"
            raise ShapeError(f"the function takes {wanted} as its first argument, not an array {parameters.shape}")
        arrays = [jnp.asarray(x) for x in arguments]
        if [x.shape[1:] if x.ndim else None for x in arrays] != [tuple(shape) for shape in shapes]:
            wanted = ", ".join(str(("n", *shape)).replace("'", "") for shape in shapes) or "none"
            given = ", ".join(str(x.shape) for x in arrays) or "none"
            raise ShapeError(
                f"after the parameters come arrays of n rows, of the shapes {wanted}, but given are {given}"
            )
        n = len(arrays[0]) if arrays else 1
        waiting: Any = np.ones(n, np.bool_)
        values, slope = jnp.full((n, paths.outputs), jnp.nan, parameters.dtype), 0.0
        for route in routes:
            everything, inputs, taken = route.rows(jnp, parameters, arrays, waiting)
            outputs, found = route.compute(everything, inputs, taken / n)
            slope = slope + found
            values = jnp.where(taken[:, None], outputs["values"], values)
            waiting = waiting & ~taken
        if gradient:
            return values.mean(), slope + jnp.where(jnp.any(waiting), jnp.nan, 0.0).astype(parameters.dtype)
        return values[:, 0] if single else values

    return f


class _Route:
    """A path for JAX: which rows of a batch go along it, and what it computes of them."""

    def __init__(self, path: Path, gradient: bool) -> None:
        self._path = path
        self._captured = np.array([v.data for v in path.recording.captured])
        self._expected = np.array(path.recording.expected, np.bool_)
        self.compute = jax_function(path.stages.made(Kind.GRADIENT if gradient else Kind.VALUES).rolled.plan)

    def rows(self, jnp: Any, parameters: Any, arrays: Sequence[Any], waiting: Any) -> tuple[Any, Any, Any]:
        """Return the numbers of all leaves, the inputs, and which of the waiting rows go along this path.

        A row that does not is replaced by one that once did, so that no inf or NaN of it gets into a derivative.
        """
        everything = jnp.concatenate([parameters, jnp.asarray(self._captured, parameters.dtype)])
        inputs = _packed(jnp, arrays, self._path.recording)
        if self._path.is_only:
            return everything, inputs, waiting
        guards = self.compute(everything, inputs)[0]["guards"]
        taken = waiting & (guards == self._expected).all(axis=1)
        return everything, jnp.where(taken[:, None], inputs, self._path.example), taken


def _packed(jnp: Any, arrays: Sequence[Any], recording: Recording) -> Any:
    """Return the inputs of the tape, (n, inputs): entries of the arguments, and categories of indices as 1 or 0."""
    n = len(arrays[0]) if arrays else 1
    flat = [x.reshape(n, prod(x.shape[1:])) for x in arrays]
    columns = []
    for argument, place, category in recording.columns:
        shape = arrays[argument].shape[1:]
        x = flat[argument][:, int(np.ravel_multi_index(place, shape)) if place else 0]
        columns.append(x if category is None else (x == category) * 1.0)
    kind = jnp.result_type(*columns, jnp.float32) if columns else jnp.float32
    return jnp.stack([x.astype(kind) for x in columns], axis=1) if columns else jnp.zeros((n, 0), kind)
