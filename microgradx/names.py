"""Names as users write them: one form for each, and the nearest ones for an error message."""

from __future__ import annotations

import difflib
import re
import reprlib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_SPACE_IN_INDICES = re.compile(r"\s+(?=[^\[\]]*\])")
_DEEPEST = 4  # lists inside each other; one that holds itself ends there


def normal(name: str) -> str:
    """Return a name as Python itself stores it, so that both signs for μ are one name, and its indices in one bracket.

    >>> normal("\\u00b5") == normal("\\u03bc")
    True
    >>> normal("w1[2, 3]")
    'w1[2,3]'
    >>> normal("w[2][3]")
    'w[2,3]'
    """
    found = unicodedata.normalize("NFKC", name)
    return _SPACE_IN_INDICES.sub("", found).replace("][", ",") if found.endswith("]") else found


def barred(name: str) -> str:
    """Return the name of an error signal in letters that all keyboards have: y_bar, and h_bar[0] for that of h[0].

    >>> barred("y"), barred("w2[1,3]")
    ('y_bar', 'w2_bar[1,3]')
    """
    base, bracket, indices = name.partition("[")
    return f"{base}_bar{bracket}{indices}"


def visible(text: str) -> str:
    r"""Return the text with every control character written out, as Python writes it.

    >>> print(visible("two\nlines"))
    two\nlines
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def near_names(name: str, known: Iterable[str], beside: Iterable[str] = ()) -> str:
    """Return the end of an error message: the known names most like this one, or else which names there are.

    Names `beside` those are found, and not listed. Of a list's name, entries are told.

    >>> near_names("lamda", ["w", "lambda"]), near_names("λ", ["w", "lambda"])
    ("; did you mean 'lambda'?", "; did you mean 'lambda'?")
    >>> near_names("w", ["x", "w[0]", "w[1]"])
    "; it is a list, with the entries 'w[0]', 'w[1]'"
    """
    names = list(known)
    if entries := [other for other in names if other.startswith(f"{name}[")]:
        more = ", …" if len(entries) > 3 else ""
        return f"; it is a list, with the entries {', '.join(map(repr, entries[:3]))}{more}"
    spelt = {other: _spelt(other) for other in (*names, *beside)}
    own = _spelt(name)
    spellings = [own] if own in spelt.values() else difflib.get_close_matches(own, spelt.values())
    close = [other for spelling in dict.fromkeys(spellings) for other in spelt if spelt[other] == spelling]
    if close:
        return f"; did you mean {' or '.join(map(repr, close))}?"
    if not names:
        return "" if spelt else "; there are no names at all"
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return f"; there are {', '.join(map(repr, names[:12]))}{more}"


def _spelt(name: str) -> str:
    """Return a name in small letters, and a letter of another alphabet by what it is called: λ as "lamda"."""
    return (unicodedata.name(name, name).split()[-1] if len(name) == 1 else name).casefold()


class _Brief(reprlib.Repr):
    """Of lists the first few entries, of all else the first line."""

    def repr_instance(self, x: Any, level: int) -> str:
        line, more, _ = repr(x).partition("\n")
        return line if len(line) <= self.maxother and not more else f"{line[: self.maxother]} …"


_BRIEF = _Brief()
_BRIEF.maxlist = _BRIEF.maxtuple = _BRIEF.maxdict = _BRIEF.maxset = 3
_BRIEF.maxstring = _BRIEF.maxother = 100


def brief(x: Any) -> str:
    """Return how Python writes what a user gave, short enough for an error message, however long the list.

    >>> brief([[0.5] * 200] * 1000)
    '[[0.5, 0.5, 0.5, ...], [0.5, 0.5, 0.5, ...], [0.5, 0.5, 0.5, ...], ...]'
    """
    return _BRIEF.repr(x)


def place(*nodes: Any) -> str:
    """Return how an error names the operands: their labels, or what computed them."""
    named = [v for v in nodes if getattr(v, "_rank", 0) == 1 and (v.label or v._op)]
    return " at " + ", ".join(repr(v.label or v._op) for v in named) if named else ""


def unpacked(names: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield names with what they stand for, variables first, then the entries of lists: s[0], or s[0,1] for s[0][1].

    >>> list(unpacked({"s": [1.5, [2.5, 3.5]], "t": 0.5}))
    [('t', 0.5), ('s[0]', 1.5), ('s[1,0]', 2.5), ('s[1,1]', 3.5)]
    >>> from collections import namedtuple
    >>> list(unpacked({"step": namedtuple("Step", "node")(2.5)}))
    [('step', Step(node=2.5))]
    """
    lists = []
    for name, x in names.items():
        if _is_list(x):
            lists.append((name, x))
        else:
            yield name, x
    for name, entries in lists:
        for indices, x in _entries(entries, ()):
            yield f"{name}[{','.join(map(str, indices))}]", x


def _is_list(x: Any) -> bool:
    """Return whether entries of it are named by their indices; those of a named tuple, as a step is, have others."""
    return isinstance(x, list) or type(x) is tuple


def _entries(entries: Iterable[Any], above: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Any]]:
    for i, x in enumerate(entries):
        if not _is_list(x):
            yield (*above, i), x
        elif len(above) < _DEEPEST - 1:
            yield from _entries(x, (*above, i))


def labels(names: Mapping[str, Any] | None) -> dict[int, str]:
    """Return id → name for the Values in `names`, as `locals()` gives it; a node's own label is not overridden.

    Values in lists are called by their indices, as the parameters of layers are: s[0], and s[0,1] for s[0][1].

    >>> from microgradx import Value
    >>> a, b = Value(1.0), Value(2.0)
    >>> found = labels({"s": [a, b], "a": a, "n": 3})
    >>> found[id(a)], found[id(b)]
    ('a', 's[1]')
    """
    found: dict[int, str] = {}
    for name, v in unpacked(names or {}):
        if getattr(v, "_rank", 0) == 1 and not name.startswith("_"):
            found.setdefault(id(v), name)
    return found
