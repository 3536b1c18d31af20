"""A derivation that stands on an error signal which is known only with the one that it derives, or after it."""

from __future__ import annotations

from ...sweep import nodes
from .evidence import Evidence
from .explanation import Explanation


def circle(evidence: Evidence, index: int) -> Explanation | None:
    """Return what a row's derivation names that is not known before it; None if it stands on signals of later nodes.

    In reverse topological order the signals of the nodes that are computed from v are known before that of v.
    """
    case = evidence.cases[index]
    row = evidence.call(case.node)
    for name, u in case.derivation.signals.items():
        if u is not case.node and any(v is case.node for v in nodes(u)):
            continue
        which = "is what is asked for" if u is case.node else f"is of a node that is not computed from {row}"
        text = f"{name} {which}; a derivation stands on error signals of nodes that are computed from {row}"
        return Explanation("circle", text, u, evidence.call(u))
    return None


def beside(found: Explanation | None, circular: Explanation | None, agrees: bool) -> Explanation | None:
    """Return the explanation of a row, or that it goes in a circle, which is told first where both are the case."""
    if circular is None:
        return found
    if agrees or found is None or not found.certain:
        return circular
    return found.saying(f"{circular.text.partition(';')[0]}; {found.text}")
