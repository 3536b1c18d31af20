"""Abridged: many lines as few, where they repeat, as the steps of a recurrent net do, or where they are too many."""

from __future__ import annotations

import re
from collections.abc import Sequence

WORTH = 4
"""As many lines less as make it worth to leave out steps."""

LONGEST = 40
"""As many lines as may make up one step of what repeats."""


def abridged(lines: Sequence[str], limit: int | None) -> list[str]:
    """Return the lines, at most about `limit` of them: of steps that differ in numbers alone, the first and the last.

    >>> print(*abridged([f"h{i} = tanh(h{i - 1})" for i in range(1, 9)] + ["y = h8"], 10), sep="\\n")
    h1 = tanh(h0)
    ⋮  6 times more, with other numbers
    h8 = tanh(h7)
    y = h8
    >>> abridged(["a", "b", "c", "d"], 2)
    ['a', 'b', '⋮  2 more lines: explain(limit=None) shows all']
    """
    if limit is None:
        return list(lines)
    kinds = [re.sub(r"[\d.₀-₉]+", "#", line).rstrip() for line in lines]
    kinds = [re.sub(r"\s{2,}", "  ", kind) for kind in kinds]
    found: list[str] = []
    i = 0
    while i < len(lines):
        period, times = _repetition(kinds, i)
        if (times - 2) * period >= WORTH:
            last = i + (times - 1) * period
            more = f"{times - 2} times" if times > 3 else "once"
            found += [*lines[i : i + period], f"⋮  {more} more, with other numbers"]
            found += lines[last : last + period]
            i = last + period
        else:
            found.append(lines[i])
            i += 1
    if len(found) > limit:
        cut = len(found) - limit
        found = [*found[:limit], f"⋮  {cut} more lines: explain(limit=None) shows all"]
    return found


def _repetition(kinds: list[str], begin: int) -> tuple[int, int]:
    """Return the period of the lines from `begin` on that leaves out most of them, and how often it comes."""
    best = (1, 1)
    for period in range(1, min(LONGEST, (len(kinds) - begin) // 2) + 1):
        times = 1
        at = begin + period
        while kinds[at : at + period] == kinds[begin : begin + period]:
            times, at = times + 1, at + period
        if (times - 2) * period > (best[1] - 2) * best[0]:
            best = (period, times)
    return best
