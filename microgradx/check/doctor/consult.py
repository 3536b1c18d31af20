"""The doctor: looks at the rows of a comparison together, and says of each what is wrong with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

from ...engine import Value
from ..by_hand import NamedNodes
from ..report import show
from .circle import beside, circle
from .digits import digits, half_unit
from .edits import edited, in_its_words, missing_term
from .evidence import Case, Evidence
from .explain import Found, caused_by, explained
from .explanation import Explanation
from .kinks import Kink, kink, on_both_sides
from .links import dependents
from .naming import number, signal
from .symbolic import Difference, difference
from .weighing import hedged, weighed


class Doctor:
    """What is wrong with hand derivations of one output's error signals; works when it is asked, and remembers."""

    def __init__(self, output: Value, names: NamedNodes, cases: Sequence[Case]) -> None:
        self.cases = cases
        self.evidence = Evidence(output, names, cases)
        self._found: dict[int, Explanation | None] = {}
        self._differences: dict[int, Difference | None] = {}

    def explanation(self, index: int) -> Explanation | None:
        """Return what is wrong with a row; None for one that is right."""
        if index not in self._found:
            agrees = self.cases[index].ok
            found = self._right_here(index) if agrees else self._wrong(index)
            self._found[index] = beside(found, circle(self.evidence, index), agrees)
        return self._found[index]

    def difference(self, index: int) -> Difference | None:
        """Return a row's formula less the right one, as symbols; None if it is no formula, or cannot be worked out."""
        if index not in self._differences:
            evidence, case = self.evidence, self.cases[index]
            agree = case.ok and self.explanation(index) is None
            self._differences[index] = difference(
                evidence.replay, evidence.places[index], case.derivation, evidence.called.own, agree
            )
        return self._differences[index]

    @cached_property
    def _with_codes(self) -> Evidence:
        """The evidence where leaves that are 0 or 1 stay so."""
        return Evidence(self.evidence.output, self.evidence.names, self.cases, codes_held=True)

    @cached_property
    def _elsewhere(self) -> Evidence:
        """The evidence without the recorded point."""
        return Evidence(self.evidence.output, self.evidence.names, self.cases, elsewhere=True)

    def _wrong(self, index: int) -> Explanation:
        case = self.cases[index]
        if not (math.isfinite(case.hand) and math.isfinite(case.backprop)):
            which, x = ("backprop", case.backprop) if math.isfinite(case.hand) else ("the derivation", case.hand)
            text = f"{which} gives {x:g} here; explain_nonfinite(L) finds where an inf or a NaN comes from"
            return Explanation("not finite", text, certain=False)
        bend = kink(self.evidence.replay, self.evidence.places[index])
        if bend is not None and bend.here:
            return self._at_kink(bend, case, self._in_names(index, self._beside_kink(index, bend)))
        found = self._rounded(case, 3) or self._follows(index) or self._explained(index) or self._rounded(case, 2)
        if bend is not None and found is None:
            return self._at_kink(bend, case, None)
        return self._in_names(index, found) or self._unexplained(index)

    def _explained(self, index: int) -> Explanation | None:
        """Return what the formula bears out; else what its letters tell, and only then what merely fits its numbers."""
        found, sure, doubt = explained(self.evidence, index)
        movable = self.cases[index].derivation.movable
        asserted = sure and found is not None and (found.certain or not movable)
        if found is not None and asserted and not (doubt and movable):
            return in_its_words(self.evidence, index, found)
        if not movable:
            return found
        if found is not None and asserted:
            return weighed(self.evidence, index, found, doubt)
        in_letters = edited(self.evidence, index)
        if in_letters is not None and in_letters.certain:
            return in_letters
        with_codes = explained(self._with_codes, index)
        if with_codes.explanation is not None and with_codes.is_sure:
            guessed = in_letters is not None or with_codes.explanation.kind == "wrong variable"
            own = weighed(self._with_codes, index, with_codes.explanation, with_codes.doubt)
            return hedged(own) if guessed or own.formula else own  # letters that are right with these codes only
        return in_letters or found or with_codes.explanation

    def _beside_kink(self, index: int, bend: Kink) -> Explanation | None:
        """Return what explains a row exactly at a kink; None if only the convention for the slope bears it out."""
        found = self._rounded(self.cases[index], 3) or self._follows(index)
        if found is None and on_both_sides(self.evidence.replay, self.evidence.points[1:], bend.place):
            found = explained(self.evidence, index).explanation
        return found if found is not None and found.certain else None

    def _in_names(self, index: int, found: Explanation | None) -> Explanation | None:
        """Say of a path that is missing somewhere between nodes without names which term of the derivation that is."""
        if found is None or found.kind != "missing path" or found.place is None or self.evidence.is_named(found.place):
            return found
        term = missing_term(self.evidence, index)
        return found.saying(f"the term {term} is missing") if term else found

    def _right_here(self, index: int) -> Explanation | None:
        """Return where a derivation that is right at the recorded point is wrong; None if it is right everywhere."""
        case, evidence = self.cases[index], self.evidence
        if not case.derivation.movable:
            return None
        at = next((near for near in evidence.points[1:] if not evidence.agrees(index, near)), None)
        if at is None or evidence.is_right_around(index):
            return None
        bend = kink(evidence.replay, evidence.places[index])
        if bend is not None and bend.here:
            return self._at_kink(bend, case, None) if case.hand != case.backprop else None
        blamed = evidence.blamed(index, at)
        if blamed and not any(evidence.is_named(v) for v in blamed):  # a derivation can give these as numbers only
            return None
        moved = {evidence.call(v): x for v, x in (blamed or at.leaves).items()}
        where = ", ".join(f"{name} = {number(x)}" for name, x in list(moved.items())[:4])
        hand, right = evidence.hand(case, at), at.signals[evidence.places[index]]
        text = f"right at this point only: with {where} it gives {show(hand)}, and backprop {show(right)}"
        found, sure, *_ = explained(self._elsewhere, index) if len(evidence.points) > 2 else Found(None)
        if found is not None and sure and found.certain:
            text += f"; there {found.text}"
        return Explanation("this point only", text, next(iter(blamed), None), next(iter(moved), ""))

    def _rounded(self, case: Case, least: int) -> Explanation | None:
        """A number that is right as far as its digits go, which are so many at least, is no mistake of derivation."""
        count = digits(case.hand)
        if (
            case.derivation.movable
            or count < least
            or abs(case.hand - case.backprop) > half_unit(case.hand) * (1 + 1e-9)
        ):
            return None
        text = f"wrong by rounding only: right to the {count} digits that were given; give more, or more tolerance"
        return Explanation("rounded", text, case.node, self.evidence.call(case.node), certain=count > 2)

    def _follows(self, index: int) -> Explanation | None:
        """A row may be wrong only because a later one is, and that one because of another."""
        evidence = self.evidence
        place = caused_by(evidence, index)
        if place is None:
            return None
        name = evidence.called.call(place)
        text = f"follows from the wrong {signal(name)}: with that one it is right"
        cause = self.explanation(evidence.places.index(place))
        if cause is not None and cause.kind == "follows":
            text += f"; the first wrong one is {signal(cause.name)}"
            return Explanation("follows", text, cause.node, cause.name)
        return Explanation("follows", text, evidence.replay.order[place], name)

    def _at_kink(self, bend: Kink, case: Case, found: Explanation | None) -> Explanation:
        v = self.evidence.replay.order[bend.place]
        near = "here" if bend.here else "very near"
        inside = "lies" if bend.between(case.hand) else "does not lie"
        slopes = f"the slope is {number(bend.left)} on the left and {number(bend.right)} on the right"
        text = f"{self.evidence.call(v)} has a kink {near}: {slopes}; the hand value {inside} between them"
        if bend.between(-case.hand) and not bend.between(case.hand) and bend.here:
            text += "; with the other sign it would"
            return Explanation("sign", text, case.node, self.evidence.call(case.node), -1.0, v, certain=False)
        if found is not None and not bend.between(case.hand):
            return found.saying(f"{text}. {found.text}" if bend.here else f"{found.text}. {text}")
        return Explanation("kink", text, v, self.evidence.call(v), place=v)

    def _unexplained(self, index: int) -> Explanation:
        evidence = self.evidence
        here = evidence.places[index]
        between = set(dependents(evidence.replay, here))
        first = max(i for i, case in zip(evidence.places, self.cases, strict=True) if i in between and not case.ok)
        name = evidence.called.call(first)
        if first != here:
            text = (
                f"no explanation fits, neither with the right {signal(name)} nor with the one that was given, "
                f"which is the first wrong one from the output back to {evidence.called.call(here)}"
            )
        elif any(i in between and i != here for i in evidence.places):
            text = f"no explanation fits; what was given for nodes after {name} is right, so the mistake is at {name}"
        else:
            text = f"no explanation fits; derivations of nodes between {name} and the output would narrow it down"
        if evidence.cut:
            text += f" (the graph has {len(evidence.replay.order)} nodes, and not all was tried)"
        return Explanation("unexplained", text, evidence.replay.order[first], name, certain=False)
