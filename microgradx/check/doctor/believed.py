"""Whether a derivation says what an explanation has it say: only then the explanation is asserted.

Many wrong formulas have several explanations that give the same numbers by some identity. d·(eᵈ + e⁻ᵈ) / (eᵈ + e⁻ᵈ) is
d, but who wrote d has not written d·eᵈ. So what an explanation claims to be written must be found in the formula:
factors among its factors, and what the wrong places contribute among its terms, multiplied out.
"""

from __future__ import annotations

import math

from .alternatives import is_constant
from .links import Graph
from .question import STANDING, Finding, Question
from .telling import COMMON
from .written import Written

_PLAIN = ("dropped", "without", "mask", "paths", "stopped", "negated", "same", "transposed", "two")
_STOPPING = ("paths", "stopped", "held", "mask", "relu")
_DROPPED = ("dropped", "without", "missing", "product", "with")
_FORMS = ("itself", "other", "outer")
_OF_THE_WHOLE = ("term", "product", "two")
_BY_NODES = ("swapped", "instead", "same", "shifted")
_NODES = ("with", "extra", *_BY_NODES)


def believed(question: Question, finding: Finding) -> bool:
    """Return whether the formula says what a finding claims; also where there is no formula to be looked at."""
    if finding.is_guess:
        return False
    written = question.written
    told_anyway = finding.scale > 0.0 and finding.slip in ("sign", *_STOPPING)
    if not told_anyway and any(is_machinery(question.graph, i) for i in _told_of(finding)):
        return False
    if written is None:
        return question.one_number or len(finding.links) < 2 or finding.slip in _PLAIN
    if not any(finding.prediction):  # of what is 0 everywhere no parts can be told
        return finding.slip in _STOPPING
    if finding.is_from_nowhere and not finding.is_sign and not _is_accounted_for(question, written, finding.number):
        return False
    if finding.slip in (*_DROPPED, *STANDING) and written.cancels():
        return False
    if finding.slip == "reflected":  # 1/exp(−x) is the same number as exp(x), but not that function
        opposite = tuple(-x for x in question.graph.operand(finding.link.user, 0))
        if not written.applies(opposite):
            return False
    if finding.slip in _FORMS and not _speaks_of_form(question, written, finding):
        return False
    if finding.slip == "term":
        return (bool(finding.nodes) and abs(finding.number) == 1.0) or question.is_added(finding)
    if finding.slip in _NODES and finding.nodes and not _speaks_of_nodes(question, written, finding):
        return False
    if finding.slip == "without" and not _lacks(question, written, finding):
        return False
    if not finding.nodes and not _speaks_of_number(question, written, finding):
        return False
    return all(not any(part) or written.adds(tuple(question.scale * x for x in part)) for part in finding.parts)


def doubt(question: Question, finding: Finding) -> str:
    """Return why the formula's own words should be looked at before a finding is told; "" where they need not be.

    It may be one of many ways to say the same: it is "roundabout" where it is about the whole and no step on the way,
    or about a node that the formula does not name; "either" where a wrong name would do the same; "held" where the
    formula names numbers that are the same at all points.
    """
    written = question.written
    if written is None or (finding.slip == "sign" and finding.scale > 0.0):
        return ""
    if finding.slip == "missing":
        return "either"
    named = set(finding.nodes) <= set(written.places) or (
        finding.slip == "with" and finding.link.user in written.places
    )
    if finding.slip in _OF_THE_WHOLE or finding.scale < 0.0 or (finding.slip in ("extra", "with") and not named):
        return "roundabout"
    if written.cancels():
        return "roundabout"
    if finding.slip == "without" and finding.nodes:
        return "either"
    return "held" if written.holds else ""


def _told_of(finding: Finding) -> set[int]:
    return {*finding.nodes, *(i for link in finding.links for i in (link.user, link.operand))}


def _is_accounted_for(question: Question, written: Written, factor: float) -> bool:
    """Return whether a factor may be in the formula, or is a number with a name that the formula has not."""
    named = (c for c in question.constants if abs(c) not in COMMON and c)
    return written.accounts_for(factor) or any(math.isclose(abs(factor), 1.0 / abs(c), rel_tol=1e-9) for c in named)


def is_machinery(graph: Graph, i: int, depth: int = 3) -> bool:
    """Return whether a node without a name only serves to compute another safely, as exp(z − max(z)) in a softmax."""
    p = graph.primitive(i)
    if i in graph.named or p is None:
        return False
    below = [j for j in graph.replay.operands[i] if j is not None]
    return p.name == "detach" or (depth > 0 and any(is_machinery(graph, j, depth - 1) for j in below))


def _speaks_of_form(question: Question, written: Written, finding: Finding) -> bool:
    """Return whether the operand and the result that a wrong derivative is made of, as 1 − y², are in the formula."""
    ends = [finding.link.operand, finding.link.user]
    if finding.slip != "outer":
        ends.reverse()
    return all(written.speaks_of(question.graph, i) for k, i in enumerate(ends) if f"{{{k}}}" in finding.form)


def _speaks_of_nodes(question: Question, written: Written, finding: Finding) -> bool:
    graph, change = question.graph, finding.change
    if finding.slip == "extra" and change is not None:
        return written.has(tuple(change.at(k) for k in range(len(question.hand))))
    if finding.slip in _BY_NODES:
        return all(written.speaks_of(graph, i) for i in finding.nodes)
    if all(written.has_node(graph, i) for i in finding.nodes):
        return True
    if finding.slip != "with" or change is None:
        return False
    new = tuple(change.at(k) for k in range(len(question.hand)))
    return len(set(new)) == 1 or written.has(new) or written.divides(graph, finding.node)  # 1/w for c/w²


def _lacks(question: Question, written: Written, finding: Finding) -> bool:
    """Return whether a derivative without a factor w is there, or else a division by w that is too many."""
    change, link = finding.change, finding.link
    if change is None or change.number is not None or question.graph.sibling(link) is not None:
        return True
    new = tuple(change.at(k) for k in range(len(question.hand)))
    return len(set(new)) == 1 or written.has(new) or written.divides(question.graph, finding.node)


def _speaks_of_number(question: Question, written: Written, finding: Finding) -> bool:
    """Return whether the number is a factor that is claimed to stand in place of a local derivative, or beside it."""
    change = finding.change
    if finding.slip == "extra":
        return is_constant(question.graph, finding.link) or written.has(finding.link.partial)
    if change is None or change.number is not None:
        return True
    if finding.slip == "inverted" and not written.computes(finding.link.partial):
        return False
    if finding.slip == "twice":
        link = finding.link
        slot = question.graph.sibling(link)
        other = None if slot is None else question.graph.replay.operands[link.user][slot]
        if is_constant(question.graph, link) or (other is not None and written.has_node(question.graph, other)):
            return True
        return written.has(link.partial)
    if finding.slip not in STANDING:
        return True
    return written.has(tuple(change.at(k) for k in range(len(question.hand))))
