"""LaTeX set as plain text, with the signs that Unicode has for mathematics."""

from __future__ import annotations

import re

from .latex_parts import Part, read

_COMBINING = {"bar": "\u0304", "overline": "\u0304", "hat": "\u0302"}
_RAISED = str.maketrans("0123456789+−-()", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_FRACTIONS = {("1", "2"): "½", ("1", "3"): "⅓", ("2", "3"): "⅔", ("1", "4"): "¼", ("3", "4"): "¾", ("1", "8"): "⅛"}


def text(tex: str) -> str:
    r"""Return LaTeX as one line of plain text.

    >>> text(r"\bar{w} = \frac{1}{2}\left(y - t\right)^{2}")
    'w̄ = ½(y − t)²'
    >>> text(r"-\frac{-0.7}{20}")
    '−(−0.7/20)'
    """
    return _text(read(tex))


def _text(parts: tuple[Part, ...]) -> str:
    found = ""
    for i, part in enumerate(parts):
        piece = _piece(part)
        if part.kind == "sign" and part.text in "+−=←→≈≤≥∈>" and (found and found[-1] not in "([ "):
            piece = f" {piece} "
        elif part.kind == "sign" and part.text == ",":
            piece = ", "
        elif part.kind == "function" and i + 1 < len(parts):
            piece = piece if parts[i + 1].kind == "fence" or parts[i + 1].text == "(" else f"{piece} "
        if i and parts[i - 1].kind == "function" and _is_compound(part):
            found, piece = found.rstrip(), f"({piece})"
        elif part.kind == "fraction" and piece[:1] == found.rstrip()[-1:] == "−":  # −−0.7/20 would be a riddle
            piece = f"({piece})"
        found += piece
    return re.sub(r" +", " ", found).strip()


def _is_compound(part: Part) -> bool:
    """Return whether an argument needs parentheses on one line, where neither size nor a stroke shows its end."""
    return part.kind in ("fraction", "root") or (part.kind == "script" and "^" in part.text)


def _piece(part: Part) -> str:
    kind = part.kind
    if kind == "space":
        return "·" if part.text == "," else " "
    if kind == "script":
        return _scripted(part)
    if kind == "accent":
        inner = _text(part.parts)
        return inner[:1] + _COMBINING[part.text] + inner[1:]
    if kind == "fence":
        return part.text[0] + _text(part.parts) + part.text[-1]
    if kind == "fraction":
        above, below = (_text((each,)) for each in part.parts)
        return _FRACTIONS.get((above, below)) or f"{_closed(above, ' +−')}/{_closed(below, ' +−·/')}"
    if kind == "root":
        return f"√{_closed(_text(part.parts), ' +−·/')}"
    if kind == "matrix":
        return f"[{'; '.join(', '.join(_text(entry.parts) for entry in row.parts) for row in part.parts)}]"
    if kind == "under":
        return f"⋯ ({_text(part.parts[1:])} more)"
    return _text(part.parts) if kind == "row" else part.text


def _scripted(part: Part) -> str:
    base, *scripts = part.parts
    found = _piece(base)
    for sign, script in zip(part.text, scripts, strict=True):
        written = _text((script,))
        table, allowed = (_RAISED, "0123456789−-+") if sign == "^" else (_LOWERED, "0123456789")
        if all(c in allowed for c in written):
            found += written.translate(table)
        else:
            found += sign + (f"({written})" if written[:1] == "−" else _closed(written, " +−·/,^"))
    return found


def _closed(written: str, breaking: str) -> str:
    """Return a formula in parentheses if one of these characters stands outside of its own parentheses."""
    depth = 0
    for c in written[1:] if written[:1] == "−" else written:
        depth += (c in "([") - (c in ")]")
        if not depth and c in breaking:
            return f"({written})"
    return written
