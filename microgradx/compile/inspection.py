"""Inspection: what a program tells of itself, the paths of its rows, explanations, sources, and itself for JAX."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from .arguments import Shape
from .explain import Explanation, explained, formulas, made_of, names_of
from .path import Path
from .paths import Paths
from .routes import Route, route
from .signature import Signature
from .source import llvm_source, numpy_source, python_source


class Inspection(ABC):
    """The part of a `Program` that shows what became of its function, path by path."""

    f: Callable[..., Any]
    strict: bool
    signature: Signature
    _paths: dict[tuple[Shape, ...], Paths]
    _last: list[Path]  # those that rows of the last call could take

    @abstractmethod
    def __call__(self, *arguments: Any) -> Any:
        """Return the values of all rows: see `Program`."""

    @property
    def paths(self) -> list[Route]:
        """The ways through the function's ifs that rows have taken so far, with the comparisons that lead there."""
        return [route(path.recording, path.taken) for paths in self._paths.values() for path in paths.known]

    def explain(self, *arguments: Any) -> Explanation:
        """Return what became of the scalars, as text: which matrix operations they are, times, memory, paths.

        It tells of the path that most rows of the last call took, or first calls the program with rows that are given.
        ValueError if there was no call yet.
        """
        if arguments:
            self(*arguments)
        paths, path = self._shown("explain")
        return explained(paths, path, self._title(), 40)

    def source(self, language: str = "python") -> str:
        """Return the program as text that can be read and run: "python" for one row, "numpy" for a batch, or "llvm".

        It is that of the path that most rows of the last call took, and computes the gradient too, if there are
        parameters. ValueError for another language and before the first call; ImportError for "llvm" without llvmlite.
        """
        if language not in ("python", "numpy", "llvm"):
            raise ValueError(f"the source is 'python', 'numpy' or 'llvm', not {language!r}")
        paths, path = self._shown("source")
        plan = made_of(path).rolled.plan
        if language == "llvm":
            return llvm_source(plan, self.strict)
        return (python_source if language == "python" else numpy_source)(plan, formulas(names_of(paths, path), plan))

    def to_jax(self, gradient: bool = False) -> Callable[..., Any]:
        """Return the program as a pure function f(parameters, *arguments) of JAX arrays, which jits, vmaps and shards.

        It gives the value of each row, and `jax.grad` differentiates it; with `gradient` it gives the mean over the
        rows and its gradient (p,), by the partial derivatives of this library. Parameters are given as (p,) numbers,
        arguments as for the program, for rows of the shapes of its last call; other Values that it uses keep the
        numbers that they have now. Precision is that of JAX, single unless `jax_enable_x64` is set.

        TraceError for a program with branches, ValueError before the first call, ImportError without jax.

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

        paths, path = self._shown("to_jax")
        return to_jax(path.stages, paths.shapes, gradient)

    def _shown(self, method: str) -> tuple[Paths, Path]:
        """Return the path that most rows of the last call took."""
        for paths in self._paths.values():
            if paths.known and paths.known is self._last:
                return paths, max(paths.known, key=lambda path: path.taken)
        raise ValueError(f"nothing has been traced yet: call the program with rows, then {method} can tell of it")

    def _title(self) -> str:
        return f"{getattr(self, '__name__', type(self.f).__name__)}{self.signature}"
