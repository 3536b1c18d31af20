"""Nodes of a tape as a person would write them, in the names of the nodes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from .tape import CONSTANT, INPUT, LESS, LESS_EQUAL, NONE, PARAMETER, SUM, Tape, name

_WITHIN = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
"""What stands in parentheses or brackets and holds no others."""

_LONG_GROUP = re.compile(r"\((?:[^()]|\(…\)){9,}\)")
"""What stands in parentheses, many letters long, and holds no others but those left out."""

_LEFT_OUT = re.compile(r"…( [+-] …)+")

COMPARED = ("<", "<=", ">", ">=", "==")
INFIX = {"sub": " - ", "mul": "*", "div": " / ", "pow": "**", "equal": " == ", "less": " < ", "less or equal": " <= "}


def comparison(tape: Tape, names: Mapping[int, str], node: int, turned: bool) -> str:
    """Return a guard as it was written, such as "x[0] > 0.0"; `turned` says that it was a > or >=.

    >>> import numpy as np
    >>> from microgradx.compile.tape.tape import Builder
    >>> b = Builder()
    >>> (x,), (zero,) = b.leaves(INPUT, [0]), b.leaves(CONSTANT, [0.0])
    >>> less = b.rows(LESS, [[zero, x]])
    >>> comparison(b.tape(), {0: "x[0]"}, 2, True)
    'x[0] > 0.0'
    """
    op = int(tape.op[node])
    if op not in (LESS, LESS_EQUAL):
        return expression(tape, names, node)
    a, b = (expression(tape, names, i) for i in _operands(tape, node))
    sign = {(LESS, False): "<", (LESS_EQUAL, False): "<=", (LESS, True): ">", (LESS_EQUAL, True): ">="}[op, turned]
    return f"{b} {sign} {a}" if turned else f"{a} {sign} {b}"


def told_apart(names: Mapping[int, str]) -> dict[int, str]:
    """Return names of which no two are alike: x for the first node of that name, then x#2, x#3.

    >>> told_apart({0: "x", 4: "y", 7: "x"})
    {0: 'x', 4: 'y', 7: 'x#2'}
    """
    found, count = {}, Counter[str]()
    for node in sorted(names):
        name = names[node]
        count[name] += 1
        found[node] = name if count[name] == 1 else f"{name}#{count[name]}"
    return found


def expression(tape: Tape, names: Mapping[int, str], node: int, depth: int = 4) -> str:
    """Return a node in the names of those that it is computed from, with "…" for what lies deeper.

    >>> from microgradx.compile.tape.tape import Builder
    >>> b = Builder()
    >>> x, y, z = b.leaves(INPUT, [0, 1, 2])
    >>> s = b.sums([[x, z]], [[y, NONE]], [[1.0, -1.0]])
    >>> expression(b.tape(), {0: "x", 1: "y", 2: "z"}, 3)
    'x*y - z'
    """
    op = int(tape.op[node])
    if node in names:
        return names[node]
    if op == CONSTANT:
        return repr(float(tape.number[node]))
    if op in (PARAMETER, INPUT):
        return f"{name(op)} {int(tape.number[node])}"
    if not depth:
        return "…"
    if op == SUM:
        return _sum(tape, names, node, depth - 1)
    return written(name(op), [expression(tape, names, i, depth - 1) for i in _operands(tape, node)])


def written(kind: str, parts: Sequence[str]) -> str:
    """Return an operation in the words for its operands.

    >>> written("div", ["x + 1.0", "y"]), written("max", ["a", "b", "c", "d", "e"])
    ('(x + 1.0) / y', 'max(a, b, …, e)')
    """
    if kind in INFIX:
        return INFIX[kind].join(map(_atom, parts))
    if kind == "neg":
        return f"-{_atom(parts[0])}"
    return " + ".join(_few(parts)) if kind == "add" else f"{kind}({', '.join(_few(parts))})"


def elided(text: str, width: int) -> str:
    """Return what a person wrote, such as a sum, in about so many letters: its begin and its end.

    Parentheses stay closed, and of a comparison both sides stay.

    >>> elided("w0*x[0] + w1*x[1] + w2*tanh(x[2] + x[3]*y) > 0.0", 30)
    'w0*x[0] + … + w2*tanh(…) > 0.0'
    """
    if len(text) <= width:
        return text
    while len(text) > width and text != (text := _LONG_GROUP.sub("(…)", text)):
        pass
    words = _words(text)
    place = next((i for i, word in enumerate(words) if word in COMPARED), len(words))
    if place < len(words) - 2:  # on its right side, too, there are words to leave out
        sides = (" ".join(words[:place]), " ".join(words[place + 1 :]))
        return f" {words[place]} ".join(elided(side, width // 2) for side in sides)
    begin, end = words[:-4], words[-4:]
    while len(begin) > 2 and len(" ".join([*begin, "…", *end])) > width:
        begin = begin[: 2 * ((len(begin) - 1) // 2)]
    left_out = ["…"] * (len(begin) + len(end) < len(words))
    return _LEFT_OUT.sub("…", " ".join([*begin, *left_out, *end]))


def _words(text: str) -> list[str]:
    """Split a text at its spaces, but for those in parentheses and brackets.

    >>> _words("w[1, 2]*(x - 1.0) > y")
    ['w[1, 2]*(x - 1.0)', '>', 'y']
    """
    words = [""]
    for part in text.split(" "):
        begun = words[-1]
        if begun.count("(") > begun.count(")") or begun.count("[") > begun.count("]"):
            words[-1] = f"{begun} {part}"
        else:
            words.append(part)
    return words[1:]


def _sum(tape: Tape, names: Mapping[int, str], node: int, depth: int) -> str:
    terms = []
    for t in range(tape.start[node], tape.start[node + 1]):
        factors = [int(i) for i in (tape.left[t], tape.right[t]) if i != NONE]
        shown = [expression(tape, names, i, depth) for i in factors]
        product = "*".join(map(_atom, shown)) if len(shown) == 2 else shown[0]
        terms.append(f"- {_atom(product)}" if tape.sign[t] < 0 else f"+ {product}")
    text = " ".join(_few(terms))
    return text[2:] if text.startswith("+") else f"-{text[2:]}"


def _operands(tape: Tape, node: int) -> list[int]:
    found: list[int] = tape.left[tape.start[node] : tape.start[node + 1]].tolist()
    return found


def _atom(text: str) -> str:
    """Put a sum or a quotient in parentheses.

    >>> _atom("x + f(y, z)"), _atom("f(y, z)")
    ('(x + f(y, z))', 'f(y, z)')
    """
    bare = text
    while bare != (bare := _WITHIN.sub("", bare)):
        pass
    return f"({text})" if " " in bare else text


def _few(parts: Sequence[str]) -> Sequence[str]:
    return parts if len(parts) <= 4 else [*parts[:2], "…", parts[-1]]
