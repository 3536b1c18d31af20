"""Exercises of notebooks 9 and 10: what small networks can express, and where their gradients fail."""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import relu
from .chance import Chance, coefficient, factor, listed, written
from .questions import Number
from .task import Kind, Task, ask, named


def _kinks(chance: Chance) -> Task:
    units = sorted((chance.number(-4, 4, 2), chance.of((1, -1)), chance.whole(-3, 3)) for _ in range(2))
    k1, k2 = (k for k, _, _ in units)
    chance.need(k1 < k2 and {w for _, w, _ in units} == {1, -1})

    def slope(x: float) -> int:
        return sum(v * w for k, w, v in units if w * (x - k) > 0)

    left, middle, right = slope(k1 - 1), slope((k1 + k2) / 2), slope(k2 + 1)
    parts = [f"{coefficient(v)}relu({'' if w > 0 else '−'}x {'−' if w * k > 0 else '+'} {written(abs(k))})"
             for k, w, v in units]  # fmt: skip
    other = "a unit is on where its argument is above 0"
    asked = (
        Number("kink1", "the first kink, from the left", k1, ((-k1, "the argument is 0 there"),)),
        Number("kink2", "the second kink", k2, ((-k2, "the argument is 0 there"),)),
        Number("left", "the slope left of both", left, tuple((s, other) for s in (middle, right) if s != left)),
        Number("middle", "the slope between them", middle, tuple((s, other) for s in (left, right) if s != middle)),
        Number("right", "the slope right of both", right, tuple((s, other) for s in (left, middle) if s != right)),
    )
    text = f"A network of two ReLUs on the line: f(x) = {' + '.join(parts).replace('+ −', '− ')}."
    working = tuple(
        f"unit {i} is on {'right' if w > 0 else 'left'} of {written(k)}, with the slope {written(v * w)}"
        for i, (k, w, v) in enumerate(units, 1)
    )
    return Task(text, asked, working=working)


def _collapse(chance: Chance) -> Task:
    A = [[chance.whole(-3, 3) for _ in range(2)] for _ in range(2)]
    B = [[chance.whole(-3, 3) for _ in range(2)] for _ in range(2)]
    b, c = [chance.whole(-2, 2) for _ in range(2)], [chance.whole(-2, 2) for _ in range(2)]

    def product(P: list[list[int]], Q: list[list[int]], i: int, j: int) -> int:
        return P[i][0] * Q[0][j] + P[i][1] * Q[1][j]

    asked = [
        Number(f"w{i + 1}{j + 1}", f"W[{i + 1},{j + 1}]", product(B, A, i, j),
               ((product(A, B, i, j), "that is W¹·W²: the layer that comes second stands at the left"),
                (A[i][j] * B[i][j], "rows times columns, not entry by entry")))
        for i, j in ((0, 0), (0, 1), (1, 0))
    ]  # fmt: skip
    bias = B[0][0] * b[0] + B[0][1] * b[1] + c[0]
    asked.append(Number("b1", "b[1]", bias, ((b[0] + c[0], "W² also multiplies b¹"), (bias - c[0], "b² is left out"))))
    first, second = (f"[{', '.join(map(listed, rows))}]" for rows in (A, B))
    text = (
        f"Two linear layers, h = W¹x + b¹ and y = W²h + b², with W¹ = {first}, b¹ = {listed(b)}, W² = {second}, "
        f"b² = {listed(c)}. Give the one layer y = Wx + b that does the same."
    )
    row = [factor(x) for x in B[0]]
    working = (
        "W = W²·W¹ and b = W²·b¹ + b²",
        f"W[1,1] = {row[0]}·{factor(A[0][0])} + {row[1]}·{factor(A[1][0])}",
        f"b[1] = {row[0]}·{factor(b[0])} + {row[1]}·{factor(b[1])} + {factor(c[0])}",
    )
    return Task(text, tuple(asked), working=working)


