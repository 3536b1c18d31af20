"""A program as a function for JAX: its arguments packed, and its plan run, by jax.numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np

from ..errors import ShapeError, TraceError
from .arguments import Shape
from .jax_backend import jax_function
from .recording import Recording
from .routes import route
from .stages import Kind, Stages


def to_jax(stages: Stages, shapes: Sequence[Shape], gradient: bool) -> Callable[..., Any]:
    """Return f(parameters, *arguments), pure: the values of all rows, or with `gradient` their mean and its gradient.

    TraceError if the program has branches: JAX has one path for all rows.
    """
    recording = stages.recording
    if recording.guards:
        raise TraceError(
            f"JAX computes all rows along one path, and this program branches at {route(recording, 0)}: "
            f"choose with mx.where, mx.max or mx.relu instead of if"
        )
    kind = Kind.GRADIENT if gradient else Kind.VALUES
    run = jax_function(stages.made(kind).rolled.plan)
    count = len(recording.parameters)
    captured = np.array([v.data for v in recording.captured])

    def f(parameters: Any, *arguments: Any) -> Any:
        import jax.numpy as jnp

        parameters = jnp.asarray(parameters)
        if parameters.shape != (count,):
            raise ShapeError(f"the function takes {count} parameters as its first argument, not {parameters.shape}")
        arrays = [jnp.asarray(x) for x in arguments]
        if [x.shape[1:] for x in arrays] != [tuple(shape) for shape in shapes]:
            given = ", ".join(str(x.shape) for x in arrays)
            raise ShapeError(f"after the parameters come arrays of rows of the shapes {list(shapes)}, not {given}")
        inputs = _packed(jnp, arrays, recording)
        everything = jnp.concatenate([parameters, jnp.asarray(captured, parameters.dtype)])
        if gradient:
            outputs, found = run(everything, inputs, 1.0 / len(inputs))
            return outputs["values"].mean(), found
        values = run(everything, inputs)[0]["values"]
        return values[:, 0] if recording.single else values

    return f


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
