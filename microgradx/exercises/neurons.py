"""Exercises of notebook 1: neurons, layers, networks, thresholds, and how many parameters they have."""

from __future__ import annotations

from ..engine import Value
from ..functions import relu, step
from ..nn import MLP
from .chance import Chance, written
from .questions import Number, Word
from .task import Kind, Task, ask, named


def _neuron(chance: Chance) -> Task:
    w1, x1, w2, x2 = (chance.leaf(name, -3, 3) for name in ("w1", "x1", "w2", "x2"))
    b = chance.leaf("b", -2, 2, 2)
    z = named("z", w1 * x1 + w2 * x2 + b)
    a = named("a", relu(z))
    chance.need(z.data > 0.0 and abs(b.data) != 1.0)
    return Task("A neuron with two inputs and the activation f = relu. Compute z and a.", ask(a, values="z a"), a)


def _network(chance: Chance) -> Task:
    x1, x2 = chance.leaf("x1"), chance.leaf("x2")
    hidden = []
    for i in "12":
        w, u, b = (chance.leaf(f"{name}{i}", -2, 2) for name in "wub")
        hidden.append(named(f"h{i}", relu(named(f"z{i}", w * x1 + u * x2 + b))))
    v1, v2, c = chance.leaf("v1", -2, 2, 2), chance.leaf("v2", -2, 2, 2), chance.leaf("c", -2, 2)
    y = named("y", v1 * hidden[0] + v2 * hidden[1] + c)
    z = [h.operands[0].data for h in hidden if isinstance(h.operands[0], Value)]
    chance.need(min(z) < 0.0 < max(z))
    text = "A network with two inputs, two hidden units with relu, and a linear output. Run it forward."
    return Task(text, ask(y, values="h1 h2 y"), y)


def _boundary(chance: Chance) -> Task:
    w1, w2, b = (chance.leaf(name, -4, 4) for name in ("w1", "w2", "b"))
    x1, x2 = chance.leaf("x1"), chance.leaf("x2")
    z = named("z", w1 * x1 + w2 * x2 + b)
    on1, on2 = -b.data / w1.data, -b.data / w2.data
    chance.need(z.data != 0.0 and abs(w1.data) != abs(w2.data))
    right = "1" if z.data > 0.0 else "-1"
    asked = (
        Number("x1_axis", "where the boundary cuts the axis of x1", on1,
               ((-on1, "there z = 0 and x2 = 0"), (on2, "that is the axis of x2"), (-1 / on1, "w1·x1 + b = 0 there"))),
        Number("x2_axis", "where it cuts the axis of x2", on2, ((-on2, "there z = 0 and x1 = 0"),)),
        Number("label", "the class of the point, 1 or -1", int(right), ((-int(right), "z decides by its sign"),)),
    )  # fmt: skip
    text = (
        "A perceptron with two inputs: the class is 1 where z > 0 and −1 elsewhere, and z = 0 is its boundary, a line. "
        "Compute z at the given point, the class there, and where the line cuts the axes."
    )
    working = (f"w1·x1 + b = 0 at x1 = −b/w1 = {written(on1)}", f"w2·x2 + b = 0 at x2 = −b/w2 = {written(on2)}")
    return Task(text, (*ask(z, values="z"), *asked), z, working=working)


_FUNCTIONS: dict[str, tuple[int, ...]] = {
    "or": (0, 1, 1, 1), "and": (0, 0, 0, 1), "xor": (0, 1, 1, 0),
    "nor": (1, 0, 0, 0), "nand": (1, 1, 1, 0), "xnor": (1, 0, 0, 1),
}  # fmt: skip
"""Functions of two inputs of 0 and 1: their values at 00, 01, 10, 11."""


def _thresholds(chance: Chance) -> Task:
    at = chance.of((0, 1)), chance.of((0, 1))
    signs = [chance.of((1.0, -1.0)) for _ in range(4)]
    bounds = [chance.of((-1.5, -0.5, 0.5, 1.5)) for _ in range(3)]

    def run(first: float, second: float) -> Value:
        x1, x2 = Value(first, "x1"), Value(second, "x2")
        h1 = named("h1", step(named("z1", signs[0] * x1 + signs[0] * x2 + bounds[0])))
        h2 = named("h2", step(named("z2", signs[1] * x1 + signs[1] * x2 + bounds[1])))
        return named("y", step(named("z", signs[2] * h1 + signs[3] * h2 + bounds[2])))

    found = tuple(int(run(*inputs).data) for inputs in ((0, 0), (0, 1), (1, 0), (1, 1)))
    names = {values: name for name, values in _FUNCTIONS.items()}
    chance.need(found in (_FUNCTIONS["xor"], _FUNCTIONS["xnor"]))
    y = run(*at)
    right = names[found]
    mistakes = {"or": "it differs for 1, 1", "xnor" if right == "xor" else "xor": "that is its negation"}
    text = (
        "A network of hard thresholds, step(z) = 1 if z > 0 and else 0, with inputs that are 0 or 1. "
        "Compute its units, then run it for all four inputs: which function is y?"
    )
    asked = (
        *ask(y, values="h1 h2"),
        Word("function", "y as a function of x1 and x2", right, tuple(_FUNCTIONS), mistakes),
    )
    return Task(text, asked, y, working=(f"y at 00, 01, 10, 11: {', '.join(map(str, found))}, which is {right}",))


