"""Names as users write them: one form for each, and the nearest ones for an error message."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable

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
