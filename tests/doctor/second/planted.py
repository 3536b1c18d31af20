"""Forty planted mistakes: the graph, the node, what the student wrote, and what is wrong with it.

Expectations were written before the first run; the six that were too narrow by what the text says are widened.
"""

from __future__ import annotations

import math

from ..judge import Mistake
from . import graphs as g


def _log_variance(s: float, d1: float, d2: float, d3: float) -> float:
    return 1.5 - (d1**2 + d2**2 + d3**2) * math.exp(-s)


def _gate(y: float, t: float, g: float, x: float) -> float:
    return 2 * (y - t) * g * (1 - g) * x


E = "(h3 - t)*(1 - h3**2)"
C = "2*(h - t)*o*(1 - m**2)"
MISTAKES = (
    Mistake(g.rnn, "w", E + "*h2", "only the last time step", "missing path", "_r1 _r2 a1 a2"),
    Mistake(g.rnn, "a2", E + "*w*(1 - a2**2)", "tanh' at a2, not at h2", "activation", "h2 a2"),
    Mistake(
        g.rnn, "u", "(h3 - t)*(x3 + w*(1 - h2**2)*(x2 + w*(1 - h1**2)*x1))", "tanh' of the last step dropped",
        "missing factor", "h3 a3", "1 - h3**2",
    ),
    Mistake(g.lstm, "wi", C + "*g*i*(1 - i)", "x dropped", "missing factor", "x", "x"),
    Mistake(g.lstm, "wf", C + "*i*f*(1 - f)*x", "i for c0", "wrong derivative|wrong index|wrong variable", "i f c _fc"),
    Mistake(
        g.lstm, "x", C + "*(c0*f*(1 - f)*wf + g*i*(1 - i)*wi + i*(1 - g**2)*wg)", "output gate's path forgotten",
        "missing path", "zo o _wox",
    ),
    Mistake(g.lstm, "bg", C + "*i*g*(1 - g)", "σ' for tanh'", "wrong derivative", "g zg"),
    Mistake(
        g.lstm, "f", "#2*(h - t)*o*c0", "right but for c̄, which lacks tanh'", "follows", "c", also={"c": "#2*(h - t)*o"}
    ),
    Mistake(g.attention, "s1", "(y - t)*v1*a1*(1 - a1)", "only the Jacobian's diagonal", "missing path", "a2 a3"),
    Mistake(
        g.attention, "q1", "(y - t)*(a1*(v1 - y)*k11 + a2*(v2 - y)*k12 + a3*(v3 - y)*k31)", "k12 for k21",
        "wrong index", "k12", transposed=True,
    ),
    Mistake(g.attention, "v2", "#(y - t)*a3", "a3 for a2, or ∂L/∂v3", "wrong index|wrong variable", "a3 v3"),
    Mistake(g.ridge, "c1", "2*(e1*x1 + e2*x2 + e3*x3 + e4*x4) + lam*c1", "1/n forgotten", "mean or sum", "J"),
    Mistake(
        g.ridge, "c2", "(e1*x1**2 + e2*x2**2 + e3*x3**2 + e4*x4**2)/2", "R forgotten", "missing path", "R _q _q2"
    ),
    Mistake(g.ridge, "c0", "(e1 + e2 + e3 + e4)/2 + lam*c0", "the bias regularised", "extra term"),
    Mistake(
        g.ridge, "c2", "(e1*x1 + e2*x2 + e3*x3 + e4*x4)/2 + lam*c2", "x for x²",
        "wrong derivative|missing factor|wrong variable",
    ),
    Mistake(g.gaussian, "mu", "(d1 + d2 + d3)*exp(-s)", "inner derivative −1 forgotten", "sign", "mu d1 d2 d3"),
    Mistake(
        g.gaussian, "s", "1.5 + (d1**2 + d2**2 + d3**2)*exp(-s)/2", "sign of one path", "sign", "_ns prec"
    ),
    Mistake(g.gaussian, "s", _log_variance, "½ forgotten in one path", "constant factor", factor="2"),
    Mistake(
        g.gaussian, "s", "#5 -(d1**2 + d2**2 + d3**2)*exp(-s)/2", "log-normaliser forgotten", "missing path", "_norm"
    ),
    Mistake(
        g.factorisation, "u11", "e11*v11 + e12*v12 + lam*u11", "v12 for v21", "wrong index", "v12", transposed=True
    ),
    Mistake(g.factorisation, "v12", "e12*u11 + lam*v21", "derivative by v21", "wrong variable|wrong index", "v21"),
    Mistake(g.factorisation, "u22", "e21*v12 + u22", "λ forgotten", "constant factor|missing factor", factor="lam"),
    Mistake(g.normalisation, "x1", "(y1 - t1)*gamma*r", "m and var held constant", "missing path", "_s m var _q1"),
    Mistake(
        g.normalisation, "var", "-gamma*r**2/2*((y1 - t1)*d1 + (y2 - t2)*d2 + (y3 - t3)*d3)", "r² for r³",
        "wrong derivative|missing factor", "r var _ve",
    ),
    Mistake(
        g.normalisation, "gamma", "(y1 - t1)*d1 + (y2 - t2)*d2 + (y3 - t3)*d3", "d for n = d·r",
        "missing factor|activation|wrong index", "r n1 n2 n3 d1 d2 d3",
    ),
    Mistake(
        g.bce, "w", "((z1 - t1)*x1 + (z2 - t2)*x2 + (z3 - t3)*x3)/3", "z for σ(z)", "activation|wrong derivative"
    ),
    Mistake(
        g.bce, "b", "#sigmoid(z1) + sigmoid(z2) + sigmoid(z3) - t1 - t2 - t3", "1/n forgotten", "mean or sum", "L", "3"
    ),
    Mistake(g.gated, "w", "(y - t)*g*x", "2 of the square forgotten", "constant factor", factor="2"),
    Mistake(g.gated, "v", _gate, "the other factor a forgotten", "missing factor", "a", "a"),
    Mistake(g.cosine, "a1", "-b1/(na*nb)", "norm held constant", "missing path", "na _q1 _qa"),
    Mistake(
        g.cosine, "na", "dot/(na*nb)", "1/na for 1/na²", "missing factor|extra factor|wrong derivative", factor="na"
    ),
    Mistake(g.leaky, "z1", "(y - t)*o1*step(z1)", "relu' for leaky relu'", "wrong derivative|mask", "h1 z1"),
    Mistake(g.leaky, "z2", "(y - t)*o2*(step(-z2) + 0.13*step(z2))", "slopes of the wrong sides", "mask", "z2 h2"),
    Mistake(
        g.poisson, "w", "(eta1 - y1)*x1 + (eta2 - y2)*x2", "η for exp(η)", "activation|wrong derivative",
        "mu1 mu2 eta1 eta2",
    ),
    Mistake(g.exposure, "b", "exp(eta) - y", "exposure k = 1 forgotten", "this point only"),
    Mistake(
        g.hinge, "w", "-(t1*x1*step(-k1) + t2*x2*step(-k2) + t3*x3*step(-k3))/3", "mask inverted", "mask", "k1 k2 k3"
    ),
    Mistake(g.margin, "w", "#t*x", "sign, and the kink", "kink|sign", "k w"),
    Mistake(g.elastic, "w", "(p - t)*x + l1*abs(w) + 2*l2*w", "|w|' as |w|", "wrong derivative", "_abs w"),
    Mistake(g.elastic, "w", "(p - t)*x + l1*sign(w) + l2*w", "2 of w² forgotten", "constant factor", factor="2"),
    Mistake(g.huber, "w", "r*x", "the quadratic's slope outside ±δ", "wrong derivative|mask|wrong variable", "r"),
)  # fmt: skip

DOUBLE = (
    Mistake(g.gated, "w", "-(y - t)*g*x", "sign and 2", "constant factor|unexplained", says="sign"),
    Mistake(g.rnn, "a2", "(h3 - t)*h2*w", "tanh' dropped and h2 extra", "unexplained"),
    Mistake(g.lstm, "wf", "-" + C + "*c0*f*(1 - f)", "sign and x", "missing factor|unexplained", "x", says="sign"),
    Mistake(g.ridge, "c1", "2*(e1*x1 + e2*x2 + e3*x3 + e4*x4)", "1/n and R", "unexplained"),
    Mistake(g.cosine, "a1", "b1*b2 - a1", "nonsense", "unexplained"),
)
"""Two mistakes at once, or nonsense: to name only one of them with confidence would be wrong."""
