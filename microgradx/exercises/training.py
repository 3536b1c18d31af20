"""Exercises of notebooks 7 and 8: steps of optimisers, schedules, critical points; data and what is measured on it."""

from __future__ import annotations

import math

from .chance import Chance, factor, listed, written
from .questions import Number, Word
from .task import Kind, Task, ask, named


def _descent(chance: Chance) -> Task:
    w, b, x, t = chance.leaf("w"), chance.leaf("b"), chance.leaf("x", -4, 4), chance.leaf("t", -4, 4)
    y = named("y", w * x + b)
    L = named("L", (y - t) ** 2)
    lr = chance.of((0.1, 0.05, 0.01))
    chance.need(abs(y.data - t.data) > 1.0 and abs(x.data) != 1.0)
    g = 2 * (y.data - t.data)
    questions = []
    for name, v, slope in (("new_w", w, g * x.data), ("new_b", b, g)):
        wrong = ((v.data + lr * slope, "the step goes against the gradient"),
                 (v.data - slope, "the learning rate is left out"), (v.data - lr * slope / 2, "the 2 of the square"),
                 (-lr * slope, "that is the step itself: add it to the weight"))  # fmt: skip
        questions.append(Number(name, f"{v.label} after one step", v.data - lr * slope, wrong))
    text = f"One step of gradient descent on one example, with the learning rate {written(lr)}."
    working = (f"w ← {written(w.data)} − {written(lr)}·w̄", f"b ← {written(b.data)} − {written(lr)}·b̄")
    return Task(text, (*ask(L, signals="w b"), *questions), L, working=working)


def _momentum(chance: Chance) -> Task:
    w, lr, mu = chance.number(-3, 3), chance.of((0.1, 0.2, 0.5)), chance.of((0.5, 0.9, 0.8))
    g1, g2 = chance.number(-4, 4), chance.number(-4, 4)
    b2 = mu * g1 + g2
    w1 = w - lr * g1
    w2 = w1 - lr * b2
    chance.need(b2 != 0.0)
    asked = (
        Number("w1", "w after the first step", w1, ((w + lr * g1, "the step goes against the gradient"),
               (w - lr * (1 - mu) * g1, "the gradient is added whole: b ← μ·b + g"))),
        Number("b2", "b of the second step", b2, ((g2, "the momentum is left out"), (g1 + g2, "b is damped by μ"),
               (mu * g1 + (1 - mu) * g2, "the gradient is added whole"))),
        Number("w2", "w after the second step", w2, ((w1 - lr * g2, "the momentum is left out"),
               (w1 + lr * b2, "the step goes against b"), (w - lr * b2, "it starts where the first step ended"))),
    )  # fmt: skip
    text = (
        f"Gradient descent with momentum, b ← μ·b + g and w ← w − η·b, from w = {written(w)} and b = 0, with "
        f"μ = {written(mu)} and η = {written(lr)}. The gradients of the two steps are {written(g1)} and {written(g2)}."
    )
    working = (f"b = {written(g1)}, w = {written(w)} − {written(lr)}·{factor(g1)} = {written(w1)}",
               f"b = {written(mu)}·{factor(g1)} + {factor(g2)} = {written(b2)}, w = {written(w2)}")  # fmt: skip
    return Task(text, asked, working=working)


def _adam(chance: Chance) -> Task:
    w, lr, g = chance.number(-3, 3), chance.of((0.1, 0.2, 0.01)), chance.whole(-5, 5)
    g2 = chance.whole(-5, 5)
    m, v = 0.1 * g, 0.001 * g * g
    m2 = 0.9 * m + 0.1 * g2
    step = lr if g > 0 else -lr
    chance.need(abs(g) > 1 and g2 != g and m2 != 0.0)
    asked = (
        Number("m", "m after the first step", m, ((float(g), "that is m̂"), (0.9 * g, "β₁ and 1 − β₁ are exchanged"))),
        Number("v", "v after the first step", v,
               ((float(g * g), "that is v̂"), (0.001 * g, "v averages the squares"), (0.999 * g * g, "1 − β₂"))),
        Number("w", "w after the first step", w - step, ((w + step, "the step goes against the gradient"),
               (w - lr * g, "Adam divides by √v̂: its first step is as long as the learning rate"),
               (w - lr * m / math.sqrt(v), "m and v are not corrected for their start at 0"))),
        Number("m2", "m after the second step", m2, ((0.1 * g2, "the old m counts with β₁"), (m + 0.1 * g2, "β₁"))),
    )  # fmt: skip
    text = (
        f"Adam by hand, from w = {written(w)}, m = v = 0, with η = {written(lr)}, β₁ = 0.9, β₂ = 0.999 (and ε = 1e-8, "
        f"which does not show). The gradients of the first two steps are {written(g)} and {written(g2)}."
    )
    working = (
        f"m = 0.1·{factor(g)} = {written(m)}, v = 0.001·{g * g} = {written(v)}",
        f"m̂ = m/(1 − 0.9) = {written(g)}, v̂ = v/(1 − 0.999) = {g * g}: m̂/√v̂ = {written(g / abs(g))}",
        f"m = 0.9·{factor(m)} + 0.1·{factor(g2)} = {written(m2)}",
    )
    return Task(text, asked, working=working)


