"""Twenty-four sets of correct derivations: none may raise an alarm."""

from __future__ import annotations

from ..judge import Right
from . import graphs as g
from . import networks as n


def _mean(p1: float, p2: float, p3: float, t1: float, t2: float, t3: float) -> float:
    return (p1 + p2 + p3 - t1 - t2 - t3) / 3


def _through_time(h1: float, h2: float, h3: float, t: float, r: float, x1: float, x2: float, x3: float) -> float:
    return (h3 - t) * (1 - h3**2) * (x3 + r * (1 - h2**2) * (x2 + r * (1 - h1**2) * x1))


BACK = "((y[0] - t[0])*V[0][{0}] + (y[1] - t[1])*V[1][{0}])"
RIGHT: Right = (
    (g.ridge, {"r2": "2*r2/3", "w": "2/3*(r1*x1 + r2*x2 + r3*x3) + lam*w", "b": "(r1 + r2 + r3)*2/3", "R": "lam"}),
    (g.logits, {"z1": "exp(z1 - A)", "z3": "exp(z3)/(exp(z1) + exp(z2) + exp(z3)) - 1", "w3": "(exp(z3 - A) - 1)*x",
                "x": "exp(z1 - A)*w1 + exp(z2 - A)*w2 + (exp(z3 - A) - 1)*w3"}),
    (g.logistic, {"p": "(1 - t)/(1 - p) - t/p", "z": "p - t", "w1": "x1*(p - t)", "x2": "(p - t)*w2", "b": "p - t"}),
    (g.logistic, {"w2": "-x2/(1 + exp(z))"}),
    (g.batch, {"z1": "(p1 - t1)/3", "w": "((p1 - t1)*x1 + (p2 - t2)*x2 + (p3 - t3)*x3)/3", "b": _mean}),
    (g.temperature, {"s1": "p[0]/T", "s2": "(p[1] - 1)/T", "T": "-(p[0]*s1 + (p[1] - 1)*s2 + p[2]*s3)/T**2"}),
    (n.tanh_net, {"y": "y - t", "h2": "(y - t)*v2", "a1": "(y - t)*v1*(1 - h1**2)", "v2": "(y - t)*h2", "t": "t - y"}),
    (n.tanh_net, {"x1": "(y - t)*(v1*(1 - h1**2)*w11 + v2*(1 - tanh(a2)**2)*w21)"}),
    (n.tanh_net, {"b1": "(y - t)*v1*(1 - h1)*(1 + h1)", "b2": "(y - t)*v2*(1 - h2*h2)"}),
    (n.in_lists, {"y": ["y[0] - t[0]", "y[1] - t[1]"], "h[0]": BACK.format(0), "V[1][0]": "(y[1] - t[1])*h[0]",
                  "a[1]": f"{BACK.format(1)}*h[1]*(1 - h[1])", "W[0][1]": f"{BACK.format(0)}*h[0]*(1 - h[0])*x[1]"}),
    (n.residual, {"x": "(o - t)*(1 + v*w)", "w": "(o - t)*v*x", "v": "(o - t)*h", "q": "(o - t)*(1 + v*w)*s"}),
    (n.leaky, {"a2": "2*(a2 - t)", "w2": "2*(a2 - t)*a1", "z1": "2*(a2 - t)*w2*k", "b1": "(a2 - t)*w2*0.2"}),
    (n.tied, {"h": "e1*w1 + e2*w2", "w1": "e1*h + (e1*w1 + e2*w2)*(1 - h**2)*x1"}),
    (n.tied, {"x1": "(e1*w1 + e2*w2)*(1 - h*h)*w1 - e1", "y2": "y2 - x2"}),
    (n.recurrent, {"h2": "(h3 - t)*(1 - h3**2)*r", "h1": "(h3 - t)*(1 - h3**2)*r*(1 - h2**2)*r",
                   "r": "(h3 - t)*(1 - h3**2)*(h2 + r*(1 - h2**2)*(h1 + r*(1 - h1**2)*h0))"}),
    (n.recurrent, {"u": _through_time}),
    (g.gauss, {"m": "(m - t)/exp(s)", "s": "(1 - d**2*exp(-s))/2", "w": "-d*exp(-s)*x", "d": "d*exp(-s)"}),
    (g.hinge, {"f": "-t", "w1": "lam*w1 - t*x1", "w2": "lam*w2 - t*x2", "b": 1.0}),
    (n.attention, {"e1": "(o - t)*a1*(v1 - o)", "e2": "(o - t)*a1*a2*(v2 - v1)", "v2": "(o - t)*a2",
                   "q": "(o - t)*a1*a2*(v1 - v2)*(k1 - k2)"}),
    (g.rbf, {"c": "(y - t)*y*(x - c)/s**2", "s": "(y - t)*v*phi*d**2/s**3", "d": "-(y - t)*v*phi*d/s**2"}),
    (g.poisson, {"rate": "1 - n/rate", "eta": "exp(eta) - n", "w": "(rate - n)*x"}),
    (g.quotient, {"x": "(a*d - b*c)/(c*x + d)**2", "m": "-u/m**2", "c": "-f*x/m"}),
    (g.elastic, {"w1": "r*x1 - l1 + 2*l2*w1", "w2": "r*x2 + l1*sign(w2) + 2*l2*w2"}),
    (g.product, {"a": "(u - t)*b*c", "b": "(u - t)*u/b"}),
)  # fmt: skip
