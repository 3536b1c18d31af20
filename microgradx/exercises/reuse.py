"""Exercises of notebook 5: what backpropagation shares, what it costs, and forward mode against reverse mode."""

from __future__ import annotations

from itertools import pairwise

from ..calculus import grad
from ..functions import relu
from .chance import Chance, written
from .questions import Number, Word
from .task import Kind, Task, ask, named


def _multiply_adds(chance: Chance) -> Task:
    sizes = [chance.of((2, 3, 4, 5, 6, 8, 10)) for _ in range(4)]
    chance.need(len(set(sizes)) >= 3)
    weights = sum(a * b for a, b in pairwise(sizes))
    with_biases = weights + sum(sizes[1:])
    asked = (
        Number("forward", "multiply-adds of one forward pass", weights,
               ((with_biases, "the biases are additions alone"), (2 * weights, "that is the backward pass"))),
        Number("backward", "multiply-adds of one backward pass", 2 * weights,
               ((weights, "each weight takes part twice: for its own derivative and for the unit below"),)),
    )  # fmt: skip
    shown = "-".join(map(str, sizes))
    text = (
        f"A fully connected network {shown}. Count multiply-adds by the rule of thumb: one for each weight on the way "
        "forward, two on the way back (one for its derivative, one to send the error signal on, first layer too)."
    )
    products = " + ".join(f"{a}·{b}" for a, b in pairwise(sizes))
    return Task(text, asked, working=(f"weights: {products} = {weights}", f"backward: 2·{weights}"))


def _paths(chance: Chance) -> Task:
    n, h1, h2, h3, m = (chance.of((2, 3, 4, 5)) for _ in range(5))
    chance.need(len({h1, h2, h3}) == 3)
    weight, edges = h2 * h3 * m, n * h1 + h1 * h2 + h2 * h3 + h3 * m
    asked = (
        Number("weight", "paths from one first-layer weight to L", weight,
               ((h1 * weight, "the weight belongs to one hidden unit only"), (h2 * h3, "each output leads to L"),
                (h2 + h3 + m, "the ways multiply: each goes on along every one"))),
        Number("input", "paths from one input to L", h1 * weight, ((weight, "an input reaches every unit"),)),
        Number("edges", "connections between units, each of which one sweep uses once", edges,
               ((n * h1 * h2 * h3 * m, "that is the number of paths from all inputs"),)),
    )  # fmt: skip
    text = (
        f"A fully connected network {n}-{h1}-{h2}-{h3}-{m}, whose {m} outputs all enter one loss L. "
        "The gradient is a sum over paths; backprop computes it in one sweep over the connections."
    )
    working = (
        f"from a unit of the first hidden layer: {h2}·{h3}·{m} = {weight} paths",
        f"an input has {h1} such units",
    )
    return Task(text, asked, working=working)


def _modes(chance: Chance) -> Task:
    small, large = chance.of((1, 2, 3, 5)), chance.of((20, 50, 100, 784))
    n, m = chance.shuffled((small, large))
    better = "forward" if n < m else "reverse"
    asked = (
        Number("forward", "sweeps that forward mode needs", n, ((m, "forward mode starts at one input a sweep"),)),
        Number("reverse", "sweeps that reverse mode needs", m, ((n, "reverse mode starts at one output a sweep"),)),
        Word("better", "the mode with fewer sweeps", better, ("forward", "reverse"),
             {"reverse" if n < m else "forward": "it needs a sweep for each of the larger number"}),
    )  # fmt: skip
    text = f"The whole Jacobian of a function with {n} inputs and {m} outputs."
    return Task(text, asked, working=(f"forward mode: one sweep for each of the {n} inputs; reverse: for {m} outputs",))


