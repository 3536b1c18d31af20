"""minimize and least_squares: known minima by every method, models left at theirs, and searches that fail."""

import sys
from itertools import pairwise

import numpy
import pytest
import scipy.optimize

from microgradx import datasets, functions
from microgradx.calculus import hessian
from microgradx.compile import compile
from microgradx.engine import Value
from microgradx.errors import DomainError, ShapeError
from microgradx.losses import mse_loss
from microgradx.minimize import WITH_PRODUCTS, least_squares, minimize
from microgradx.nn import MLP

GRADIENT_METHODS = ("L-BFGS-B", "CG", "BFGS", "SLSQP")


def rosenbrock(x):
    """Return (1 − x₁)² + 100(x₂ − x₁²)², whose minimum is 0 at (1, 1)."""
    return (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2


@pytest.mark.parametrize("method", [*GRADIENT_METHODS, *WITH_PRODUCTS])
def test_every_method_finds_the_minimum(method):
    """Each method that uses gradients walks Rosenbrock's valley to its end."""
    found = minimize(rosenbrock, [-1.2, 1.0], method=method, options={"maxiter": 500})
    assert found.x.tolist() == pytest.approx([1.0, 1.0], abs=2e-3)
    assert found.fun < 1e-5


def test_newton_gets_hessian_vector_products(monkeypatch):
    """What Newton-CG is given as products is the Hessian, taken at the point asked for, times the direction."""
    used = []
    original = scipy.optimize.minimize

    def spy(f, x0, *, hessp, **settings):
        def recorded(x, v):
            used.append((x.tolist(), v.tolist(), hessp(x, v).tolist()))
            return hessp(x, v)

        return original(f, x0, hessp=recorded, **settings)

    monkeypatch.setattr("scipy.optimize.minimize", spy)
    minimize(rosenbrock, [-1.2, 1.0], method="Newton-CG")
    assert len(used) > 10
    for x, v, product in used:
        assert product == pytest.approx((numpy.array(hessian(rosenbrock, x)) @ v).tolist(), rel=1e-12, abs=1e-12)


def test_model_is_left_at_its_minimum():
    """A loss of a model's parameters is minimised in place, to the same numbers as the result's."""
    X, y = datasets.xor()
    model = MLP(2, [3, 1], activation="tanh", seed=3)

    def loss():
        return mse_loss([model(x) for x in X], y)

    before = [v.grad for v in model.parameters()]
    found = minimize(loss, parameters=model.parameters(), method="BFGS")
    assert loss().data == found.fun < 1e-8
    assert [v.data for v in model.parameters()] == found.x.tolist()
    assert [v.grad for v in model.parameters()] == before


def test_least_squares_fits_an_exponential():
    """Residuals are minimised with our Jacobian, for a function of a list and for parameters in place."""
    times = [0.0, 0.5, 1.0, 1.5, 2.0]
    measured = [3.0 * numpy.exp(-0.7 * t) for t in times]
    found = least_squares(
        lambda p: [p[0] * functions.exp(-p[1] * t) - y for t, y in zip(times, measured, strict=True)], [1.0, 0.0]
    )
    assert found.x.tolist() == pytest.approx([3.0, 0.7], rel=1e-8)
    assert found.jac[:, 0].tolist() == pytest.approx([numpy.exp(-0.7 * t) for t in times], rel=1e-6)
    a, b = Value(1.0), Value(0.0)
    least_squares(
        lambda: [a * functions.exp(-b * t) - y for t, y in zip(times, measured, strict=True)],
        parameters=[a, b],
        method="lm",
    )
    assert (a.data, b.data) == pytest.approx((3.0, 0.7), rel=1e-8)


def test_each_point_is_recorded_once():
    """Residuals and Jacobian, or gradient and Hessian-vector products, at one point share one recording."""
    points = []

    def residuals(x):
        points.append([v.data for v in x])
        return [x[0] - 1.0, (x[0] - x[1]) ** 2, x[1] * x[0]]

    least_squares(residuals, [3.0, 2.0])
    assert all(a != b for a, b in pairwise(points))


def test_settings_reach_scipy():
    """Bounds, tolerances and options are SciPy's own."""
    found = minimize(lambda x: (x[0] - 3.0) ** 2, [0.0], bounds=[(None, 1.0)])
    assert found.x.tolist() == [1.0]
    assert minimize(rosenbrock, [-1.2, 1.0], options={"maxiter": 1}).nit == 1
    assert least_squares(lambda x: [x[0] - 3.0], [0.0], bounds=(-1.0, 1.0)).x[0] == pytest.approx(1.0)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_failed_search_leaves_the_best_point(error):
    """If the search is interrupted or fails, the parameters are at the best point that it saw."""
    w = [Value(-1.2), Value(1.0)]
    seen = []

    def loss():
        if len(seen) == 7:
            raise error
        output = rosenbrock(w)
        seen.append((output.data, [v.data for v in w]))
        return output

    with pytest.raises(error):
        minimize(loss, parameters=w, method="CG")
    assert [v.data for v in w] == min(seen)[1] != seen[-1][1]


def test_domain_is_left_with_its_error():
    """A step out of the function's domain is the function's own error, with its advice."""
    with pytest.raises(DomainError, match="x > 0"):
        minimize(lambda x: functions.log(x[0]), [1.0])


W = Value(0.5)
LOSS = compile(lambda x, t: (W * x - t) ** 2, parameters=[W], target="numpy")
MISTAKES = [
    (lambda: minimize(rosenbrock), TypeError, "either x0"),
    (lambda: minimize(rosenbrock, [1.0], parameters=[Value(1.0)]), TypeError, "either x0"),
    (lambda: minimize(rosenbrock, []), ValueError, "nothing to vary"),
    (lambda: minimize(lambda x: [x[0], x[0]], [1.0]), ShapeError, "must return one number, not"),
    (lambda: least_squares(lambda x: x[0], [1.0]), ShapeError, "must return a list of residuals, not"),
    (lambda: minimize(rosenbrock, ["a", "b"]), TypeError, "'a'"),
    (lambda: minimize(LOSS), TypeError, r"takes 2 arguments.*; write mx\.minimize\(program\.on\(x, t\)\)"),
    (lambda: minimize(LOSS.on([1.0], [2.0]), [0.0]), TypeError, "from where they are: leave x0 and parameters out"),
    (lambda: minimize(LOSS.on([1.0], [2.0]), parameters=[W]), TypeError, "leave x0 and parameters out"),
    (lambda: least_squares(LOSS), TypeError, r"on Values, not <compiled .*: write mx\.minimize\(program\.on\(X, y\)\)"),
    (lambda: least_squares(LOSS.on([1.0], [2.0])), TypeError, r"or mx\.least_squares\(lambda: \[model\(x\) - t for"),
]


@pytest.mark.parametrize(("mistake", "kind", "message"), MISTAKES)
def test_mistakes_are_explained(mistake, kind, message):
    """A call that makes no sense raises an error with the reason and the way out."""
    with pytest.raises(kind, match=message):
        mistake()


@pytest.mark.parametrize("package", ["scipy.optimize", "numpy"])
def test_missing_scipy_is_named(package, monkeypatch):
    """Without SciPy the error says which command installs it."""
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ImportError, match=r'pip install "microgradx\[optimize\]"'):
        minimize(rosenbrock, [1.0, 1.0])