def _convolution(chance: Chance) -> Task:
    x = [chance.whole(-3, 4) for _ in range(5)]
    k = [chance.whole(-2, 3) for _ in range(3)]
    y = [sum(k[j] * x[i + j] for j in range(3)) for i in range(3)]
    flipped = [sum(k[2 - j] * x[i + j] for j in range(3)) for i in range(3)]
    chance.need(len(set(y)) == 3 and all(a != b for a, b in zip(y, flipped, strict=True)))
    asked = [
        Number(f"y{i + 1}", f"output {i + 1}", y[i],
               ((flipped[i], "the kernel is not flipped here"), *((y[j], f"that is output {j + 1}") for j in range(3)
                 if j != i)))
        for i in range(3)
    ]  # fmt: skip
    asked.append(Number("weights", "weights of the convolution", 3, ((9, "every output uses the same three"),)))
    asked.append(Number("dense", "weights of a fully connected layer with as many outputs", 15,
                        ((9, "each output sees all inputs"), (18, "weights without biases"))))  # fmt: skip
    text = (
        f"The kernel {listed(k)} slides over the inputs {listed(x)} without padding, y_i = k₁x_i + k₂x_(i+1) + "
        "k₃x_(i+2). The three outputs share its weights; there is no bias."
    )
    sums = (f"y{i + 1} = " + " + ".join(f"{factor(k[j])}·{factor(x[i + j])}" for j in range(3)) for i in range(3))
    return Task(text, tuple(asked), working=tuple(sums))


def _recurrent(chance: Chance) -> Task:
    u, w = chance.leaf("u", -2, 2, 2), chance.leaf("w", -3, 3)
    x1, x2 = chance.leaf("x1"), chance.leaf("x2")
    h1 = named("h1", w * x1)
    h2 = named("h2", u * h1 + w * x2)
    h3 = named("h3", u * h2)
    L = named("L", h3**2 / 2)
    chance.need(h3.data != 0.0 and abs(u.data) != 1.0 and h1.data != h2.data and abs(w.data) != 1.0)
    text = (
        "A linear recurrent cell, unrolled over three steps, the last without input. u and w are shared by all steps: "
        "each step sends them an error signal of its own."
    )
    return Task(text, ask(L, signals="h3 h2 h1 u w"), L)


def _regions(chance: Chance) -> Task:
    n, d = chance.of(range(3, 9)), chance.of((3, 4, 5, 6))
    asked = (
        Number("line", f"pieces of a function of one input with {n} hidden ReLUs", n + 1,
               ((n, "n kinks make n + 1 pieces"), (2**n, "not every pattern of on and off occurs on a line"))),
        Number("plane", f"regions into which {n} lines cut the plane", 1 + n + math.comb(n, 2),
               ((2**n, "not every pattern of on and off occurs"), (1 + n, "they cross each other too"))),
        Number("binary", f"hidden units of the construction for any function of {d} binary inputs", 2**d,
               ((d * d, "one for each configuration of the inputs"), (2 * d, "one for each configuration"))),
    )  # fmt: skip
    text = (
        f"One hidden layer. How many linear pieces can {n} ReLUs have at most on a line, and how many regions in the "
        "plane (lines in general position)? And how many units has the construction that answers to each configuration "
        f"of {d} binary inputs by a unit of its own?"
    )
    return Task(text, asked, working=(f"on a line: {n} kinks", f"in the plane: 1 + {n} + {n}·{n - 1}/2", f"2^{d}"))


def _dead(chance: Chance) -> Task:
    x, t = chance.leaf("x", -3, 3), chance.leaf("t", -3, 3)
    hidden = []
    for i in "12":
        w, b = chance.leaf(f"w{i}"), chance.leaf(f"b{i}", -2, 2)
        hidden.append(named(f"a{i}", relu(named(f"z{i}", w * x + b))))
    v1, v2 = chance.leaf("v1"), chance.leaf("v2")
    g = named("g", v1 * hidden[0] + v2 * hidden[1])
    L = named("L", (g - t) ** 2)
    z = [h.operands[0].data for h in hidden if isinstance(h.operands[0], Value)]
    chance.need(min(z) < 0.0 < max(z) and g.data != t.data and abs(x.data) != 1.0 and t.data != 0.0)
    text = "One of the two hidden ReLUs is off for this example. Which weights get no gradient, and what do others get?"
    return Task(text, ask(L, signals="g w1 w2 v1 v2"), L)


def _vanishing(chance: Chance) -> Task:
    depth, w = chance.of((2, 3, 4, 5)), chance.of((1, 2, 4, 8, 12))
    slope = w / 4
    asked = (
        Number("layer", "the factor of one layer", slope, ((float(w), "σ'(0) = ¼"), (w / 2, "that is σ(0)·w"))),
        Number("all", f"the factor of all {depth} layers", slope**depth,
               ((slope * depth, "the factors are multiplied"), (float(w) ** depth, "each layer has σ'(0) too"))),
        Number("saturated", "σ'(z) where σ(z) = 0.99", 0.0099, ((0.99, "that is σ itself"), (0.01, "σ·(1 − σ)"))),
    )  # fmt: skip
    text = (
        f"A chain of {depth} logistic layers of one unit, all with the weight {w} and pre-activations z = 0 (by their "
        "biases). By which factor is an error signal multiplied on its way from the output to the input?"
    )
    working = (f"σ'(0) = ½·(1 − ½) = ¼, times the weight {w}: {written(slope)}", f"{written(slope)}^{depth}")
    return Task(text, asked, working=working)


