"""Exercises of notebook 4: backpropagation by hand."""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import exp, logsumexp, relu, sigmoid
from .chance import Chance
from .task import Kind, Task, ask, named


def _power_times(chance: Chance) -> Task:
    g, h, c = chance.leaf("g"), chance.leaf("h"), chance.leaf("c", -4, 4, 2)
    f = named("f", g**2 * h)
    J = named("J", c * f)
    chance.need(len({abs(v.data) for v in (g, h, c)}) == 3 and 1.0 not in (abs(g.data), abs(c.data)))
    text = "A building block f = g²h inside of a larger J. Send the error signal of f to g and h."
    return Task(text, ask(J, signals="f g h"), J)


def _logistic(chance: Chance) -> Task:
    w, x = chance.leaf("w", -3, 3, 2), chance.leaf("x", -4, 4)
    number, text_b, p = chance.logit(w.data * x.data)
    b, t = Value(number, "b"), Value(float(chance.of((0, 1))), "t")
    z = named("z", w * x + b)
    y = named("y", sigmoid(z))
    L = named("L", (y - t) ** 2 / 2)
    chance.need(abs(x.data) != 1.0 and p != 0.5)
    text = "Univariate logistic least squares. Derive the error signals from L back to w and b."
    return Task(text, ask(L, signals="y z w b"), L, {"b": text_b})


def _primitives(chance: Chance) -> Task:
    w, x = chance.leaf("w", -3, 3, 2), chance.leaf("x", -3, 3)
    number, text_b, _ = chance.logit(w.data * x.data)
    b, t = Value(number, "b"), Value(float(chance.of((0, 1))), "t")
    t1 = named("t1", w * x)
    z = named("z", t1 + b)
    t3 = named("t3", -z)
    t4 = named("t4", exp(t3))
    t5 = named("t5", 1 + t4)
    y = named("y", 1 / t5)
    t6 = named("t6", y - t)
    L = named("L", named("t7", t6**2) / 2)
    chance.need(abs(x.data) != 1.0)
    text = "The same unit as a sequence of primitive operations. Send the error signal back through each of them."
    return Task(text, ask(L, signals="t6 t5 t4 t3 w"), L, {"b": text_b})


def _fan_out(chance: Chance) -> Task:
    t = chance.leaf("t", -3, 3)
    a, c = chance.whole(2, 4), chance.whole(-3, 3)
    x = named("x", a * t + c)
    y = named("y", t**2)
    f = named("f", x * y + chance.of((2, 3)) * x)
    chance.need(abs(t.data) != 1.0 and x.data != 0.0 and y.data != x.data)
    text = "t reaches f on two ways, through x and through y: the multivariate chain rule adds what both send back."
    return Task(text, ask(f, signals="x y t"), f)


def _exponential(chance: Chance) -> Task:
    t = chance.leaf("t", -3, 3)
    a = chance.leaf("a", -4, 4)
    x = named("x", a * (t - t.data))
    y = named("y", t**2)
    f = named("f", y + named("e", exp(named("u", x * y))))
    chance.need(1.0 not in (abs(t.data), abs(a.data)) and t.data**2 * a.data != -2 * t.data)
    text = "f = y + e^(x·y), where x and y both depend on t. The numbers are such that x = 0."
    return Task(text, ask(f, signals="u x y t"), f)


def _l2(chance: Chance) -> Task:
    w, x = chance.leaf("w", -3, 3, 2), chance.leaf("x", -4, 4)
    number, text_b, _ = chance.logit(w.data * x.data)
    b, t, lam = Value(number, "b"), Value(float(chance.of((0, 1))), "t"), Value(chance.of((0.1, 0.2, 0.5)), "lambda")
    z = named("z", w * x + b)
    y = named("y", sigmoid(z))
    L = named("L", (y - t) ** 2 / 2)
    R = named("R", w**2 / 2)
    cost = named("L_reg", L + lam * R)
    chance.need(1.0 not in (abs(x.data), abs(w.data)) and abs(w.data) != 2.0)
    text = "L2-regularised logistic least squares. w has two children, z and R."
    return Task(text, ask(cost, signals="R y z w b"), cost, {"b": text_b})


def _softmax(chance: Chance) -> Task:
    odds = [chance.of(range(2, 15)) for _ in range(3)]
    chance.need(len(set(odds)) == 3 and sum(odds) in (10, 20))
    x = chance.leaf("x", -4, 4, 2)
    w = [Value(math.log(n) / x.data, f"w{k}") for k, n in enumerate(odds, 1)]
    z = [named(f"z{k}", each * x) for k, each in enumerate(w, 1)]
    right = chance.of((0, 1, 2))
    L = named("L", logsumexp(z) - z[right])
    chance.need(abs(x.data) != 1.0)
    text = (
        f"Softmax regression with one input and three classes; the example is of class {right + 1}. L is the "
        f"cross-entropy −ln y{right + 1} of the outputs y = softmax(z), written as ln Σ e^z − z{right + 1}."
    )
    given = {f"w{k}": f"(ln {n})/{x.data:g}" if x.data > 0 else f"−(ln {n})/{-x.data:g}" for k, n in enumerate(odds, 1)}
    return Task(text, ask(L, signals="z1 z2 z3 w1 w2"), L, given)


