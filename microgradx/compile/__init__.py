"""compile: the same scalar code at machine speed.

A function of one row, written with Values, loops and ifs, is run once on numbers that record; the recording is
differentiated, simplified, re-rolled into loop nests, and run on arrays of rows, as machine code where llvmlite is
installed, else by NumPy.

Read `program` with `bound`, `inspection` and `to_jax`, `graph`, `fitting`; then, floor by floor, `rows` and `tape`,
`tracing`, `passes`, `nests`, `backends` and `watch`, `paths`, `printing` and `training`; `collector` and `forks` where
they are used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib.util import find_spec
from os import PathLike
from typing import TYPE_CHECKING, Any, Never, overload

from ..keywords import check_keywords, keywords
from .forks import MAKING

if TYPE_CHECKING:
    from ..engine import Value
    from .program import Program

Function = Callable[..., Any]


@overload
def compile(
    f: Function,
    parameters: Iterable[Value] = (),
    *,
    indices: str | Iterable[str] = (),
    strict: bool = False,
    target: str = "auto",
    cache: bool | str | PathLike[str] = True,
    max_paths: int = 64,
    threads: int | None = None,
) -> Program: ...
@overload
def compile(
    f: None = None,
    parameters: Iterable[Value] = (),
    *,
    indices: str | Iterable[str] = (),
    strict: bool = False,
    target: str = "auto",
    cache: bool | str | PathLike[str] = True,
    max_paths: int = 64,
    threads: int | None = None,
) -> Callable[[Function], Program]: ...
def compile(
    f: Function | None = None,
    parameters: Iterable[Value] = (),
    *,
    indices: str | Iterable[str] = (),
    strict: bool = False,
    target: str = "auto",
    cache: bool | str | PathLike[str] = True,
    max_paths: int = 64,
    threads: int | None = None,
    **others: Never,
) -> Program | Callable[[Function], Program]:
    """Return f, a function of one row written on scalars, as a Program that takes arrays of rows at machine speed.

    An argument of shape (n,) reaches f as one number in each row, one of shape (n, d) as a list of d, and so on; lists
    of lists will do. f is traced when it is first called with rows of a shape. Without f it is a decorator.

    All arguments but `indices` reach f as Values, or as traced numbers in their place, and never as floats: so
    isinstance(x, float) is False, and type(x) is not float.

    What f may not do with a number is a TraceError that names the line: float(v), v.data, math.exp(v), use as an index,
    and `==` or use as a key of what is computed from arguments alone: of Values that is identity, of plain numbers it
    is not. Arguments in `indices` may be compared so.

    What f reads besides arguments and Values is as it was when f was traced, and so is which Values it reads. What f
    computes of Values alone and does not use is left out: log(w) there is a DomainError when f is next looked at.

    at the next call    a change of a variable, attribute, class, model, list, dictionary, set or array, or of what f
                        asks of modules, makes f be traced anew; a TraceError says if the result would differ. The
                        nearest 16,384 things are looked at, numbers in lists among them, and arrays up to a megabyte
    after a pause, and  the same of all other things: those beyond, larger arrays, what the code of libraries reads,
    now and then        files, clocks
    never               what f itself changes, such as a counter: that happens when f is traced, and a warning says so

    Keep what changes at every call, as a list of losses does, where f does not read it: looking costs a trace. Small
    functions are also run on Values, on two rows at first, whose results and gradients must be alike.

    parameters   the Values that gradients are taken with respect to, such as model.parameters(), read at each call;
                 other Values that f uses are read at each call too, and get no gradient
    indices      names of arguments that are whole numbers, to look up with: see `lookup`
    strict       values, gradients, tangents and Hessians of every row equal those of Values bit for bit, and so do
                 means over rows and training: `Program.value_and_grad` has the loop over rows that they equal. Else
                 additions may be reordered, and exp, tanh and the like be off by 1 ulp: a derivative g is then within
                 2⁻⁵³ times the larger of (2·depth + 4)·Σ|path products| and 2·Σ|∂g/∂v|·|v|, over the numbers v computed
                 on the way to g and g itself, of the exact chain rule on the numbers of Values; and a comparison of
                 computed numbers that are equal, or almost, may come out differently, which with strict it never does
    target       "llvm", "numpy", or "auto": "llvm" where llvmlite is installed and memory may be code, else "numpy"
    cache        whether machine code is kept on disk, or the folder for it; True is the usual folder, unless
                 MICROGRADX_CACHE in the environment names another, or is 0 or empty, for none
    max_paths    how many ways through its ifs f may have before that is an error: each is compiled for itself, and ifs
                 for k hidden units may make 2ᵏ of them, where mx.where, mx.relu and mx.max make none
    threads      how many of them share a call on many rows, or a step of training a large network, by default one for
                 each processor; results do not depend on it

    TypeError for what is no function or no Value, ValueError for unknown names; ImportError without NumPy. TraceError
    for a row of more than 2²⁴ operations, which a loop without an end makes: MICROGRADX_MAX_NODES in the environment
    allows more.

    >>> from microgradx import exp
    >>> program = compile(lambda x, y: x * y + exp(x))
    >>> program([0.0, 0.0], [2.0, 3.0]).tolist()
    [1.0, 1.0]
    >>> [g.tolist() for g in program.gradients([0.0, 0.0], [2.0, 3.0])]
    [[3.0, 4.0], [0.0, 0.0]]
    """
    require_numpy()
    _check_keywords(compile, others)
    with MAKING.done():
        from .program import Program

    if f is None:
        return lambda function: Program(function, parameters, indices, strict, target, cache, max_paths, threads)
    return Program(f, parameters, indices, strict, target, cache, max_paths, threads)


def compile_graph(
    output: Any,
    inputs: Any = (),
    parameters: Iterable[Value] = (),
    *,
    strict: bool = False,
    target: str = "auto",
    cache: bool | str | PathLike[str] = True,
    threads: int | None = None,
    **others: Never,
) -> Program:
    """Return a graph that is recorded already, such as a loss over a whole batch, as a Program.

    `inputs` are the leaves whose numbers each row gives anew: a list of them, nested as the program's argument shall
    be, of shape (n, d) for a list of d. Without inputs the program takes no arguments. All other leaves are read at
    each call; gradients are taken with respect to those in `parameters`.

    A graph does not tell what was compared to record it: what mx.where and Python's if, max, min or sorted chose then
    is chosen in every call, whatever the numbers. Write mx.max, mx.relu or mx.step, or compile the function that makes
    the graph.

    TypeError for what is no Value; ValueError for an input that is computed, or that the graph does not have.

    >>> from microgradx import Value
    >>> w, x = Value(2.0, "w"), Value(3.0, "x")
    >>> program = compile_graph(w * x + w, inputs=[x], parameters=[w])
    >>> program.value_and_grad([[3.0], [5.0]])
    (10.0, array([5.]))
    """
    require_numpy()
    _check_keywords(compile_graph, others)
    with MAKING.done():
        from .graph import GraphProgram

    return GraphProgram(output, inputs, parameters, strict, target, cache, threads)


def _check_keywords(function: Callable[..., Program], others: Mapping[str, Any]) -> None:
    """Raise TypeError for a keyword that there is not, or that is one of training."""
    if others:
        with MAKING.done():
            from .training.training import train

        check_keywords(f"{function.__name__}()", keywords(function), others, {"program.train(…, {})": keywords(train)})


def require_numpy() -> None:
    """Raise ImportError if NumPy is not installed, or is one that cannot be used."""
    if find_spec("numpy") is None:
        raise ImportError("compile needs NumPy, and llvmlite for machine code: pip install numpy llvmlite")
    with MAKING.done():
        import numpy

    if numpy.dtype(int) != numpy.dtype(numpy.intp):  # so it is on Windows before NumPy 2
        version = numpy.__version__
        raise ImportError(f"the integers of NumPy {version} are shorter than indices here: pip install 'numpy>=2'")
