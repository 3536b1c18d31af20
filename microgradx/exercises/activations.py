"""Exercises of notebook 2: activations, their slopes, and softmax."""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import exp, leaky_relu, sigmoid, softplus, tanh
from ..functions import sum as total
from .chance import Chance, logarithm, written
from .questions import Number
from .task import Kind, Task, ask, named


def _leaky(chance: Chance) -> Task:
    w, x = chance.leaf("w", -3, 3, 2), chance.leaf("x", -4, 4)
    slope = chance.of((0.01, 0.1, 0.2))
    z = named("z", w * x)
    a = named("a", leaky_relu(z, slope))
    chance.need(z.data < 0.0 and abs(x.data) != 1.0 and abs(w.data) != 1.0)
    text = f"A leaky ReLU: a = z for z > 0, and else a = {written(slope)}·z. Compute a, and its derivatives."
    return Task(text, ask(a, values="a", signals="z w"), a)


def _sigmoid(chance: Chance) -> Task:
    k = chance.leaf("k", 2, 5)
    z_value, _, _ = chance.logit()
    x = Value(z_value / k.data, "x")
    z = named("z", k * x)
    y = named("y", sigmoid(z))
    of = written(round(math.exp(abs(z_value)), 6))
    given = {"x": f"{'−' if z_value < 0 else ''}(ln {of})/{written(k.data)}"}
    text = "A logistic unit, scaled by k: the larger k, the more it is like a threshold. Compute y and the slopes."
    return Task(text, ask(y, values="y", signals="z x"), y, given)


def _tanh(chance: Chance) -> Task:
    of, sign = chance.of("23"), chance.of((1, -1))
    w = chance.leaf("w", -3, 3)
    shift = chance.number(-2, 2, 2)
    x = Value(shift, "x")
    number, text_b = logarithm(of, sign, -w.data * shift)
    b = Value(number, "b")
    z = named("z", w * x + b)
    y = named("y", tanh(z))
    chance.need(abs(w.data) != 1.0 and abs(shift) != 1.0)
    text = "A tanh unit. Its output comes from tanh(z) = (1 − e^(−2z)) / (1 + e^(−2z)). Compute y and the slopes."
    return Task(text, ask(y, values="y", signals="z w x"), y, {"b": text_b})


def _soft(chance: Chance) -> Task:
    v = chance.leaf("v", -4, 4, 2)
    z_value, written_z, _ = chance.logit()
    z = Value(z_value, "z")
    a = named("a", softplus(z))
    y = named("y", v * a)
    chance.need(abs(v.data) != 1.0)
    text = "The soft ReLU a = ln(1 + e^z), weighted by v. Its derivative is another activation that you know."
    return Task(text, ask(y, signals="a z"), y, {"z": written_z})


def _odds(chance: Chance) -> list[str]:
    """Return three different whole numbers whose sum is 10 or 20, so that their shares have few decimals."""
    odds = [chance.of(range(1, 15)) for _ in range(3)]
    chance.need(len(set(odds)) == 3 and sum(odds) in (10, 20) and 1 not in odds)
    return [str(n) for n in odds]


def _softmax(chance: Chance) -> Task:
    odds = _odds(chance)
    shares = [int(n) / sum(map(int, odds)) for n in odds]
    asked = [
        Number(f"y{k}", f"output {k} of softmax", share, ((int(n), "divide by the sum over the classes"),))
        for k, (n, share) in enumerate(zip(odds, shares, strict=True), 1)
    ]
    a, b = shares[:2]
    asked.append(Number("d11", "∂y1/∂z1", a * (1 - a), ((a, "that is y1 itself"), (-a * b, "that is ∂y1/∂z2"))))
    asked.append(Number("d12", "∂y1/∂z2", -a * b, ((a * b, "the sign: a larger z2 takes from y1"),
                                                    (0.0, "y1 depends on z2 through the sum"))))  # fmt: skip
    z = ", ".join(f"z{k} = ln {n}" for k, n in enumerate(odds, 1))
    text = f"Softmax of three scores, {z}: compute the outputs, and two entries of its Jacobian."
    working = (f"e^z1 + e^z2 + e^z3 = {' + '.join(odds)} = {sum(map(int, odds))}, and y1 = {odds[0]} / that",
               "∂y1/∂z1 = y1·(1 − y1), ∂y1/∂z2 = −y1·y2")  # fmt: skip
    return Task(text, tuple(asked), working=working)


def _softmax_output(chance: Chance) -> Task:
    odds = _odds(chance)
    z = [Value(math.log(int(n)), f"z{k}") for k, n in enumerate(odds, 1)]
    e = [named(f"e{k}", exp(each)) for k, each in enumerate(z, 1)]
    s = named("s", total(e))
    v = [chance.leaf(f"v{k}", -3, 3) for k in (1, 2, 3)]
    y = named("y", (v[0] * e[0] + v[1] * e[1] + v[2] * e[2]) / s)
    chance.need(len({each.data for each in v}) == 3 and y.data != 0.0)
    text = "The mean of v under softmax: y is a weighted sum, each weight a share of s. How does it change with z1?"
    given = {f"z{k}": f"ln {n}" for k, n in enumerate(odds, 1)}
    return Task(text, ask(y, values="y", signals="s z1"), y, given)


ROWS = (
    Kind("leaky-relu", 2, 1, "leaky ReLU and its slope below 0",
         "Eight activation functions", _leaky,
         ("on which side of 0 is z?", "the derivative of a by z is the slope of the branch that z is on")),
    Kind("sigmoid-slope", 2, 1, "the logistic function, σ' = σ(1 − σ), and its scaling",
         "A sigmoid in place of a threshold", _sigmoid,
         ("σ(ln r) = r/(1 + r)", "σ'(z) = σ(z)·(1 − σ(z)), and the chain rule adds the factor k")),
    Kind("tanh-slope", 2, 2, "tanh and its derivative 1 − tanh²",
         "What to know of each", _tanh,
         ("e^(−2·ln r) = 1/r²", "tanh'(z) = 1 − y²")),
    Kind("softplus-slope", 2, 2, "the soft ReLU, whose derivative is the logistic function",
         "What to know of each", _soft,
         ("differentiate ln(1 + e^z) by the chain rule: 1/(1 + e^z) times e^z",)),
    Kind("softmax-values", 2, 2, "softmax and its Jacobian",
         "Softmax", _softmax,
         ("e^(ln n) = n", "each output is its share of the sum, so they add up to 1")),
    Kind("softmax-mean", 2, 3, "softmax: every output depends on every score",
         "Softmax", _softmax_output,
         ("s has three children, or one: look at the picture", "z1 reaches y on two ways: above and below the line")),
)  # fmt: skip
