"""The package autograd: NumPy's functions, recorded anew at each call."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import tasks
from ..tasks import TASKS


def gradient(name: str, rows: int) -> Any:
    """Return the mean loss and its gradient, by matrices."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    task = TASKS[name]
    X, Y = task.data(rows)

    def loss(layers: Any) -> Any:
        a = X
        for k, (w, b) in enumerate(layers):
            a = anp.dot(a, w.T) + b
            if k < len(layers) - 1:
                a = anp.tanh(a) if task.activation == "tanh" else anp.maximum(a, 0.0)
        return anp.mean((a[:, 0] - Y) ** 2)

    layers, f = task.start(), value_and_grad(loss)

    def first() -> list[float]:
        value, slopes = f(layers)
        return [float(value), *tasks.packed(slopes)]

    return first, lambda: f(layers)


def transformer(length: int) -> Any:
    """Return loss and gradient of the transformer over one document, by matrices."""
    import autograd.numpy as anp
    from autograd import value_and_grad

    tokens = np.array(tasks.sentence(length))
    mask = np.where(np.tri(length, dtype=bool), 0.0, -1e300)

    def norm(x: Any) -> Any:
        return x / anp.sqrt(anp.mean(x * x, axis=-1, keepdims=True) + 1e-5)

    def log_softmax(x: Any) -> Any:
        shifted = x - np.max(getattr(x, "_value", x), axis=-1, keepdims=True)
        return shifted - anp.log(anp.sum(anp.exp(shifted), axis=-1, keepdims=True))

    def loss(p: Any) -> Any:
        x = norm(p["token"][tokens[:-1]] + p["place"][:length])
        a = norm(x)
        q, k, v = (anp.reshape(anp.dot(a, p[name].T), (length, tasks.HEADS, -1)) for name in "qkv")
        scores = anp.einsum("thi,shi->hts", q, k) / (tasks.WIDTH / tasks.HEADS) ** 0.5 + mask
        met = anp.einsum("hts,shi->thi", anp.exp(log_softmax(scores)), v)
        x = x + anp.dot(anp.reshape(met, (length, -1)), p["o"].T)
        x = x + anp.dot(anp.maximum(anp.dot(norm(x), p["wide"].T), 0.0), p["narrow"].T)
        return -anp.mean(log_softmax(anp.dot(x, p["out"].T))[np.arange(length), tokens[1:]])

    p, f = tasks.matrices(), value_and_grad(loss)

    def first() -> list[float]:
        value, slopes = f(p)
        return [float(value), *(x for name in tasks.SHAPES for x in slopes[name].ravel().tolist())]

    return first, lambda: f(p)
