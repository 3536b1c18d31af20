"""What training did: losses and their spread over seeds, gradients by layer, the loss around the parameters."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from ..engine import Value
from ..errors import ShapeError
from ..ieee import plain
from ..module import Module
from ..names import brief
from .axes import COLOURS, axes


def loss_curves(histories: Any, *, ax: Any = None, log: bool = False) -> Any:
    """Plot the loss over the epochs: of several runs their median, and the band from the least to the largest.

    `histories` is a run, a list of runs that differ in their seed, or a dictionary from names to such; a run is what
    `fit` returns, or a list of losses. Runs that stopped early count as long as they lasted. `log` makes the axis of
    losses logarithmic. It is the loss of training: `history.plot()` draws that of validation as well, for one run.

    >>> from matplotlib.figure import Figure
    >>> ax = loss_curves({"small": [[3.0, 1.0], [2.0, 1.5]], "large": [[3.0, 2.0]]}, ax=Figure().subplots())
    >>> [line.get_label() for line in ax.lines], ax.lines[0].get_ydata().tolist()
    (['small, median of 2', 'large'], [2.5, 1.25])
    """
    groups = histories if isinstance(histories, Mapping) else {"": histories}
    runs = {str(name): _runs(given) for name, given in groups.items()}
    ax = axes(ax)
    for k, (name, losses) in enumerate(runs.items()):
        color = COLOURS[k % len(COLOURS)]
        epochs = [[run[i] for run in losses if len(run) > i] for i in range(max(map(len, losses)))]
        numbers = range(1, len(epochs) + 1)
        spread = f"median of {len(losses)}" if len(losses) > 1 else ""
        label = ", ".join(filter(None, (name, spread)))
        ax.plot(numbers, list(map(median, epochs)), color=color, linewidth=1.8, label=label or "loss")
        if len(losses) > 1:
            least, largest = list(map(min, epochs)), list(map(max, epochs))
            ax.fill_between(numbers, least, largest, color=color, alpha=0.18, linewidth=0)
    if log:
        ax.set_yscale("log")
    ax.set(xlabel="epoch", ylabel="loss")
    if any(name or len(losses) > 1 for name, losses in runs.items()):
        ax.legend(frameon=False)
    return ax


def _runs(given: Any) -> list[list[float]]:
    """Return the losses of each run."""
    listed = list(given) if isinstance(given, Sequence) and not isinstance(given, str) else [given]
    if listed and all(isinstance(x, int | float) for x in listed):
        listed = [listed]
    found = []
    for run in listed:
        losses = getattr(run, "loss", run)
        if not isinstance(losses, Iterable) or isinstance(losses, str):
            raise TypeError(f"a run is a History, as fit returns it, or a list of losses, not {brief(run)}")
        found.append([float(x) for x in losses])
    if not found or not all(found):
        raise ValueError("there are no losses to plot: a run has not a single epoch")
    return found


def gradient_histogram(model: Module, *, ax: Any = None, bins: int = 24) -> Any:
    """Plot for each layer how large its gradients are, as shares over log₁₀|∂L/∂w|; the legend counts exact zeros.

    Gradients that vanish or explode show as histograms that move to the left or right from layer to layer. Takes what
    `backward` left in `grad`; ValueError if there is nothing but zeros, TypeError for what is no model.

    >>> from matplotlib.figure import Figure
    >>> from microgradx.nn import MLP
    >>> model = MLP(2, [3, 1], activation="tanh")
    >>> model([1.0, 2.0]).backward()
    >>> gradient_histogram(model, ax=Figure().subplots()).get_legend().get_texts()[0].get_text()
    'layers.0'
    """
    if not isinstance(model, Module):
        raise TypeError(f"gradient_histogram takes a model, such as an MLP, not {brief(model)}")
    layers: defaultdict[str, list[float]] = defaultdict(list)
    for name, v in model.named_parameters():
        layers[_layer(name)].append(abs(v.grad))
    sizes = {name: [math.log10(g) for g in found if 0 < g < math.inf] for name, found in layers.items()}
    everything = [x for found in sizes.values() for x in found]
    if not everything:
        raise ValueError("every gradient of this model is 0: call backward on a loss first (and draw before zero_grad)")
    ax = axes(ax)
    low, high = min(everything), max(everything)
    margin = 0.05 * (high - low) or 0.5
    edges = [low - margin + (high - low + 2 * margin) * i / bins for i in range(bins + 1)]
    for k, (name, found) in enumerate(sizes.items()):
        color, zeros = COLOURS[k % len(COLOURS)], layers[name].count(0.0)
        label = f"{name}, {zeros} of {len(layers[name])} are 0" if zeros else name
        weights = [1.0 / len(layers[name])] * len(found)
        ax.hist(found, edges, weights=weights, histtype="stepfilled", color=color, alpha=0.25)
        ax.hist(found, edges, weights=weights, histtype="step", color=color, linewidth=1.5, label=label)
    ax.set(xlabel="log₁₀ |∂L/∂w|", ylabel="share of the layer")
    ax.legend(frameon=False)
    return ax


def _layer(name: str) -> str:
    """Return the part of a parameter's name that says which layer it belongs to."""
    parts = name.split(".")
    return ".".join(parts[:2]) if len(parts) > 2 and parts[1].isdigit() else parts[0]


