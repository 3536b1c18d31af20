"""Minimise by SciPy's methods, with our exact gradients, Hessian-vector products and Jacobians.

Both functions take either a function of a list of numbers and a starting point, or a function of nothing and the
parameters that it is computed from, which are left at the minimum. `minimize` also takes a compiled loss on its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any

from . import calculus
from .engine import Value
from .errors import ShapeError
from .functions import dot
from .ieee import plain
from .numbers import listed

WITH_GRADIENTS = ("L-BFGS-B", "CG", "BFGS", "TNC", "SLSQP")
"""The methods of SciPy that use gradients alone."""

WITH_PRODUCTS = ("Newton-CG", "trust-ncg", "trust-krylov", "trust-constr")
"""The methods of SciPy that use Hessian-vector products."""


def minimize(
    f: Callable[..., Any],
    x0: Sequence[float] | None = None,
    *,
    parameters: Iterable[Value] | None = None,
    method: str = "L-BFGS-B",
    **settings: Any,
) -> Any:
    """Minimise f(x), or with `parameters` f(), and return SciPy's OptimizeResult (.x, .fun, .nit, .success, …).

    f takes a list of Values and returns one; or it takes nothing and computes one from `parameters`, such as
    model.parameters(), which are left at the minimum, or at the best point seen if an error or Ctrl-C ends the search.
    Or f is a compiled loss on its rows, `program.on(X, y)`, whose mean is minimised over the program's parameters.
    `method` is any of SciPy's that uses gradients: "L-BFGS-B", "CG", "BFGS", and "Newton-CG" and its kin, which are
    given Hessian-vector products (which a compiled f has not). `settings` go to scipy.optimize.minimize: tol, bounds,
    options, callback. ValueError for a method that uses no gradients, or products that f has not.

    >>> result = minimize(lambda x: (x[0] - 1) ** 2 + 4 * (x[1] + 2) ** 2, [0.0, 0.0])
    >>> [round(float(x), 6) for x in result.x]
    [1.0, -2.0]
    """
    if method not in WITH_GRADIENTS + WITH_PRODUCTS:
        known = ", ".join(WITH_GRADIENTS + WITH_PRODUCTS)
        raise ValueError(f"no method named {method!r} that uses gradients; there are {known}")
    is_compiled = hasattr(f, "value_and_grad")
    if is_compiled:
        _check_compiled(f, x0, parameters)
    point = _Compiled(f) if is_compiled else _Point(f, x0, parameters)
    if method in WITH_PRODUCTS:
        if is_compiled:
            raise ValueError(
                f"{method!r} needs Hessian-vector products, and a compiled loss has none; "
                f"there are {', '.join(WITH_GRADIENTS)}"
            )
        settings = {"hessp": point.hessian_product} | settings
    with point:
        found = _import("scipy.optimize").minimize(
            point.value_and_gradient, point.start, jac=True, method=method, **settings
        )
        point.move_to(found.x)
    return found


def least_squares(
    residuals: Callable[..., Any],
    x0: Sequence[float] | None = None,
    *,
    parameters: Iterable[Value] | None = None,
    **settings: Any,
) -> Any:
    """Minimise ½ Σ rᵢ(x)², given all residuals rᵢ as a list, and return SciPy's OptimizeResult (.x, .cost, .jac, …).

    `residuals` takes a list of Values and returns a list of them, or takes nothing and computes them from
    `parameters`, which are left at the minimum, as in `minimize`. For fits of a few hundred parameters no method is
    quicker. `settings` go to scipy.optimize.least_squares: method, bounds, loss, xtol, max_nfev. TypeError for a
    compiled function, which gives no derivatives of residuals with respect to its parameters.

    >>> result = least_squares(lambda x: [x[0] * t + x[1] - y for t, y in [(0, 1), (1, 3), (2, 5)]], [0.0, 0.0])
    >>> [round(float(x), 6) for x in result.x]
    [2.0, 1.0]
    """
    if hasattr(residuals, "value_and_grad"):
        raise TypeError(
            f"least_squares takes a function on Values, not {residuals!r}: write mx.minimize(program.on(X, y)) for a "
            f"compiled loss, or mx.least_squares(lambda: [model(x) - t for x, t in zip(X, y)], parameters=[…])"
        )
    point = _Point(residuals, x0, parameters)
    with point:
        found = _import("scipy.optimize").least_squares(point.values, point.start, jac=point.jacobian, **settings)
        point.move_to(found.x)
    return found


class _Point:
    """Where the search is: parameters, and what the function gave there; in a `with`, left well if the search fails."""

    def __init__(self, f: Callable[..., Any], x0: Sequence[float] | None, parameters: Iterable[Value] | None) -> None:
        if (x0 is None) == (parameters is None):
            raise TypeError("give either x0, for a function of a list, or parameters, for a function of nothing")
        self._parameters = list(parameters) if parameters is not None else [Value(x) for x in listed(x0)]
        if not self._parameters:
            raise ValueError("there is nothing to vary: x0 or parameters is empty")
        self._function: Callable[[], Any] = f if x0 is None else lambda: f(list(self._parameters))
        self._array = _import("numpy").array
        self._at: list[float] | None = None
        self._outputs: Any = None
        self.start = self._array([v.data for v in self._parameters])
        self._lowest = float("inf")
        self._best = self.start

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        if kind is not None:
            self.move_to(self._best)

    def move_to(self, x: Any) -> None:
        """Set the parameters to x."""
        for v, number in zip(self._parameters, x.tolist(), strict=True):
            v.data = number

    def value_and_gradient(self, x: Any) -> tuple[float, Any]:
        """Return f and its gradient at x."""
        output = self._record(x)
        value = plain(output)
        self._remember(value, x)
        return value, self._array(calculus.grad(output, self._parameters))

    def hessian_product(self, x: Any, direction: Any) -> Any:
        """Return the product of the Hessian at x with a direction."""
        gradient = calculus.grad(self._record(x), self._parameters, create_graph=True)
        return self._array(calculus.grad(dot(gradient, direction.tolist()), self._parameters))

    def values(self, x: Any) -> Any:
        """Return the residuals at x."""
        residuals = [plain(r) for r in self._record(x, many=True)]
        self._remember(sum(r * r for r in residuals), x)
        return self._array(residuals)

    def jacobian(self, x: Any) -> Any:
        """Return the matrix ∂rᵢ/∂xⱼ at x."""
        return self._array([calculus.grad(r, self._parameters) for r in self._record(x, many=True)])

    def _record(self, x: Any, many: bool = False) -> Any:
        """Return the outputs at x; what was recorded there last serves again, as when SciPy asks for r, then for J."""
        at = x.tolist()
        if self._at != at:
            self._at = None
            self.move_to(x)
            self._outputs, self._at = self._function(), at
        if isinstance(self._outputs, list | tuple) is not many:
            raise ShapeError(
                f"the function must return {'a list of residuals' if many else 'one number'}, not {self._outputs!r}; "
                f"minimize takes one number, least_squares a list"
            )
        return self._outputs

    def _remember(self, value: float, x: Any) -> None:
        if value < self._lowest:
            self._lowest, self._best = value, x.copy()


class _Compiled(_Point):
    """Where the search of a compiled mean loss is: its gradient comes with its value, and nothing is recorded."""

    def __init__(self, program: Any) -> None:
        super().__init__(program, None, program.parameters)
        self._program = program

    def value_and_gradient(self, x: Any) -> tuple[float, Any]:
        """Return the mean loss and its gradient at x."""
        value, gradient = self._program.value_and_grad(at=x)
        self._remember(value, x)
        return value, gradient


def _check_compiled(program: Any, x0: Any, parameters: Any) -> None:
    """Raise TypeError for a compiled loss without its rows, and for one with another starting point."""
    if x0 is not None or parameters is not None:
        raise TypeError(
            "a compiled loss is minimised over its program's parameters, from where they are: leave x0 and parameters "
            "out, and set v.data of the parameters to begin elsewhere"
        )
    if hasattr(program, "signature"):  # not yet on its rows
        try:
            program.signature.names(0)
        except TypeError as error:
            raise TypeError(f"{error}; write mx.minimize(program.on{program.signature})") from None


def _import(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        install = 'python -m pip install "microgradx[optimize]"'
        raise ImportError(f"minimize and least_squares need SciPy: {install}") from error
