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

TRAINING = """
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import microgradx as mx

X, y = map(np.array, mx.datasets.moons(400, noise=0.1))
model = mx.nn.MLP(2, [8, 1], activation="tanh")
program = mx.compile(lambda x, t: mx.losses.binary_cross_entropy_with_logits(model(x), t), model.parameters())
program(X, y)
start = jnp.array([v.data for v in model.parameters()])

mesh = jax.make_mesh((4,), ("rows",), axis_types=(jax.sharding.AxisType.Auto,))
rows = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("rows"))
data = jax.device_put(X, rows), jax.device_put(y, rows)
assert {shard.data.shape for shard in data[0].addressable_shards} == {(100, 2)}
mean_and_gradient = program.to_jax(gradient=True)
step = jax.jit(lambda w, X, y: w - 0.5 * mean_and_gradient(w, X, y)[1])
assert "all-reduce" in step.lower(start, *data).compile().as_text(), "each device sees its own rows, then they add up"
w = start
for _ in range(60):
    w = step(w, *data).block_until_ready()  # many steps under way at once wait for each other on few cores

history = program.train(X, y, optimizer=mx.optim.SGD(lr=0.5), epochs=60)
ours = np.array([v.data for v in model.parameters()])
assert np.abs(ours - start).max() > 0.5 and history.loss[-1] < 0.7 * history.loss[0]
assert np.allclose(w, ours, rtol=1e-9, atol=1e-12), np.abs(w - ours).max()
print("right")
"""


BRANCHES = """
import jax
jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import numpy as np
import microgradx as mx

a, b = mx.Value(1.5, "a"), mx.Value(0.25, "b")

def f(x):
    if x > 0:  # the logarithm and the root have no value where they are not taken
        return a * mx.log(x) + (mx.sqrt(x - 4.0) if x > 4.0 else b * x)
    return b * x * x

program = mx.compile(f, [a, b])
X = np.array([3.0, -2.0, 5.0, 0.5, -1.0, 9.0])
mean, gradient = program.value_and_grad(X)
w = jnp.array([1.5, 0.25])
values, with_gradient = jax.jit(program.to_jax()), jax.jit(program.to_jax(gradient=True))
assert np.allclose(values(w, X), program(X), rtol=1e-12)
for rows in (X, X[[2, 5]]):  # all paths, and one of them alone
    mean, gradient = program.value_and_grad(rows)
    found = with_gradient(w, rows)
    assert np.allclose(found[0], mean, rtol=1e-12) and np.allclose(found[1], gradient, rtol=1e-12), (rows, found)
    assert np.allclose(jax.jit(jax.grad(lambda w: values(w, rows).mean()))(w), gradient, rtol=1e-12)

few = mx.compile(f, [a, b])
few(X[:2])
assert np.isnan(few.to_jax()(w, X)).tolist() == [False, False, True, False, False, True]
assert np.isnan(few.to_jax(gradient=True)(w, X)[1]).all(), "the gradient of rows that are not known is not known"

logits, t = np.array([[0.3], [-2.0], [40.0]]), np.array([1.0, 0.0, 0.25])
model = mx.nn.MLP(1, [1], init=[2.0, 0.5])
binary = mx.compile(lambda x, t: mx.losses.binary_cross_entropy_with_logits(model(x), t), model.parameters())
mean, gradient = binary.value_and_grad(logits, t)
found = binary.to_jax(gradient=True)([2, 0.5], logits, t)
assert np.allclose(found[0], mean, rtol=1e-12) and np.allclose(found[1], gradient, rtol=1e-12)
print("right")
"""


def right(program: str) -> None:
    """Run a program with four devices of JAX, and check that it comes to its end."""
    environment = os.environ | {"XLA_FLAGS": "--xla_force_host_platform_device_count=4", "JAX_PLATFORMS": "cpu"}
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=False)
    assert run.stdout.strip() == "right", run.stderr


def test_a_program_jits_maps_differentiates_and_shards() -> None:
    """Values and gradients by JAX, over four devices too, are those of the program."""
    right(PROGRAM)


def test_data_parallel_training_on_four_devices_is_ours() -> None:
    """Gradient descent by JAX, each of four devices with its rows, gives the weights that `train` gives here."""
    right(TRAINING)


def test_each_row_takes_its_own_path() -> None:
    """A program that branches gives the values and gradients of each row's path, and NaN where that was never met."""
    right(BRANCHES)


def test_what_jax_cannot_take_is_refused() -> None:
    """A program that was not called, and arguments of other shapes, are clear errors."""
    w = mx.Value(2.0, "w")
    with pytest.raises(ValueError, match="nothing has been traced yet"):
        mx.compile(lambda x: w * x, [w]).to_jax()
    straight = mx.compile(lambda x: w * x[0], [w])
    straight([[1.0, 2.0]])
    with pytest.raises(
        mx.ShapeError, match=r"takes the numbers of its 1 parameter, \(1,\), as its first argument, not .* \(2,\)"
    ):
        straight.to_jax()([1.0, 2.0], [[1.0, 2.0]])
    with pytest.raises(mx.ShapeError, match=r"of n rows, of the shapes \(n, 2\), but given are \(1, 3\)"):
        straight.to_jax()([1.0], [[1.0, 2.0, 3.0]])
    with pytest.raises(mx.ShapeError, match=r"of the shapes \(n, 2\), but given are \(2,\)"):
        straight.to_jax()([1.0], [1.0, 2.0])
    single = mx.compile(lambda x: w * x, [w])
    single([1.0])
    with pytest.raises(mx.ShapeError, match=r"of the shapes \(n,\), but given are \(\)"):
        single.to_jax()([1.0], 2.0)
