"""Random losses over a batch with a penalty, and one or two slips in the derivative by a parameter."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import microgradx as mx
from microgradx import Value
from microgradx.expression import parse

ACTIVATIONS: dict[str, tuple[Callable[[Value], Value], str]] = {
    "sigmoid": (mx.sigmoid, "y{0}*(1 - y{0})"),
    "tanh": (mx.tanh, "(1 - y{0}**2)"),
    "exp": (mx.exp, "y{0}"),
    "softplus": (mx.softplus, "sigmoid(z{0})"),
    "leaky": (lambda z: mx.leaky_relu(z, 0.2), "(step(z{0}) + 0.2*step(-z{0}))"),
}
SLIPS = {
    "all negated": {"sign"}, "data negated": {"sign"}, "penalty negated": {"sign"},
    "2 dropped": {"constant factor"}, "2 in twice": {"constant factor"}, "odd constant": {"constant factor"},
    "sum for mean": {"mean or sum", "constant factor"}, "slope dropped": {"missing factor", "mask"},
    "x1 everywhere": {"wrong index", "extra factor"}, "x dropped": {"missing factor"}, "x squared": {"extra factor"},
    "w for x": {"wrong variable", "extra factor"}, "residual dropped": {"missing factor"},
    "penalty dropped": {"missing path"}, "lam dropped": {"missing factor"},
    "penalty twice": {"constant factor", "extra term"}, "one example dropped": {"missing path"},
}  # fmt: skip
"""The slips, each with what the doctor may call it."""


class Batch:
    """yᵢ = f(wxᵢ + b), L = c·Σ (yᵢ − tᵢ)², or the mean, plus a penalty of w that may have a name of its own."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = random.Random(seed)
        self.count = rng.choice((2, 3, 4))
        self.values: dict[str, Value] = {}
        for name in ("w", "b", "lam", *(f"{s}{i}" for s in "xt" for i in range(1, self.count + 1))):
            self.values[name] = Value(rng.choice((-1, 1)) * round(rng.uniform(0.2, 1.6), 3))
        f, self.slope = ACTIVATIONS[rng.choice(sorted(ACTIVATIONS))]
        self.constant = 2.0 * rng.choice((1.0, 3.0))
        losses = [self._loss(i, f) for i in range(1, self.count + 1)]
        total = mx.sum(losses) * (self.constant / 2) if self.constant != 2.0 else mx.sum(losses)
        self.is_mean = rng.random() < 0.6
        self.penalty = rng.choice(("", "lam*w", "lam*sign(w)"))
        self.values["L"] = self._penalised(total / self.count if self.is_mean else total)

    def _loss(self, i: int, f: Callable[[Value], Value]) -> Value:
        v = self.values
        z = v[f"z{i}"] = v["w"] * v[f"x{i}"] + v["b"]
        y = v[f"y{i}"] = f(z)
        return (y - v[f"t{i}"]) ** 2

    def _penalised(self, data: Value) -> Value:
        w, lam = self.values["w"], self.values["lam"]
        if not self.penalty:
            return data
        R = lam / 2 * w**2 if self.penalty == "lam*w" else lam * abs(w)
        if self.rng.random() < 0.5:
            self.values["R"] = R
        return data + R

    def derivative(self, row: str, slips: Sequence[str] = ()) -> str:
        """Return the formula of ∂L/∂w or ∂L/∂b, with slips."""
        terms = [self._term(row, i, slips) for i in range(1, self.count + 1)]
        factor = self.constant / (self.count if self.is_mean and "sum for mean" not in slips else 1)
        factor *= 0.5 if "2 dropped" in slips else 2.0 if "2 in twice" in slips else 1.0
        factor *= 1.7 if "odd constant" in slips else 1.0
        terms = terms[:-1] if "one example dropped" in slips else terms
        text = f"{'-' if 'data negated' in slips else ''}{factor!r}*({' + '.join(terms)})"
        if row == "w" and self.penalty and "penalty dropped" not in slips:
            penalty = self.penalty.replace("lam*", "") if "lam dropped" in slips else self.penalty
            text += f" {'-' if 'penalty negated' in slips else '+'} {'2*' if 'penalty twice' in slips else ''}{penalty}"
        return f"-({text})" if "all negated" in slips else text

    def _term(self, row: str, i: int, slips: Sequence[str]) -> str:
        x = f"x{i}" if row == "w" and "x dropped" not in slips else "1"
        x = "x1" if "x1 everywhere" in slips else "w" if "w for x" in slips else x
        x = f"{x}**2" if "x squared" in slips else x
        slope = "1" if "slope dropped" in slips else self.slope.format(i)
        return f"{'1' if 'residual dropped' in slips else f'(y{i} - t{i})'}*{slope}*{x}"

    def value(self, formula: str) -> float:
        """Return the number that a formula has here."""
        return float(parse(formula).evaluate({name: v.data for name, v in self.values.items()}))


def measure(seeds: Sequence[int], slips: int = 1, numbers: bool = False) -> Counter[str]:
    """Return how many derivations with so many slips were named right, wrongly with confidence, or left open."""
    found: Counter[str] = Counter()
    for seed in seeds:
        batch = Batch(seed)
        row = batch.rng.choice("wwwb")
        chosen = batch.rng.sample(sorted(SLIPS), slips)
        formula = batch.derivative(row, chosen)
        fewer = [batch.derivative(row, [each for each in chosen if each != left]) for left in chosen]
        if any(abs(batch.value(other) - batch.value(formula)) < 1e-6 * abs(batch.value(formula)) for other in fewer):
            continue  # a slip that changes nothing
        hand: Any = batch.value(formula) if numbers else formula
        told = mx.compare(batch.values["L"], {row: hand}, names=batch.values).rows[0].explanation
        kinds = {kind for slip in chosen for kind in SLIPS[slip]}
        if told is None or told.kind == "unexplained":
            found["open"] += 1
        elif told.kind in kinds:
            found["right"] += 1
        else:
            found["wrong" if told.certain else "open"] += 1
    return found
