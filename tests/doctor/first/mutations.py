"""Random graphs with derivations as formulas, and one slip in each: what the doctor makes of them can be counted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import microgradx as mx
from microgradx import Value
from microgradx.expression import parse

Partials = dict[str, str]

Change = tuple[str, set[str], set[str]]
"""What is written, what the doctor may call it, and the nodes it may speak of: none stands for those around."""

AT_ANOTHER = {
    "sigmoid": "{operand} * (1 - {operand})",
    "tanh": "1 - {operand}**2",
    "exp": "{operand}",
    "softplus": "sigmoid({user})",
    "sin": "cos({user})",
}
"""The slope of an activation, taken at its output in place of its input, or the other way round."""


class Slip(NamedTuple):
    """A wrong derivation: of which row, as a formula, and what the doctor may call the mistake."""

    row: str
    formula: str
    kinds: frozenset[str]
    nodes: frozenset[str]
    what: str


class Program:
    """A random graph of named nodes, and for each node the local derivatives by its operands, as text."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.texts: dict[str, str] = {}
        self.partials: dict[str, Partials] = {}
        self.values: dict[str, Value] = {}
        for name in ("w1", "w2", "x1", "x2", "b", "t"):
            self.values[name] = Value(self.rng.choice((-1, 1)) * round(self.rng.uniform(0.3, 1.9), 3))
        self.inner: list[str] = []
        self._grow()

    def _add(self, name: str, text: str, partials: Partials) -> str:
        self.texts[name] = text
        self.partials[name] = partials
        self.values[name] = parse(text).evaluate(self.values)
        self.inner.append(name)
        return name

    def _grow(self) -> None:
        rng = self.rng
        heads = []
        for i in range(1, rng.randint(2, 4)):
            w, x, b = rng.choice(("w1", "w2")), rng.choice(("x1", "x2")), rng.choice(("b", "w1"))
            z = f"z{i}"
            if b == w:
                b = "b"
            self._add(z, f"{w} * {x} + {b}", {w: x, x: w, b: "1"})
            heads.append(self._activation(f"h{i}", z))
        while len(heads) > 1:
            a, c = heads.pop(0), heads.pop(0)
            name = f"s{len(self.inner)}"
            form = rng.choice(("add", "mul", "sub", "weighted"))
            if form == "add":
                self._add(name, f"{a} + {c}", {a: "1", c: "1"})
            elif form == "sub":
                self._add(name, f"{a} - {c}", {a: "1", c: "-1"})
            elif form == "mul":
                self._add(name, f"{a} * {c}", {a: c, c: a})
            else:
                self._add(name, f"w1 * {a} + w2 * {c}", {a: "w1", c: "w2", "w1": a, "w2": c})
            heads.append(name)
        y = heads[0]
        if rng.random() < 0.4:
            y = self._activation("y", y)
        if rng.random() < 0.4:
            self._add("u", f"{y} * {self.inner[0]}", {y: self.inner[0], self.inner[0]: y} if y != self.inner[0]
                      else {y: f"2 * {y}"})  # fmt: skip
            y = "u"
        c = rng.choice(("/ 2", "", "* 3", "/ 5"))
        factor = {"/ 2": "", "": "2 * ", "* 3": "6 * ", "/ 5": "2/5 * "}[c]
        if rng.random() < 0.5:
            self._add("L", f"({y} - t)**2 {c}", {y: f"{factor}({y} - t)", "t": f"-{factor}({y} - t)"})
            return
        self._add("E", f"({y} - t)**2 {c}", {y: f"{factor}({y} - t)", "t": f"-{factor}({y} - t)"})
        self._add("R", "0.5 * w1**2", {"w1": "w1"})
        self._add("L", "E + 0.3 * R", {"E": "1", "R": "0.3"})

    def _activation(self, name: str, z: str) -> str:
        f = self.rng.choice(("sigmoid", "tanh", "exp", "relu", "softplus", "sin"))
        slope = {
            "sigmoid": f"{name} * (1 - {name})", "tanh": f"(1 - {name}**2)", "exp": name, "relu": f"step({z})",
            "softplus": f"sigmoid({z})", "sin": f"cos({z})",
        }[f]  # fmt: skip
        return self._add(name, f"{f}({z})", {z: slope})

    def users(self, name: str) -> list[str]:
        return [user for user in self.inner if name in self.partials[user]]

    def gradient(self, name: str, changed: dict[tuple[str, str], str] | None = None) -> str:
        """Return the error signal of a node as a formula, some local derivatives changed; "" drops a path."""
        if name == "L":
            return "1"
        terms = []
        for user in self.users(name):
            partial = (changed or {}).get((user, name), self.partials[user][name])
            if partial:
                terms.append(f"({self.gradient(user, changed)}) * ({partial})")
        return " + ".join(terms) or "0"

    def edges_after(self, name: str) -> list[tuple[str, str]]:
        """Return the uses (user, operand) on the way from a node to the output."""
        found, waiting = [], [name]
        while waiting:
            operand = waiting.pop()
            for user in self.users(operand):
                if (user, operand) not in found:
                    found.append((user, operand))
                    waiting.append(user)
        return found

    def slips(self, count: int) -> Iterator[Slip]:
        """Yield random slips that change the derivation."""
        for _ in range(count):
            row = self.rng.choice(["w1", "w2", "x1", "b", *self.inner[:-1]])
            if not self.users(row):
                continue
            user, operand = self.rng.choice(self.edges_after(row))
            slip = self._slip(row, user, operand)
            if slip is None:
                continue
            right = parse(self.gradient(row)).evaluate(self._numbers())
            wrong = parse(slip.formula).evaluate(self._numbers())
            if abs(right - wrong) > 1e-4 * (abs(right) + abs(wrong)):
                yield slip

    def _numbers(self) -> dict[str, float]:
        return {name: v.data for name, v in self.values.items()}

    def _slip(self, row: str, user: str, operand: str) -> Slip | None:
        what = self.rng.choice(
            ("drop", "negate", "omit", "double", "half", "square", "swap", "variable", "activation", "itself", "mask",
             "flip all", "extra")
        )  # fmt: skip
        if what in ("variable", "flip all", "extra"):
            return self._slip_of_the_whole(what, row)
        activation = what in ("activation", "itself", "mask")
        found = (self._slip_of_an_activation if activation else self._slip_of_a_partial)(what, user, operand)
        if found is None:
            return None
        new, kinds, nodes = found
        nodes = nodes or {user, operand, row, *self.partials[user]}
        return Slip(row, self.gradient(row, {(user, operand): new}), frozenset(kinds), frozenset(nodes), what)

    def _slip_of_a_partial(self, what: str, user: str, operand: str) -> Change | None:
        """Return what is written in place of one partial."""
        p, every = self.partials[user][operand], {*self.values}
        if what == "drop":
            return "1", {"missing factor", "constant factor", "mask", "sign"}, every
        if what == "negate":
            return f"-({p})", {"sign"}, every
        if what == "omit":
            return None if len(self.users(operand)) < 2 else ("", {"missing path", "mask"}, every)
        if what in ("double", "half"):
            kinds = {"constant factor", "extra term", "mean or sum"}
            return f"2 * ({p})" if what == "double" else f"({p}) / 2", kinds, {*every, ""}
        if what == "square":
            return f"({p}) * ({p})", {"extra factor", "constant factor", "sign"}, every
        if p not in self.values:
            return None
        kinds = {"wrong variable", "wrong index", "activation", "extra factor", "wrong derivative", "constant factor"}
        return self.rng.choice(sorted(every - {p})), kinds, every

    def _slip_of_an_activation(self, what: str, user: str, operand: str) -> Change | None:
        """Return what is written in place of the slope of an activation; None where it cannot be written there."""
        p, f = self.partials[user][operand], self.texts[user].partition("(")[0]
        if what == "activation" and f in AT_ANOTHER:
            return AT_ANOTHER[f].format(operand=operand, user=user), {"activation"}, set()
        if what == "itself" and f in ("sigmoid", "tanh", "softplus", "sin"):
            return user, {"wrong derivative"}, set()
        if what == "mask" and f == "relu":
            return f"1 - ({p})", {"mask", "missing path"}, set()
        return None

    def _slip_of_the_whole(self, what: str, row: str) -> Slip:
        every = {*self.values}
        if what == "variable":
            other = self.rng.choice([name for name in self.values if name not in (row, "L")])
            kinds = {"wrong variable", "wrong index", "missing factor", "extra factor", "missing path", "sign"}
            return Slip(row, self.gradient(other), frozenset({*kinds, "constant factor"}), frozenset(every), what)
        if what == "flip all":
            return Slip(row, f"-({self.gradient(row)})", frozenset({"sign"}), frozenset({row}), what)
        other = self.rng.choice(sorted(every - {"t"}))
        kinds = {"extra factor", "wrong variable"}
        return Slip(row, f"({self.gradient(row)}) * {other}", frozenset(kinds), frozenset(every), what)


def measure(programs: int, slips: int, numbers: bool = False, show: bool = False) -> Counter[str]:
    """Return how many slips were named right, named otherwise with confidence, without, and not explained at all."""
    found: Counter[str] = Counter()
    for seed in range(programs):
        program = Program(seed)
        L = program.values["L"]
        for slip in program.slips(slips):
            formula = parse(slip.formula)
            hand = formula.evaluate(program._numbers()) if numbers else formula
            row = mx.compare(L, {slip.row: hand}, names=program.values).rows[0]
            told = row.explanation
            if told is None or told.kind == "kink":  # the program has a kink just there
                continue
            if told.kind == "unexplained":
                verdict = "unexplained"
            elif any(d.kind in slip.kinds and d.name in slip.nodes for d in (told, *told.same)):
                verdict = "right" if told.kind in slip.kinds and told.name in slip.nodes else "same"
            else:
                verdict = "wrong" if told.certain else "unsure"
            found[verdict] += 1
            if show and verdict != "right":
                about = f"{verdict:12}{seed} {slip.what} of {slip.row}: {told.kind}, {told.name}: {told.text}"
                print(about, "|", {n: program.texts[n] for n in program.inner}, "|", slip.formula[:150])
    return found
