"""What training asks of a model and its loss, computed on Values; `compile.training` computes the same natively."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

from ..engine import Value
from ..errors import TraceError, out_of_range, way_out
from ..ieee import plain
from ..losses import LOSSES, Loss
from ..module import Module
from ..numbers import is_recording, real
from ..optimizer import Optimizer
from ..pairing import is_list
from .examples import Example
from .settings import Settings
from .steps import Gradient, Leap


class Work(Protocol):
    """What a run is handed: all that knows the examples.

    `by` names what computes it. `alone` is held while a step reads or changes parameters, to keep away what would give
    them other numbers for a while in another thread.
    """

    by: str
    alone: AbstractContextManager[Any]

    @property
    def gradient(self) -> Gradient:
        """What adds the gradient of the mean loss of some examples to the parameters' `grad`."""
        ...

    def leap(self, optimizer: Optimizer, settings: Settings) -> Leap:
        """Return what makes many steps at once."""
        ...

    def confirm(self, epochs: int) -> None:
        """Raise TraceError if what was computed in so many epochs is not what the model computes."""
        ...


class Judge(Work, Protocol):
    """What `fit` asks besides: `arithmetic` tells apart what rounds in another way."""

    arithmetic: str

    def losses(self, examples: Sequence[Example]) -> list[float]:
        """Return the loss of each example."""
        ...

    def predictions(self, examples: Sequence[Example]) -> list[Any]:
        """Return the model's output for each example, as plain numbers."""
        ...


class Eager:
    """Training on Values, one example after the other.

    >>> from ..losses import mse_loss
    >>> from ..nn import Neuron
    >>> neuron = Neuron(1, init=[2.0, 0.0])
    >>> Eager(neuron, mse_loss, [([1.0], 0.0), ([2.0], 4.0)]).gradient([0, 1])
    4.0
    >>> neuron.b.grad
    2.0
    """

    arithmetic = "exact"

    def __init__(self, model: Module, loss: Loss, examples: Sequence[Example], why: str = "") -> None:
        self.by = f"Values{why and ', because '}{why}"
        self.alone: AbstractContextManager[Any] = nullcontext()
        self._model, self._loss, self._examples = model, loss, examples

    def gradient(self, rows: Sequence[int]) -> float:
        """Add the gradient of the mean loss of these examples to the parameters' `grad`, return the sum of losses."""
        seed = 1.0 / len(rows)
        total = 0.0
        for i in rows:
            x, t = self._examples[i]
            try:
                output = self._cost(x, t)
                if output.__class__ is Value:
                    output.backward(seed)
                    total += output.data
                else:
                    total += output  # a constant, such as 0.0 where the user's loss has a branch
            except Exception as error:
                error.add_note(
                    f"It arose in training, with example {i}: inputs {reprlib.repr(x)}, target {reprlib.repr(t)}."
                )
                if where := out_of_range(error):
                    error.add_note(f"Out of range is {where}.")
                if why := way_out(error):
                    error.add_note(f"{why[0].upper()}{why[1:]}.")
                raise
        return total

    def _cost(self, x: Any, t: Any) -> Any:
        """Return the loss of one example; TypeError, which says what a loss is given, if it does not take it."""
        prediction = self._model(x)
        try:
            found = self._loss(prediction, t)
            if found is None or is_list(found):
                raise TypeError(f"it gave {reprlib.repr(found)}")
            return found if is_recording(found) else real(found)
        except (AttributeError, TypeError) as error:
            if isinstance(error, TraceError) or self._loss in LOSSES.values():
                raise
            raise TypeError(
                f"a loss is given the prediction and the target of one example, here {reprlib.repr(prediction)} and "
                f"{reprlib.repr(t)}, and returns one number, as in lambda y, t: (y - t)**2; fit takes the mean. This "
                f"one did not: {error}"
            ) from error

    def leap(self, optimizer: Optimizer, settings: Settings) -> Leap:
        """Return what makes no steps at once."""
        return lambda position, until: None

    def confirm(self, epochs: int) -> None:
        """Values compute what the model does."""

    def losses(self, examples: Sequence[Example]) -> list[float]:
        """Return the loss of each example."""
        return [plain(self._cost(x, t)) for x, t in examples]

    def predictions(self, examples: Sequence[Example]) -> list[Any]:
        """Return the model's output for each example, as plain numbers."""
        return [_plain(self._model(x)) for x, _ in examples]


@contextmanager
def in_numbers(on_values: Callable[[list[Any]], object] | None, rows: Iterable[Any]) -> Iterator[None]:
    """Raise in place of an error that may tell of traced names that of Values, if they meet one in these rows."""
    try:
        yield
    except (IndexError, ValueError):
        try:
            if on_values:
                on_values(list(rows))
        except Exception as error:
            raise error from error.__cause__  # the other one says the same of names
        raise


def _plain(output: Any) -> Any:
    return [_plain(v) for v in output] if is_list(output) else plain(output)
