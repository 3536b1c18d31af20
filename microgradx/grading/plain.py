"""Answers as plain data: numbers, texts, and dictionaries of these, packed where the student's code runs.

What is packed there may have been made by any code, so that it is taken apart here with limits, and believed as an
answer only.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import Any

from ..engine import Value
from ..names import visible
from ..numbers import real

LONGEST = 300
"""The most characters of one formula or name."""
MOST = 50
"""The most answers of one cell."""
LARGEST = 100_000
"""The most characters that are read of one cell's answers."""


def report(name: str | None, variables: Mapping[str, Any]) -> str:
    """Return the answer that a variable holds and the state of the checker, as hexadecimal digits.

    Runs in the student's process. An answer that is no plain data is replaced by the reason why.

    >>> unpacked(report("answer", {"answer": {"w": -1.5, "b": ...}}))
    (True, {'w': -1.5, 'b': Ellipsis}, '')
    """
    found: dict[str, Any] = {"checker": checker()}
    if name is not None and name not in variables:
        found["problem"] = f"the cell assigns no {name!r}"
    elif name is not None:
        try:
            found["answer"] = _packed(variables[name])
        except Exception as problem:  # whatever the methods of a student's own class raise
            found["problem"] = f"the answer cannot be read: {problem}"
    return json.dumps(found).encode().hex()


def unpacked(digits: str) -> tuple[bool, Any, str]:
    """Return whether the checker is untouched, the answer, and else the problem; ValueError for what is no report."""
    if len(digits) > LARGEST:
        raise ValueError(f"the answer has more than {LARGEST} characters")
    try:
        found = json.loads(bytes.fromhex(digits))
    except RecursionError:
        raise ValueError("the answer is nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError("the report is none")
    problem = found.get("problem", "")
    return found.get("checker") == checker(), _answers(found.get("answer")), visible(str(problem))[:LONGEST]


def checker() -> str:
    """Return a fingerprint of the code that checks answers, which a notebook may have overwritten in its process."""
    import microgradx
    from microgradx import exercises
    from microgradx.exercises import feedback, questions

    parts: list[Any] = [microgradx.exercise, microgradx.compare, exercises.exercise, feedback.judged]
    parts += [getattr(cls, name) for cls in (exercises.Exercise, exercises.Feedback) for name in sorted(vars(cls))]
    parts += [questions.Signal.judge, questions.Reading.judge, questions.Number.judge, questions.judge_signals]
    found = hashlib.sha256()
    for part in parts:
        code = getattr(getattr(part, "fget", None) or part, "__code__", None)
        found.update(_code(code) if isinstance(code, CodeType) else type(part).__name__.encode())
    return found.hexdigest()


def _code(code: CodeType) -> bytes:
    return code.co_code + repr((code.co_name, code.co_names, code.co_varnames)).encode()


def _packed(x: Any) -> Any:
    """Return an answer as JSON can hold it: null for what is not answered yet."""
    if isinstance(x, Mapping):
        if len(x) > MOST:
            raise ValueError(f"it has {len(x)} entries, more than {MOST}")
        return {_text(name): _single(value) for name, value in x.items()}
    return [_single(x)]


def _single(x: Any) -> Any:
    if x is ... or x is None:
        return None
    if isinstance(x, str):
        return _text(x)
    if isinstance(x, FunctionType):
        raise TypeError("it is a function; write the formula as text")
    try:
        return {"number": real(x.data if isinstance(x, Value) else x).hex()}
    except (TypeError, OverflowError):
        raise TypeError(f"{type(x).__name__} is given where a number or a formula as text is to stand") from None


def _text(x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError(f"a name is a text, not {type(x).__name__}")
    if len(x) > LONGEST:
        raise ValueError(f"a text has {len(x)} characters, more than {LONGEST}")
    return str(x)


def _answers(found: Any) -> Any:
    """Return the answers of a report; ValueError for what is none."""
    if found is None:
        return ...
    if isinstance(found, dict) and len(found) <= MOST:
        return {_text(name): _answer(x) for name, x in found.items()}
    if isinstance(found, list) and len(found) == 1:
        return _answer(found[0])
    raise ValueError("the report has no answers")


def _answer(x: Any) -> Any:
    if x is None:
        return ...
    if isinstance(x, str):
        return _text(x)
    if isinstance(x, dict) and isinstance(x.get("number"), str) and len(x["number"]) < 64:
        return float.fromhex(x["number"])
    raise ValueError("an answer is neither a number nor a text")
