"""What a program is made from: a function with named arguments, its parameters, and which arguments are indices."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from ...engine import Value
from ...names import brief, near_names
from ...numbers import no_parameter, no_parameters
from ...optimizer import Checked
from ...sweep import are_leaves


class Signature:
    """The names of a function's positional arguments, how many it needs, and the places of those that are indices.

    >>> Signature(lambda x, token, scale=2.0: x, ["token"]).indices
    frozenset({1})
    """

    def __init__(self, f: Callable[..., Any], indices: str | Iterable[str] = ()) -> None:
        self._called = getattr(f, "__name__", type(f).__name__)
        self._names: list[str] = []
        self._needed = 0
        self._more = ""
        for p in _parameters_of(f):
            if p.kind is p.VAR_POSITIONAL:
                self._more = p.name
            elif p.kind is p.KEYWORD_ONLY and p.default is p.empty:
                raise TypeError(
                    f"{self._called} needs {p.name!r} by name, but a program passes its arguments in order; bind it "
                    f"first: compile(lambda x: f(x, {p.name}=...))"
                )
            elif p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
                self._names.append(p.name)
                self._needed += p.default is p.empty
        self._all = tuple(self._names)
        if not isinstance(indices, Iterable):
            raise TypeError(
                f"indices are names of arguments, such as {''.join(self._names[:1])!r}, not {brief(indices)}"
            )
        wanted = [indices] if isinstance(indices, str) else list(indices)
        for name in wanted:
            if name not in self._names:
                raise ValueError(f"no argument of {self._called} is named {name!r}{near_names(str(name), self._names)}")
        self.indices = frozenset(self._names.index(name) for name in wanted)

    @property
    def takes_arguments(self) -> bool:
        """Whether the function takes any arguments."""
        return bool(self._names or self._more)

    def __str__(self) -> str:
        return f"({', '.join([*self._names, *([f'*{self._more}'] if self._more else [])])})"

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def check_in_order(self, named: Iterable[str]) -> None:
        """Raise TypeError for what is given by name, where a program is given arrays in order."""
        for name in named:
            raise TypeError(
                f"a program is given its arrays of rows in order, and none by name, as {name!r} is here; "
                f"write program{self}, in the order of {self._called}"
            )

    def names(self, count: int) -> tuple[str, ...]:
        """Return the names of that many arguments; TypeError if the function does not take as many."""
        if count == len(self._names):
            return self._all
        if count < self._needed or (count > len(self._names) and not self._more):
            raise TypeError(
                f"{self._called}{self} takes {self._taken()}, but {count} {'was' if count == 1 else 'were'} given"
                f"{'; compile the method of an object, as in compile(model.loss)' * (self._names[:1] == ['self'])}"
            )
        more = [f"{self._more}[{i}]" for i in range(count - len(self._names))]
        return (*self._all[:count], *more)

    def _taken(self) -> str:
        """Return in words how many arguments the function takes."""
        n = len(self._names)
        optional = "" if self._needed == n else f" ({self._needed} of them needed)"
        if n < 2:
            return f"1 argument{optional}, an array of rows" if n else "no arguments"
        return f"{n} arguments{optional}, an array of rows for each"


def _parameters_of(f: Callable[..., Any]) -> Iterable[inspect.Parameter]:
    try:
        return inspect.signature(f).parameters.values()
    except ValueError:
        raise TypeError(
            f"{f!r} is not written in Python, so that it cannot be traced; wrap one of microgradx's own functions: "
            f"compile(lambda x: mx.exp(x))"
        ) from None


def parameters_of_program(parameters: Iterable[Value]) -> Checked:
    """Return the parameters of a program, checked: Values that are leaves, each once.

    >>> parameters_of_program(3)
    Traceback (most recent call last):
        ...
    TypeError: the parameters are a list of Values, not 3; write [3]
    """
    if isinstance(parameters, Value) or not isinstance(parameters, Iterable):
        raise TypeError(f"the parameters are a list of Values, not {no_parameters(parameters)}")
    if isinstance(parameters, Checked):
        return parameters
    found = Checked(parameters)
    if not are_leaves(Value, found):
        _refuse(found)
    return found


def _refuse(found: Checked) -> NoReturn:
    """Raise the error of what is no Value, else of what is computed, else of the Value that is there twice."""
    for i, v in enumerate(found):
        if not isinstance(v, Value):
            raise TypeError(f"the parameters are a list of Values, but entry {i} is {no_parameter(v)}")
    for i, v in enumerate(found):
        if v._primitive is not None:
            leaf = "a parameter is a leaf, a Value that is made of a number"
            raise ValueError(f"parameter {i} is computed, {brief(v)}; {leaf}")
    first: dict[Value, int] = {}
    i = next(i for i, v in enumerate(found) if first.setdefault(v, i) != i)
    raise ValueError(f"parameters {first[found[i]]} and {i} are the same Value, {found[i]!r}; list each once")
