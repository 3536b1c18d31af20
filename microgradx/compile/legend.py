"""Legend: what the notation of an explanation means, as far as it is used there."""

from __future__ import annotations

from collections.abc import Sequence

from .derivation import Derivation
from .formulas import symbol
from .naming import BAR, Names
from .recording import Recording
from .tape import FIRST_ROW, ROWS


def legend(recording: Recording, arguments: Sequence[str], names: Names, lines: Derivation) -> list[str]:
    """Return a line for each piece of notation that is not obvious, under a heading."""
    text = "\n".join(formula for formula, _ in (*lines.forward, *lines.backward))
    sizes = {size for _, size in (*lines.forward, *lines.backward)}
    signal = next((word for word in text.split() if BAR in word and word[0] != "∂"), "")
    notes = [
        (bool(signal), f"{signal}: the error signal ∂L/∂{signal.replace(BAR, '')}, where L is the mean of value over n rows"),
        ("weight" in text, "weight: 1/n"),
        ("+=" in text, "+=: summed over the rows"),
        ("⊙" in text, "⊙: product entry by entry"),
        ("ᵀ" in text, "ᵀ: transposed"),
        ("σ′" in text, "σ′: the derivative of σ"),
        (any(" terms each" in size for size in sizes), "on the right: how many numbers, and of how many terms each is a sum"),
        ("[" in text and (" > 0]" in text or " = " in text.replace("] =", "") and "= " in text), ""),
    ]
    found = [note for there, note in notes if there and note]
    for op in sorted(lines.primes):
        rule = getattr(ROWS[op - FIRST_ROW].partials[0], "__name__", "").strip("_")
        found.append(f"{symbol(op)}′: its derivative" + (f", {rule.replace('_', ' ')}" if rule.isidentifier() else ""))
    hot = dict.fromkeys(arguments[c.argument] for c in recording.columns if c.category is not None)
    found += [f"{name}: one-hot, 1 at the index and else 0" for name in hot]
    found += [f"{name}: {_numbers(places)}, without a label" for name, places in names.unlabelled.items()]
    return ["where", *[f"  {each}" for each in found]] if found else []


def _numbers(places: list[int]) -> str:
    places = sorted(places)
    runs: list[list[int]] = []
    for place in places:
        if runs and place == runs[-1][-1] + 1:
            runs[-1].append(place)
        else:
            runs.append([place])
    shown = [f"{run[0]}…{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]
    listed = ", ".join([*shown[:3], "…", shown[-1]] if len(shown) > 5 else shown)
    return f"{'leaves' if len(places) > 1 else 'leaf'} {listed}"
