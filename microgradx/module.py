"""Module: anything with parameters, found by walking its attributes; and modules made of others."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from os import PathLike
from typing import Any

from . import files
from .activations import activations_within
from .engine import Value
from .errors import LoadError, ShapeError
from .in_trace import refuse_in_trace
from .node import set_data
from .numbers import listed


class Module:
    """Something with parameters: the Values found in its attributes, lists and sub-modules, in order of definition.

    A class that keeps Values elsewhere, as in objects that are no modules, overrides `parameters`; those that it adds
    are saved and loaded under the name "parameters". To call one without a __call__ of its own is a TypeError.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.w, self.b = Value(2.0), Value(1.0)
    ...     def __call__(self, x):
    ...         return self.w * x + self.b
    >>> Line().state_dict()
    {'w': 2.0, 'b': 1.0}
    """

    def __call__(self, x: Any) -> Any:
        hint = "rename its forward to __call__" if hasattr(self, "forward") else "define what it computes"
        raise TypeError(f"{type(self).__name__} has no __call__(self, x); {hint}")

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """Yield (name, parameter), each parameter once, such as ('layers.0.neurons.2.w.1', …)."""
        yield from _each_once(_places(self))

    def parameters(self) -> list[Value]:
        """Return the parameters, each once; a neuron's are its weights, then its bias."""
        places = _table(self, _walk(vars(self).items(), (self,))).values()
        found = list(chain.from_iterable([x] if isinstance(x, Value) else x for x in places))
        return found if len(set(found)) == len(found) else list(dict.fromkeys(found))  # in several times as long

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0."""
        for v in self.parameters():
            v.grad = 0.0

    def state_dict(self) -> dict[str, Any]:
        """Return name → number, or list of numbers, for all parameters."""
        return {name: _numbers(found) for name, found in _places(self).items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Set all parameters from `state`; LoadError, with nothing changed, unless names and lengths all fit."""
        if not isinstance(state, dict):
            raise LoadError(f"a state is a dictionary from names to numbers, not {state!r}")
        places = _places(self)
        if missing := places.keys() - state.keys():
            raise LoadError(f"the state lacks {_some(missing)}, which the model has")
        if extra := state.keys() - places.keys():
            raise LoadError(f"the state has {_some(extra)}, which the model does not have")
        new = [pair for name, found in places.items() for pair in _matched(name, found, state[name])]
        if new:
            refuse_in_trace("v.data", new[0][0])
        # All at once, as in `Value.backward`: no interrupt leaves a model half loaded.
        set_data([v for v, _ in new], [x for _, x in new])

    def save(self, path: str | PathLike[str]) -> None:
        """Write the parameters, and the names of activations, to a .json or .safetensors file; see `files.save`."""
        files.save(self, path, activations_within(self))

    def load(self, path: str | PathLike[str] = "") -> None:
        """Set the parameters from such a file; LoadError, with nothing changed, unless it fits.

        Names and lengths must, and activations where file and model name them. TypeError for Module.load(path).
        """
        if not isinstance(self, Module):
            raise TypeError(f"load is called on a model: make one of the same sizes, then write model.load({self!r})")
        files.load(self, path, activations_within(self))

    def multiply_adds(self) -> int:
        """Return the multiply-adds of one forward pass, where known: one for each weight (CSC 311, lecture 4)."""
        return sum(part.multiply_adds() for _, part in self.parts())

    def parts(self) -> Iterator[tuple[str, Module]]:
        """Yield (name, module) for the modules directly inside."""
        for name, x in vars(self).items():
            if isinstance(x, Module):
                yield name, x
            elif isinstance(x, list | tuple | dict):
                inside = x.items() if isinstance(x, dict) else enumerate(x)
                yield from ((f"{name}.{key}", part) for key, part in inside if isinstance(part, Module))

    def describe(self) -> str:
        """Return one line that says what this part is."""
        return type(self).__name__

    def __repr__(self) -> str:
        rows = [(name, part.describe(), len(part.parameters()), part.multiply_adds()) for name, part in self.parts()]
        rows += [(name, "Value" if n == 1 else "Values", n, 0) for name, n in _own(self).items()]
        rows.append(("total", "", len(self.parameters()), self.multiply_adds()))
        cells = [("", "part", "parameters", "multiply-adds")]
        cells += [(name, about, f"{n:,}", f"{c:,}" if c else "–") for name, about, n, c in rows]
        widths = [max(len(row[i]) for row in cells) for i in range(4)]
        lines = [
            f"  {n:<{widths[0]}}  {d:<{widths[1]}}  {p:>{widths[2]}}  {c:>{widths[3]}}".rstrip() for n, d, p, c in cells
        ]
        return "\n".join([self.describe(), *lines])


def _some(names: Any) -> str:
    shown = sorted(names)[:3]
    return ", ".join(map(repr, shown)) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _places(module: Module) -> dict[str, Any]:
    """Return dotted name → Value, or list of Values, for all that holds parameters; ValueError if two share a name."""
    return _table(module, _all(module, (module,)))