def loss_surface(
    loss: Callable[[], Any],
    parameters: Sequence[Value],
    *,
    directions: tuple[Sequence[float], Sequence[float]] | None = None,
    ax: Any = None,
    span: float = 1.0,
    resolution: int = 25,
    seed: int = 0,
) -> Any:
    """Plot L(θ + a·u + b·v) around the parameters θ, for a and b from −span to span, as contours.

    `loss` computes the loss anew from the parameters, without arguments. The directions u and v are of length ‖θ‖ and
    random, at a right angle, unless they are given (each as many numbers as there are parameters, or it is a
    ShapeError). The parameters are put back afterwards, whatever happens; TypeError if they are no list of Values.

    >>> from matplotlib.figure import Figure
    >>> w, b = Value(1.0, "w"), Value(2.0, "b")
    >>> ax = loss_surface(lambda: w * w + b * b, [w, b], ax=Figure().subplots(), resolution=5)
    >>> w.data, b.data
    (1.0, 2.0)
    """
    parameters = list(parameters)
    if not parameters or not all(isinstance(v, Value) for v in parameters):
        raise TypeError("parameters is a list of Values, such as model.parameters()")
    before = [v.data for v in parameters]
    u, v = _directions(before, seed) if directions is None else map(list, directions)
    for direction in (u, v):
        if len(direction) != len(parameters):
            raise ShapeError(f"a direction has a number for each of {len(parameters)} parameters, not {len(direction)}")
    steps = [span * (2 * i / (resolution - 1) - 1) for i in range(resolution)]
    try:
        surface = [
            [_at(loss, parameters, before, [a * p + b * q for p, q in zip(u, v, strict=True)]) for a in steps]
            for b in steps
        ]
    finally:
        for parameter, x in zip(parameters, before, strict=True):
            parameter.data = x
    ax = axes(ax)
    filled = ax.contourf(steps, steps, surface, levels=20, cmap="viridis")
    ax.contour(steps, steps, surface, levels=20, colors="white", linewidths=0.4, alpha=0.6)
    ax.plot([0.0], [0.0], marker="o", color="white", markeredgecolor="black")
    ax.figure.colorbar(filled, ax=ax, label="loss")
    ax.set(xlabel="a in L(θ + a·u + b·v)", ylabel="b")
    return ax


def _at(loss: Callable[[], Any], parameters: Sequence[Value], before: Sequence[float], moves: Sequence[float]) -> float:
    for v, x, move in zip(parameters, before, moves, strict=True):
        v.data = x + move
    return float(plain(loss()))


def _directions(before: Sequence[float], seed: int) -> tuple[list[float], list[float]]:
    """Return two random directions at a right angle, as long as the vector of parameters (1 if that is 0)."""
    rng = random.Random(seed)
    u, v = ([rng.gauss(0.0, 1.0) for _ in before] for _ in range(2))
    if len(before) > 1:
        share = _dot(u, v) / _dot(u, u)
        v = [q - share * p for p, q in zip(u, v, strict=True)]
    length = math.hypot(*before) or 1.0
    return _scaled(u, length), _scaled(v, length)


def _scaled(u: Sequence[float], length: float) -> list[float]:
    return [length * x / math.hypot(*u) for x in u]


def _dot(u: Sequence[float], v: Sequence[float]) -> float:
    return sum(p * q for p, q in zip(u, v, strict=True))
