"""What differs between two recordings of one function, which should be the same."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...engine import Value
from ..tape.tape import CONSTANT, Floats, Tape
from .recording import Recording


def difference(before: Recording, now: Recording) -> str:
    """Return what differs between two recordings, for people; "" if nothing does."""
    a, b = before.packed, now.packed
    if now.expected != before.expected:
        return "it takes another branch, where no comparison of traced numbers says so"
    if not _same_structure(a, b):
        m, n = before.size[0], now.size[0]
        return f"it then took {m} nodes, and takes {n} now" if m != n else "its operations differ"
    numbers = np.flatnonzero(~_alike(a.number, b.number))
    if len(numbers):
        i = int(numbers[0])
        what = "the constant" if a.op[i] == CONSTANT else "an entry"
        more = f" (and {len(numbers) - 1} others)" if len(numbers) > 1 else ""
        return f"{what} {float(a.number[i])!r} is {float(b.number[i])!r} now{more}"
    if len(before.captured) != len(now.captured):
        return "it uses other leaves"
    for v, u in zip(before.captured, now.captured, strict=True):
        if v is not u and not _same(v, u):
            return f"a leaf that it makes{f' ({v.label!r})' if v.label else ''} was {v.data!r} and is {u.data!r} now"
    return ""


def other_leaves(before: Recording, now: Recording, again: Recording) -> str:
    """Return what differs if Values that are made elsewhere are others; those made in the function are so each time."""
    triples = zip(before.captured, now.captured, again.captured, strict=True)
    return "it uses other leaves" if any(v is not u and u is w for v, u, w in triples) else ""


def same(before: Recording, now: Recording) -> bool:
    """Return whether two recordings are the same path: the same tape and choices under the same guards."""
    a, b = before.packed, now.packed
    return (
        now.expected == before.expected
        and now.choices == before.choices
        and now.decisions == before.decisions
        and _same_structure(a, b)
        and bool(_alike(a.number, b.number).all())
        and np.array_equal(a.outputs["guards"], b.outputs["guards"])
    )


def _same_structure(a: Tape, b: Tape) -> bool:
    columns = ("op", "start", "left", "right", "sign", "split", "width")
    return len(a) == len(b) and all(np.array_equal(getattr(a, c), getattr(b, c)) for c in columns)


def _same(v: Value, u: Value) -> bool:
    return bool(_alike(np.array(v.data), np.array(u.data)))


def _alike(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return where numbers are the same, NaN among them; 0.0 and −0.0 are not."""
    return np.asarray(((x == y) & (np.signbit(x) == np.signbit(y))) | (np.isnan(x) & np.isnan(y)))
