"""The derivation of a gradient: forward equations, then error signals in reverse topological order, in the notation of
the lectures, first in symbols and then with numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..calculus import grad
from ..engine import Value
from ..names import labels
from ..notation import Notation, bar
from ..replay import Replay
from .algebra import Name, Number, Symbolic, added, multiplied
from .contents import is_monomial, size
from .equations import Equations, Factor
from .latex import LONGEST_SUM, PREFIX, Piece, Writer, decimal, float_piece
from .lines import Contribution, Derivation, Line, plain, shown

MOST_REPLACED = 8
"""The most names in a formula that is also written with numbers in their place."""

LIMIT = 200
"""The most equations that are written out unless more are asked for."""


def derive(
    output: Value,
    wrt: Any = None,
    names: Mapping[str, Any] | None = None,
    profile: str = "error signals",
    *,
    slide: bool = False,
    inline: bool = True,
    limit: int = LIMIT,
) -> Derivation:
    r"""Write out the derivation of ∂output/∂wrt: forward equations, then v̄ᵢ = Σ v̄ⱼ ∂vⱼ/∂vᵢ over the children of vᵢ.

    `wrt` is a node or its name, or a list of them; without it all leaves that have a name, or if none has all leaves.
    Only what leads there is derived. The error signal of the output, 1, is stated and then left out. Nodes without a
    name are written into the equations of others as long as those stay short and each error signal is one step of the
    chain rule; the others are u₁, u₂, … in order. With `inline` False each recorded node has an equation, t₁, t₂, …,
    as after `expand`. `names=locals()` names nodes after variables. Of what `where`, or Python's if, chose the graph
    has the branch taken alone, and so has the derivation; `relu`, `max` and `step` are derived with their conditions.

    Profiles: "error signals" ȳ (CSC 311, lecture 4), "partials" ∂L/∂z (6.390), and "layers", the recursion
    β^l = (β^{l+1} W^{l+1}) * f'(z^l) of the Ihler/Ng slides with matrix shapes, for networks of `nn`.

    `slide` leaves the numbers out and sets what remains large, in two columns. The result prints as text and has
    `.latex`, `.html`, `.lines` and `.save("slide.html")`. ValueError for more equations than `limit`, for a node that
    is not in the graph, and for "layers" of what has none.

    >>> w, x, b, t = Value(2.0, "w"), Value(3.0, "x"), Value(-5.0, "b"), Value(1.0, "t")
    >>> z = w * x + b
    >>> y = z.sigmoid()
    >>> L = (y - t) ** 2 / 2
    >>> print(derive(L, w, names={"z": z, "y": y}, slide=True))
    Forward
      z = w·x + b
      y = σ(z)
      L = ½(y − t)²
    Backward
      L̄ = 1
      ȳ = y − t
      z̄ = ȳ·σ′(z)
      w̄ = z̄·x
    """
    if profile not in PROFILES:
        raise ValueError(f"no notation named {profile!r}; there are {', '.join(map(repr, PROFILES))}")
    replay = Replay(output)
    named = labels(dict(names or {}))
    if profile == "layers":
        from .layers import layered

        notation = Notation(output, names)
        return layered(replay, notation, None if wrt is None else _wanted(wrt, replay, notation, named), slide)
    equations = Equations(replay, names, inline=inline)
    wanted = _wanted(wrt, replay, equations.notation, named)
    places = {replay.place[id(v)] for v in wanted}
    if not places <= set(equations.heads):
        equations = Equations(replay, names, places)
    forward = [i for i in equations.heads if replay.order[i]._primitive is not None]
    leading = _leading(replay, places)
    backward = [i for i in reversed(equations.heads) if leading[i]]
    if len(forward) + len(backward) > limit:
        raise ValueError(
            f"the derivation has {len(forward) + len(backward)} equations, more than limit={limit}: take fewer "
            f"examples or a smaller network, name fewer nodes in wrt=, write profile='layers' for a network of mx.nn, "
            f"or raise limit="
        )
    author = Author(equations, profile)
    lines = [author.given(i) for i in equations.heads if replay.order[i]._primitive is None]
    lines += [author.forward(i) for i in forward]
    lines += author.backward(backward)
    lines += [author.unreached(v) for v in wanted if not leading[replay.place[id(v)]]]
    within = {id(v): replay.order[equations.head(i)] for i, v in enumerate(replay.order)}
    return Derivation(lines, profile, slide, within)


PROFILES = ("error signals", "partials", "layers")
"""The notations in which a derivation is written."""


@dataclass
class Author:
    """Writes the equations of a graph in one notation."""

    equations: Equations
    profile: str

    def __post_init__(self) -> None:
        order = self.equations.replay.order
        self.output = len(order) - 1
        self.signals: list[float] = grad(order[-1], order)

    def given(self, i: int) -> Line:
        """Return the line that gives a leaf its number."""
        x = self.equations.names[i]
        return Line((self.equations.replay.order[i],), "given", *_stated([x]), *shown([decimal(x.value)]), x.value)

    def forward(self, i: int) -> Line:
        """Return the equation of a node."""
        x, formula = self.equations.names[i], self.equations.formula(i)
        numbers = [NUMBERS(formula)] if _is_short(formula) else []
        value = decimal(x.value)
        numbers = [each for each in numbers if each != value]
        return Line(
            (self.equations.replay.order[i],), "forward", *_stated([x, formula]), *shown([*numbers, value]), x.value
        )

    def backward(self, heads: Sequence[int]) -> list[Line]:
        """Return the equations of the error signals of these nodes, users before operands."""
        arriving: dict[int, list[Factor]] = {i: [] for i in heads}
        lines = []
        for i in heads:
            lines.append(self._signal(i, sorted(arriving[i])))  # the children in the order of the forward pass
            for factor in self.equations.factors(i):
                if factor.operand in arriving:
                    arriving[factor.operand].append(factor)
        return lines

    def unreached(self, v: Value) -> Line:
        """Return the line for a node from which no path leads to the output."""
        return Line((v,), "backward", *_stated([self.signal(self.equations.replay.place[id(v)])]), *shown(["0"]), 0.0)

    def _signal(self, i: int, factors: Sequence[Factor]) -> Line:
        v, value = self.equations.replay.order[i], self.signals[i]
        if i == self.output:
            return Line((v,), "backward", *_stated([self.signal(i)]), *shown(["1"]), value)
        sides: list[Symbolic] = [self.signal(i)]
        if self.profile == "partials" and any(f.user != self.output for f in factors):
            sides.append(added(*(self._term(f, self._direct_or_local(f)) for f in factors)))
        whole = added(*(self._term(f, f.formula) for f in factors))
        sides += [] if isinstance(whole, Number) and whole.number == value else [whole]
        numbers = _sum_of([self._in_numbers(f) for f in factors])
        contributions = tuple(self._contribution(f) for f in factors)
        written = [each for each in [numbers, decimal(value)] if each]
        return Line((v,), "backward", *_stated(sides), *shown(list(dict.fromkeys(written))), value, contributions)

    def signal(self, i: int) -> Name:
        """Return the error signal of a node by name."""
        v, end = self.equations.replay.order[i], self.equations.names[self.output]
        notation = self.equations.notation
        found, name, value = notation.symbol(v), notation.name(v), self.signals[i]
        if self.profile == "error signals":
            return Name(found.bar, bar(name), value)
        return Name(rf"\frac{{\partial {end.tex}}}{{\partial {found.tex}}}", f"∂{end.text}/∂{name}", value)

    def _direct_or_local(self, f: Factor) -> Symbolic:
        """Return ∂u/∂v by name; of the output itself the formula, since ∂L/∂v is the name of the total derivative."""
        if f.user == self.output:
            return f.formula
        u, v = self.equations.names[f.user], self.equations.names[f.operand]
        return Name(rf"\frac{{\partial {u.tex}}}{{\partial {v.tex}}}", f"∂{u.text}/∂{v.text}", f.number)

    def _term(self, f: Factor, partial: Symbolic) -> Symbolic:
        return partial if f.user == self.output else multiplied(self.signal(f.user), partial)

    def _in_numbers(self, f: Factor) -> Piece:
        if f.user == self.output:
            return NUMBERS.piece(f.formula) if _is_short(f.formula) else float_piece(f.number)
        signal = float_piece(self.signals[f.user])
        if isinstance(f.formula, Number) and f.formula.exact == 1:
            return signal
        if _is_short(f.formula) and is_monomial(f.formula):
            return NUMBERS.piece(self._term(f, f.formula))
        return Piece(rf"{signal.within(PREFIX)} \cdot {float_piece(f.number).within(PREFIX)}", PREFIX)

    def _contribution(self, f: Factor) -> Contribution:
        order, signal = self.equations.replay.order, self.signals[f.user]
        tex, text = _stated([self._term(f, f.formula)])
        return Contribution(order[f.user], tex, text, signal, f.number, signal * f.number)


NUMBERS = Writer(lambda x: float_piece(x.value), r" \cdot ")
"""Writes the numbers in place of the names."""


def _is_short(x: Symbolic) -> bool:
    return size(x) <= MOST_REPLACED


def _stated(sides: Sequence[Symbolic]) -> tuple[str, str]:
    """Return an equation in LaTeX and as text."""

    def written(writer: Callable[[Symbolic], str]) -> str:
        return " = ".join(map(writer, sides))

    return written(Writer()), plain(lambda name: written(Writer(name)))


def _sum_of(terms: Sequence[Piece]) -> str:
    if len(terms) > LONGEST_SUM:
        return ""
    return " + ".join(piece.within(PREFIX) if i else piece.tex for i, piece in enumerate(terms))


def _leading(replay: Replay, places: set[int]) -> list[bool]:
    """Return for each node whether an error signal passes through it on the way to one of these places."""
    leads: list[bool] = []
    edges = replay.edges(replay.values())
    for i in range(len(replay.order)):
        leads.append(i in places or any(leads[edge.operand] for edge in edges[i] if edge.partial is not None))
    reached = [False] * len(leads)
    reached[-1] = True
    for i in range(len(leads) - 1, -1, -1):
        for edge in edges[i] if reached[i] else ():
            reached[edge.operand] |= edge.partial is not None
    return [a and b for a, b in zip(leads, reached, strict=True)]


def _wanted(wrt: Any, replay: Replay, notation: Notation, named: Mapping[int, str]) -> list[Value]:
    if wrt is None:
        leaves = [v for v in replay.order if v._primitive is None]
        return [v for v in leaves if v.label or id(v) in named] or leaves
    return [notation.node(v, "wrt=") for v in (wrt if isinstance(wrt, list | tuple) else [wrt])]