def _schedule(chance: Chance) -> Task:
    rate, period = chance.of((0.1, 0.2, 0.4, 0.8)), chance.of((6, 12, 30))
    third, half, two = period // 3, period // 2, 2 * period // 3
    gamma, every = chance.of((0.1, 0.5)), chance.of((10, 20))
    t = every * 2 + chance.of((1, 3, 5))
    asked = (
        Number("step", f"the step schedule at t = {t}", rate * gamma**2,
               ((rate * gamma, "two drops have been by then"), (rate * gamma**3, "two drops have been by then"))),
        Number("third", f"the cosine at t = {third}", rate * 0.75,
               ((rate * 2 / 3, "that is a straight line"), (rate * 0.5, "the cosine of 60° is ½"))),
        Number("half", f"the cosine at t = {half}", rate / 2, ((0.0, "the cosine is added to 1"), (rate, "t/T = ½"))),
        Number("restarted", f"the cosine at t = {period + two}", rate * 0.25,
               ((rate * 0.75, "the angle is 120°"), (rate, "after the restart it falls again"))),
    )  # fmt: skip
    text = (
        f"Learning rates that start at η = {written(rate)}. The step schedule multiplies by {written(gamma)} after "
        f"every {every} epochs. The cosine schedule η·(1 + cos(π·t/T))/2 has T = {period} and starts anew after each T."
    )
    working = (f"step: {written(rate)}·{written(gamma)}²; cosine: cos 60° = ½, cos 90° = 0, cos 120° = −½",
               f"t = {period + two} is {two} after the restart")  # fmt: skip
    return Task(text, asked, working=working)


def _critical(chance: Chance) -> Task:
    a, b, c = chance.whole(-4, 4), chance.whole(-4, 4), chance.whole(-6, 6)
    det = 4 * a * b - c * c
    chance.need(det != 0)
    right = "saddle" if det < 0 else "minimum" if a > 0 else "maximum"
    mistakes = {name: "look at the determinant" for name in ("saddle", "minimum", "maximum") if name != right}
    asked = (
        Number("det", "the determinant of the Hessian", float(det),
               ((float(a * b - c * c), "the second derivative of a·u² is 2a"), (float(4 * a * b), "c is left out"),
                (float(4 * a * b + c * c), "it is subtracted"))),
        Number("trace", "its trace", float(2 * a + 2 * b), ((float(a + b), "the second derivative of a·u² is 2a"),)),
        Word("point", "what the surface has at 0, 0", right, ("minimum", "maximum", "saddle"), mistakes),
    )  # fmt: skip
    parts = ((a, "u²"), (b, "v²"), (c, "u·v"))
    terms = " ".join(f"{'+' if n > 0 else '−'} {'' if abs(n) == 1 else abs(n)}{of}" for n, of in parts)
    text = f"The surface E(u, v) = {terms.removeprefix('+ ')} has a gradient of 0 at the origin. What is there?"
    working = (f"the Hessian is [{listed((2 * a, c))}, {listed((c, 2 * b))}], its determinant {written(det)}",
               "below 0: a saddle; above 0: a minimum if the trace is above 0, else a maximum")  # fmt: skip
    return Task(text, asked, working=working)


def _standardize(chance: Chance) -> Task:
    mean, sd = chance.whole(-5, 9), chance.of((1, 2, 3, 4, 5))
    x = chance.shuffled([mean - sd, mean - sd, mean + sd, mean + sd])
    new = chance.whole(-9, 12)
    chance.need(new != mean and sd > 1)
    asked = (
        Number("mean", "the mean", float(mean), ((float(sum(x)), "divide by their number"),)),
        Number("sd", "the standard deviation: the root of the mean squared difference", float(sd),
               ((float(sd * sd), "that is the variance"), (sd * math.sqrt(4 / 3), "that divides by n − 1"))),
        Number("z", f"the standardized value of {written(new)}", (new - mean) / sd,
               ((new - mean, "divide by the standard deviation"), ((new - mean) / sd**2, "not by the variance"),
                ((mean - new) / sd, "the sign"))),
    )  # fmt: skip
    listed = ", ".join(map(written, x))
    text = f"A feature has the values {listed} in the training set, and {written(new)} in the test set."
    working = (f"mean {written(mean)}; all differ from it by {sd}", f"({written(new)} − {factor(mean)}) / {sd}")
    return Task(text, asked, working=working)


