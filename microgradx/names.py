"""Names as users write them: one form for each, and the nearest ones for an error message."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any

_SPACE_IN_INDICES = re.compile(r"\s+(?=[^\[\]]*\]$)")


def normal(name: str) -> str:
    """Return a name as Python itself stores it, so that both signs for μ are one name, and indices without spaces.

    >>> normal("\\u00b5") == normal("\\u03bc")
    True
    >>> normal("w1[2, 3]")
    'w1[2,3]'
    """
    return _SPACE_IN_INDICES.sub("", unicodedata.normalize("NFKC", name))


def near_names(name: str, known: Iterable[str]) -> str:
    """Return the end of an error message: the known names most like this one, or else which names there are.

    >>> near_names("lamda", ["w", "lambda"])
    "; did you mean 'lambda'?"
    """
    names = list(known)
    close = [other for other in names if other.casefold() == name.casefold()]
    close = close or difflib.get_close_matches(name, names, n=3)
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    if not names:
        return "; there are no names at all"
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"; there are {', '.join(map(repr, names[:12]))}{more}"


def place(*nodes: Any) -> str:
    """Return how an error names the operands: their labels, or what computed them."""
    named = [v for v in nodes if getattr(v, "_rank", 0) == 1 and (v.label or v._op)]
    return " at " + ", ".join(repr(v.label or v._op) for v in named) if named else ""


def labels(names: dict[str, Any] | None) -> dict[int, str]:
    """Return id → name for the Values in `names`, as `locals()` gives it; a node's own label is not overridden.

    >>> from microgradx import Value
    >>> a = Value(1.0)
    >>> labels({"a": a, "n": 3})[id(a)]
    'a'
    """
    found: dict[int, str] = {}
    for name, v in (names or {}).items():
        if getattr(v, "_rank", 0) == 1 and not name.startswith("_"):
            found.setdefault(id(v), name)
    return found