def _sizes(chance: Chance, layers: int, most: int) -> list[int]:
    sizes = [chance.of(range(2, most)) for _ in range(layers + 1)]
    chance.need(len(set(sizes)) == len(sizes))
    return sizes


def _layer_parameters(chance: Chance) -> Task:
    n, *rest = _sizes(chance, 2, 7)
    h, m = rest
    first, second = h * (n + 1), m * (h + 1)
    asked = (
        Number("layer1", "parameters of the first layer", first, ((n * h, "the biases are left out"),)),
        Number("layer2", "parameters of the second layer", second, ((h * m, "the biases are left out"),)),
        Number("total", "all parameters", first + second, ((n * h + h * m, "the biases are left out"),)),
    )
    text = f"A fully connected network with {n} inputs, {h} hidden units and {m} outputs; every unit has a bias."
    working = (f"layer 1: {h}·{n} weights + {h} biases = {first}", f"layer 2: {m}·{h} weights + {m} biases = {second}")
    return Task(text, asked, working=working, picture=lambda: _network_picture(n, rest))


def _network_picture(n: int, sizes: list[int]) -> str:
    from ..draw import draw_network

    svg = draw_network(MLP(n, sizes)).svg()
    return svg[svg.index("<svg") :]


def _shared(chance: Chance) -> Task:
    d, h, k = _sizes(chance, 2, 9)
    chance.need(k >= 3)
    shared, apart = h * (d + 1) + k * (h + 1), k * (h * (d + 1) + h + 1)
    left_out = "the biases are left out"
    asked = (
        Number("logistic", f"parameters of logistic regression on {d} inputs", d + 1, ((d, "the bias is left out"),)),
        Number("covariance", "free entries of the covariance, which is symmetric", d * (d + 1) // 2,
               ((d * d, "the entries on both sides of the diagonal are equal"),)),
        Number("shared", "parameters of one network with all outputs", shared,
               ((h * d + k * h, left_out), (apart, "these are the separate networks"))),
        Number("separate", f"parameters of {k} networks with one output each", apart,
               ((k * (h * d + h), left_out), (shared, "this is the one network"))),
    )  # fmt: skip
    text = (
        f"Models with {d} inputs. Logistic regression has a weight for each input and a bias; a Gaussian classifier "
        f"has a covariance matrix of {d} × {d}. A network with {h} hidden units and {k} outputs shares its hidden "
        f"units; {k} separate networks have {h} hidden units and one output each. Every unit has a bias."
    )
    working = (
        f"logistic regression: {d} + 1; covariance: {d}·({d} + 1)/2, since it is symmetric",
        f"shared: {h}·({d} + 1) + {k}·({h} + 1) = {shared}",
        f"separate: {k}·({h}·({d} + 1) + {h} + 1) = {apart}",
    )
    return Task(text, asked, working=working)


ROWS = (
    Kind("neuron-value", 1, 1, "x, w, z, f and a of a neuron",
         "One neuron", _neuron,
         ("the pre-activation z is the weighted sum of the inputs plus the bias; the activation comes after it",)),
    Kind("decision-boundary", 1, 1, "linear separability, and the ±1 perceptron",
         "The perceptron", _boundary,
         ("on an axis the other input is 0", "the sign of z tells on which side of the line a point lies")),
    Kind("layer-parameters", 1, 1, "the parameters of a layer: M·N weights and M biases",
         "Counting parameters", _layer_parameters,
         ("each unit has one weight for each of its inputs, and one bias",)),
    Kind("network-value", 1, 2, "the forward pass through layers",
         "A network", _network,
         ("layer by layer: all hidden units first, then the output", "relu passes what is above 0, and nothing else")),
    Kind("threshold-units", 1, 2, "XOR from hard thresholds",
         "XOR by hand", _thresholds,
         ("each unit draws a line; on which side of it is the input?",)),
    Kind("parameter-counts", 1, 3, "D + 1 against D², a shared hidden layer against separate networks",
         "Counting parameters", _shared,
         ("count one unit first: its inputs and its bias", "a separate network has hidden units of its own")),
)  # fmt: skip
