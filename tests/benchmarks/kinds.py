"""The kinds of benchmarks: what a plan says of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Ratio = Literal["speed", "cost"]


@dataclass(frozen=True)
class Contender:
    """One line of a table: a label, and "module:function", which is called with the arguments.

    It returns a step to time, or a pair: a first step, whose result is compared, and one to time; or a dict of
    figures. A step counts as `per` units of work. Its ratio, or its first figure, is to be `least` at least, or `most`
    at most. ImportError leaves the contender out, with a note.
    """

    label: str
    function: str
    per: int = 1
    arguments: tuple[Any, ...] = ()
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True)
class Timing:
    """Contenders that take turns of about `seconds`, each compared with the first.

    A time in seconds is shown times `scale`, in `unit`. The ratio says, of a "speed", how many times as fast as the
    first a contender is; of a "cost", how many times as long it takes. With `same`, the first steps of all must give
    the same result.
    """

    name: str
    title: str
    unit: str
    scale: float
    contenders: tuple[Contender, ...]
    ratio: Ratio = "speed"
    same: bool = False
    seconds: float = 0.5


@dataclass(frozen=True)
class Figures:
    """Contenders that report figures of their own, each from a fresh process.

    The figures named in `same` must be the same for all that report them.
    """

    name: str
    title: str
    contenders: tuple[Contender, ...]
    same: tuple[str, ...] = ()
