"""What the nodes of a graph are called: in text, in LaTeX, and in Python code that a reader may run."""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from .engine import Value
from .names import brief, labels, near_names, normal, visible
from .sweep import nodes

BAR = "\u0304"
"""Set over the letter of a name: the error signal of what bears the name."""

GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda",
    "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
"""Greek letters and their names, which are their commands in LaTeX."""

LONGEST = 36
"""The most characters of a name that are set; a longer one is cut."""

_COUNTING = {"t": "tsr", "u": "uvq", "c": "ckd"}
"""The letters that count what nobody named, and which stand in for them."""

_LETTERS = r"[^\W\d_]+"
_NAME = re.compile(rf"(?P<base>{_LETTERS})_?(?P<number>\d*)(?:\[(?P<indices>\d+(?:,\d+)*)\])?")
_WORD_BELOW = re.compile(rf"(?P<base>{_LETTERS})_(?P<word>\w+)")
_ONE_LETTER = re.compile(r"[^\W\d_][\u0300-\u036f'′]*(?:_?\d*(?:\[[\d,]+\])?|_[a-zA-Z]\w*)(?:\(\d+\))?")
_ESCAPED = {"\\": "∖", "^": "ˆ", "~": "˜"} | {c: f"\\{c}" for c in "{}$&#%_"}


class Symbol(NamedTuple):
    """A name as it is set in mathematics: a letter or word, with what stands above and below at its right."""

    base: str
    above: str = ""
    below: str = ""

    @property
    def tex(self) -> str:
        """The symbol in LaTeX."""
        return self._set(self.base)

    @property
    def bar(self) -> str:
        r"""The error signal of what bears the name, in LaTeX: \bar over its base."""
        over = r"\bar" if len(self.base) == 1 or self.base[1:] in GREEK.values() else r"\overline"
        return self._set(f"{over}{{{self.base}}}")

    def numbered(self, n: int) -> Symbol:
        """Return the symbol with a number above, as y⁽²⁾."""
        return self._replace(above=f"{self.above},({n})" if self.above else f"({n})")

    def _set(self, base: str) -> str:
        above = f"^{{{self.above}}}" if self.above else ""
        return f"{base}{above}" + (f"_{{{self.below}}}" if self.below else "")


def symbol(name: str) -> Symbol:
    r"""Return how a name is set: digits and indices below, w2[1,3] as w²₁₃, Greek letters by name, words upright.

    >>> symbol("w2[1,3]").tex, symbol("z1").tex, symbol("lambda").bar, symbol("L_reg").tex
    ('w^{2}_{1,3}', 'z_{1}', '\\bar{\\lambda}', 'L_{\\mathrm{reg}}')
    """
    name = normal(name)
    if len(name) > LONGEST:
        return Symbol(rf"\text{{{_escaped(name[: LONGEST - 1])}…}}")
    if match := _NAME.fullmatch(name):
        number, indices = match["number"], match["indices"] or ""
        return Symbol(_base(match["base"]), number if indices else "", indices or number)
    if match := _WORD_BELOW.fullmatch(name):
        if match["word"] == "hat":
            return Symbol(rf"\hat{{{_base(match['base'])}}}")
        return Symbol(_base(match["base"]), below=rf"\mathrm{{{_escaped(match['word'])}}}")
    return Symbol(rf"\text{{{_escaped(name)}}}")


def bar(name: str) -> str:
    """Return the error signal's name in text: ȳ for y, and bar(bias) for a word, over which no bar can be read.

    >>> bar("z") == "z" + BAR, bar("bias_1")
    (True, 'bar(bias_1)')
    """
    return name[:1] + BAR + name[1:] if _ONE_LETTER.fullmatch(name) else f"bar({name})"