def _clipping(chance: Chance) -> Task:
    g = [
        part * chance.of((1, -1)) for part in chance.shuffled(chance.of(((3, 4), (6, 8), (5, 12), (8, 15), (1, 2, 2))))
    ]
    size = chance.of((1, 2))
    scale = chance.of((1, 2, 3))
    g = [part * scale for part in g]
    norm = math.sqrt(sum(part * part for part in g))
    limit = chance.of((1.0, 2.5, 2.0, 5.0))
    chance.need(limit < norm and abs(g[0]) > limit and size)
    asked = (
        Number("norm", "the norm of the gradient", norm, ((norm**2, "that is its square"),
               (float(sum(map(abs, g))), "squares are added, not magnitudes"))),
        Number("by_norm", "its first entry, clipped by norm", g[0] * limit / norm,
               ((math.copysign(limit, g[0]), "that is clipped by value"), (g[0] / norm, "the norm becomes the limit"))),
        Number("by_value", "its first entry, clipped by value", math.copysign(limit, g[0]),
               ((g[0] * limit / norm, "that is clipped by norm"), (-math.copysign(limit, g[0]), "the sign stays"))),
    )  # fmt: skip
    text = (
        f"The gradient ({', '.join(map(written, g))}) is clipped at {written(limit)}: by its norm, or entry by entry."
    )
    working = (f"norm: √({' + '.join(written(part * part) for part in g)}) = {written(norm)}",
               f"by norm: {written(g[0])}·{written(limit)}/{written(norm)}")  # fmt: skip
    return Task(text, asked, working=working)


def _residual(chance: Chance) -> Task:
    x, t = chance.leaf("x", -4, 4), chance.leaf("t", -4, 4)
    w1, w2 = chance.leaf("w1", -3, 3, 2), chance.leaf("w2", -3, 3, 2)
    h1 = named("h1", w1 * x)
    h2 = named("h2", h1 + relu(named("z2", w2 * h1)))
    L = named("L", (h2 - t) ** 2 / 2)
    off = chance.of((True, False))
    chance.need((w2.data * h1.data < 0.0) == off and abs(h2.data - t.data) > 1.0)
    chance.need(len({1.0, abs(x.data), abs(w1.data), abs(w2.data)}) == 4)
    text = (
        "A residual connection, h2 = h1 + relu(w2·h1): the error signal has a way to h1 beside the ReLU, "
        "even where that is off."
    )
    return Task(text, ask(L, signals="h2 z2 h1 w1 w2"), L)


ROWS = (
    Kind("relu-pieces", 9, 1, "compositions of ReLUs",
         "Sums of ReLUs", _kinks,
         ("a unit has its kink where its argument is 0",)),
    Kind("linear-collapse", 9, 1, "deep linear networks collapse to one layer",
         "Layers without activations collapse", _collapse,
         ("put h into the second equation and multiply out",)),
    Kind("convolution", 9, 2, "convolution as weight sharing",
         "Convolution: the same weights at every place", _convolution,
         ("place the kernel over x₁, x₂, x₃ first",)),
    Kind("regions", 9, 2, "universality, width, and the 2^D construction",
         "One hidden unit for each input", _regions,
         ("each further line is cut by all the earlier ones",)),
    Kind("recurrent-cell", 9, 3, "a recurrent cell unrolled",
         "Recurrence: the same weights at every step", _recurrent,
         ("h̄3 = h3; then h̄2, then h̄1", "u and w have a user in each step: add what they send back")),
    Kind("clipped-gradient", 10, 1, "exploding gradients and clipping",
         "Exploding gradients", _clipping,
         ("by norm, all entries shrink by the same factor",)),
    Kind("dead-relu", 10, 1, "dead ReLUs",
         "Which weights are updated", _dead,
         ("a ReLU that is off has slope 0 and output 0",)),
    Kind("vanishing-factors", 10, 2, "vanishing gradients with depth, saturated sigmoids",
         "Vanishing with depth", _vanishing,
         ("one layer multiplies by its weight and by σ'(z)",)),
    Kind("residual-connection", 10, 2, "residual connections",
         "Remedy: residual connections", _residual,
         ("h1 has two children: the sum, and z2", "where the ReLU is off, only one of them sends anything")),
)  # fmt: skip
