"""JAX in 64 bits: matrices, jit, lax.scan over all steps, parameters donated."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import tasks
from ..tasks import TASKS, Task


def numbers() -> Any:
    """Return jax with numbers of 64 bits."""
    import jax

    jax.config.update("jax_enable_x64", True)
    return jax


def loss_of(task: Task) -> Callable[..., Any]:
    """Return the mean loss over a batch of rows."""
    jax = numbers()
    jnp = jax.numpy

    def loss(layers: Any, X: Any, Y: Any) -> Any:
        a = X
        for k, (w, b) in enumerate(layers):
            a = a @ w.T + b
            if k < len(layers) - 1:
                a = jnp.tanh(a) if task.activation == "tanh" else jax.nn.relu(a)
        if task.classes:
            return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(a), Y[:, None], axis=1))
        d = a[:, 0] - Y
        if task.knee is not None:
            return jnp.mean(jnp.where(abs(d) <= task.knee, d**2, task.knee * (2.0 * abs(d) - task.knee)))
        return jnp.mean(d**2)

    return loss


def gradient(name: str, rows: int) -> Any:
    """Return the mean loss and its gradient, jitted."""
    jax = numbers()
    task = TASKS[name]
    f = jax.jit(jax.value_and_grad(loss_of(task)))
    layers, (X, Y) = jax.device_put(task.start()), jax.device_put(task.data(rows))

    def first() -> list[float]:
        value, layers_ = f(layers, X, Y)
        return [float(value), *tasks.packed(layers_)]

    return first, lambda: jax.block_until_ready(f(layers, X, Y))


def scan(name: str, batch: int, epochs: int) -> Any:
    """Return gradient descent over the rows: one call, a scan over its steps."""
    jax = numbers()
    task = TASKS[name]
    X, Y = jax.device_put(task.data())
    slope = jax.grad(loss_of(task))

    def one(layers: Any, taken: Any) -> Any:
        g = slope(layers, X[taken], Y[taken])
        return jax.tree.map(lambda w, d: w - task.rate * d, layers, g), None

    run = jax.jit(lambda layers, order: jax.lax.scan(one, layers, order)[0], donate_argnums=0)
    state = jax.device_put(task.start())

    def through(order: Any) -> Any:
        nonlocal state
        state = jax.block_until_ready(run(state, order))
        return state

    order = jax.device_put(tasks.order(batch, epochs))
    return lambda: tasks.packed(through(tasks.order(batch, 1))), lambda: through(order)


def transformer_loss(parameters: Any, tokens: Any, weights: Any) -> Any:
    """Return Σ weightₜ · cross-entropy of the token after the t-th, by matrices."""
    jax = numbers()
    jnp = jax.numpy
    p = parameters
    length = len(tokens) - 1

    def norm(x: Any) -> Any:
        return x / jnp.sqrt(jnp.mean(x * x, axis=-1, keepdims=True) + 1e-5)

    x = norm(p["token"][tokens[:-1]] + p["place"][:length])
    a = norm(x)
    q, k, v = ((a @ p[name].T).reshape(length, tasks.HEADS, -1) for name in "qkv")
    scores = jnp.einsum("thi,shi->hts", q, k) / (tasks.WIDTH / tasks.HEADS) ** 0.5
    scores = jnp.where(np.tri(length, dtype=bool), scores, -jnp.inf)
    met = jnp.einsum("hts,shi->thi", jax.nn.softmax(scores), v).reshape(length, -1)
    x = x + met @ p["o"].T
    x = x + jax.nn.relu(norm(x) @ p["wide"].T) @ p["narrow"].T
    log_p = jax.nn.log_softmax(x @ p["out"].T)
    return -jnp.dot(weights, jnp.take_along_axis(log_p, tokens[1:, None], axis=1)[:, 0])


def transformer(length: int) -> Any:
    """Return loss and gradient of the transformer over one document, jitted."""
    jax = numbers()
    weights = np.full(length, 1.0 / length)
    f = jax.jit(jax.value_and_grad(lambda p, tokens: transformer_loss(p, tokens, weights)))
    p, tokens = jax.device_put(tasks.matrices()), jax.device_put(np.array(tasks.sentence(length)))

    def first() -> list[float]:
        value, g = f(p, tokens)
        return [float(value), *(x for name in tasks.SHAPES for x in np.asarray(g[name]).ravel().tolist())]

    return first, lambda: jax.block_until_ready(f(p, tokens))


def transformer_training() -> dict[str, float]:
    """Return the seconds of 1000 steps of Adam, and the loss after some: padded to one length, one scan over all."""
    jax = numbers()
    jnp = jax.numpy
    jax.block_until_ready(jnp.zeros(1))
    documents = tasks.documents()
    begin = time.perf_counter()
    longest = max(map(len, documents))
    padded = np.zeros((len(documents), longest), np.int64)
    weights = np.zeros((len(documents), longest - 1))
    for row, weight, document in zip(padded, weights, documents, strict=True):
        row[: len(document)] = document
        weight[: len(document) - 1] = 1.0 / (len(document) - 1)
    f = jax.value_and_grad(transformer_loss)
    (β1, β2), count = tasks.ADAM["betas"], len(documents)

    def one(state: Any, i: Any) -> Any:
        p, m, v, t = state
        value, g = f(p, padded_[i], weights_[i])
        m = jax.tree.map(lambda m, g: β1 * m + (1 - β1) * g, m, g)
        v = jax.tree.map(lambda v, g: β2 * v + (1 - β2) * g * g, v, g)
        rate = tasks.ADAM["lr"] * (1 - t / count) / (1 - β1 ** (t + 1))
        root = jnp.sqrt(1 - β2 ** (t + 1))
        p = jax.tree.map(lambda p, m, v: p - rate * m / (jnp.sqrt(v) / root + tasks.ADAM["eps"]), p, m, v)
        return (p, m, v, t + 1), value

    padded_, weights_ = jax.device_put((padded, weights))
    p = jax.device_put(tasks.matrices())
    zeros = jax.tree.map(jnp.zeros_like, p)
    order = tasks.order(1, 1, count)[:, 0]
    _, values = jax.jit(lambda state: jax.lax.scan(one, state, order))((p, zeros, zeros, 0))
    values = np.asarray(values)
    return tasks.trained(time.perf_counter() - begin, values)


def first_result(name: str) -> dict[str, float]:
    """Return the seconds from the function to the first gradient."""
    jax = numbers()
    jax.block_until_ready(jax.numpy.zeros(1))
    begin = time.perf_counter()
    if name in TASKS:
        gradient(name, 100)[1]()
    else:
        transformer(tasks.LENGTH)[1]()
    return {"s to the first result": time.perf_counter() - begin}
