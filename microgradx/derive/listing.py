"""A gradient as a program: straight-line Python that anyone can read and run, one statement a node."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..chain import Block, chain_rule
from ..engine import Value
from ..notation import Notation
from ..primitives import TABLE, Primitive
from ..replay import Replay, local_partials
from ..sweep import one_sweep, topological_order
from .functions import Functions
from .partials import blocks_of
from .source import CODE, Code, counted, literal

LIMIT = 10_000
"""The most nodes of a graph whose program is written."""


class Listing(str):
    """The text of a program, which a notebook shows as it is."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        style = "font-family:var(--jp-code-font-family,monospace);overflow-x:auto"
        return f'<pre style="{style}">{html.escape(self)}</pre>'


def program_listing(
    output: Value, wrt: Any = None, names: Mapping[str, Any] | None = None, *, limit: int = LIMIT
) -> Listing:
    """Return straight-line Python that computes the output and its gradient by hand, one statement a node.

    It imports `math` alone and gives the bits of `backward`: the same operations in the same order. Error signals are
    named w_bar; a sum of hundreds of terms takes several statements. `wrt` is a node or its name, or a list of them:
    only what leads there is computed back; without it all is. A step at which plain Python would raise, such as the
    slope of √x at 0, is written as its number by IEEE rules. ValueError for a graph of more than `limit` nodes.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> print(program_listing(w * x + w, w), end="")
    import math
    <BLANKLINE>
    # the leaves
    w = 2.0
    x = 3.0
    <BLANKLINE>
    # forward
    t1 = w * x
    L = t1 + w
    <BLANKLINE>
    # backward: v_bar is dL/dv
    L_bar = 1.0
    t1_bar = L_bar
    w_bar = L_bar + t1_bar * x
    <BLANKLINE>
    print("L =", L)
    print("w_bar =", w_bar)
    """
    replay = Replay(output)
    if len(replay.order) > limit:
        raise ValueError(
            f"the program would have {len(replay.order)} nodes, more than limit={limit}: take fewer examples or a "
            f"smaller network, or raise limit="
        )
    return Listing("\n".join(_Program(replay, Notation(output, names), wrt).lines()) + "\n")