def _outer(chance: Chance) -> Task:
    x = [chance.leaf(f"x[{j}]", -3, 3) for j in (1, 2)]
    w = [[chance.leaf(f"w[{i},{j}]", -2, 2) for j in (1, 2)] for i in (1, 2)]
    t = [chance.leaf(f"t[{i}]", -3, 3) for i in (1, 2)]
    y = [named(f"y[{i + 1}]", w[i][0] * x[0] + w[i][1] * x[1]) for i in (0, 1)]
    L = named("L", (y[0] - t[0]) ** 2 / 2 + (y[1] - t[1]) ** 2 / 2)
    errors = [y[i].data - t[i].data for i in (0, 1)]
    chance.need(len({*map(abs, errors), *(abs(v.data) for v in x)}) == 4 and 0.0 not in errors)
    text = (
        "A linear layer with two outputs, L = ½‖y − t‖². In matrix form W̄ = ȳ·xᵀ and x̄ = Wᵀ·ȳ: "
        "give some entries, w[i,j] being the weight of y[i] for x[j]."
    )
    return Task(text, ask(L, signals="y[1] w[1,2] w[2,1] x[1]"), L)


def _two_layers(chance: Chance) -> Task:
    x, t = chance.leaf("x", -3, 3), chance.leaf("t", -2, 2, 2)
    hidden, given = [], {}
    for i in "12":
        w = chance.leaf(f"w{i}", -2, 2)
        number, given[f"b{i}"], _ = chance.logit(w.data * x.data)
        hidden.append(named(f"h{i}", sigmoid(named(f"z{i}", w * x + Value(number, f"b{i}")))))
    v1, v2 = chance.leaf("v1", -4, 4), chance.leaf("v2", -4, 4)
    y = named("y", v1 * hidden[0] + v2 * hidden[1])
    L = named("L", (y - t) ** 2 / 2)
    chance.need(abs(hidden[0].data - hidden[1].data) > 0.01 and len({abs(v.data) for v in (v1, v2, x)}) == 3)
    chance.need(abs(y.data - t.data) > 0.05 and abs(x.data) != 1.0)
    text = "A network with one input, two logistic hidden units and a linear output, in scalars."
    return Task(text, ask(L, signals="y v1 h1 z1 w1 w2"), L, given)


def _beta(chance: Chance) -> Task:
    x, t = chance.leaf("x", 1, 3), chance.leaf("t", -2, 2)
    hidden, first = [], []
    for i in "12":
        w = chance.leaf(f"w1[{i}]", -2, 2)
        first.append(named(f"z1[{i}]", w * x))
        hidden.append(named(f"h1[{i}]", relu(first[-1])))
    outputs = []
    for k in "12":
        u, v = chance.leaf(f"w2[{k},1]", -2, 2), chance.leaf(f"w2[{k},2]", -2, 2)
        outputs.append(named(f"z2[{k}]", u * hidden[0] + v * hidden[1]))
    J = named("J", (outputs[0] - t) ** 2 / 2 + (outputs[1] - t) ** 2 / 2)
    chance.need(min(v.data for v in first) < 0.0 < max(v.data for v in first))
    chance.need(outputs[0].data != outputs[1].data and all(abs(v.data - t.data) > 0.1 for v in outputs))
    alive = 1 if first[0].data > 0 else 2
    text = (
        "Two layers, relu inside and linear outputs. With β² = ∂J/∂z² the recursion gives β¹ = (β²·W²) * relu'(z¹), "
        "and each weight's derivative is β of its unit times its input. β is asked by the name of its z."
    )
    names = f"z2[1] z2[2] z1[1] z1[2] w1[{alive}] w2[1,{alive}]"
    return Task(text, ask(J, signals=names), J)


ROWS = (
    Kind("power-times", 4, 1, "the example f = g²h: each operand gets the error signal times its partial derivative",
         "A building block in the middle: f(g, h) = g²h", _power_times,
         ("f̄ times the partial derivative of f by each operand",)),
    Kind("logistic-least-squares", 4, 1, "univariate logistic least squares and error signals",
         "The structured way: error signals", _logistic,
         ("go from L backward: each node's error signal is that of its user times one partial derivative",
          "σ'(z) = y·(1 − y)")),
    Kind("primitive-sequence", 4, 2, "the sequence of primitives t₁ … t₇",
         "Primitive operations t₁, …, t₇: how a program does it", _primitives,
         ("one operation at a time: what is its derivative by its operand?", "1/t has the derivative −1/t²")),
    Kind("fan-out", 4, 2, "the multivariate chain rule",
         "Fan-out: the chain rule in several variables", _fan_out,
         ("a node with two children gets two contributions: add them",)),
    Kind("exponential-chain", 4, 2, "the multivariate chain rule, with the example f = y + e^(x·y)",
         "Fan-out: the chain rule in several variables", _exponential,
         ("the derivative of e^u is e^u", "y has two children, and so has t")),
    Kind("l2-regularised", 4, 2, "L2-regularised regression, fan-out",
         "The whole algorithm, on L2-regularised regression", _l2,
         ("w̄ has one term through z and one through R", "the derivative of λ·R by R is λ")),
    Kind("softmax-regression", 4, 3, "softmax regression",
         "Softmax regression", _softmax,
         ("y_k is the share of e^(z_k) in the sum", "∂L/∂z_k = y_k − t_k")),
    Kind("outer-product", 4, 2, "the MLP in matrix form, W̄ = z̄·xᵀ",
         "The same in matrix form", _outer,
         ("ȳ = y − t", "a weight's error signal is that of its output times its input")),
    Kind("two-layer-network", 4, 3, "the two-layer MLP in scalars",
         "Two layers, in scalars", _two_layers,
         ("first ȳ, then the h, then the z, then the weights", "h' = h·(1 − h)")),
    Kind("beta-recursion", 4, 3, "the β recursion",
         "Any number of layers: the β recursion", _beta,
         ("β² = z² − t here", "a unit whose z is below 0 has slope 0")),
)  # fmt: skip
