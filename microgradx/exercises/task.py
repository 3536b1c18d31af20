"""What a kind of exercise consists of: its row in the registry, and the task that it makes of drawn numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..engine import Value
from .chance import Chance, Unsuitable
from .questions import Number, Question, Reading, Signal

DECIMALS = 5
"""The most decimals of a number that is asked."""
MOST = 10_000.0
LEAST = 0.01
"""The least error signal but 0: where terms cancel, three digits of each are too few."""
_DRAWS = 5_000


@dataclass(frozen=True, slots=True)
class Task:
    """One exercise: what is said, what is asked, and the graph, if there is one, that is drawn and written out.

    `given` says how numbers of leaves are written where that is no decimal: {"b": "1 + ln 4"}. `working` leads to the
    answers that the derivation of the graph does not give. `picture` makes SVG of something else than the graph.
    """

    text: str
    questions: tuple[Question, ...]
    output: Value | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    working: tuple[str, ...] = ()
    picture: Callable[[], str] | None = None

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The error signals that are asked."""
        return tuple(question for question in self.questions if isinstance(question, Signal))

    @property
    def is_forward(self) -> bool:
        """Whether values of the graph are asked, so that its picture must not show them."""
        return any(isinstance(question, Reading) for question in self.questions)


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the registry: a kind of exercise, the topic of the lectures and the section to read again.

    `level` is its difficulty, from 1 to 3. `hints` go from general to special; those that the graph gives follow.
    """

    name: str
    notebook: int
    level: int
    topic: str
    section: str
    build: Callable[[Chance], Task]
    hints: tuple[str, ...] = ()


def ask(output: Value, *, values: str = "", signals: str = "") -> tuple[Question, ...]:
    """Return questions for values and error signals of nodes of a graph, each by its label."""
    from ..sweep import nodes

    named = {v.label: v for v in nodes(output)}
    readings = [Reading(output, named[name]) for name in values.split()]
    return (*readings, *(Signal(output, named[name]) for name in signals.split()))


def named(label: str, v: Value) -> Value:
    """Return the node with a label."""
    v.label = label
    return v


def make(kind: Kind, seed: int) -> Task:
    """Return the first task of this seed whose numbers come out well.

    What is asked has few decimals and is not huge, and each mistake gives another number than the right one.
    """
    for attempt in range(_DRAWS):
        try:
            task = kind.build(Chance(f"{kind.name} {seed} {attempt}"))
        except (Unsuitable, ArithmeticError):
            continue
        if all(map(_comes_out_well, task.questions)) and _tells_apart(task):
            return task
    raise AssertionError(f"{kind.name}: {_DRAWS} draws, and none comes out well")


def has_few_decimals(x: float) -> bool:
    """Return whether a number is one of few decimals, but for rounding.

    >>> has_few_decimals(0.1 + 0.2), has_few_decimals(1 / 3)
    (True, False)
    """
    return abs(x) <= MOST and abs(x - round(x, DECIMALS)) <= 1e-9 * max(1.0, abs(x))


def _comes_out_well(question: Question) -> bool:
    if isinstance(question.right, str):
        return True
    if isinstance(question, Number):
        if any(question.accepts(wrong, question.right) for wrong, _ in question.mistakes):
            return False
        if isinstance(question.right, int):
            return True
    least = LEAST if isinstance(question, Signal) else 1e-3
    return has_few_decimals(question.right) and (question.right == 0.0 or abs(question.right) >= least)


def _tells_apart(task: Task) -> bool:
    """Return whether the error signals that are asked differ, so that it shows which of them an answer is."""
    numbers = Counter(round(abs(signal.right), 9) for signal in task.signals if signal.right)
    return sum(numbers.values()) - len(numbers) <= len(task.signals) // 2