class _Program:
    """The statements of one graph, and the functions that they need."""

    def __init__(self, replay: Replay, notation: Notation, wrt: Any) -> None:
        self.replay = replay
        self.values = replay.values()
        self.functions = Functions()
        self.author = self.functions.author
        self.variables = {id(v): self.functions.free(notation.identifier(v)) for v in replay.order}
        self.bars = {id(v): self.functions.free(f"{self.variables[id(v)]}_bar") for v in replay.order}
        self.single = wrt is not None
        wanted = wrt if isinstance(wrt, list | tuple) else [wrt] if self.single else replay.order
        self.wanted: Sequence[Value] = [notation.node(v, "wrt=") for v in wanted]

    def lines(self) -> Iterator[str]:
        """Yield the program, line by line."""
        order, author = self.replay.order, self.author
        leaves = [
            f"{self._name(v)} = {literal(x)}" for v, x in zip(order, self.values, strict=True) if not v._primitive
        ]
        forward = [
            line
            for i, v in enumerate(order)
            if v._primitive
            for line in author.statements(self._name(v), self._value(i))
        ]
        backward = self._backward()
        yield "import math"
        for definition in self.functions.defined():
            yield from ("", "", *definition)
        yield from ["", ""] if self.functions.definitions or self.author.called else [""]
        yield from ("# the leaves", *leaves)
        yield from ("", "# forward", *forward) if forward else ()
        yield from ("", f"# backward: v_bar is d{self._name(order[-1])}/dv", *backward, "")
        ends = [order[-1]]
        yield from (f'print("{self._name(v)} =", {self._name(v)})' for v in ends)
        shown = self.wanted if self.single else [v for v in order if v._primitive is None and v.label]
        yield from (f'print("{self.bars[id(v)]} =", {self.bars[id(v)]})' for v in shown)

    def _name(self, v: Value) -> str:
        return self.variables[id(v)]

    def _code(self, i: int) -> Code:
        return Code(self._name(self.replay.order[i]), self.values[i])

    def _operands(self, i: int) -> list[Any]:
        v = self.replay.order[i]
        flat = [
            x if place is None else self._code(place)
            for place, x in zip(self.replay.operands[i], v.operands, strict=True)
        ]
        return blocks_of(v, flat)

    def _value(self, i: int) -> Any:
        """Return the expression of a node: what its row says, or a call of a function that says so."""
        p: Any = self.replay.order[i]._primitive
        operands = self._operands(i)
        try:
            found = p.value(CODE, *operands)
        except (ArithmeticError, ValueError):  # among plain numbers already
            return self.values[i]
        if not self.author.is_simple(found) or (isinstance(found, Code) and found.form == p.name and p not in TABLE):
            found = self.functions.call(p, operands, "", lambda arguments: [p.value(CODE, *arguments)])[0]
        number = found.number if isinstance(found, Code) else found
        return self.values[i] if number is None else found

    def _backward(self) -> list[str]:
        """Return the statements of the sweep: the chain rule itself runs on expressions, node after node."""
        needed = self._needed()
        found = []
        with one_sweep():
            order = topological_order(self.replay.order[-1])
            try:
                order[-1]._mark = 1.0
                for v in reversed(order):
                    g = v._mark
                    if g is None:
                        continue
                    if v.__class__ is Block:
                        Block.pull(CODE, g, None, None, None, v._a, None)
                        continue
                    if id(v) in needed:
                        found += self.author.statements(self.bars[id(v)], g)
                    if v._primitive is not None:
                        signal = Code(self.bars[id(v)], 0.0)
                        i = self.replay.place[id(v)]
                        self._pull(i)(CODE, signal, self._code(i), *self._numbers(i), v._a, v._b)
                reached = {id(v) for v in order if v._mark is not None}
            finally:
                for v in order:
                    v._mark = None
        return found + [f"{self.bars[id(v)]} = 0.0" for v in self.wanted if id(v) not in reached]

    def _numbers(self, i: int) -> list[Any]:
        operands = self._operands(i)
        return [*operands, None][:2]

    def _pull(self, i: int) -> Any:
        """Return the pull of a node's row, its partials as expressions: in place, or as calls of a function."""
        p: Any = self.replay.order[i]._primitive
        operands, z = self._operands(i), self._code(i)
        exact = iter(local_partials(p, self.values[i], _plain(operands)))
        rules: list[Any] = []
        nodes = (self.replay.order[i]._a, self.replay.order[i]._b)
        for slot, (rule, operand) in enumerate(zip(p.partials, operands, strict=True)):
            count = len(operand) if isinstance(operand, tuple) else 1
            numbers = [next(exact) for _ in range(count)]
            if not callable(rule) or nodes[slot] is None:
                rules.append(None if callable(rule) else rule)
                continue
            try:
                found = rule(CODE, z, *operands)
                entries = list(found) if p.blocks else [found]
            except (ArithmeticError, ValueError):  # among plain numbers already
                entries = list(numbers)
            other_form = p.taught and not p.blocks
            if other_form or not all(map(self.author.is_simple, entries)) or _shared(entries):
                entries = self._slope(p, slot, rule, operands, z)
            entries = [
                x if not isinstance(x, Code) or x.number is not None else number
                for x, number in zip(entries, numbers, strict=True)
            ]
            rules.append((lambda result: lambda *_: result)(entries if p.blocks else entries[0]))
        return chain_rule(tuple(rules), p.blocks)

    def _slope(self, p: Primitive, slot: int, rule: Any, operands: Sequence[Any], z: Code) -> list[Any]:
        suffix = ("_slopes" if p.blocks else "_slope") + (f"_{'xy'[slot]}" if len(p.partials) == 2 else "")

        def results(arguments: Sequence[Any]) -> list[Any]:
            found = rule(CODE, *arguments)
            return list(found) if p.blocks else [found]

        return self.functions.call(p, operands, suffix, results, z, self._taught(p, slot))

    def _taught(self, p: Primitive, slot: int) -> str:
        """Return the school form of a derivative that is computed otherwise, for a comment; "" if there is none."""
        rule = p.taught[slot] if p.taught and not p.blocks else None
        if not callable(rule):
            return ""
        letters = [Code(letter, None) for letter in "xy"[: len(p.domain)]]
        value, slope = Code(p.name, None, tuple(letters)), self.author(rule(CODE, Code("z", None), *letters))
        return f"{slope}, where z = {self.author(value)}; in this form it does not round to 0"

    def _needed(self) -> set[int]:
        places = {self.replay.place[id(v)] for v in self.wanted}
        leads: list[bool] = []
        for i, operands in enumerate(self.replay.operands):
            leads.append(i in places or any(leads[j] for j in operands if j is not None))
        return {id(v) for v, leading in zip(self.replay.order, leads, strict=True) if leading}


def _plain(operands: Sequence[Any]) -> list[Any]:
    return [tuple(_plain(x)) if isinstance(x, tuple) else x.number if isinstance(x, Code) else x for x in operands]


def _shared(entries: Sequence[Any]) -> bool:
    """Return whether entries have a computed part in common."""
    return any(count > 1 and x.parts for x, count in counted(entries).values())
