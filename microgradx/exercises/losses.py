"""Exercises of notebook 3: losses, penalties, and training errors."""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import log, relu
from .chance import Chance, written
from .questions import Number
from .task import Kind, Task, ask, named


def _mean_squared(chance: Chance) -> Task:
    n = chance.of((2, 4))
    y = [chance.leaf(f"y{i}", -4, 4, 2) for i in range(1, n + 1)]
    t = [chance.leaf(f"t{i}", -4, 4, 2) for i in range(1, n + 1)]
    losses = [named(f"L{i}", (a - b) ** 2) for i, (a, b) in enumerate(zip(y, t, strict=True), 1)]
    J = named("J", _sum(losses) / n)
    chance.need(all(abs(a.data - b.data) not in (0.0, 1.0, 2.0) for a, b in zip(y, t, strict=True)))
    text = f"The training error J is the mean of {n} squared errors. Compute it, and how it changes with a prediction."
    return Task(text, ask(J, values="J", signals="y1 y2"), J)


def _sum(values: list[Value]) -> Value:
    found = values[0]
    for v in values[1:]:
        found = found + v
    return found


def _hinge(chance: Chance) -> Task:
    s1, s2 = chance.leaf("s1", -3, 3, 4), chance.leaf("s2", -3, 3, 4)
    t1, t2 = (Value(float(sign), name) for sign, name in zip(chance.shuffled((1, -1)), ("t1", "t2"), strict=True))
    L1 = named("L1", relu(1 - t1 * s1))
    L2 = named("L2", relu(1 - t2 * s2))
    J = named("J", L1 + L2)
    chance.need(0.0 < t1.data * s1.data < 1.0 and t2.data * s2.data < 0.0)
    text = "The hinge loss max(0, 1 − t·s) of two scores s with targets t = ±1, added up."
    return Task(text, ask(J, values="L1 L2", signals="s1 s2"), J)


def _cross_entropy(chance: Chance) -> Task:
    z_value, text_z, p = chance.logit()
    t = chance.of((0, 1))
    z = Value(z_value, "z")
    y = named("y", z.sigmoid())
    L = named("L", -log(y) if t else -log(1 - y))
    chance.need(has_short_inverse(p if t else 1 - p))
    text = (
        "The cross-entropy L = −[t·ln y + (1 − t)·ln(1 − y)] of one example of class "
        f"t = {t}, y = σ(z). Of it only one term is left."
    )
    return Task(text, ask(L, signals="y z"), L, {"z": text_z})


def has_short_inverse(p: float) -> bool:
    """Return whether 1/p has few decimals.

    >>> has_short_inverse(0.8), has_short_inverse(0.6)
    (True, False)
    """
    return abs(1 / p - round(1 / p, 3)) < 1e-9


def _likelihood(chance: Chance) -> Task:
    n = 2
    p = [chance.of((0.1, 0.2, 0.25, 0.4, 0.5, 0.8)) for _ in range(n)]
    chance.need(p[0] != p[1])
    y = [Value(x, f"y{i}") for i, x in enumerate(p, 1)]
    J = named("J", -(log(y[0]) + log(y[1])) / n)
    text = (
        "Two examples, to whose right classes the network gives the probabilities y1 and y2. J is the mean negative "
        "log-likelihood: how does it change with each of them? likelihood is the probability of both."
    )
    both = p[0] * p[1]
    mistakes = ((sum(p), "independent probabilities are multiplied"), (-math.log(both), "that is its negative log"))
    asked = (Number("likelihood", "the probability of both examples", both, mistakes), *ask(J, signals="y1 y2"))
    return Task(text, asked, J, working=(f"likelihood = {written(p[0])}·{written(p[1])} = {written(both)}",))


def _penalties(chance: Chance) -> Task:
    w = [chance.number(-4, 4, 2) for _ in range(3)]
    lam = chance.of((0.1, 0.2, 0.5))
    chance.need(len({abs(x) for x in w}) == 3)
    l1, l2, l3 = (sum(abs(x) ** p for x in w) for p in (1, 2, 3))
    signless = sum(w)
    asked = (
        Number("L1", "Σ|w|", l1, ((signless, "the absolute values are missing"),)),
        Number("L2", "Σw²", l2, ((math.sqrt(l2), "that is the norm, the root of it"), (l1, "that is Σ|w|"))),
        Number("L3", "Σ|w|³, an Lp penalty with p = 3", l3,
               ((sum(x**3 for x in w), "the absolute values are missing"), (l2, "that is Σw²"))),
        Number("slope", "∂/∂w1 of (λ/2)·Σw²", lam * w[0],
               ((2 * lam * w[0], "the ½ cancels the 2 of the square"), (lam / 2 * w[0] ** 2, "that is its value"))),
    )  # fmt: skip
    text = f"Penalties of the weights w = ({', '.join(map(written, w))}), and λ = {written(lam)}."
    working = tuple(f"Σ|w|^{p} = {' + '.join(written(abs(x) ** p) for x in w)}" for p in (1, 2, 3))
    return Task(text, asked, working=(*working, "∂/∂w1 of (λ/2)·Σw² = λ·w1"))


def _regularised(chance: Chance) -> Task:
    w, x, t = chance.leaf("w", -3, 3, 2), chance.leaf("x"), chance.leaf("t")
    lam = Value(chance.of((0.1, 0.2, 0.5)), "lambda")
    y = named("y", w * x)
    L = named("L", (y - t) ** 2)
    R = named("R", w**2)
    J = named("J", L + lam / 2 * R)
    chance.need(abs(y.data - t.data) not in (0.0, 1.0) and len({abs(v.data) for v in (w, x, t)}) == 3)
    chance.need(1.0 not in (abs(w.data), abs(x.data)))
    text = "A regularised objective: squared error plus (λ/2)·w². The weight w has two children."
    return Task(text, ask(J, values="J", signals="y R w"), J)


ROWS = (
    Kind("mean-squared-error", 3, 1, "squared error, and the training error as a mean",
         "Squared error", _mean_squared,
         ("square each difference, then take the mean", "J holds each loss with the factor 1/n")),
    Kind("penalties", 3, 1, "L2, L1 and Lp penalties",
         "Regularisers: L2, L1, Lp", _penalties,
         ("a penalty adds up powers of the absolute values",)),
    Kind("hinge-loss", 3, 1, "the hinge loss and its slope",
         "Hinge and 0–1", _hinge,
         ("an example costs nothing once t·s is at least 1", "where it costs something, its slope by s is −t")),
    Kind("cross-entropy", 3, 2, "cross-entropy of a logistic output",
         "Cross-entropy of two classes", _cross_entropy,
         ("the derivative of ln y is 1/y", "∂L/∂z comes out as y − t")),
    Kind("likelihood", 3, 2, "negative log-likelihood as the source of losses",
         "Where these losses come from: likelihood", _likelihood,
         ("probabilities are multiplied, their logarithms added",)),
    Kind("regularised-loss", 3, 3, "regularised objectives",
         "The objectives of the slides", _regularised,
         ("w gets one error signal through y and one through R: add them",)),
)  # fmt: skip
