"""Exercises of notebooks 11 and 12: the loop of a framework, shapes, and the parts of a transformer."""

from __future__ import annotations

import math

from ..engine import Value
from ..functions import sigmoid
from .chance import Chance, factor, listed, logarithm, written
from .questions import Number, Order
from .task import Kind, Task, ask, named

_LINES = (
    "optimizer.zero_grad()",
    "prediction = model(x)",
    "loss = loss_fn(prediction, t)",
    "loss.backward()",
    "optimizer.step()",
)
_RULES = (
    (1, 2, "a loss needs a prediction"),
    (2, 3, "backward needs a loss"),
    (3, 4, "the step needs the gradients of this round"),
    (0, 3, "backward adds to the gradients of the round before, unless they are cleared"),
)


def _loop(chance: Chance) -> Task:
    letters = chance.shuffled("ABCDE")
    by_letter = sorted(zip(letters, _LINES, strict=True))
    listing = "\n".join(f"{letter}  {line}" for letter, line in by_letter)
    text = (
        "One round of a training loop, its lines in disorder; the gradients of the round before are still there."
        f"\n\n{listing}"
    )
    rules = tuple((letters[i], letters[j], why) for i, j, why in _RULES)
    asked = Order("order", "the letters in an order in which the lines can be run", "".join(letters), rules)
    return Task(text, (asked,), working=("clear the gradients, predict, compare, differentiate, step",))


def _accumulated(chance: Chance) -> Task:
    w, x, lr = chance.whole(-3, 3), chance.whole(-3, 3), chance.of((0.1, 0.5, 0.01))
    chance.need(abs(x) > 1 and x != w)
    g1 = x
    asked = (
        Number("first", "w.grad after the first backward", float(g1), ((float(w), "∂(w·x)/∂w = x"),)),
        Number("second", "w.grad after the second backward", float(2 * g1),
               ((float(g1), "zero_grad is missing: the gradients add up"),)),
        Number("w", "w after both steps", w - lr * 3 * g1,
               ((w - lr * 2 * g1, "the second step takes the sum of both gradients"),
                (w + lr * 3 * g1, "the steps go against the gradient"), (w - lr * g1, "there are two steps"))),
    )  # fmt: skip
    text = (
        f"A loop in which zero_grad has been forgotten: loss = w·x with x = {written(x)}, starting at "
        f"w = {written(w)}, by SGD with lr = {written(lr)}. Two rounds of loss.backward() and optimizer.step() are run."
    )
    working = (f"gradients: {written(g1)}, then {written(g1)} + {factor(g1)}", "steps: lr·g and lr·2g")
    return Task(text, asked, working=working)


def _shapes(chance: Chance) -> Task:
    n, h, m = chance.shuffled((3, 4, 5, 7, 8, 10, 16))[:3]
    total = h * n + h + m * h + m
    asked = (
        Number("rows", "rows of linear1.weight", h, ((n, "a row for each output, a column for each input"),)),
        Number("columns", "columns of linear1.weight", n, ((h, "a row for each output, a column for each input"),)),
        Number("tensors", "tensors in model.parameters()", 4, ((2, "biases are tensors too"),)),
        Number("numbers", "numbers in all of them", total, ((h * n + m * h, "the biases are left out"),)),
    )
    text = (
        f"nn.Linear({n}, {h}) as linear1, then relu, then nn.Linear({h}, {m}) as linear2. A layer computes "
        "W·x + b and keeps W and b as tensors."
    )
    return Task(text, asked, working=(f"W of linear1 is {h} × {n}; {h}·{n} + {h} + {m}·{h} + {m} = {total}",))


def _reduction(chance: Chance) -> Task:
    n = chance.of((2, 4, 5))
    y = [chance.leaf(f"y{i}", -3, 3) for i in range(1, n + 1)]
    t = [chance.leaf(f"t{i}", -3, 3) for i in range(1, n + 1)]
    d = [v.data - u.data for v, u in zip(y, t, strict=True)]
    chance.need(len(set(map(abs, d))) == n and 0.0 not in d)
    total = (y[0] - t[0]) ** 2
    for v, u in zip(y[1:], t[1:], strict=True):
        total = total + (v - u) ** 2
    L = named("L", named("S", total) / n)
    text = f"MSELoss with reduction='mean' on {n} numbers, written out. What is .grad of the first two predictions?"
    return Task(text, ask(L, values="L", signals="y1 y2"), L)


def _rms(chance: Chance) -> Task:
    x = chance.of(((1, 7), (7, 17), (2, 14), (7, 23), (1, 1, 5, 3), (2, 2, 10, 6), (1, 5, 5, 7), (3, 1, 1, 5)))
    x = [part * chance.of((1, -1)) for part in chance.shuffled(x)]
    square = sum(part * part for part in x) / len(x)
    rms = math.sqrt(square)
    gain = chance.of((2, 0.5, 3))
    asked = (
        Number("rms", "the root of the mean square", rms, ((square, "take the root"),
               (rms * math.sqrt(len(x)), "that is the norm: the mean of the squares"))),
        Number("y1", "the first entry, normalised", x[0] / rms, ((x[0] / square, "divide by the root"),
               ((x[0] - sum(x) / len(x)) / rms, "no mean is subtracted here"))),
        Number("scaled", f"the first entry with the gain {written(gain)}", gain * x[0] / rms,
               ((x[0] / rms, "times the gain"),)),
    )  # fmt: skip
    text = f"RMS norm of x = ({', '.join(map(written, x))}): every entry is divided by √(mean of x²)."
    working = (f"mean square {' + '.join(str(part * part) for part in x)}, divided by {len(x)}: {written(square)}",)
    return Task(text, asked, working=working)


