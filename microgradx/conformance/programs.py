"""Small programs on graphs, run on a `Value` class: each gives numbers by name, and its docstring says of what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Numbers = dict[str, float]
Experiment = Callable[[Any], Numbers]

ONE_STEP, TWO_STEPS = "for y = x * 3 x.grad", "for y = x * 3 * 5 x.grad"


def grads(**nodes: Any) -> Numbers:
    """Return the gradients of nodes, by name; None counts as 0."""
    return {name: 0.0 if v.grad is None else float(v.grad) for name, v in nodes.items()}


def fresh(V: Any) -> Numbers:
    """A new Value has its number, and gradient 0."""
    x = V(2.5)
    return {"data": float(x.data), **grads(grad=x)}


def bystander(V: Any) -> Numbers:
    """A Value that has nothing to do with the graph keeps gradient 0."""
    x, other = V(2.0), V(7.0)
    (x * V(3.0)).backward()
    return grads(other=other, new=V(1.0))


def seed(V: Any) -> Numbers:
    """The output's own gradient is 1."""
    x = V(2.0)
    y = x * V(3.0)
    y.backward()
    return grads(y=y, x=x)


def seed_by_hand(V: Any) -> Numbers:
    """The same, where the user sets the output's gradient."""
    x = V(2.0)
    y = x * V(3.0)
    y.grad = 1.0
    y.backward()
    return grads(y=y, x=x)


def leaf(V: Any) -> Numbers:
    """`backward` on a leaf."""
    x = V(3.0)
    x.backward()
    return grads(x=x)


def chain(V: Any) -> Numbers:
    """Two multiplications in a row."""
    x = V(1.5)
    u = x * V(2.0)
    y = u * V(5.0)
    y.backward()
    return grads(y=y, u=u, x=x)


def equal_numbers(V: Any) -> Numbers:
    """Two different nodes that hold the same number."""
    x, y = V(2.0), V(2.0)
    (x * V(3.0) + y * V(3.0)).backward()
    return grads(x=x, y=y)


def diamond(V: Any) -> Numbers:
    """A node between, b, with two users of equal depth."""
    a = V(1.5)
    b = a * V(2.0)
    (b * V(3.0) + b * V(5.0)).backward()
    return grads(b=b, a=a)


def short_path_first(V: Any) -> Numbers:
    """A node between whose first user is nearer to the output."""
    a = V(1.5)
    b = a * V(2.0)
    (b + b * V(3.0) * V(5.0)).backward()
    return grads(b=b, a=a)


def long_path_first(V: Any) -> Numbers:
    """A node between whose first user is farther from the output."""
    a = V(1.5)
    b = a * V(2.0)
    (b * V(3.0) * V(5.0) + b).backward()
    return grads(b=b, a=a)


def many_paths(V: Any) -> Numbers:
    """Forty diamonds in a row: 2⁴⁰ paths, 120 nodes."""
    x = y = V(1.5)
    for _ in range(40):
        y = y * V(0.5) + y * V(0.5)
    y.backward()
    return grads(x=x)


def twice(V: Any) -> Numbers:
    """`backward` twice on the same output, at depth 1 and at depth 2."""
    x = V(1.5)
    near = x * V(3.0)
    near.backward()
    near.backward()
    w = V(1.5)
    u = w * V(3.0)
    y = u * V(5.0)
    y.backward()
    y.backward()
    return grads(**{ONE_STEP: x, TWO_STEPS: w})


def cleared(V: Any) -> Numbers:
    """`backward` again after all gradients were set to 0 by hand."""
    x = V(1.5)
    u = x * V(3.0)
    y = u * V(5.0)
    y.backward()
    x.grad = u.grad = y.grad = 0.0
    y.backward()
    return grads(x=x)


def retrained(V: Any) -> Numbers:
    """A parameter whose gradient is set to 0 before it is used in a new graph."""
    w = V(1.5)
    (w * V(3.0) * V(5.0)).backward()
    w.grad = 0.0
    (w * V(3.0) * V(5.0)).backward()
    return grads(w=w)


def two_losses(V: Any) -> Numbers:
    """Two losses of one parameter, one after the other."""
    w = V(1.5)
    (w * V(2.0)).backward()
    (w * V(3.0)).backward()
    return grads(w=w)


def independent(V: Any) -> Numbers:
    """Two graphs that share nothing."""
    x, y = V(1.5), V(2.5)
    (x * V(2.0) * V(3.0)).backward()
    before = grads(x=x)["x"]
    (y * V(7.0)).backward()
    return {"x before": before, **grads(x=x, y=y)}


def untouched(V: Any) -> Numbers:
    """What `data` is after backward, in every node."""
    x, y = V(1.5), V(2.0)
    u = x * y
    z = u + x
    z.backward()
    return {name: float(v.data) for name, v in {"x": x, "y": y, "u": u, "z": z}.items()}


def augmented(V: Any) -> Numbers:
    """`+=` and `*=` on a second name for a Value."""
    a, c = V(2.0), V(2.0)
    b, d = a, c
    b += V(3.0)
    d *= V(3.0)
    return {"a": float(a.data), "b": float(b.data), "c": float(c.data), "d": float(d.data)}


def augmented_gradient(V: Any) -> Numbers:
    """A gradient through `+=` and `*=`."""
    a = V(2.0)
    b = a
    b += V(3.0)
    b *= V(4.0)
    b.backward()
    return grads(a=a)


def deep(V: Any, length: int) -> Numbers:
    """A chain of additions."""
    x = y = V(1.0)
    for _ in range(length):
        y = y + V(1.0)
    y.backward()
    return grads(x=x)


STRUCTURE: tuple[Experiment, ...] = (
    *(bystander, seed, seed_by_hand, leaf, chain, equal_numbers, diamond, short_path_first, long_path_first),
    *(twice, cleared, retrained, two_losses, independent, untouched, augmented, augmented_gradient),
)
