"""Graphs of a given size: memory of a node, time of a node, and a chain as long as memory allows."""

from __future__ import annotations

import gc
import sys
import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import Any


def bytes_microgradx() -> dict[str, float]:
    """Return the bytes of a binary node of microgradx."""
    from microgradx.engine import Value

    return bytes_a_node(Value)


def bytes_micrograd() -> dict[str, float]:
    """Return the bytes of a binary node of micrograd."""
    from micrograd.engine import Value

    return bytes_a_node(Value)


def bytes_a_node(value: Callable[[float], Any]) -> dict[str, float]:
    """Return what each node of a chain of sums and products adds to the memory that Python has handed out."""
    v, w = value(1.0), value(0.5)
    n = 100_000
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for _ in range(n // 2):
        v = v * w + w
    return {"bytes a node": (tracemalloc.get_traced_memory()[0] - before) / n}


def averages(n: int) -> Callable[[], float]:
    """Return a step that builds n nodes, where each average is of the two before it, sweeps them and lets them go."""
    from microgradx.engine import Value

    first, second = Value(1.0), Value(2.0)

    def step() -> float:
        u, v = first, second
        for _ in range(n // 2):
            u, v = v, (u + v) * 0.5
        v.backward()
        return v.data

    return step


def ten_thousand() -> Callable[[], float]:
    """Return a step on 10⁴ nodes."""
    return averages(10_000)


def hundred_thousand() -> Callable[[], float]:
    """Return a step on 10⁵ nodes."""
    return averages(100_000)


def million() -> Callable[[], float]:
    """Return a step on 10⁶ nodes."""
    return averages(1_000_000)


def million_uncollected() -> Callable[[], float]:
    """Return a step on 10⁶ nodes with the cyclic collector off."""
    gc.disable()
    return averages(1_000_000)


def chain(n: int = 10_000_000) -> dict[str, float]:
    """Return the seconds to build, differentiate and free v + w + w + …, and the most memory that the process held."""
    import resource  # Unix only

    from microgradx.engine import Value

    assert sys.getrecursionlimit() == 1000
    clock = [time.perf_counter()]
    v, w = Value(1.0), Value(1e-7)
    for _ in range(n):
        v = v + w
    clock.append(time.perf_counter())
    v.backward()
    clock.append(time.perf_counter())
    del v
    clock.append(time.perf_counter())
    assert w.grad == n
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    steps = [end - begin for begin, end in pairwise(clock)]
    return dict(zip(("s to build", "s to differentiate", "s to free"), steps, strict=True)) | {"GiB at most": peak}