def _attention(chance: Chance) -> Task:
    of, sign = chance.of(("3", "4", "9")), chance.of((1, -1))
    base = chance.number(-2, 2)
    number, text_s = logarithm(of, sign, base)
    s1, s2 = Value(number, "s1"), Value(base, "s2")
    v1, v2, t = chance.leaf("v1", -4, 4), chance.leaf("v2", -4, 4), chance.leaf("t", -3, 3)
    a1 = named("a1", sigmoid(named("d", s1 - s2)))
    a2 = named("a2", 1 - a1)
    o = named("o", a1 * v1 + a2 * v2)
    L = named("L", (o - t) ** 2 / 2)
    chance.need(v1.data != v2.data and abs(o.data - t.data) > 0.1 and 1.0 not in (abs(v1.data), abs(v2.data)))
    text = (
        "A query looks at two tokens with the scores s1 and s2; softmax makes attention weights of them, and o is the "
        "mean of the values v under these weights. Of two scores, softmax is σ of their difference d."
    )
    return Task(text, ask(L, values="a1 a2", signals="o v1 s1 s2"), L, {"s1": text_s})


def _scores(chance: Chance) -> Task:
    d = 4
    q = [chance.whole(-2, 2) for _ in range(d)]
    keys = [[chance.whole(-2, 2) for _ in range(d)] for _ in range(2)]
    dots = [sum(a * b for a, b in zip(q, k, strict=True)) for k in keys]
    chance.need(dots[0] != dots[1] and 0 not in dots)
    tokens, heads = chance.of((4, 5, 8, 16)), chance.of((2, 4))
    seen = tokens * (tokens + 1) // 2
    unscaled = "divide by √d = 2"
    asked = (
        Number("s1", "the score of the first key", dots[0] / 2, ((float(dots[0]), unscaled), (dots[0] / 4, unscaled))),
        Number("s2", "the score of the second key", dots[1] / 2, ((float(dots[1]), unscaled), (dots[1] / 4, unscaled))),
        Number("pairs", f"scores that one head computes for {tokens} tokens, each looking at itself and those before",
               seen, ((tokens * tokens, "nobody looks ahead"), (seen - tokens, "each looks at itself too"))),
        Number("all", f"scores of {heads} heads", heads * seen, ((seen, "each head has its own"),)),
    )  # fmt: skip
    first, second = map(listed, keys)
    text = f"A query q = {listed(q)} and the keys k1 = {first}, k2 = {second}; a score is q·k/√d with d = 4 entries."
    working = (f"q·k1 = {written(dots[0])}, q·k2 = {written(dots[1])}", f"1 + 2 + … + {tokens} = {seen}")
    return Task(text, asked, working=working)


def _transformer(chance: Chance) -> Task:
    c, vocabulary, length = chance.of((8, 16, 32)), chance.of((27, 28, 30)), chance.of((8, 16))
    layers = chance.of((1, 2, 4))
    block = 12 * c * c
    total = vocabulary * c + length * c + layers * block + vocabulary * c
    asked = (
        Number("attention", "weights of the attention of one block", 4 * c * c,
               ((3 * c * c, "the output projection counts too"), (c * c, "queries, keys, values and output"))),
        Number("mlp", "weights of the MLP of one block", 8 * c * c, ((4 * c * c, "it goes up to 4C and down again"),)),
        Number("total", "weights of the model", total,
               ((total - vocabulary * c, "the token table or the output layer is missing"),
                (total - length * c, "the positions have a table too"))),
    )  # fmt: skip
    text = (
        f"A character-level transformer without biases or gains: {vocabulary} tokens, C = {c} entries a token, "
        f"contexts of {length}, {layers} block{'s' if layers > 1 else ''}. A table of tokens and one of positions, C "
        "entries each; in a block the C × C matrices of queries, keys, values and output, and an MLP from C to 4C and "
        "back; at the end a matrix from C to the tokens, which is not shared with the table."
    )
    working = (
        f"a block: 4·C² + 8·C² = {block}",
        f"tables: {vocabulary}·{c} + {length}·{c}; output: {vocabulary}·{c}; all: {total}",
    )
    return Task(text, asked, working=working)


ROWS = (
    Kind("training-loop", 11, 1, "zero_grad, backward, step",
         "Train: five lines", _loop,
         ("what does each line need from another one?",)),
    Kind("linear-shapes", 11, 1, "layers of a framework and their parameters",
         "Define a network", _shapes,
         ("W·x has a row for each output",)),
    Kind("mean-reduction", 11, 2, "losses of a framework are means",
         "Loss and optimiser", _reduction,
         ("the mean puts 1/n before each term",)),
    Kind("forgotten-zero-grad", 11, 2, "gradients accumulate until zero_grad",
         "Train: five lines", _accumulated,
         ("backward adds to what .grad holds",)),
    Kind("rms-norm", 12, 1, "RMS norm",
         "RMS norm", _rms,
         ("square, mean, root",)),
    Kind("attention-scores", 12, 2, "attention: scores and the causal mask",
         "Attention", _scores,
         ("multiply entry by entry and add",)),
    Kind("transformer-size", 12, 2, "the parameters of a small transformer",
         "The whole model", _transformer,
         ("count one block first, then the tables",)),
    Kind("attention-weights", 12, 3, "attention: softmax weights and their gradient",
         "Attention", _attention,
         ("σ of the difference of two scores is the first weight", "s̄1 = a1·(v1 − o)·ō")),
)  # fmt: skip