@pytest.mark.parametrize("method", GRADIENT_METHODS)
def test_a_compiled_loss_is_minimised_on_its_rows(method):
    """A compiled loss on rows is searched as the same loss on Values is, and leaves the model at the minimum."""
    X, y = datasets.xor()
    compiled, eager = (MLP(2, [3, 1], activation="tanh", seed=3) for _ in range(2))
    loss = compile(lambda x, t: (compiled(x) - t) ** 2, parameters=compiled.parameters()).on(X, y)
    found = minimize(loss, method=method, options={"maxiter": 8})
    same = minimize(
        lambda: mse_loss([eager(x) for x in X], y), parameters=eager.parameters(), method=method, options={"maxiter": 8}
    )
    assert found.fun == pytest.approx(same.fun, rel=1e-6)
    assert [v.data for v in compiled.parameters()] == found.x.tolist()
    assert loss.value_and_grad()[0] == found.fun


@pytest.mark.parametrize("method", WITH_PRODUCTS)
def test_a_compiled_loss_has_no_products(method):
    """Methods that need Hessian-vector products are refused for a compiled loss, with those that there are."""
    w = Value(1.0)
    loss = compile(lambda x: (w - x) ** 2, parameters=[w]).on([1.0, 2.0])
    with pytest.raises(ValueError, match="L-BFGS-B"):
        minimize(loss, method=method)
    assert w.data == 1.0
