"""PyTorch in 64 bits, eager, as its tutorials write it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import tasks
from ..tasks import TASKS, Task


def fastest(step: Callable[[], Any]) -> None:
    """Choose between one thread and as many as PyTorch takes by itself, by the time of a step."""
    import torch

    def seconds(threads: int) -> float:
        torch.set_num_threads(threads)
        step()
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            step()
            times.append(time.perf_counter() - begin)
        return min(times)

    torch.set_num_threads(min((1, torch.get_num_threads()), key=seconds))


def model_of(task: Task) -> Any:
    """Return the net."""
    import torch

    activation = torch.nn.Tanh if task.activation == "tanh" else torch.nn.ReLU
    parts: list[Any] = []
    for w, b in task.start():
        linear = torch.nn.Linear(w.shape[1], w.shape[0], dtype=torch.float64)
        linear.weight.data[:], linear.bias.data[:] = torch.from_numpy(w), torch.from_numpy(b)
        parts += [linear, activation()]
    return torch.nn.Sequential(*parts[:-1])


def loss_of(task: Task) -> Any:
    """Return the mean loss of outputs and targets."""
    from torch.nn import functional

    if task.classes:
        return functional.cross_entropy
    return lambda a, y: functional.mse_loss(a[:, 0], y)


def layers(model: Any, slopes: bool = False) -> Any:
    """Return all (W, b), or their gradients."""
    return [tuple((p.grad if slopes else p.data).numpy() for p in part.parameters()) for part in model[::2]]


def gradient(name: str, rows: int) -> Any:
    """Return the mean loss and its gradient."""
    import torch

    task = TASKS[name]
    model, loss = model_of(task), loss_of(task)
    X, Y = map(torch.from_numpy, task.data(rows))

    def step() -> Any:
        model.zero_grad()
        value = loss(model(X), Y)
        value.backward()
        return value

    fastest(step)
    return lambda: [step().item(), *tasks.packed(layers(model, slopes=True))], step


def train(name: str, batch: int, count: int) -> Any:
    """Return `count` steps of gradient descent."""
    import torch

    task = TASKS[name]
    model, loss = model_of(task), loss_of(task)
    optimizer = torch.optim.SGD(model.parameters(), lr=task.rate)
    X, Y = map(torch.from_numpy, task.data())
    order = torch.from_numpy(tasks.order(batch, 1))

    def through(order: Any) -> None:
        for taken in order:
            optimizer.zero_grad()
            loss(model(X[taken]), Y[taken]).backward()
            optimizer.step()

    def first() -> list[float]:
        through(order)
        trained = tasks.packed(layers(model))
        fastest(lambda: through(order[:count]))
        return trained

    return first, lambda: through(order[:count])


def transformer_parameters() -> dict[str, Any]:
    """Return the transformer's first parameters."""
    import torch

    return {name: torch.from_numpy(w).requires_grad_() for name, w in tasks.matrices().items()}


def transformer_loss(p: dict[str, Any], tokens: Any) -> Any:
    """Return the mean cross-entropy of each token's successor."""
    import torch
    from torch.nn import functional

    length = len(tokens) - 1

    def norm(x: Any) -> Any:
        return x * torch.rsqrt(torch.mean(x * x, dim=-1, keepdim=True) + 1e-5)

    x = norm(p["token"][tokens[:-1]] + p["place"][:length])
    a = norm(x)
    q, k, v = ((a @ p[name].T).view(length, tasks.HEADS, -1).transpose(0, 1) for name in "qkv")
    met = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    x = x + met.transpose(0, 1).reshape(length, -1) @ p["o"].T
    x = x + functional.relu(norm(x) @ p["wide"].T) @ p["narrow"].T
    return functional.cross_entropy(x @ p["out"].T, tokens[1:])


def transformer(length: int) -> Any:
    """Return loss and gradient of the transformer over one document."""
    import torch

    p, tokens = transformer_parameters(), torch.tensor(tasks.sentence(length))

    def step() -> Any:
        value = transformer_loss(p, tokens)
        return value, torch.autograd.grad(value, list(p.values()))

    fastest(step)

    def first() -> list[float]:
        value, slopes = step()
        return [value.item(), *(x for g in slopes for x in g.numpy().ravel().tolist())]

    return first, step


def transformer_training() -> dict[str, float]:
    """Return the seconds of 1000 steps of Adam, and the loss after some."""
    import torch

    documents = tasks.documents()
    torch.set_num_threads(1)  # its matrices are too small for more
    begin = time.perf_counter()
    p = transformer_parameters()
    optimizer = torch.optim.Adam(p.values(), **tasks.ADAM)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: 1.0 - t / len(documents))
    values = []
    for i in tasks.order(1, 1, len(documents))[:, 0].tolist():
        optimizer.zero_grad()
        value = transformer_loss(p, torch.tensor(documents[i]))
        value.backward()
        optimizer.step()
        rate.step()
        values.append(value.item())
    return tasks.trained(time.perf_counter() - begin, np.array(values))
