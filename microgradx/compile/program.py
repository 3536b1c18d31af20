"""Program: what `compile` returns, a function of one row that takes arrays of rows."""

from __future__ import annotations

import os
import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial, update_wrapper
from typing import Any, Never

import numpy as np

from ..engine import Value
from ..in_trace import refuse_in_trace
from ..names import brief
from ..optimizer import Optimizer
from ..train.history import History
from .backends.backends import backend
from .bound import Bound
from .forks import MAKING
from .inspection import Inspection
from .paths.path import Call, Path
from .paths.paths import Paths
from .paths.stages import Stages
from .paths.tally import Tally
from .rows.arguments import Batch, Shape, batch
from .rows.eager import Eager
from .rows.signature import Signature, parameters_of_program
from .tape.tape import Floats
from .tracing.choices import Choosing
from .tracing.recording import Recording
from .tracing.trace import trace
from .watch.outside import Outside

DIRECTION = "the arguments and then the direction: jvp(X, V), or jvp(X, Y, (V, W)) for two"


class Program(Inspection):
    """A function of one row of numbers, compiled: call it with arrays of rows. Made by `compile`.

    >>> from microgradx import compile, tanh
    >>> w = Value(0.5, "w")
    >>> program = compile(lambda x: tanh(w * x), parameters=[w])
    >>> program([0.0, 2.0]).round(6).tolist()
    [0.0, 0.761594]
    """

    def __init__(
        self,
        f: Callable[..., Any],
        parameters: Iterable[Value] = (),
        indices: str | Iterable[str] = (),
        strict: bool = False,
        target: str = "auto",
        cache: bool | str | os.PathLike[str] = True,
        max_paths: int = 64,
        threads: int | None = None,
    ) -> None:
        if isinstance(f, type) or not callable(f):
            instead = f"; make an object, as in {f.__name__}(…), and compile that" if isinstance(f, type) else ""
            instead = instead or "; for a recorded graph see compile_graph"
            raise TypeError(f"compile takes a function of one row, not {reprlib.repr(f)}{instead}")
        if isinstance(f, Program):
            raise TypeError(f"{brief(f)} is compiled already; give the function itself, which is its .f")
        if isinstance(max_paths, bool) or not isinstance(max_paths, int) or max_paths < 1:
            raise ValueError(f"max_paths is a whole number of at least 1, not {max_paths!r}")
        self.f = f
        self.strict = strict
        self.max_paths = max_paths
        self.parameters = parameters_of_program(parameters)
        self.signature = Signature(f, indices)
        self._backend = backend(target, cache, threads)
        self._paths: dict[tuple[Shape, ...], Paths] = {}
        self._guarded: dict[tuple[Shape, ...], Paths] = {}
        self._last: list[Path] = []
        self._tally: Tally[Path] = Tally()
        self._is_training, self._trained = False, ""
        update_wrapper(self, f, updated=())

    @property
    def target(self) -> str:
        """What runs the program: "llvm" or "numpy"."""
        return self._backend.name

    def __call__(self, *arguments: Any, **others: Never) -> Any:
        """Return the values of all rows, (n,), or (n, k) of a function that returns a list of k.

        Rows whose result is not finite are run again on Values: DomainError, as from these, with the row.
        """
        return self._bound(arguments, others)()

    def value_and_grad(self, *arguments: Any, at: Any = None, **others: Never) -> tuple[float, Floats]:
        """Return the mean value over the rows, and its gradient (p,) in the order of the parameters.

        In strict mode they are bit for bit what a loop over the rows gives on Values, with gradients that begin at 0,
        on any target, on any number of threads, whichever paths the rows take:

            total = 0.0
            for row in rows:
                loss = f(*row)
                total += loss.data
                loss.backward(1 / len(rows))
            mean = total / len(rows)

        A row that leaves a domain, as log(−1) does, is a DomainError with its number. NaN and inf are carried on: one
        such row makes the mean NaN or inf, and what its error signals reach of the gradient; no row is left out.
        The `.grad` of the parameters stays as it is: for the steps of an optimiser see `train`.

        `at` gives p numbers to use instead of the parameters' data, for optimisers that keep their own. ValueError
        for a program without parameters and for no rows, ShapeError for a function that returns a list, even of one.
        """
        return self._bound(arguments, others).value_and_grad(at)

    def gradients(self, *arguments: Any, **others: Never) -> Any:
        """Return ∂value/∂argument in each row: one array for each argument, shaped as it; for one argument the array.

        An index has the derivative 0. ShapeError for a function that returns a list, even of one.
        """
        return self._bound(arguments, others).gradients()

    def jacobian(self, *arguments: Any, **others: Never) -> Floats:
        """Return ∂outputᵢ/∂xⱼ in each row, (n, k, m): k outputs by all m numbers of the row, argument by argument."""
        return self._bound(arguments, others).jacobian()

    def hessian(self, *arguments: Any, **others: Never) -> Floats:
        """Return ∂²value/∂x∂x′ in each row, (n, m, m), over all m numbers of the row, argument by argument.

        ShapeError for a function that returns a list, even of one.
        """
        return self._bound(arguments, others).hessian()

    def jvp(self, *arguments: Any, **others: Never) -> tuple[Any, Any]:
        """Return the values, and their derivatives along a direction, Σ ∂value/∂x · ẋ, in each row.

        The last argument is the direction: for one argument an array of its shape, for several a tuple of these, with
        None for an index.
        """
        self.signature.check_in_order(others)
        if len(arguments) < 2:
            raise TypeError(f"jvp takes {DIRECTION}")
        try:
            self.signature.names(len(arguments) - 1)
        except TypeError as error:
            raise TypeError(f"{error}, without the direction; jvp takes {DIRECTION}") from None
        return self._bound(arguments[:-1], {}).jvp(arguments[-1])

    def on(self, *arguments: Any, **others: Never) -> Bound:
        """Return the program on these rows, checked, copied and packed once, for methods without arguments.

        It is what an optimiser calls again and again; changes of the arrays after this are not seen.

        >>> from microgradx import compile
        >>> w, b = Value(0.0, "w"), Value(0.0, "b")
        >>> program = compile(lambda x, y: (w * x + b - y) ** 2, parameters=[w, b])
        >>> loss = program.on([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])
        >>> loss.value_and_grad(at=[2.0, 1.0])
        (0.0, array([0., 0.]))

        `mx.minimize(loss)` searches its parameters by SciPy's methods; any other minimiser that takes a function with
        its gradient is given all it needs: `minimize(loss.value_and_grad, [0.0, 0.0], jac=True)`.
        """
        return self._bound([np.array(x) for x in self._rows(arguments, others)[1].arrays], others)

    def train(self, *arguments: Any, optimizer: Optimizer | None = None, **settings: Any) -> History:
        """Train the parameters on the mean value over the rows, all of it in machine code, and return the History.

        The settings are those of `fit`: epochs, batch_size, l2, seed, schedule, clip_norm, clip_value, callbacks,
        progress, and `validation`, other rows of all arguments, with `patience`. Rows may differ in shape, such as
        sequences of several lengths: each shape is compiled once, and of a long function as much as the run repays.
        In strict mode losses, weights and their `grad`, that of the last step, are those of training on Values bit for
        bit: the gradient of a batch is that of the loop in `value_and_grad`, and the loss of an epoch the sum of its
        batches' totals, over the rows.
        Rows are read once, when training begins: what a callback or a schedule changes in them has no effect on it, and
        other threads must not change them meanwhile. Errors as of `fit` and of `value_and_grad`.

        >>> from microgradx import compile, optim
        >>> w = Value(0.0, "w")
        >>> program = compile(lambda x, y: (w * x - y) ** 2, parameters=[w])
        >>> history = program.train([1.0, 2.0], [3.0, 6.0], optimizer=optim.SGD(lr=0.1), epochs=50, batch_size=1)
        >>> round(w.data, 6)
        3.0
        """
        with MAKING.done():
            from .training.training import train

        return train(self, arguments, optimizer=optimizer, **settings)

    def __repr__(self) -> str:
        count = len(self.parameters)
        about = f"{count} parameter{'' if count == 1 else 's'}, {self.target}{', strict' if self.strict else ''}"
        return f"<compiled {self._title()}: {about}>"

    def __reduce__(self) -> Any:
        raise TypeError(f"{self!r} is code of this process, and is not copied or pickled: compile its function again")

    def called(self, arguments: Sequence[Any]) -> tuple[Paths, Call]:
        """Return the arguments of a call, checked, and the paths for rows of their shape."""
        paths, rows = self._rows(arguments, {})
        call = Call(rows)
        self.enter(paths, call.tally)
        return paths, call

    def enter(self, paths: Paths, tally: Tally[Path], trained: str | None = None) -> None:
        """Note that a call is for rows that take these paths, which the tally counts; and how it `trained`, if so."""
        self._last, self._tally, self._is_training = paths.known, tally, trained is not None
        self._trained = self._trained if trained is None else trained

    def _bound(self, arguments: Sequence[Any], others: Mapping[str, Never]) -> Bound:
        return Bound(self, *self._rows(arguments, others))

    def _rows(self, arguments: Sequence[Any], others: Mapping[str, Never]) -> tuple[Paths, Batch]:
        refuse_in_trace("a call of a program", self)
        self.signature.check_in_order(others)
        names = self.signature.names(len(arguments))
        rows = batch(arguments, names, self.signature.indices)
        paths = self._paths.get(rows.shapes)
        if paths is None:
            paths = self._paths[rows.shapes] = self._new_paths(rows.shapes, names)
        return paths, rows

    def guarded(self, paths: Paths) -> Paths:
        """Return the paths on which second derivatives are computed: in strict mode no choice is made at run time."""
        if not self.strict:
            return paths
        if paths.shapes not in self._guarded:
            self._guarded[paths.shapes] = self._new_paths(paths.shapes, paths.eager.names, Choosing.NONE)
        return self._guarded[paths.shapes]

    def _new_paths(self, shapes: Sequence[Shape], names: Sequence[str], choosing: Choosing = Choosing.ALL) -> Paths:
        eager = Eager(self.f, names, self.signature.indices)
        record = partial(self._recorded, eager, choosing)
        return Paths(eager, shapes, self.parameters, self.max_paths, record, self._stages, lambda: self._outside)

    @cached_property
    def _outside(self) -> Outside:
        """What the function reads besides its arguments."""
        return Outside(self.f, len(self.parameters), self._backend.passing_by)

    def _stages(self, recording: Recording, seconds: float) -> Stages:
        return Stages(recording, self._backend, self.strict, seconds)

    def _recorded(self, eager: Eager, choosing: Choosing, rows: Batch, row: int) -> Recording:
        """Trace the function on one row."""
        example = eager.numbers(rows, row)
        strict, indices = self.strict, eager.indices
        return self._outside.noting_draws(
            lambda: trace(
                self.f, rows.shapes, self.parameters, indices=indices, example=example, strict=strict, choosing=choosing
            )
        )