def _table(module: Module, places: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, x in places:
        if name in found:
            raise ValueError(f"two parameters of the {type(module).__name__} are called {name!r}; rename one")
        found[name] = x
    return found


def _all(module: Module, above: tuple[Module, ...]) -> Iterable[tuple[str, Any]]:
    """Return the places that the attributes lead to, then the parameters that the module's class adds to those."""
    found = _walk(vars(module).items(), above)
    if type(module).parameters is Module.parameters:
        return found
    places = list(found)
    known = {v for place in places for _, v in _leaves(*place)}
    added = {v: None for v in module.parameters() if _is_parameter(v) and v not in known}
    return [*places, ("parameters", list(added))] if added else places


def _walk(entries: Iterable[tuple[Any, Any]], above: tuple[Module, ...]) -> Iterator[tuple[str, Any]]:
    for key, x in entries:
        if _is_parameter(x) or _are_parameters(x):
            yield str(key), x
            continue
        for suffix, place in _inside(x, above):
            yield f"{key!s}.{suffix}", place


def _inside(x: Any, above: tuple[Module, ...]) -> Iterable[tuple[str, Any]]:
    """Return the places in something that is no parameter itself; a part may know the whole."""
    if isinstance(x, Module):
        return () if any(x is module for module in above) else _all(x, (*above, x))
    if isinstance(x, (list, tuple)):
        return _walk(enumerate(x), above)
    return _walk(x.items(), above) if isinstance(x, dict) else ()


def _each_once(places: dict[str, Any]) -> Iterator[tuple[str, Value]]:
    seen: set[int] = set()
    for name, found in places.items():
        for suffix, v in _leaves(name, found):
            if id(v) not in seen:
                seen.add(id(v))
                yield suffix, v


def _own(module: Module) -> dict[str, int]:
    """Return how many parameters each attribute of a module holds besides those of its parts."""
    inside = {id(v) for _, part in module.parts() for v in part.parameters()}
    return dict(Counter(name.partition(".")[0] for name, v in module.named_parameters() if id(v) not in inside))


def _is_parameter(x: Any) -> bool:
    return isinstance(x, Value) and x._primitive is None  # a module may also keep what it has computed


def _are_parameters(x: Any) -> bool:
    """Return whether it is a list of parameters, of which there may be very many."""
    if not isinstance(x, (list, tuple)) or isinstance(x, Module) or not x or not _is_parameter(x[0]):
        return False
    return not [v for v in x if v.__class__ is not Value or v._primitive is not None]


def _leaves(name: str, found: Any) -> Iterable[tuple[str, Value]]:
    return [(name, found)] if isinstance(found, Value) else ((f"{name}.{i}", v) for i, v in enumerate(found))


def _numbers(found: Any) -> Any:
    return found.data if isinstance(found, Value) else [v.data for v in found]


def _matched(name: str, found: Any, given: Any) -> list[tuple[Value, float]]:
    places, numbers = ([found], [given]) if isinstance(found, Value) else (list(found), given)
    if not isinstance(numbers, list | tuple):
        raise LoadError(f"{name!r} is a list of {len(places)} numbers in the model, not {given!r}")
    if len(numbers) != len(places):
        raise LoadError(f"{name!r} has {len(places)} numbers in the model, {len(numbers)} in the state")
    for x in numbers:
        if isinstance(x, bool) or not isinstance(x, int | float) or not abs(x) <= sys.float_info.max:
            raise LoadError(f"{name!r} holds {x!r}, which is not a finite number")
    return list(zip(places, map(float, numbers), strict=True))


class Sequential(Module):
    """Modules, or any functions, one after the other: ValueError for none, TypeError for what cannot be called.

    >>> Sequential(lambda x: x * 2.0, lambda x: x + 1.0)(Value(3.0))
    Value(7.0, grad=0.0, op='+')
    """

    def __init__(self, *modules: Callable[[Any], Any]) -> None:
        if not modules:
            raise ValueError("Sequential of no modules computes nothing; give it at least one")
        for module in modules:
            if not callable(module):
                raise TypeError(f"Sequential takes modules or functions, not {module!r}; write Sequential(a, b, c)")
        self.modules = list(modules)

    def __call__(self, x: Any) -> Any:
        for module in self.modules:
            x = module(x)
        return x


class Residual(Module):
    """A skip connection: x + f(x), so that gradients reach earlier layers even where f is dead (6.390, lecture 6).

    ShapeError where f(x) has another number of entries than x.

    >>> Residual(lambda x: [3.0 * x[0]])([Value(1.0)])
    [Value(4.0, grad=0.0, op='+')]
    """

    def __init__(self, module: Callable[[Any], Any]) -> None:
        self.module = module

    def __call__(self, x: Iterable[Any]) -> list[Any]:
        xs = listed(x)
        y = self.module(xs)
        ys = list(y) if isinstance(y, list | tuple) else [y]
        if len(xs) != len(ys):
            raise ShapeError(f"a skip connection adds x to f(x): x has {len(xs)} entries, f(x) has {len(ys)}")
        return [xᵢ + yᵢ for xᵢ, yᵢ in zip(xs, ys, strict=True)]
