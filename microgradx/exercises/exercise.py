"""Exercises: fresh numbers for a hand derivation, a check with a diagnosis, hints, and the solution when asked."""

from __future__ import annotations

from typing import Any

from ..names import near_names
from .feedback import Feedback, judged
from .kinds import KINDS
from .task import Kind, Task, make
from .view import Hint, Solution, hints, statement, text_statement

COURSE = (
    "A neuron, a layer, a network",
    "Activations and outputs",
    "Losses",
    "Backpropagation by hand",
    "Reuse of computation",
    "Gradient checking",
    "Training",
    "Real data",
    "Expressiveness",
    "When gradients fail",
    "A framework in small",
    "A language model from scalars",
)
"""What the notebooks of the course are about, from the first on."""


class Exercise:
    """One exercise: it shows itself; `check`, `hint` and `solution` do the rest.

    `kind` and `seed` name it, `level` is its difficulty from 1 to 3, `asked` the names by which answers are given,
    `topic` what to read again.
    """

    def __init__(self, row: Kind, seed: int, task: Task) -> None:
        self.kind, self.seed, self.level = row.name, seed, row.level
        self.asked = tuple(question.name for question in task.questions)
        self._row, self._task = row, task
        self._told = 0

    @property
    def topic(self) -> str:
        """The notebook, its section and the topic of the lectures to read again."""
        return f"notebook {self._row.notebook}, section “{self._row.section}”: {self._row.topic}"

    def check(self, answers: Any) -> Feedback:
        """Check answers: numbers or formulas by name, or of a single question the bare answer; `...` is not yet one.

        An error signal is checked by `compare`, and an answer that is wrong gets its diagnosis; three digits are
        enough. The right answer is not told. ValueError for a name that is not asked; an answer that cannot be
        understood gets a row that says so.

        >>> one = exercise("logistic-least-squares", seed=1)
        >>> one.check({"y": "y - t", "w": ...}).rows[0].verdict
        'right'
        """
        rows = judged(self._task.questions, answers)
        left = len(hints(self._row, self._task)) - self._told
        after = "a hint: .hint()" if left > 0 else "no hint is left; the solution: .solution()"
        return Feedback(f"{self.kind}, seed {self.seed}", rows, f"{after}; read again: {self.topic}")

    def hint(self) -> Hint:
        """Return the next hint, from general to special."""
        found = hints(self._row, self._task)
        self._told += 1
        if self._told > len(found):
            return Hint("no hint is left: .solution() shows the derivation")
        return Hint(f"hint {self._told} of {len(found)}: {found[self._told - 1]}")

    def solution(self) -> Solution:
        """Return the derivation with its numbers, the answers, and what to read again."""
        return Solution(self._task, f"Read again: {self.topic}.")

    def _title(self) -> str:
        return f"{self.kind}, seed {self.seed} (level {self.level} of 3, notebook {self._row.notebook})"

    def __str__(self) -> str:
        return "\n".join(text_statement(self._title(), self._task))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return statement(self._title(), self._task)


def exercise(kind: str, seed: int = 0) -> Exercise:
    """Make an exercise of a kind, with numbers that come out well: the same for one seed on every platform.

    The kinds stand in `microgradx.exercises.KINDS`, by notebook and rising difficulty; an unknown name lists them
    (ValueError). TypeError for a seed that is no whole number.

    >>> one = exercise("neuron-value", seed=0)
    >>> one.asked
    ('z', 'a')
    >>> print(one.check({"z": ..., "a": ...}))
    neuron-value, seed 0: not answered yet
    a hint: .hint(); read again: notebook 1, section “One neuron”: x, w, z, f and a
    of a neuron
    """
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise TypeError(f"the seed of an exercise is a whole number, not {seed!r}")
    rows = {row.name: row for row in KINDS}
    if kind not in rows:
        near = near_names(str(kind), (), rows)
        raise ValueError(f"no kind of exercise is named {kind!r}{near}\n{listing()}")
    return Exercise(rows[kind], seed, make(rows[kind], seed))


def listing() -> str:
    """Return the kinds of exercises, by notebook and rising difficulty.

    >>> print(*listing().splitlines()[:2], sep="\\n")
    1. A neuron, a layer, a network
         neuron-value (1): x, w, z, f and a of a neuron
    """
    lines = []
    for number, title in enumerate(COURSE, 1):
        lines.append(f"{number}. {title}")
        lines += [f"     {row.name} ({row.level}): {row.topic}" for row in KINDS if row.notebook == number]
    return "\n".join(lines)
