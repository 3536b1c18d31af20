"""What a check of answers says: a verdict on each, with the diagnosis, and never the right answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..names import near_names, normal, visible
from ..reports import Heading, Paragraph, Passage, Table, Verdict
from ..tables import Line, printable
from .questions import OPEN, RIGHT, UNREADABLE, WRONG, Judgement, Question, Signal, judge_signals

_SHADES = {WRONG: "bad", UNREADABLE: "bad", OPEN: "pale"}


class Answered(NamedTuple):
    """One question, the answer that was given to it, and the verdict."""

    question: Question
    answer: Any
    verdict: str
    remark: str

    @property
    def ok(self) -> bool:
        """Whether the answer is right."""
        return self.verdict == RIGHT


class Feedback(Verdict):
    """One row for each question: true, and `ok`, if all are answered, and rightly.

    `str` gives text, a notebook shows HTML, `assert_ok` raises unless all is right; `score` is the share that is right.
    """

    def __init__(self, title: str, rows: Sequence[Answered], after: str = "") -> None:
        self.title = title
        self.rows = tuple(rows)
        self.after = after

    @property
    def ok(self) -> bool:
        """Whether every answer is right."""
        return all(row.ok for row in self.rows)

    @property
    def score(self) -> float:
        """The share of questions that are answered rightly, from 0 to 1."""
        return sum(row.ok for row in self.rows) / len(self.rows)

    @property
    def answered(self) -> bool:
        """Whether anything is answered yet."""
        return any(row.verdict != OPEN for row in self.rows)

    def _heading(self) -> str:
        right = sum(row.ok for row in self.rows)
        found = f"{right} of {len(self.rows)} right" if self.answered else OPEN
        return f"{self.title}: {found}"

    def _table(self) -> list[Line]:
        return [
            Line((row.question.name, _shown(row.answer), row.verdict), row.remark, _SHADES.get(row.verdict, ""))
            for row in self.rows
        ]

    def _passages(self) -> Iterator[Passage]:
        yield Heading(self._heading())
        if self.answered:
            yield Table(_HEADER, self._table())
        if not self.ok:
            yield Paragraph(self.after)


_HEADER = ("", "your answer", "")


def judged(questions: Sequence[Question], answers: Any) -> list[Answered]:
    """Return a row for each question. `answers` is a dictionary by name, or of a single question the bare answer.

    ValueError for a name that is not asked.
    """
    if not isinstance(answers, Mapping):
        if len(questions) > 1 and answers is not ...:
            example = ", ".join(f'"{question.name}": ...' for question in questions)
            raise TypeError(f"answers are given by name, as in {{{example}}}, not as {printable(repr(answers), 80)}")
        answers = {questions[0].name: answers}
    given = {normal(str(name)): answer for name, answer in answers.items()}
    names = [question.name for question in questions]
    if unknown := [name for name in given if name not in map(normal, names)]:
        raise ValueError(f"{unknown[0]!r} is not asked{near_names(unknown[0], names)}")
    found = {question.name: (given.get(normal(question.name), ...), question) for question in questions}
    verdicts = {name: _alone(question, answer) for name, (answer, question) in found.items()}
    readable = {
        question: answer
        for name, (answer, question) in found.items()
        if isinstance(question, Signal) and verdicts[name].verdict in (RIGHT, WRONG)
    }
    if len(readable) > 1:
        together = judge_signals(readable)
        verdicts |= {question.name: verdict for question, verdict in zip(readable, together, strict=True)}
    return [Answered(question, answer, *verdicts[name]) for name, (answer, question) in found.items()]


def _alone(question: Question, answer: Any) -> Judgement:
    if answer is ... or (isinstance(answer, str) and answer.strip() in ("", "...", "…")):
        return Judgement(OPEN)
    try:
        return question.judge(answer)
    except Exception as problem:  # an answer may be any object, and a function any code
        told = str(problem) or type(problem).__name__
        return Judgement(
            UNREADABLE, told.partition("\n")[0].replace(" (names=locals() adds the names of variables)", "")
        )


def _shown(answer: Any) -> str:
    if answer is ...:
        return "…"
    if isinstance(answer, float):
        return f"{answer:.7g}"
    return printable(visible(answer) if isinstance(answer, str) else repr(answer), 60)
