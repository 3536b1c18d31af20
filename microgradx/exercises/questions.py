"""What an exercise asks, and how an answer is judged: error signals, values, numbers and words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from ..calculus import grad
from ..check import compare
from ..check.by_hand import NamedNodes
from ..check.report import relative_error
from ..engine import Value
from ..errors import FormulaError
from ..expression import parse
from ..names import normal, visible
from ..notation import bar
from ..numbers import real
from ..sweep import nodes
from .slips import slip

TOLERANCE = 2.6e-3
"""The greatest relative error |a − b| / (|a| + |b|) of a right answer: three digits are enough, 1.00 for 1.005."""

RIGHT, WRONG, OPEN, UNREADABLE = "right", "WRONG", "not answered yet", "cannot be read"


class Judgement(NamedTuple):
    """The verdict on one answer, and what is said about it."""

    verdict: str
    remark: str = ""


class Question(Protocol):
    """One thing that is asked: the key of its answer, what it is, the right answer, and how others are judged."""

    @property
    def name(self) -> str:
        """The key of its answer."""

    @property
    def asks(self) -> str:
        """What it is, in words."""

    @property
    def right(self) -> Any:
        """The right answer."""

    def judge(self, answer: Any) -> Judgement:
        """Return the verdict; ValueError or TypeError for what is no answer to this question."""


@dataclass(frozen=True, slots=True)
class _OfNode:
    """Asks for something of a node of a graph, under its label."""

    output: Value
    node: Value

    @property
    def name(self) -> str:
        """The label of the node."""
        return self.node.label


class Signal(_OfNode):
    """The error signal ∂output/∂node, as a number or as a formula in the names of the graph."""

    __slots__ = ()

    @property
    def asks(self) -> str:
        """The error signal in both notations."""
        return f"{bar(self.name)} = ∂{self.output.label}/∂{self.name}"

    @property
    def right(self) -> float:
        """What backprop gives."""
        return float(grad(self.output, self.node))

    def judge(self, answer: Any) -> Judgement:
        """Return the verdict of `compare` on this error signal alone."""
        return judge_signals({self: answer})[0]


class Reading(_OfNode):
    """The value of a node, as a number or as a formula in the names of the graph."""

    __slots__ = ()

    @property
    def asks(self) -> str:
        """The node."""
        return f"the value of {self.name}"

    @property
    def right(self) -> float:
        """What the forward pass gives."""
        return self.node.data

    def judge(self, answer: Any) -> Judgement:
        """Return the verdict, with the slip that gives this number; FormulaError for a formula in the node itself."""
        derivation = NamedNodes(self.output, None).derivation(answer)
        below = [v for v in nodes(self.node) if v is not self.node]
        if later := [name for name, x in derivation.names.items() if isinstance(x, Value) and _is_none_of(x, below)]:
            raise FormulaError(f"{', '.join(later)} is not known before {self.name}: use what it is computed from")
        found = derivation.evaluate()
        if relative_error(found, self.right) <= TOLERANCE:
            return Judgement(RIGHT)
        return Judgement(WRONG, slip(self.output, self.node, found) or _near(found, self.right))


@dataclass(frozen=True, slots=True)
class Number:
    """A number that no single node of a graph holds; a whole number is asked exactly.

    `mistakes` are usual wrong answers and where they come from.
    """

    name: str
    asks: str
    right: float
    mistakes: tuple[tuple[float, str], ...] = ()

    def judge(self, answer: Any) -> Judgement:
        """Return the verdict, with the mistakes that give this number."""
        found = _number(answer)
        if self.accepts(found, self.right):
            return Judgement(RIGHT)
        told = dict.fromkeys(why for wrong, why in self.mistakes if self.accepts(found, wrong))
        return Judgement(WRONG, " or ".join(told) or _near(found, self.right))

    def accepts(self, found: float, expected: float) -> bool:
        """Return whether a number is the expected one."""
        if isinstance(self.right, int):
            return found == expected
        return relative_error(found, expected) <= TOLERANCE


@dataclass(frozen=True, slots=True)
class Word:
    """One of several words; `mistakes` says why another one is wrong."""

    name: str
    asks: str
    right: str
    options: tuple[str, ...]
    mistakes: Mapping[str, str] = field(default_factory=dict)

    def judge(self, answer: Any) -> Judgement:
        """Return the verdict; ValueError for a word that is none of the options."""
        found = _letters(self.name, answer).lower()
        if found not in self.options:
            raise ValueError(f"{visible(answer)!r} is none of {', '.join(map(repr, self.options))}")
        return Judgement(RIGHT) if found == self.right else Judgement(WRONG, self.mistakes.get(found, ""))


@dataclass(frozen=True, slots=True)
class Order:
    """Letters in an order: any that keeps the `rules`, each of which says what comes before what, and why."""

    name: str
    asks: str
    right: str
    rules: tuple[tuple[str, str, str], ...]

    def judge(self, answer: Any) -> Judgement:
        """Return the verdict, with the first rule that is broken; ValueError unless each letter is there once."""
        found = _letters(self.name, answer).upper()
        if sorted(found) != sorted(self.right):
            raise ValueError(f"{visible(answer)!r} does not have each of {''.join(sorted(self.right))} once")
        for before, after, why in self.rules:
            if found.index(before) > found.index(after):
                return Judgement(WRONG, f"{before} comes before {after}: {why}")
        return Judgement(RIGHT)


def _is_none_of(x: Value, values: Sequence[Value]) -> bool:
    return all(v is not x for v in values)


def _letters(name: str, answer: Any) -> str:
    """Return the letters of an answer; TypeError for what is no text."""
    if not isinstance(answer, str):
        raise TypeError(f"{name!r} is answered by a word, not by {answer!r}")
    return "".join(c for c in answer if c.isalpha())


def judge_signals(answers: Mapping[Signal, Any]) -> list[Judgement]:
    """Return the verdicts of `compare` on error signals of one graph, with its diagnosis and no right number.

    Together, so that the diagnosis can tell which is wrong only because another one is.
    """
    output = next(iter(answers)).output
    rows = compare(output, {question.node: answer for question, answer in answers.items()}, tolerance=TOLERANCE).rows
    found = []
    for row, (question, answer) in zip(rows, answers.items(), strict=True):
        told = row.explanation
        remark = told.text if told and not row.ok else ""
        if row.ok:
            found.append(Judgement(RIGHT))
        elif isinstance(answer, str) and (meant := _meant_signal(question, answer)):
            found.append(Judgement(WRONG, meant))
        else:
            found.append(Judgement(WRONG, f"right for these numbers only: {remark}" if row.here_only else remark))
    return found


def _meant_signal(question: Signal, formula: str) -> str:
    """Return what to write where a formula is right if the names of computed nodes stood for error signals."""
    computed = [v for v in nodes(question.output) if v.label and v._primitive is not None]
    signals = dict(zip([normal(v.label) for v in computed], grad(question.output, computed), strict=True))
    values = {normal(v.label): v.data for v in nodes(question.output) if v.label}
    expression = parse(formula)
    used = [name for name in expression.names if name in signals]
    for taken in [*([name] for name in used), used]:
        if not taken:
            continue
        try:
            number = real(expression.evaluate(values | {name: signals[name] for name in taken}))
        except (ArithmeticError, ValueError, TypeError):
            continue
        if relative_error(number, question.right) <= TOLERANCE:
            stand = "stands for the value of the node" if len(taken) == 1 else "stand for the values of the nodes"
            return f"{' and '.join(taken)} {stand}: write error signals out, as numbers or formulas"
    return ""


def _number(answer: Any) -> float:
    """Return an answer as a number: itself, or the value of a formula without names."""
    if isinstance(answer, str):
        return real(parse(answer).evaluate({}))
    return real(answer.data if isinstance(answer, Value) else answer)


def _near(found: float, right: float) -> str:
    if relative_error(found, -right) <= TOLERANCE:
        return "the sign is wrong"
    return "nearly: compute with more digits" if relative_error(found, right) < 0.01 else ""