class Notation:
    """Names for all nodes of a graph: labels, then variables (as from `locals()`), then t1, t2, … in order.

    Of nodes with one name each is numbered, y(1), y(2), …, which LaTeX sets as y⁽¹⁾; there so are names that it would
    set alike, as λ and lambda. An output without a name is L, or L1, L2, …; leaves without one are c1, c2, …
    Nodes without a name whose ids are in `derived`, since a derivation has lines for these and not for all, are u1, u2,
    …; `node` knows them also by the name that they have where every node is shown, as t2. Where the user has names
    such as u1, another letter counts.

    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> L = (w * x).exp()
    >>> notation = Notation(L)
    >>> [notation.name(v) for v in notation.order], notation.symbol(L.operands[0]).bar
    (['w', 'x', 't1', 'L'], '\\\\bar{t}_{1}')
    """

    def __init__(
        self,
        output: Value | Sequence[Value],
        names: Mapping[str, Any] | None = None,
        *,
        derived: Collection[int] = (),
    ) -> None:
        outputs = [output] if isinstance(output, Value) else list(output)
        for v in outputs:
            if not isinstance(v, Value):
                raise TypeError(f"a graph is given by its output, a Value, or a list of Values, not by {brief(v)}")
        self.order: list[Value] = nodes(*outputs)
        variables = labels(dict(names or {}))
        given = {id(v): normal(v.label or variables.get(id(v), "")) for v in self.order}
        self._names: dict[int, str] = {}
        self._symbols: dict[int, Symbol] = {}
        self.others: dict[str, Value] = {}
        """The nodes that have another name where every node is shown, by that."""
        self._name_given(given)
        self._name_others(given, outputs, derived)
        self._tell_apart()
        self._identifiers = self._as_identifiers()

    def name(self, v: Value) -> str:
        """Return the name of a node in text, which no other node of the graph has."""
        return self._names[id(v)]

    def symbol(self, v: Value) -> Symbol:
        """Return the name of a node for LaTeX."""
        return self._symbols[id(v)]

    def identifier(self, v: Value) -> str:
        """Return the name of a node in Python code: an identifier, no keyword, and no other node's."""
        return self._identifiers[id(v)]

    def __contains__(self, v: Value) -> bool:
        return id(v) in self._names

    def node(self, which: Any, argument: str) -> Value:
        """Return a node that is given itself or by its name; errors call the argument by which it was given.

        TypeError for what is neither, ValueError for a node or name that is not in the graph.
        """
        if isinstance(which, str):
            by_name = self.others | {self._names[id(v)]: v for v in self.order}
            if normal(which) not in by_name:
                raise ValueError(f"no node named {brief(which)} in the graph{near_names(which, by_name)}")
            return by_name[normal(which)]
        if not isinstance(which, Value):
            raise TypeError(f"{argument} takes nodes or their names, not {brief(which)}")
        if which not in self:
            known = near_names(which.label, (v.label for v in self.order if v.label)) if which.label else ""
            raise ValueError(
                f"{which!r} is not in the graph of {self.name(self.order[-1])!r}: the output was not computed from "
                f"it, perhaps from a node of the same name that was recorded later{known}"
            )
        return which

    def _name_given(self, given: Mapping[int, str]) -> None:
        """Name the nodes that have names, and number those that have one in common."""
        counts, seen = Counter(given.values()), Counter[str]()
        for key, name in given.items():
            if name and counts[name] > 1:
                seen[name] += 1
                while f"{name}({seen[name]})" in counts:
                    seen[name] += 1
                self._names[key], self._symbols[key] = f"{name}({seen[name]})", symbol(name).numbered(seen[name])
            elif name:
                self._names[key], self._symbols[key] = name, symbol(name)

    def _name_others(self, given: Mapping[int, str], outputs: Sequence[Value], derived: Collection[int]) -> None:
        """Count the nodes that have no name, by the first letters that no name counts with."""
        ends, taken, seen = {id(v) for v in outputs}, set(given.values()), Counter[str]()
        letters = {stem: _letter(stem, taken) for stem in _COUNTING}
        for v in self.order:
            if given[id(v)]:
                continue
            stem = "L" if id(v) in ends else "c" if v._primitive is None else "t"
            name = _free(letters.get(stem, stem), seen, taken, alone=id(v) in ends and len(outputs) == 1)
            if stem == "t" and id(v) in derived:
                self.others[name] = v
                name = _free(letters["u"], seen, taken, alone=False)
            self._names[id(v)], self._symbols[id(v)] = name, symbol(name)

    def _tell_apart(self) -> None:
        """Number nodes above whose different names LaTeX would set alike."""
        alike = Counter(found.tex for found in self._symbols.values())
        taken = set(alike)
        for v in self.order:
            found = plain = self._symbols[id(v)]
            number = 0
            while alike[plain.tex] > 1 and found.tex in taken:
                number += 1
                found = plain.numbered(number)
            taken.add(found.tex)
            self._symbols[id(v)] = found

    def _as_identifiers(self) -> dict[int, str]:
        found: dict[int, str] = {}
        taken = {"math"}
        for v in self.order:
            name = re.sub(r"\W+", "_", self._names[id(v)][:LONGEST]).strip("_") or "v"
            if name[0].isdigit() or keyword.iskeyword(name) or keyword.issoftkeyword(name):
                name = f"{name}_" if not name[0].isdigit() else f"v{name}"
            unique, count = name, 2
            while unique in taken:
                unique, count = f"{name}_{count}", count + 1
            taken.add(unique)
            found[id(v)] = unique
        return found


def _base(letters: str) -> str:
    if letters in GREEK.values():
        return rf"\{letters}"
    if letters in GREEK:
        return rf"\{GREEK[letters]}"
    return letters if len(letters) == 1 else rf"\mathrm{{{letters}}}"


def _escaped(text: str) -> str:
    """Return text for LaTeX in which no character is a command, and a control character as Python writes it."""
    return "".join(_ESCAPED.get(c, c) for c in visible(text))


def _letter(stem: str, names: Collection[str]) -> str:
    """Return the first letter that may stand for a counting one and that no name bears with a number."""
    used = {match["base"] for match in map(_NAME.fullmatch, names) if match and match["number"]}
    return next((letter for letter in _COUNTING[stem] if letter not in used), stem)


def _free(stem: str, seen: Counter[str], taken: set[str], alone: bool) -> str:
    if alone and stem not in taken:
        taken.add(stem)
        return stem
    while True:
        seen[stem] += 1
        name = f"{stem}{seen[stem]}"
        if name not in taken:
            taken.add(name)
            return name
