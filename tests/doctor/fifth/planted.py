"""Thirty planted mistakes: the graph, the node, what the student wrote, and what is wrong with it."""

from __future__ import annotations

from ..judge import Mistake
from . import graphs as g
from . import networks as n


def _no_slope(y: float, t: float, v1: float, x1: float) -> float:
    return (y - t) * v1 * x1


def _by_b(u: float, t: float, a: float, c: float) -> float:
    return (u - t) * a * c


MISTAKES = (
    Mistake(g.logistic, "w1", "(t - p)*x1", "t − p", "sign", also={"z": "p - t", "b": "p - t"}),
    Mistake(g.gauss, "s", "(1 + d**2*exp(-s))/2", "a minus lost", "sign", says="the path through the term d**2"),
    Mistake(n.leaky, "a2", "a2 - t", "2 of the square", "constant factor", factor="2", says="2 times too small"),
    Mistake(
        g.ridge, "w", "(r1*x1 + r2*x2 + r3*x3)/3 + lam*w", "2 of the squares", "constant factor",
        says="the 2 of r1**2 is missing; the same slip in all 3 places", also={"r1": "2*r1/3"},
    ),
    Mistake(g.batch, "b", "p1 - t1 + p2 - t2 + p3 - t3", "sum for mean", "constant factor|mean or sum", factor="3"),
    Mistake(n.tanh_net, "w11", _no_slope, "tanh' dropped", "missing factor", "a1 h1", says="tanh'(a1)"),
    Mistake(g.temperature, "s2", "p[1] - 1", "1/T dropped", "missing factor", says="you dropped ∂(s2 / T)/∂s2"),
    Mistake(n.recurrent, "h2", "#(h3 - t)*(1 - h3**2)", "r dropped, a number", "missing factor", "r", "r"),
    Mistake(g.poisson, "w", "rate - n", "x dropped", "missing factor", "x", "x", also={"eta": "rate - n"}),
    Mistake(g.quotient, "c", "-u*x/m", "denominator not squared", "missing factor|extra factor|wrong derivative",
            says="m stands where m**2 belongs", also={"u": "1/m"}),
    Mistake(g.logistic, "z", "(p - t)*p*(1 - p)", "σ' twice", "extra factor", "z p", says="is in it twice"),
    Mistake(n.tanh_net, "b2", "(y - t)*v2*(1 - h2**2)*x1", "a weight's gradient", "extra factor", "x1", "x1"),
    Mistake(n.tied, "w1", "e1*h", "the decoder only", "missing path", "h", also={"y1": "e1"}),
    Mistake(n.recurrent, "r", "(h3 - t)*(1 - h3**2)*h2", "the last step only", "missing path", "h1 h2"),
    Mistake(n.residual, "x", "(o - t)*v*w", "skip connection", "missing path", "o", also={"u": "(o - t)*v"}),
    Mistake(g.hinge, "w2", "-t*x2", "penalty forgotten", "missing path", says="the term 0.15 * (w1**2 + w2**2)"),
    Mistake(n.attention, "e1", "(o - t)*v1*a1*(1 - a1)", "the diagonal only", "missing path", "a2"),
    Mistake(n.tied, "h", "#8 e2*w2", "= for +=, a number", "missing path", "y1", says="the path through y1"),
    Mistake(g.product, "a", _by_b, "derivative by b", "wrong variable", says="the factor b = 1.9 belongs"),
    Mistake(n.tanh_net, "v1", "(y - t)*v1", "v1 for h1", "wrong variable", says="the factor h1 = 0.8382 belongs"),
    Mistake(n.tanh_net, "w12", "(y - t)*v1*(1 - a1**2)*x2", "a1 for h1", "activation", "a1 h1", says="1 − a1²"),
    Mistake(n.in_lists, "V[0][1]", "(y[0] - t[0])*a[1]", "a for h", "activation|wrong variable", says="a[1] = 0.16"),
    Mistake(n.leaky, "w1", "2*(a2 - t)*w2*x", "slope 1 at z1 < 0", "mask", "z1", says="leaky relu'(z1) = 0.1"),
    Mistake(n.in_lists, "h[0]", "(y[0] - t[0])*V[0][0] + (y[1] - t[1])*V[0][1]", "transposed", "wrong index",
            transposed=True, says="V[0,1]"),
    Mistake(n.gate, "w", "(o - t)*x*x/4", "σ' = ¼, at 0 only", "this point only", also={"g": "(o - t)*x"}),
    Mistake(g.lasso, "w", "w*x - t + lam", "x dropped, at the kink", "kink", says="does not lie between them"),
    Mistake(n.leaky, "w2", "2*(t - a2)*a1", "an inherited sign", "follows", also={"a2": "2*(t - a2)"}),
    Mistake(n.recurrent, "h2", "(h3 - t)*h3*(1 - h3)*r", "σ' for tanh'", "wrong derivative|activation",
            says="h3(1 − h3)"),
    Mistake(g.ridge, "w", "2*(r1*x1 + r2*x1 + r3*x3)/3 + lam*w", "x1 for x2, plain", "wrong index",
            says="x1 stands where x2 belongs: 2*(r1*x1 + r2*x2 + r3*x3)/3 + lam*w is right"),
    Mistake(g.rbf, "s", "(y - t)*v*phi*d**2/s**2", "s² for s³", "extra factor|missing factor|wrong derivative",
            says="s**2 stands where s**3 belongs", also={"phi": "(y - t)*v"}),
)  # fmt: skip
