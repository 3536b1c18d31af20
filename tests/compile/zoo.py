"""The zoo: scalar programs as users write them, for the tests and benchmarks of compile.

Each example builds a fresh `Program`: a function of one row of data, its parameters, and a generator of rows. Builders
take their sizes as arguments, so that a test may draw others at random: see `networks`, `sequences`, `functions` and
`graphs`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from . import functions, graphs, networks, sequences
from .examples import Program as Program
from .examples import Result as Result
from .examples import eager as eager


@dataclass(frozen=True)
class Example:
    """A program by name: `build` makes it anew, with parameters of its own."""

    name: str
    build: Callable[[], Program] = field(repr=False)


ZOO: tuple[Example, ...] = (
    Example("net of 2-16-16-1, relu", partial(networks.mlp, [2, 16, 16, 1])),
    Example("net of 3-5-1, tanh", partial(networks.mlp, [3, 5, 1], activation="tanh")),
    Example("net of 1-3-3-3-1, sigmoid", partial(networks.mlp, [1, 3, 3, 3, 1], activation="sigmoid")),
    Example("net of 4-1, linear", partial(networks.mlp, [4, 1])),
    Example("net of 4-8-3, softplus, several outputs", partial(networks.mlp, [4, 8, 3], activation="softplus")),
    Example("net of 3-6-2, gaussian, absolute error", partial(networks.mlp, [3, 6, 2], "gaussian", loss="l1")),
    Example("net of 3-7-1, leaky relu, targets from 0 to 1", partial(networks.classes_of_two, [3, 7, 1], "leaky_relu")),
    Example("net of 5-7-4, tanh, cross-entropy of an index", partial(networks.classifier, [5, 7, 4], "tanh")),
    Example("net by hand in micrograd's manner", partial(networks.by_hand, [2, 8, 8, 1])),
    Example("moons, the batch written out", partial(networks.moons, 6, [2, 5, 4, 1])),
    Example("net with a frozen layer", networks.frozen),
    Example("residual blocks", partial(networks.residual, 4, 3)),
    Example("convolution", partial(networks.convolution, 9, 3, 2)),
    Example("linear regression", partial(functions.linear_regression, 3)),
    Example("logistic regression", partial(functions.logistic_regression, 4)),
    Example("softmax regression by lookup", partial(functions.softmax_regression, 4, 3)),
    Example("bilinear model of two embeddings", partial(functions.factorisation, 5, 4, 3)),
    Example("hinge loss with an if", partial(functions.hinge, 3)),
    Example("Gaussian mixture", partial(functions.mixture, 3, 4)),
    Example("square root by Newton's method", functions.newton_root),
    Example("decision tree of linear models", functions.soft_steps),
    Example("Rosenbrock", functions.rosenbrock),
    Example("log Σ exp by hand", functions.log_sum_exp),
    Example("x*y + exp(x)", functions.product_and_exponential),
    Example("powers", functions.powers),
    Example("polynomial of shared powers", partial(functions.polynomial, 7)),
    Example("largest and smallest", functions.extremes),
    Example("constant", functions.constant),
    Example("unused input and parameter", functions.unused),
    Example("transformer over 4 tokens", partial(sequences.transformer, 4)),
    Example("transformer over 3 tokens, fused", partial(sequences.transformer, 3, fused=True)),
    Example("LSTM over 4 steps", partial(sequences.lstm, 4)),
    Example("recurrent net over 1 step", partial(sequences.lstm, 1, inputs=1, width=2)),
    *(Example(f"random graph {seed}", partial(graphs.random_graph, seed)) for seed in range(6)),
)
"""Every example; the sizes are small, because tests run all of them."""


def example(name: str) -> Program:
    """Build the example of this name."""
    return {each.name: each for each in ZOO}[name].build()
