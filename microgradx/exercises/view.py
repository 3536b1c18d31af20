"""What an exercise looks like, as text and as HTML: its statement, its hints, its solution."""

from __future__ import annotations

import html
from collections.abc import Iterator

from ..derive import Derivation, Line, derive
from ..derive.mathml import mathml
from ..draw import draw
from ..engine import Value
from ..notation import bar
from ..sweep import nodes
from ..tables import html_paragraph, paragraph
from .chance import written
from .questions import Question, Signal, Word
from .task import Kind, Task


def text_statement(title: str, task: Task) -> Iterator[str]:
    """Yield the lines of an exercise as text."""
    yield f"Exercise {title}"
    for part in task.text.split("\n\n"):
        yield from _folded(part)
    given, equations = facts(task)
    if given:
        yield f"  given: {', '.join(f'{_name(line)} = {_number(line, task)}' for line in given)}"
    yield from (f"  {line.text}" for line in equations)
    yield "Asked"
    yield from (f"  {question.name}: {_asks(question)}" for question in task.questions)
    yield f"Answer by .check({_form(task)})"


def statement(title: str, task: Task) -> str:
    """Return an exercise as HTML: the text, what is given, the equations, the picture, what is asked."""
    parts = [html_paragraph(f"Exercise {title}", strong=True)]
    for part in task.text.split("\n\n"):
        lines = part.split("\n")
        parts.append(html_paragraph(part) if len(lines) == 1 else f'<pre style="{_LINES}">{html.escape(part)}</pre>')
    given, equations = facts(task)
    if given:
        numbers = "".join(
            f'<span style="white-space:nowrap;margin-right:1.2em">{mathml(_name_tex(line))} = '
            f"{html.escape(_number(line, task))}</span> "
            for line in given
        )
        parts.append(f'<p style="{_TEXT}">{numbers}</p>')
    if equations:
        rows = "".join(f"<div>{mathml(line.tex, display=True)}</div>" for line in equations)
        parts.append(f'<div style="margin:8px 6px;line-height:1.8;overflow-x:auto">{rows}</div>')
    if picture := _picture(task):
        parts.append(f'<div style="{_PICTURE}">{picture}</div>')
    asked = "".join(
        f"<li><code>{html.escape(question.name)}</code>: {html.escape(_asks(question))}</li>"
        for question in task.questions
    )
    parts.append(f'<ul style="{_TEXT};padding-left:1.4em">{asked}</ul>')
    parts.append(f'<p style="{_TEXT}">Answer by <code>.check({html.escape(_form(task))})</code></p>')
    return f'<div style="max-width:60rem">{"".join(parts)}</div>'


_TEXT = "margin:8px 6px;max-width:60rem;text-align:left;line-height:1.5"
_LINES = "margin:8px 6px;overflow-x:auto"
# Pictures of graphs have white paper of their own.
_PICTURE = "margin:8px 6px;overflow-x:auto;max-width:100%"


def facts(task: Task) -> tuple[list[Line], list[Line]]:
    """Return the lines that give the numbers of a task's graph, and those of its equations."""
    if task.output is None:
        return [], []
    lines = derive(task.output, _leaves(task.output)).lines
    return [line for line in lines if line.kind == "given"], [line for line in lines if line.kind == "forward"]


def _leaves(output: Value) -> list[Value]:
    return [v for v in nodes(output) if v._primitive is None]


def _name(line: Line) -> str:
    return line.text.partition(" = ")[0]


def _name_tex(line: Line) -> str:
    return line.tex.partition(" = ")[0]


def _number(line: Line, task: Task) -> str:
    return task.given.get(line.node.label, line.numbers_text)


def _picture(task: Task) -> str:
    """Return the picture of a task as SVG; the numbers that are asked for are not in it."""
    if task.picture is not None:
        return task.picture()
    if task.output is None:
        return ""
    svg = draw(task.output, grad=False, values=not task.is_forward).svg()
    return svg[svg.index("<svg") :]


def _asks(question: Question) -> str:
    options = f": {', '.join(question.options)}" if isinstance(question, Word) else ""
    return f"{question.asks}{options}"


def _form(task: Task) -> str:
    names = ", ".join(f'"{question.name}": ...' for question in task.questions)
    return f"{{{names}}}"


class Hint(str):
    """A hint, which is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(paragraph(self))

    def _repr_html_(self) -> str:
        return html_paragraph(self)


def hints(row: Kind, task: Task) -> list[str]:
    """Return the hints to a task: those of its kind, then the equations, then how the work begins."""
    found = list(row.hints)
    if task.signals:
        backward = [line for line in _derivation(task).lines if line.kind == "backward"]
        found.append(f"the equations are {'; '.join(line.text for line in backward if '=' in line.text)}")
        first = next(line for line in backward if "=" in line.text)
        found.append(f"it begins with {first}")
    elif task.output is not None and task.is_forward:
        found.append(f"it begins with {next(iter(facts(task)[1]))}")
    if task.working:
        found.append(f"it begins with {task.working[0]}")
    return found


def _derivation(task: Task) -> Derivation:
    """Return the derivation of what is asked: without error signals if only values are."""
    if task.output is None:
        return Derivation([], "error signals", False, {})
    found = derive(task.output, [signal.node for signal in task.signals] or _leaves(task.output))
    kept = found.lines if task.signals else [line for line in found.lines if line.kind != "backward"]
    return Derivation(kept, found.profile, False, {})


class Solution:
    """The derivation of the answers, the answers, and what to read again, as text and as HTML."""

    def __init__(self, task: Task, after: str) -> None:
        self.answers = {question.name: question.right for question in task.questions}
        self._told = [(_symbol(question), _plain(question.right)) for question in task.questions]
        self.derivation = _derivation(task)
        self.working = task.working
        self.after = after

    def _answers(self) -> str:
        return f"Answers: {', '.join(f'{name} = {x}' for name, x in self._told)}"

    def __str__(self) -> str:
        lines = [str(self.derivation)] if self.derivation.lines else []
        for line in (*self.working, self._answers(), self.after):
            lines += paragraph(line)
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        derivation = self.derivation.html if self.derivation.lines else ""
        working = "".join(html_paragraph(line) for line in self.working)
        return f"{derivation}{working}{html_paragraph(self._answers(), strong=True)}{html_paragraph(self.after)}"


def _symbol(question: Question) -> str:
    return bar(question.name) if isinstance(question, Signal) else question.name


def _plain(right: float | str) -> str:
    return right if isinstance(right, str) else written(round(right, 9) + 0.0)  # + 0.0 makes −0 a 0


def _folded(part: str) -> list[str]:
    """Return a paragraph broken into lines, and lines of their own as they are."""
    return [f"    {line}" for line in part.split("\n")] if "\n" in part else paragraph(part)
