"""Forty planted mistakes: the graph, the node, what the student wrote, and what is wrong with it."""

from __future__ import annotations

import math

from ..judge import Mistake
from . import graphs as g
from . import networks as n


def _sum(mu1: float, mu2: float, mu3: float, k1: float, k2: float, k3: float) -> float:
    return mu1 + mu2 + mu3 - k1 - k2 - k3


def _through_time(
    y: float, t: float, c: float, h1: float, h3: float, v: float, x1: float, x2: float, x3: float
) -> float:
    return (y - t) * c * (1 - h3**2) * (x3 + v * (x2 + v * (1 - h1**2) * x1))


def _score(o: float, t: float, s1: float) -> float:
    return (o - t) * s1


def _before(h2: float, t: float, w2: float, a2: float, z1: float) -> float:
    return 2 * (h2 - t) * (1 + w2 * (1 - a2**2)) * (1 - z1**2)


def _whole_deviation(y: float, x: float, w: float, sd: float, eps: float, lv: float) -> float:
    return (y - x) * w * sd * eps + (math.exp(lv) - 1) / 2


DATA = "2*((y[0] - t[0])*x[0] + (y[1] - t[1])*x[1] + (y[2] - t[2])*x[2])/3"
BIAS = "2*(y[0] - t[0] + y[1] - t[1] + y[2] - t[2])/3"
DX = "((y1 - t1)*(x1 - m) + (y2 - t2)*(x2 - m) + (y3 - t3)*(x3 - m))"
MISTAKES = (
    Mistake(g.svr, "w", "sign(r)*x", "penalty forgotten", "missing path", "R", also={"y": "sign(r)", "b": "sign(r)"}),
    Mistake(g.svr, "b", "# 1", "|r|' = 1, a number", "sign"),
    Mistake(
        g.huber, "w", "r*x", "the quadratic side's derivative", "wrong variable", "r",
        says="stands where the factor delta = 1.4 belongs", also={"b": "delta"},
    ),
    Mistake(g.poisson, "w", "(mu1 - k1)*x1/3", "the first example only", "missing path", "eta2 eta3"),
    Mistake(g.poisson, "b", _sum, "sum for mean", "mean or sum", "L", "3"),
    Mistake(
        n.lstm, "f", "(h - t)*o*(1 - tanh(c)**2)*cand", "the factor of i", "wrong variable", "cand c0",
        also={"c": "(h - t)*o*(1 - tanh(c)**2)"},
    ),
    Mistake(n.two_logits, "w12", "(y2 - t2)*x1", "transposed", "wrong index", "w21", transposed=True),
    Mistake(g.cauchy, "r", "1/(1 + r**2)", "inner derivative dropped", "missing factor", "r", "2*r"),
    Mistake(n.two_logits, "z1", "#(y1 - t1)/(y1*(1 - y1))", "σ' dropped, a number", "missing factor", "z1 y1"),
    Mistake(n.rnn, "v", "(y - t)*c*(1 - h3**2)*h2", "the last step only", "missing path", "h1 h2"),
    Mistake(n.rnn, "u", _through_time, "tanh' of the second step dropped", "missing factor", says="tanh'("),
    Mistake(n.rnn, "h1", "(y - t)*c*(1 - h3**2)*v*(1 - h2)*v", "1 − h for 1 − h²", "wrong derivative", "h2"),
    Mistake(
        n.attention, "s1", "(o - t)*v1*a1*(1 - a1)", "the path through a2 forgotten", "missing path", "a2",
        says="s1 reaches L through a1 and through a2", also={"a1": "(o - t)*v1"},
    ),
    Mistake(
        n.attention, "q", "(o - t)*(a1*(v1 - o)*k1 + a2*(v2 - o)*k2)", "1/√d forgotten", "constant factor",
        factor="sqrt(d)",
    ),
    Mistake(n.attention, "k2", "(o - t)*a2*(v2 - o)*k2/sqrt(d)", "k2 for q", "wrong variable", "q k2"),
    Mistake(n.attention, "v1", _score, "score for weight", "wrong variable|activation", "s1 a1"),
    Mistake(
        n.batchnorm, "x1", "gamma*(y1 - t1)/s", "mean and variance held constant", "missing path", "m var",
        says="through m and var", also={"n1": "gamma*(y1 - t1)"},
    ),
    Mistake(
        n.batchnorm, "gamma", "(y1 - t1)*x1 + (y2 - t2)*x2 + (y3 - t3)*x3", "xᵢ for nᵢ", "wrong variable", "x1",
        says="all 3 places",
    ),
    Mistake(
        n.batchnorm, "var", f"-gamma*{DX}/2*(var + 0.01)**(-0.5)", "exponent not lowered", "extra factor",
        factor="var + 0.01",
    ),
    Mistake(
        g.poly, "w2", "r1*x1 + r2*x2 + r3*x3 + lam*w2", "xᵢ for xᵢ²", "missing factor",
        says="x1, x2 and x3 stand where x1², x2² and x3² belong",
    ),
    Mistake(
        g.mixture, "mu1", "-(x - mu1)/s1**2", "responsibility dropped", "missing factor", "N1 p", "c*N1/p",
        says="c * N1 / p",
    ),
    Mistake(
        g.mixture, "s1", "c*N1/p*(1/s1 - (x - mu1)**2/s1**2)", "s² for s³", "extra factor|wrong derivative",
        says="s1**2 stands where s1**3 belongs",
    ),
    Mistake(g.mixture, "N1", "-c/N1", "N1 for p", "wrong variable", "N1", also={"p": "-1/p"}),
    Mistake(
        g.ridge, "w", f"{DATA} + lam*w", "2 of the penalty forgotten", "constant factor", factor="2",
        says="the 2 of w**2", also={"b": BIAS},
    ),
    Mistake(g.ridge, "b", f"{BIAS} + 2*lam*b", "the bias penalised", "extra term", says="2 * lam * b"),
    Mistake(
        g.michaelis_at_one, "a", "(y - t)/(k + x)", "x dropped, which is 1", "this point only", "x",
        says="you dropped the factor x", also={"y": "y - t"},
    ),
    Mistake(n.residual, "z1", _before, "z for a", "activation", "z1"),
    Mistake(n.residual, "h1", "#2*(h2 - t)*(1 - w2*(1 - a2**2))", "sign of one path, a number", "sign", "z2 a2"),
    Mistake(
        n.tied, "w1", "(o1 - x1)*h", "the path through the encoder forgotten", "missing path", "z",
        also={"h": "(o1 - x1)*w1 + (o2 - x2)*w2"},
    ),
    Mistake(g.michaelis, "x", "(y - t)*a*(k + x + x)/(k + x)**2", "quotient rule with +", "sign", says="k + x"),
    Mistake(n.rbf, "s", "-2*(y - t)*w*phi*q/s**3", "one of two minuses lost", "sign"),
    Mistake(n.rbf, "c1", "#4 (y - t)*w*phi*(x1 - c1)/s**2", "2 forgotten, a number", "constant factor", "L q", "2"),
    Mistake(g.hinge, "w", "-t3*x3/3 + 2*lam*w", "mask inverted", "mask", "m1 m2 m3"),
    Mistake(g.hinge, "w", "#-(t1*x1 + t2*x2 + t3*x3)/3 + 2*lam*w", "no mask, a number", "mask", "m3"),
    Mistake(g.ranking, "d", "-sigmoid(d)", "σ(d) for σ(−d)", "sign", "d", says="the sign of the argument"),
    Mistake(n.temperature, "z1", "p1 - t1", "1/T dropped", "missing factor", "z1 T", "T", also={"z2": "(p2 - t2)/T"}),
    Mistake(
        n.temperature, "z2", "(p2 - t2)*p2*(1 - p2)/T", "σ' besides p − t", "extra factor", "p2", "p2*(1 - p2)",
        says="p2(1 − p2)",
    ),
    Mistake(n.glu, "zg", "(y - t)*gate*(1 - gate)", "h dropped", "missing factor", "h", "h", also={"y": "y - t"}),
    Mistake(g.elu, "z", "(a - t)*alpha*(exp(z) - 1)", "value for derivative", "wrong derivative", "z"),
    Mistake(n.vae, "lv", _whole_deviation, "½ of exp(lv/2) forgotten", "constant factor", "sd", "2"),
)  # fmt: skip
