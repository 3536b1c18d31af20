"""Inspection: what a program tells of itself, the paths of its rows, explanations, sources, and itself for JAX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .forks import MAKING
from .paths.path import Path
from .paths.paths import Paths
from .paths.routes import Routes, of_shapes, route
from .paths.tally import Tally
from .rows.arguments import Shape
from .rows.signature import Signature

if TYPE_CHECKING:
    from .printing.explain import Explanation

LIMIT = 40
"""As many lines of the function, and of its gradient, as `explain` shows unless it is asked for more."""


class Inspection(ABC):
    """The part of a `Program` that shows what became of its function, path by path."""

    f: Callable[..., Any]
    strict: bool
    signature: Signature
    _paths: dict[tuple[Shape, ...], Paths]
    _last: list[Path]  # those that rows of the last call could take, …
    _tally: Tally[Path]  # … and how many did
    _is_training: bool  # whether the last call was one, …
    _trained: str  # … and how the steps of the last one were made

    @abstractmethod
    def __call__(self, *arguments: Any) -> Any:
        """Return the values of all rows: see `Program`."""

    @property
    def paths(self) -> Routes:
        """The ways through the function's ifs that rows have taken so far, with the comparisons that lead there."""
        several = len(self._paths) > 1
        return Routes(
            route(path.recording, self._tally[path], of_shapes(paths.eager.names, paths.shapes) if several else "")
            for paths in self._paths.values()
            for path in paths.known
        )

    def explain(self, *arguments: Any, path: int | None = None, limit: int | None = LIMIT) -> Explanation:
        """Return what became of the scalars, as text: which matrix operations they are, paths, times, memory.

        It tells of the path that most rows of the last call took, or first calls the program with rows that are given;
        where there are several, the text numbers them, and `path` chooses another. The function and its gradient have
        `limit` lines each, in which steps that repeat are told once, or as many as there are with None. ValueError if
        there was no call yet, and for no such path or limit.

        >>> from microgradx import Value, compile, sigmoid
        >>> w = Value(0.5, "w")
        >>> found = compile(lambda x, y: (sigmoid(w * x) - y) ** 2, parameters=[w]).explain([1.0], [1.0])
        >>> for line in found.nests[:4]:
        ...     print(line)
        z1 = w·x      1 number
        a1 = σ(z1)    1 number
        z2 = a1 − y   1 sum of 2 terms
        value = z2²   1 number
        """
        with MAKING.done():
            from .printing.explain import Calls, explained

        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise ValueError(f"limit is a number of lines, at least 1, or None for all of them, not {limit!r}")
        if arguments:
            self(*arguments)
        shown = self._shown("explain", path)
        return explained(*shown, self._title(), limit, Calls(self._tally, self._is_training, self._trained))

    def source(self, language: str = "python", path: int | None = None) -> str:
        """Return the program as text that can be read and run: "python" for one row, "numpy" for a batch, or "llvm".

        Its head says how to call it; a prompt and a notebook show the text line by line. It is that of the path that
        most rows of the last call took, or of `path`, as `explain` numbers them, and computes the gradient too, if
        there are parameters. ValueError for another language and before the first call; ImportError for "llvm"
        without llvmlite.
        """
        with MAKING.done():
            from .printing.source import llvm_source, python_source
            from .printing.source_header import subject_of
            from .printing.source_numpy import numpy_source
            from .printing.text import Text

        if language not in ("python", "numpy", "llvm"):
            raise ValueError(f"the source is 'python', 'numpy' or 'llvm', not {language!r}")
        paths, shown = self._shown("source", path)
        if language == "llvm":
            return Text(llvm_source(shown.made.rolled.plan, self.strict))
        subject = subject_of(paths, shown, self._title())
        return Text((python_source if language == "python" else numpy_source)(subject, self.strict))

    def to_jax(self, gradient: bool = False) -> Callable[..., Any]:
        """Return the program as a pure function f(parameters, *arguments) of JAX arrays, which jits, vmaps and shards.

        It gives the value of each row, and `jax.grad` differentiates it; with `gradient` it gives the mean over the
        rows and its gradient (p,), by the partial derivatives of this library. Parameters are given as (p,) numbers,
        arguments as for the program, for rows of the shapes of its last call; other Values that it uses keep the
        numbers that they have now. Precision is that of JAX, single unless `jax_enable_x64` is set. To train
        data-parallel, put the rows on a mesh whose axes are `AxisType.Auto`, and jit a step that uses the gradient.

        Where the program branches, all paths that it has met are computed for all rows, and each row takes its own;
        a row of a path never met is NaN, so call the program with rows of every kind first. Nothing raises a
        DomainError there: log(0.0) is an inf and goes on, as JAX has it, and 1 / (1 + 1 / x) is 0 at 0. ValueError
        before the first call, ImportError without jax.

        >>> from microgradx import Value, compile
        >>> w = Value(3.0, "w")
        >>> program = compile(lambda x: w * x * x, parameters=[w])
        >>> program([1.0, 2.0]).tolist()
        [3.0, 12.0]
        >>> f = program.to_jax()
        >>> f([2.0], [1.0, 2.0]).tolist()
        [2.0, 8.0]
        """
        from .to_jax import to_jax

        paths, _ = self._shown("to_jax")
        return to_jax(paths, gradient)

    def _shown(self, method: str, path: int | None = None) -> tuple[Paths, Path]:
        """Return a path for rows as those of the last call, the one that most of them took if none is given."""
        if not self._last and (example := self._example()) is not None:
            self(*example)
        known = [paths for paths in self._paths.values() if paths.known]
        if not known:
            raise ValueError(f"nothing has been traced yet: call the program with rows, then {method}() can tell of it")
        (paths,) = [paths for paths in known if paths.known is self._last] or known[-1:]  # that call may have failed
        if path is None:
            return paths, max(paths.known, key=lambda path: self._tally[path])
        if path in range(len(paths.known)):
            return paths, paths.known[path]
        if len(paths.known) == 1:
            raise ValueError(f"there is one path, 0, and none that is {path!r}")
        raise ValueError(f"path is one of 0 to {len(paths.known) - 1}, as explain() numbers them, not {path!r}")

    def _example(self) -> tuple[Any, ...] | None:
        """Return rows to call the program with where the user gave none, None if none are known."""
        return None if self.signature.takes_arguments else ()

    def _title(self) -> str:
        return f"{getattr(self, '__name__', type(self.f).__name__)}{self.signature}"
