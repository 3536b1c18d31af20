"""Families: labels that are the indices of one matrix, such as A00, A01, …, A22 or w_1, w_2, w_3.

Labels written w1[1,2] say so themselves. Of others, also of w_{12}, w₁₂ and w(1,2), it is believed only where nothing
else can be meant: together they are all the indices of a grid, which counts from 0 or 1 in each direction, and nothing
else bears the matrix's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from math import prod
from typing import NamedTuple

IN_BRACKETS = re.compile(r"([^\[]*)\[([0-9]+(?:, ?[0-9]+)*)\]")

NUMBER = "(?:0|[1-9][0-9]*)"


class Member(NamedTuple):
    """A label as part of a matrix: the matrix's name, and the indices, of which a number alone has none."""

    stem: str
    indices: tuple[int, ...] = ()


def _readings() -> Iterator[re.Pattern[str]]:
    """Yield how labels may be read: w12 as the 12th of w; W_1_2; w12 as w[1,2]; those with the most indices first.

    A name ends in a letter, a digit, a bracket, a prime or an accent: w1-1 and w 1 1 are not read.
    """
    letter, apart = r"(?P<stem>[^\W\d_]", r"(?P<apart>"
    end = r"[^\W_]|[)}⁾′'\u0300-\u036f]"
    bare = rf"{letter}(?:.*(?![0-9])(?:{end}))?)"
    yield re.compile(rf"{bare}_?{apart}{NUMBER})")
    for depth in (4, 3, 2, 1):
        several = "[_,]".join([NUMBER] * depth)
        yield re.compile(rf"{letter}(?:.*(?:{end}))?)_{apart}{several})")
        yield re.compile(rf"{bare}{apart}{several})")
        yield re.compile(rf"{letter}(?:.*(?:{end}))?)_?(?P<digits>[0-9]{{{depth}}})")


READINGS = tuple(_readings())

ENDS = tuple("0123456789₀₁₂₃₄₅₆₇₈₉)}")
"""What labels end in that have indices without square brackets."""

LOWERED = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")

_LIST = "[0-9]+(?:, ?[0-9]+)*"
SET_APART = re.compile(rf"(?:_\{{({_LIST})\}}|\(({_LIST})\)|([₀-₉]+(?:,[₀-₉]+)*))$")
"""Indices at the end of a label, in braces, in brackets, or lowered."""


def _read(reading: re.Pattern[str], label: str) -> re.Match[str] | None:
    """Return how a label is read, its indices as digits after an underscore: w_{1,2}, w(1,2), w₁₂ as w_1,2 and w_12."""
    found = SET_APART.search(label)
    if not found:
        return reading.fullmatch(label)
    stem = label[: found.start()]
    match = reading.fullmatch(f"{stem}_{found[found.lastindex or 0].replace(' ', '').translate(LOWERED)}")
    return match if match and match["stem"] == stem else None


def grids(labels: Iterable[str], taken: Iterable[str] = ()) -> dict[str, Member]:
    """Return of what matrix labels without brackets are the indices; names that are taken are those of other things.

    >>> found = grids(["A00", "A01", "A10", "A11", "b_1", "b_2", "w[2,3]", "c1", "x7", "x8"])
    >>> for label, member in found.items():
    ...     print(label, *member)
    A00 A (0, 0)
    A01 A (0, 1)
    A10 A (1, 0)
    A11 A (1, 1)
    b_1 b (1,)
    b_2 b (2,)
    """
    distinct = dict.fromkeys(labels)
    plain = [label for label in distinct if label[-1:] in ENDS and label.isprintable()]
    if len(plain) < 2:
        return {}
    used = {*taken, *(label.partition("[")[0] for label in distinct)}
    found: dict[str, Member] = {}
    claimed: list[str] = []
    for reading in READINGS:
        tried = [(label, _read(reading, label)) for label in plain if label not in found]
        read = [(label, match) for label, match in tried if match]
        for stem, group in _by_stem(read).items():
            if stem not in used and _is_grid(group.values()):
                found |= {label: Member(stem, indices) for label, indices in group.items()}
                claimed.append(stem)
    return {label: found[label] for label in distinct if label in found and claimed.count(found[label].stem) == 1}


def in_brackets(label: str) -> Member:
    """Return the name of a label's matrix and the indices, of which there may be none.

    >>> in_brackets("w1[2,3]"), in_brackets("b")
    (Member(stem='w1', indices=(2, 3)), Member(stem='b', indices=()))
    """
    found = IN_BRACKETS.fullmatch(label)
    return Member(found[1], tuple(map(int, found[2].split(",")))) if found else Member(label.partition("[")[0])


def _by_stem(read: Iterable[tuple[str, re.Match[str]]]) -> dict[str, dict[str, tuple[int, ...]]]:
    """Return the indices of labels, by the name of the matrix."""
    found: dict[str, dict[str, tuple[int, ...]]] = {}
    for label, match in read:
        parts = match.groupdict()
        index = re.split("[_,]", parts["apart"]) if "apart" in parts else parts["digits"]
        found.setdefault(parts["stem"], {})[label] = tuple(map(int, index))
    return found


def _is_grid(group: Iterable[tuple[int, ...]]) -> bool:
    """Return whether indices are all of a grid of several, each once, that counts from 0 or 1 in each direction."""
    indices = sorted(group)
    each = [sorted(set(column)) for column in zip(*indices, strict=True)]
    full = len(indices) > 1 and all(a != b for a, b in pairwise(indices)) and len(indices) == prod(map(len, each))
    return full and all(along[0] in (0, 1) and along[-1] - along[0] == len(along) - 1 for along in each)
