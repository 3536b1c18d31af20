"""Whether a derivation says what an explanation has it say: only then the explanation is asserted.

Many wrong formulas have several explanations that give the same numbers by some identity. d·(eᵈ + e⁻ᵈ) / (eᵈ + e⁻ᵈ) is
d, but who wrote d has not written d·eᵈ. So what an explanation claims to be written must be found in the formula:
factors among its factors, and what the wrong places contribute among its terms, multiplied out.
"""

from __future__ import annotations

from .alternatives import is_constant
from .question import Finding, Question
from .written import Written

_WRONG_NUMBERS = ("itself", "other", "inner", "outer", "inverted", "instead", "swapped", "same", "reflected")
_PLAIN = ("dropped", "without", "mask", "paths", "stopped", "negated", "same", "transposed", "two")
_STOPPING = ("paths", "stopped", "held", "mask", "relu")
_NODES = ("with", "extra", "swapped", "instead", "same")


def believed(question: Question, finding: Finding) -> bool:
    """Return whether the formula says what a finding claims; also where there is no formula to be looked at."""
    if finding.is_guess:
        return False
    written = question.written
    if written is None:
        return question.one_number or len(finding.links) < 2 or finding.slip in _PLAIN
    if not any(finding.prediction):  # of what is 0 everywhere no parts can be told
        return finding.slip in _STOPPING
    if finding.slip == "term":
        return (bool(finding.nodes) and abs(finding.number) == 1.0) or question.is_added(finding)
    if finding.slip in _NODES and finding.nodes and not _speaks_of_nodes(question, written, finding):
        return False
    if finding.slip == "without" and not _lacks(question, written, finding):
        return False
    if not finding.nodes and not _speaks_of_number(question, written, finding):
        return False
    return all(not any(part) or written.adds(tuple(question.scale * x for x in part)) for part in finding.parts)


def _speaks_of_nodes(question: Question, written: Written, finding: Finding) -> bool:
    graph, change = question.graph, finding.change
    if finding.slip == "extra" and change is not None:
        return written.has(tuple(change.at(k) for k in range(len(question.hand))))
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
    if finding.slip == "twice":
        link = finding.link
        slot = question.graph.sibling(link)
        other = None if slot is None else question.graph.replay.operands[link.user][slot]
        if is_constant(question.graph, link) or (other is not None and written.has_node(question.graph, other)):
            return True
        return written.has(link.partial)
    if finding.slip not in _WRONG_NUMBERS:
        return True
    return written.has(tuple(change.at(k) for k in range(len(question.hand))))
