"""The list of benchmarks: what is measured, by which functions, and how good it has to be."""

from __future__ import annotations

from . import moons
from .kinds import Contender, Figures, Timing
from .plan_compile import COMPILE

ENGINE: tuple[Timing | Figures, ...] = (
    Timing(
        "moons",
        "A step of micrograd's demo, of 100: 100 points, 2-16-16-1, max-margin loss, L2, rates from 1 to 0.1",
        "ms a step",
        1e3,
        (
            Contender("micrograd, its own MLP", "moons:micrograd"),
            Contender("microgradx, neurons written by hand in micrograd's manner", "moons:by_hand", least=5.0),
            Contender("microgradx, its MLP", "moons:mlp", least=25.0),
            Contender("by hand, compiled, trained in one call", "moons:compiled", per=moons.STEPS, least=20_000.0),
            Contender("by hand, gradient compiled, steps in Python", "moons:compiled_gradient"),
        ),
        same=True,
    ),
    Figures(
        "memory",
        "Memory of a graph of 100,000 binary nodes, their numbers included",
        (
            Contender("microgradx", "graphs:bytes_microgradx", most=150.0),
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
            Contender("n = 10⁵", "graphs:hundred_thousand", per=100_000, most=2.0),
            Contender("n = 10⁶, with Python's collector going through all of them", "graphs:million", 10**6, most=2.0),
            Contender("n = 10⁶, collector off", "graphs:million_uncollected", per=10**6, most=1.25),
        ),
        ratio="cost",
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
        ratio="cost",
    ),
)

GROUPS = {"engine": ENGINE, "compile": COMPILE}
"""The benchmarks by what they are about."""

BENCHMARKS: tuple[Timing | Figures, ...] = (*ENGINE, *COMPILE)
