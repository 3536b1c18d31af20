"""Derivatives as functions: gradients, Jacobians, Hessians, and products with them, of every order.

A gradient can itself be a graph (`create_graph=True`), recorded by running the same sweep on Values. Functions nest
in each other and in `jvp` without confusion: each call differentiates with respect to fresh nodes of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .chain import Block
from .dual import Dual
from .engine import Value
from .errors import ShapeError, StaleGraphError
from .functions import dot
from .ieee import IEEE, unwrap, wrap
from .in_trace import refuse_in_trace, refused
from .names import brief, place
from .numbers import check_function, listed, no_parameters, real
from .sweep import nodes, one_sweep, sweep, sweep_graph, topological_order

Function = Callable[[list[Any]], Any]


def grad(output: Any, inputs: Any, create_graph: bool = False) -> Any:
    """Return ∂output/∂input for a Value, or the list of them for a list; no `.grad` is touched.

    Inputs may be any nodes, also intermediate ones. The results are floats, or Values with `create_graph`, which
    can be differentiated again; an input that the output does not depend on gives 0.0. StaleGraphError if
    `create_graph` meets a node whose `.data` was edited after others were computed from it, ShapeError for several
    outputs, TypeError for what is no Value.

    >>> x = Value(2.0)
    >>> y = x**3
    >>> grad(y, x)
    12.0
    >>> grad(grad(y, x, create_graph=True), x)
    12.0
    """
    if callable(output):
        raise TypeError(f"grad takes an output, not the function {output!r}: write value_and_grad(f)(x) for ∇f(x)")
    single = not isinstance(inputs, list | tuple)
    wanted = [inputs] if single else list(inputs)
    for v in wanted:
        if not isinstance(v, Value):
            _refuse_traced(v)
            number = f"{v!r}; make it one: Value({v!r})" if isinstance(v, float | int) else brief(v)
            instead = no_parameters(v) if callable(v) else number
            raise TypeError(f"grad differentiates with respect to Values, not {instead}")
    if isinstance(output, list | tuple):
        raise ShapeError(f"grad needs one output, not the {len(output)} of {brief(output)}; see jacobian")
    found = _gradient(output, wanted, create_graph)
    return found[0] if single else found


def _gradient(output: Any, wanted: list[Value], create_graph: bool) -> list[Any]:
    if isinstance(output, Dual):  # the ε-part of a gradient is the gradient of the ε-part
        primals = _gradient(output.primal, wanted, create_graph)
        tangents = _gradient(0.0 if output.tangent is None else output.tangent, wanted, create_graph)
        return [Dual(*parts, output._rank) for parts in zip(primals, tangents, strict=True)]
    if not isinstance(output, Value):
        _refuse_traced(output)
        real(output)  # a number depends on nothing, but anything else is a mistake
        return [0.0] * len(wanted)
    if not create_graph:
        refuse_in_trace("mx.grad(v, …)", output)
    with one_sweep():
        order = topological_order(output)
        if create_graph:
            _refuse_stale(order)
            signals = sweep_graph(order, wrap(1.0), IEEE, _operand_nodes)
        else:
            signals = sweep(order, 1.0)
    found = dict(zip(map(id, order), signals, strict=True))
    reached = [found.get(id(v)) for v in wanted]
    if not create_graph:
        return [0.0 if g is None else float(g) for g in reached]
    return [0.0 if g is None else _own(unwrap(g), order) for g in reached]


def _refuse_traced(x: Any) -> None:
    if hasattr(x, "_recorder"):
        raise refused(
            f"the gradient of or by {x!r}",
            "in a function that is compiled there is forward mode, mx.jvp, but no reverse mode: u′(x) is "
            "mx.jvp(lambda q: u(q[0]), [x], [1.0])[1], nested for u″; or compile the function itself, and take "
            "program.gradients or program.hessian of that",
        )


def _own(g: Any, order: list[Any]) -> Any:
    """Return a gradient as a node of its own, which may be labelled without touching the graph it came from."""
    if not isinstance(g, Value):
        return Value(g) if g.__class__ is float else g
    return +g if any(g is v for v in order) else g


def _operand_nodes(v: Any) -> tuple[Any, Any, Any]:
    """Return z, x, y of a node as numbers that record: nodes where it has them, else the plain numbers."""

    if isinstance(v, Block):
        return None, None, None

    def operand(nodes: Any, numbers: Any) -> Any:
        if nodes is None:
            return wrap(numbers)
        if isinstance(nodes, Block):
            return tuple(wrap(x if u is None else u) for u, x in zip(nodes._a, numbers, strict=True))
        return wrap(nodes)

    return wrap(v), operand(v._a, v._x), operand(v._b, v._y)


def _refuse_stale(order: list[Any]) -> None:
    for v in order:
        if v._primitive is None or isinstance(v, Block):
            continue
        for operand, recorded in ((v._a, v._x), (v._b, v._y)):
            pairs = zip(operand._a, recorded, strict=True) if isinstance(operand, Block) else ((operand, recorded),)
            for u, x in pairs:
                if u is not None and u._data is not x and u._data != x and not (u._data != u._data and x != x):
                    _stale(u, x)
        if v._data is not v._z and v._data != v._z:
            _stale(v, v._z)


def _stale(v: Value, recorded: float) -> None:
    raise StaleGraphError(
        f"the graph was recorded with {recorded!r}{place(v)}, whose data is now {v._data!r}: a gradient graph would "
        f"mix old and new numbers; compute the output again, then differentiate it"
    )


_OPEN: set[int] = set()
"""The ids of the inputs of all calls that are running: what depends on one of them stays a graph."""


def _fresh(x: Any) -> tuple[Any, Value]:
    """Return x as an input of its own, and the node to differentiate with respect to."""
    if isinstance(x, Dual):
        primal, v = _fresh(x.primal)
        return Dual(primal, x.tangent, x._rank), v
    _refuse_traced(x)
    v = +x if isinstance(x, Value) else Value(x)
    return v, v


def _call(f: Function, x: Sequence[Any]) -> tuple[Any, list[Value], bool]:
    """Return f(x) on fresh inputs, those inputs, and whether the results are to stay a graph.

    They are if x holds Values, and if this call is nested in another whose inputs f has used.
    """
    check_function(f)
    pairs = [_fresh(xᵢ) for xᵢ in listed(x)]
    inputs = [v for _, v in pairs]
    own = {id(v) for v in inputs}
    _OPEN.update(own)
    try:
        outputs = f([argument for argument, _ in pairs])
    finally:
        _OPEN.difference_update(own)
    return outputs, inputs, bool(_values(x)) or _depends_on_an_open_call(outputs)


def _values(numbers: Any) -> list[Value]:
    """Return the Values among numbers of any kind, parts of Duals too."""
    found = []
    for x in numbers:
        found += _values((x.primal, x.tangent)) if isinstance(x, Dual) else [x] if isinstance(x, Value) else []
    return found


def _depends_on_an_open_call(outputs: Any) -> bool:
    values = _values(outputs if isinstance(outputs, list | tuple) else [outputs])
    return any(id(v) in _OPEN for v in nodes(*values))


def _without_graph(y: Any) -> Any:
    if isinstance(y, Dual):
        return Dual(_without_graph(y.primal), _without_graph(y.tangent), y._rank)
    return y.data if isinstance(y, Value) else y


def value_and_grad(f: Function) -> Callable[[Sequence[Any]], tuple[Any, list[Any]]]:
    """Return the function x ↦ (f(x), ∇f(x)): a float and a list of floats, for a list of floats.

    f takes a list of Values and returns one, or it is a ShapeError; a graph in place of f is a TypeError. Given Values
    or Duals, the results are such numbers again.

    >>> value_and_grad(lambda x: x[0] * x[1])([3.0, 4.0])
    (12.0, [4.0, 3.0])
    """

    def with_gradient(x: Sequence[Any]) -> tuple[Any, list[Any]]:
        output, inputs, keep = _call(f, x)
        if isinstance(output, list | tuple):
            raise ShapeError(
                f"a gradient needs a function that returns one number, not a list of {len(output)}; see jacobian"
            )
        return output if keep else _without_graph(output), grad(output, inputs, keep)

    return with_gradient


def jacobian(f: Function, x: Sequence[Any]) -> list[list[Any]]:
    """Return the matrix J[i][j] = ∂fᵢ/∂xⱼ, one backward sweep for each output (one output gives one row).

    >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]], [3.0, 4.0])
    [[4.0, 3.0], [1.0, 1.0]]
    """
    outputs, inputs, keep = _call(f, x)
    return [grad(y, inputs, keep) for y in (outputs if isinstance(outputs, list | tuple) else [outputs])]


def hessian(f: Function, x: Sequence[Any]) -> list[list[Any]]:
    """Return the matrix H[i][j] = ∂²f/∂xᵢ∂xⱼ of a function with one output.

    >>> hessian(lambda x: x[0] ** 2 * x[1], [3.0, 4.0])
    [[8.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(_gradient_of(f), x)


def hvp(f: Function, x: Sequence[Any], v: Sequence[Any]) -> list[Any]:
    """Return the Hessian-vector product Σⱼ ∂²f/∂xᵢ∂xⱼ · vⱼ at the cost of a few gradients, without the Hessian.

    ShapeError if x and v differ in length.

    >>> hvp(lambda x: x[0] ** 2 * x[1], [3.0, 4.0], [1.0, 0.0])
    [8.0, 6.0]
    """
    if len(listed(x)) != len(listed(v)):
        raise ShapeError(f"hvp needs one direction component for each input: {len(x)} inputs, {len(v)} components")
    gradient = _gradient_of(f)
    directional, inputs, keep = _call(lambda u: dot(gradient(u), v), x)
    return list(grad(directional, inputs, keep))


def _gradient_of(f: Function) -> Callable[[Sequence[Any]], list[Any]]:
    with_gradient = value_and_grad(f)
    return lambda x: with_gradient(x)[1]
