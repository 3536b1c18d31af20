"""Names with indices: what they have in common, and which is the transposed one."""

from __future__ import annotations

import re


def stem(name: str) -> str:
    """Return a name without its indices.

    >>> stem("w12"), stem("w_1_2"), stem("w[1,2]"), stem("y(3)"), stem("L_reg")
    ('w', 'w', 'w', 'y', 'L_reg')
    """
    return re.sub(r"[_\W]*\d[\d,_()\[\] ]*$", "", name)


def transposed(name: str) -> str | None:
    """Return a name with its last two indices exchanged, None if it has none.

    >>> transposed("w12"), transposed("w_1_2"), transposed("w2[1,3]"), transposed("b1")
    ('w21', 'w_2_1', 'w2[3,1]', None)
    """
    if match := re.fullmatch(r"(.*\D)(\d)(\d)", name):
        return f"{match[1]}{match[3]}{match[2]}"
    if match := re.fullmatch(r"(.*?)(\d+)([_,])(\d+)(\]?)", name):
        return f"{match[1]}{match[4]}{match[3]}{match[2]}{match[5]}"
    return None


def are_transposed(a: str, b: str) -> bool:
    """Return whether two names differ only in that their two indices are exchanged."""
    return a != b and bool(a) and transposed(a) == b


def shifted(name: str, by: int) -> str | None:
    """Return a name whose only index is another by so many, as of the step in time before; None if it has no such.

    >>> shifted("h3", -1), shifted("h[1]", 1), shifted("h0", -1), shifted("w[1,2]", 1)
    ('h2', 'h[2]', None, None)
    """
    match = re.fullmatch(r"([^\d]*[^\d,])(\d+)(\W?)", name)
    return f"{match[1]}{int(match[2]) + by}{match[3]}" if match and int(match[2]) + by >= 0 else None