def _tangents(chance: Chance) -> Task:
    x1, x2 = chance.leaf("x1"), chance.leaf("x2")
    a = named("a", x1 * x2)
    b = named("b", a + chance.whole(2, 4) * x1)
    f = named("f", b**2)
    chance.need(len({abs(v.data) for v in (x1, x2, a, b)}) == 4 and b.data != 0.0)
    first, second = ({v.label: grad(v, x) for v in (a, b, f)} for x in (x1, x2))
    asked = tuple(
        Number(name, f"the tangent of {name}, ∂{name}/∂x1", value,
               ((second[name], "that is the sweep which starts at x2"), (-value, "the sign is wrong")))
        for name, value in first.items()
    )  # fmt: skip
    text = "Forward mode by hand: start with the tangents 1 of x1 and 0 of x2, and go on with the values, node by node."
    working = (
        f"ȧ = x2·1 + x1·0 = {written(first['a'])}",
        f"ḃ = ȧ + {written(first['b'] - first['a'])}·1 = {written(first['b'])}",
        f"ḟ = 2·b·ḃ = {written(first['f'])}",
    )
    return Task(text, asked, f, working=working)


def _shared(chance: Chance) -> Task:
    x, t = chance.leaf("x", 1, 3), chance.leaf("t", -3, 3)
    w1, w2, w3 = (chance.leaf(f"w{k}", -3, 3) for k in (1, 2, 3))
    h1 = named("h1", relu(named("z1", w1 * x)))
    h2 = named("h2", relu(named("z2", w2 * h1)))
    y = named("y", w3 * h2)
    L = named("L", (y - t) ** 2 / 2)
    chance.need(h1.data > 0.0 and h2.data > 0.0 and abs(y.data - t.data) > 1.0)
    chance.need(len({abs(v.data) for v in (x, w2, w3)}) == 3)
    text = (
        "A chain of three layers. Derive the error signals of the z first: what ∂L/∂w2 and ∂L/∂w1 share need not be "
        "computed twice."
    )
    return Task(text, ask(L, signals="y z2 z1 w3 w2 w1"), L)


def _products(chance: Chance) -> Task:
    depth = chance.of((3, 4, 5, 6, 8, 10))
    alone, reused = depth * (depth + 1) // 2, 2 * depth - 1
    asked = (
        Number("alone", "multiplications if each derivative is computed by itself", alone,
               ((depth * depth, "the weight of layer l has only the factors from layer l on"),
                (reused, "that is with reuse"))),
        Number("reused", "multiplications if the products are carried on", reused,
               ((alone, "that is without reuse"), (depth, "that is the shared factors alone"),
                (2 * depth, "the first factor needs no multiplication"))),
    )  # fmt: skip
    text = (
        f"A chain z_l = w_l·h_(l−1), h_l = f(z_l) of {depth} layers, one unit each. With d_l = w_(l+1)·f'(z_l) already "
        f"known (and d_{depth} from the loss), ∂L/∂w_l = d_{depth}·d_({depth}−1)·…·d_l·h_(l−1): a product of factors. "
        f"Count multiplications for all {depth} weights."
    )
    working = (
        f"alone: layer l has {depth} − l + 1 of them, 1 + 2 + … + {depth} = {alone}",
        f"carried on: {depth} − 1 for the products of the d, and {depth} for the h: {reused}",
    )
    return Task(text, asked, working=working)


ROWS = (
    Kind("multiply-adds", 5, 1, "operation counts: one forward, two backward",
         "Counting operations: 1 forward, 2 backward", _multiply_adds,
         ("count the weights, layer by layer",)),
    Kind("forward-or-reverse", 5, 1, "forward mode against reverse mode",
         "Which mode, and where they cross", _modes,
         ("a sweep of forward mode starts at one input, a sweep of reverse mode at one output",)),
    Kind("path-counts", 5, 2, "paths against sweeps",
         "Paths against sweeps", _paths,
         ("from layer to layer every path goes on to each unit",)),
    Kind("shared-factors", 5, 2, "what ∂L/∂W¹ and ∂L/∂W² share",
         "What ∂L/∂W¹ and ∂L/∂W² share", _shared,
         ("z̄1 = z̄2 · w2 · relu'(z1)", "each weight's derivative is z̄ of its layer times its input")),
    Kind("tangents", 5, 3, "forward mode: tangents",
         "Forward mode", _tangents,
         ("the tangent of a product x1·x2 is ẋ1·x2 + x1·ẋ2",)),
    Kind("chain-products", 5, 3, "reuse of computation: quadratic against linear in the depth",
         "Paths against sweeps", _products,
         ("write the products for the last two layers below each other",)),
)  # fmt: skip
