"""What counts as a real number, and what to tell whoever gives something else."""

from __future__ import annotations

from numbers import Real
from types import FunctionType
from typing import Any

from .names import brief


def is_recording(x: Any) -> bool:
    """Return whether x records what is computed from it, as Values, Duals and numbers of a trace do: it is not plain.

    >>> from microgradx import Value
    >>> is_recording(Value(2.0)), is_recording(2.0)
    (True, False)
    """
    return hasattr(x, "_rank")


def real(x: Any) -> float:
    """Return x as a float if it is a real number: int, float, NumPy real scalar or 0-d array; else TypeError.

    >>> real(3)
    3.0
    """
    if type(x).__name__ == "ndarray" and x.shape == ():
        x = x.item()
    if isinstance(x, Real) and not isinstance(x, bool):
        try:
            return float(x)
        except OverflowError:
            raise OverflowError("a Value holds a float, and this whole number is beyond its range, ±1.8e308") from None
    raise TypeError(f"a Value holds one real number, not {brief(x)} of type {type(x).__name__}; {_advice(x)}")


def _advice(x: Any) -> str:
    if type(x).__name__ == "ndarray":
        return "write lists of Values and loops over single numbers (compile runs such code on whole arrays)"
    if isinstance(x, bool) or type(x).__name__ in ("bool", "bool_"):
        return "write 1.0 or 0.0, or choose with where(condition, a, b)"
    if isinstance(x, list | tuple) and any(map(is_recording, x)):
        alone = "write x[0] for the number in it; of an array, rows of one number have the shape (n,), not (n, 1)"
        return alone if len(x) == 1 else "work on its entries, as in [2 * v for v in x], sum(x) or dot(w, x)"
    if isinstance(x, list | tuple):
        return "make one Value of each element: [Value(x) for x in xs]"
    if getattr(x, "_rank", 0) == 1:
        return "it is a Value already; write +v for a new node, or Value(v.data) for a new leaf"
    if is_recording(x):
        return "it is a number already: leave Value(...) out, or write +v for a new node"
    if isinstance(x, complex):
        return "take its .real part if that is what is meant"
    return "convert it with float(...) first if it stands for a real number"


def of_data(x: Any) -> str:
    """Return what to do where data holds something that is no real number; "" if nothing is known of it.

    >>> of_data(None)
    'it is missing: fill it in, or drop the row'
    """
    if hasattr(x, "toarray"):
        return "it is sparse: write x.toarray()"
    if x is None or type(x).__name__ in ("NAType", "NaTType"):
        return "it is missing: fill it in, or drop the row"
    if isinstance(x, bool) or type(x).__name__ == "bool_":
        return "write 1.0 for True and 0.0 for False; of a whole array or table, x.astype(float)"
    if isinstance(x, str):
        return "write float(...) of text that stands for a number, and 0, 1, 2, … for the classes that it names"
    if isinstance(x, dict):
        return "write rows as lists with their entries in one order, as in [[row['a'], row['b']] for row in rows]"
    return ""


def operand(x: Any) -> Any:
    """Return an operand that is not a Value as a plain number; NotImplemented if its own class shall answer."""
    if getattr(x, "_rank", 0) > 1 or isinstance(x, str) or x is None:
        return NotImplemented
    return float(x) if isinstance(x, Real) and not isinstance(x, bool) else real(x)


def listed(x: Any) -> list[Any]:
    """Return the inputs of a function as a list; TypeError for a single number.

    >>> listed((1.0, 2.0))
    [1.0, 2.0]
    """
    if isinstance(x, Real) or is_recording(x):
        raise TypeError(f"the inputs are a list, not {brief(x)}; write [{brief(x)}], and the function takes that list")
    return list(x)


def check_function(f: Any) -> None:
    """Raise TypeError unless f is a function of one list, where one is to be differentiated, and no graph."""
    if not callable(f):
        raise TypeError(
            f"a function of a list of numbers is differentiated here, such as lambda x: x[0] * x[1], not {brief(f)}; "
            f"of a graph that is recorded, grad(output, inputs) gives the gradient"
        )
    if isinstance(f, FunctionType):
        code = f.__code__
        needed = code.co_varnames[: code.co_argcount - len(f.__defaults__ or ())]
        if len(needed) > 1:
            raise TypeError(
                f"a function of one list of numbers is differentiated here, not of {len(needed)} arguments, "
                f"{', '.join(needed)}; write lambda x: f(*x), where f is that function"
            )


def as_written(x: Any) -> float:
    """Return a plain number as written: a constant 3 stays 3 in pictures and formulas."""
    return x if x.__class__ is float or x.__class__ is int else real(x)


def no_parameters(given: Any) -> str:
    """Return what was given in place of a list of parameters, and what to write.

    >>> from microgradx.nn import Neuron
    >>> print(no_parameters(Neuron(1).parameters))
    the method 'parameters' itself; call it, as in model.parameters()
    >>> print(no_parameters(Neuron(1)))
    Neuron(1, linear); write model.parameters()
    """
    shown = brief(given).removesuffix(" …")
    if hasattr(given, "parameters"):
        return f"{shown}; write model.parameters()"
    if callable(given) and hasattr(given, "__name__"):
        kind, model = ("method", "model.") if hasattr(given, "__self__") else ("function", "")
        return f"the {kind} {given.__name__!r} itself; call it, as in {model}{given.__name__}()"
    return f"{shown}; write [{shown}]"


def no_parameter(entry: Any) -> str:
    """Return what stands among parameters and is none, and what to write.

    >>> print(no_parameter([0.5, 2.0]))
    the list [0.5, 2.0]; write that list itself, and [*a, *b] for several
    """
    shown = brief(entry).removesuffix(" …")
    if isinstance(entry, list | tuple):
        return f"the {type(entry).__name__} {shown}; write that {type(entry).__name__} itself, and [*a, *b] for several"
    if hasattr(entry, "parameters"):
        return f"{shown}; write model.parameters(), and [*a.parameters(), *b.parameters()] for several models"
    return f"{shown} of type {type(entry).__name__}; write model.parameters()"
