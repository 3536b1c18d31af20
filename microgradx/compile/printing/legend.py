"""Legend: what the notation of an explanation means, as far as it is used there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...tables import paragraph
from ..tape.tape import FIRST_ROW, ROWS
from ..tracing.recording import Recording
from .expressions import symbol
from .lines import Lines
from .naming import CAPTURED, UNNAMED, Names
from .step_names import BAR

_INSIDE = r"(?:[^\[\]\n]|\[[^\[\]\n]*\])*"  # of brackets: also other brackets, as in [x[0] > 0]

NOTATION = (
    ("⊙", "⊙: product entry by entry"),
    ("ᵀ", "ᵀ: transposed"),
    (r"([^\s·]+)\[…\]", "{0}: some of {1}, or {1} in another order than that of its indices"),
    (rf"(?<![\w{BAR})])\[({_INSIDE} [<≤>=] {_INSIDE})\]", "{0}: 1 where {1}, else 0"),
    ("σ′", "σ′: the derivative of σ"),
    (r"(?<![\w′])\([^()]*, [^()]*\)", "{0}: these, one after the other"),
    (r"\bselect\(", "select(c, x, y): x where c is not 0, else y"),
    (r"\bdetach\(", "detach(x): x, whose derivative is taken to be 0"),
)
"""Patterns of formulas, and what is said of the first place where one occurs."""

MANY_SINGLE = 6
"""As many leaves shown one by one as are worth advice."""


def legend(recording: Recording, arguments: Sequence[str], names: Names, lines: Lines) -> list[str]:
    """Return a line for each piece of notation that is not obvious, under a heading."""
    text = "\n".join(formula for formula, _ in (*lines.forward, *lines.backward))
    given = [(argument, own) for argument, own in names.inputs.items() if own != [argument]]
    found = [
        f"{argument}: {', '.join([*own[:8], *['…'] * (len(own) > 8)])}{', in this order' * (len(own) > 1)}"
        for argument, own in given
    ]
    if signal := re.search(rf"^(\w){BAR}(\w*)", text, re.MULTILINE):
        of = signal[1] + signal[2]
        mean = "the mean of value over the n rows" if recording.columns else "value"
        found.append(f"{signal[0]}: the error signal of {of}, ∂L/∂{of}, where L is {mean}")
    if gradient := re.search(r"^∂([^\s\[]+)\S* \+=", text, re.MULTILINE):
        adds_up = ", which adds up over the rows" if recording.columns else ""
        found.append(f"∂{gradient[1]} +=: ∂L/∂{gradient[1]}{adds_up}")
    if names.weight and re.search(rf"\b{names.weight}\b", text):
        found.append(f"{names.weight}: {'1/n' if recording.columns else '1'}")
    found += [
        note.format(match[0], *match.groups()) for pattern, note in NOTATION if (match := re.search(pattern, text))
    ]
    found += [_derivative(op) for op in sorted(lines.primes)]
    if lines.has_factors:
        found.append("a line counts as one matrix operation, together with the derivatives that stand in it")
    hot = dict.fromkeys(arguments[c.argument] for c in recording.columns if c.category is not None)
    found += [f"{name}: one-hot, 1 at the index and else 0" for name in hot]
    found += [f"{name}: {_listed(labels)}" for name, labels in names.families.items() if _occurs(name, text)]
    found += [
        f"{name}: by the indices of its labels; the leaves come in another order"
        for name in names.out_of_order
        if _occurs(name, text)
    ]
    found += _single(recording, names)
    found += unlabelled(recording, names, text)
    return ["where", *[line for each in found for line in paragraph(each, "  ", hang="  ")]] if found else []


def unlabelled(recording: Recording, names: Names, text: str | None = None) -> list[str]:
    """Return which leaves without a label each block of them holds, by number; and if it does not occur in a text."""
    found, count = [], len(recording.parameters)
    for kind, what, first in ((UNNAMED, "parameters", 0), (CAPTURED, "other leaves", count)):
        shown = [
            f"{name} {_ranges([i - first for i in numbers])}"
            + (" (not read here)" if text is not None and not _occurs(name, text) else "")
            for name, numbers in names.unlabelled.items()
            if name.startswith(kind)
        ]
        found += [f"{what} without a label, by number: {'; '.join(shown)}"] * bool(shown)
    shown = [f"{name} {_ranges(numbers)}" for name, numbers in names.alike.items()]
    found += [f"leaves with equal labels, by number: {'; '.join(shown)}"] * bool(shown)
    return found


def _single(recording: Recording, names: Names) -> list[str]:
    """Return what to write where many leaves have labels that end in indices, and are yet shown one by one."""
    labels = {v.label for v in (*recording.parameters, *recording.captured)}
    single = [label for label in labels & names.blocks if label[-1:].isdecimal()]
    advice = "leaves whose labels have their indices in brackets, as w[0,1], are shown as one matrix"
    return [advice] if len(single) >= MANY_SINGLE else []


def _listed(labels: Sequence[str]) -> str:
    return ", ".join(labels if len(labels) <= 4 else [*labels[:2], "…", labels[-1]])


def _occurs(name: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _derivative(op: int) -> str:
    rule = getattr(ROWS[op - FIRST_ROW].partials[0], "__name__", "").strip("_")
    also = f", {rule.replace('_', ' ')}" if rule.isidentifier() else ""
    return f"{symbol(op)}′: the derivative of {symbol(op)}{also}"


def _ranges(numbers: list[int]) -> str:
    """Return numbers as ranges, the middle ones left out where they are many.

    >>> _ranges([0, 1, 2, 5, 7, 9, 11, 13])
    '0…2, 5, 7, …, 13'
    """
    runs: list[list[int]] = []
    for i in sorted(numbers):
        if runs and i == runs[-1][-1] + 1:
            runs[-1].append(i)
        else:
            runs.append([i])
    shown = [f"{run[0]}…{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    return ", ".join([*shown[:3], "…", shown[-1]] if len(shown) > 5 else shown)
