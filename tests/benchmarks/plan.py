"""The list of benchmarks: what is measured, by which functions, and how good it has to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Contender:
    """One line of a table: a label, and "module:function", which returns a step to time, or a dict of figures.

    A step counts as `per` units of work.
    """

    label: str
    function: str
    per: int = 1
    target: float | None = None


@dataclass(frozen=True)
class Timing:
    """Contenders that take turns, each compared with the first.

    A time in seconds is shown times `scale`, in `unit`. The ratio says how many times as fast as the first a
    contender is, its target the least that will do; or, of a `cost`, how many times as long it takes, and the most.
    With `same`, the first steps of all must give the same result.
    """

    name: str
    title: str
    unit: str
    scale: float
    contenders: tuple[Contender, ...]
    cost: bool = False
    same: bool = False


@dataclass(frozen=True)
class Figures:
    """Contenders that report figures of their own, each from a fresh process; a target is the most for the first."""

    name: str
    title: str
    contenders: tuple[Contender, ...]


BENCHMARKS: tuple[Timing | Figures, ...] = (
    Timing(
        "moons",
        "One step of micrograd's demo: 100 points, 2-16-16-1, max-margin loss, L2, gradient, update",
        "ms a step",
        1e3,
        (
            Contender("micrograd, its own MLP", "moons:micrograd"),
            Contender("microgradx, neurons written by hand in micrograd's manner", "moons:by_hand", target=5.0),
            Contender("microgradx, its MLP", "moons:mlp", target=25.0),
        ),
        same=True,
    ),
    Figures(
        "memory",
        "Memory of a graph of 100,000 binary nodes, their numbers included",
        (
            Contender("microgradx", "graphs:bytes_microgradx", target=150.0),
            Contender("micrograd", "graphs:bytes_micrograd"),
        ),
    ),
    Timing(
        "linear",
        "Building, differentiating and freeing a graph of n binary nodes",
        "µs a node",
        1e6,
        (
            Contender("n = 10⁴", "graphs:ten_thousand", per=10_000),
            Contender("n = 10⁵", "graphs:hundred_thousand", per=100_000, target=2.0),
            Contender("n = 10⁶, with Python's collector going through all of them", "graphs:million", 10**6, 2.0),
            Contender("n = 10⁶, collector off", "graphs:million_uncollected", per=10**6, target=1.25),
        ),
        cost=True,
    ),
    Figures(
        "chain",
        "A chain of 10⁷ nodes under the default recursion limit",
        (Contender("microgradx", "graphs:chain"),),
    ),
    Timing(
        "derivatives",
        "Derivatives of the squared error of a 2-4-1 net with 17 parameters on 10 points",
        "ms",
        1e3,
        (
            Contender("value and gradient", "derivatives:gradient"),
            Contender("value alone, on plain numbers", "derivatives:value"),
            Contender("directional derivative, forward mode (jvp)", "derivatives:directional"),
            Contender("gradient as a graph (create_graph)", "derivatives:graph"),
            Contender("Hessian-vector product (hvp)", "derivatives:hessian_vector"),
            Contender("Hessian, 17 × 17", "derivatives:whole_hessian"),
        ),
        cost=True,
    ),
)
