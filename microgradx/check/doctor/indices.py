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
