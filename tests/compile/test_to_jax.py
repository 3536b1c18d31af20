"""Programs as functions for JAX: the same numbers, jitted, mapped, differentiated and sharded."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import microgradx as mx

PROGRAM = """
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import microgradx as mx

model = mx.nn.MLP(3, [5, 4], activation="tanh")
program = mx.compile(lambda x, c: mx.losses.cross_entropy(model(x), c), model.parameters(), indices="c")
rows = np.random.default_rng(0)
X, c = rows.normal(size=(16, 3)), rows.integers(0, 4, 16)
mean, gradient = program.value_and_grad(X, c)
w = jnp.array([v.data for v in model.parameters()])
f, with_gradient = program.to_jax(), program.to_jax(gradient=True)

assert np.allclose(jax.jit(f)(w, X, c), program(X, c), rtol=1e-12)
found = jax.jit(with_gradient)(w, X, c)
assert np.allclose(found[0], mean, rtol=1e-12) and np.allclose(found[1], gradient, rtol=1e-10, atol=1e-13)
assert np.allclose(jax.jit(jax.grad(lambda w: f(w, X, c).mean()))(w), gradient, rtol=1e-10, atol=1e-13)
many = jax.vmap(f, (0, None, None))(jnp.stack([w, 2 * w]), X, c)
assert many.shape == (2, 16) and np.allclose(many[0], program(X, c), rtol=1e-12)

devices = jax.devices()
assert len(devices) == 4
mesh = jax.sharding.Mesh(np.array(devices), ("rows",))
rows_over = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("rows"))
spread = jax.device_put(X, rows_over), jax.device_put(c, rows_over)
values, (mean_of_all, sharded) = jax.jit(f)(w, *spread), jax.jit(with_gradient)(w, *spread)
assert len({shard.device for shard in values.addressable_shards}) == 4
assert np.allclose(values, program(X, c), rtol=1e-12) and np.allclose(sharded, gradient, rtol=1e-10, atol=1e-13)
print("right")
"""


def test_a_program_jits_maps_differentiates_and_shards() -> None:
    """Values and gradients by JAX, over four devices too, are those of the program."""
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, env=environment, check=False)
    assert run.stdout.strip() == "right", run.stderr


def test_what_jax_cannot_take_is_refused() -> None:
    """A program that branches, one that was not called, and arguments of other shapes are clear errors."""
    w = mx.Value(2.0, "w")
    program = mx.compile(lambda x: w * x if x > 0 else x, [w])
    with pytest.raises(ValueError, match="nothing has been traced yet"):
        program.to_jax()
    program([1.0])
    with pytest.raises(mx.TraceError, match="one path, and this program branches at x > 0"):
        program.to_jax()
    straight = mx.compile(lambda x: w * x[0], [w])
    straight([[1.0, 2.0]])
    with pytest.raises(mx.ShapeError, match="takes 1 parameters"):
        straight.to_jax()([1.0, 2.0], [[1.0, 2.0]])
    with pytest.raises(mx.ShapeError, match=r"rows of the shapes \[\(2,\)\]"):
        straight.to_jax()([1.0], [[1.0, 2.0, 3.0]])