def _confusion(chance: Chance) -> Task:
    rows = [[chance.of(range(3)) for _ in range(3)] for _ in range(3)]
    for k in range(3):
        rows[k][k] = chance.of(range(5, 12))
    n, right = sum(map(sum, rows)), sum(rows[k][k] for k in range(3))
    of_1, as_1 = sum(rows[0]), sum(row[0] for row in rows)
    chance.need(n in (20, 25, 40, 50) and of_1 in (8, 10, 16) and of_1 != as_1)
    most = max(map(sum, rows))
    asked = (
        Number("accuracy", "the share that is classified right", right / n, (((n - right) / n, "that is the error"),)),
        Number("recall", "of class 1, the share that is found", rows[0][0] / of_1,
               ((rows[0][0] / as_1, "the row of class 1, not the column"),)),
        Number("baseline", "the accuracy of always saying the largest class", most / n, ((1 / 3, "count the rows"),)),
    )  # fmt: skip
    table = "\n".join(f"class {k}: {'  '.join(f'{x:2}' for x in row)}" for k, row in enumerate(rows, 1))
    text = f"A confusion matrix: a row for each true class, a column for each predicted one.\n\n{table}"
    return Task(text, asked, working=(f"{right} of {n} stand on the diagonal", f"class 1: {rows[0][0]} of {of_1}"))


def _steps(chance: Chance) -> Task:
    n, batch, epochs = chance.of((133, 150, 1000, 1797)), chance.of((16, 32, 64)), chance.of((5, 10, 20))
    hidden = chance.of((10, 32, 50))
    steps = -(-n // batch)
    inputs, classes = chance.of(((64, 10), (2, 3), (4, 3)))
    parameters = hidden * (inputs + 1) + classes * (hidden + 1)
    asked = (
        Number("last", "rows of the last batch of an epoch", n - (steps - 1) * batch, ((batch, "it is not full"),)),
        Number("steps", "optimiser steps in all", steps * epochs,
               ((n // batch * epochs, "the last batch counts too"), (n * epochs, "that is one row a step"),
                (steps, "that is one epoch"))),
        Number("parameters", "parameters of the network", parameters,
               ((hidden * inputs + classes * hidden, "the biases are left out"),)),
    )  # fmt: skip
    text = (
        f"A network {inputs}-{hidden}-{classes} is trained on {n} rows in batches of {batch}, the last one smaller, "
        f"for {epochs} epochs."
    )
    working = (f"{n} = {steps - 1}·{batch} + {n - (steps - 1) * batch}: {steps} steps an epoch",
               f"{hidden}·({inputs} + 1) + {classes}·({hidden} + 1) parameters")  # fmt: skip
    return Task(text, asked, working=working)


ROWS = (
    Kind("gradient-step", 7, 1, "gradient descent, one random point at a time",
         "Gradient descent", _descent,
         ("first the gradient, then the step against it",)),
    Kind("momentum-steps", 7, 2, "momentum",
         "Momentum and Adam", _momentum,
         ("in the first step b is the gradient itself",)),
    Kind("learning-rates", 7, 2, "learning-rate schedules and warm restarts",
         "Cyclic rates, warm restarts", _schedule,
         ("t/T as a part of 180° is the angle of the cosine",)),
    Kind("critical-point", 7, 2, "local minima and saddle points",
         "Local minima and saddle points", _critical,
         ("the Hessian holds the second derivatives", "its determinant is the product of its two curvatures")),
    Kind("adam-steps", 7, 3, "Adam",
         "Momentum and Adam", _adam,
         ("m is a running mean of gradients, v of their squares", "both start at 0, which m̂ and v̂ correct")),
    Kind("standardized", 8, 1, "standardized data: statistics of the training set alone",
         "Regression: a motorcycle crash", _standardize,
         ("the test set is not asked for its mean",)),
    Kind("confusion-matrix", 8, 1, "accuracy of a classifier",
         "Classification: irises", _confusion,
         ("what is right stands on the diagonal",)),
    Kind("training-steps", 8, 2, "epochs, batches and the size of a network",
         "Digits, and what the first layer looks for", _steps,
         ("how many batches does one epoch have, the last one included?",)),
)  # fmt: skip
