"""Thirty planted mistakes: the graph, the node, what the student wrote, and what is wrong with it.

Expectations were written before the first run; the three that were too narrow by what the text says are widened.
"""

from __future__ import annotations

import math

from ..judge import Mistake
from . import graphs as g


def _at_the_output(d0: float, w0: float, d1: float, w1: float, h: float) -> float:
    twice = 1 / (1 + math.exp(-h))
    return (d0 * w0 + d1 * w1) * twice * (1 - twice)


def _other_side(k: float) -> float:
    return -k if k < 0 else 0.0


BACK = "(d0*w0 + d1*w1)"
DP = "(g*q**(g - 1)*log(p) - q**g/p)"
MISTAKES = (
    Mistake(g.gru, "h", "(hn - t)*(1 - z)", "only the direct path", "missing path", "a z m c"),
    Mistake(g.gru, "z", "(hn - t)*(c + h)", "minus of 1 − z lost", "sign|operation", "z _kept"),
    Mistake(g.gru, "m", "(hn - t)*z*(1 - tanh(c)**2)", "tanh' at c, not at m", "activation", "m"),
    Mistake(g.gru, "q", "(hn - t)*z*(1 - c**2)*x", "x for h, or ∂L/∂v", "wrong variable", "x v"),
    Mistake(
        g.quadratic, "x[0]", "s[0] - b[0]", "A taken as symmetric", "wrong index", "A[0][1] A[0][2] s[0]",
        transposed=True,
    ),
    Mistake(g.quadratic, "A[0][2]", "x[0]*x[2]", "½ forgotten", "constant factor", "L f", "2"),
    Mistake(g.quadratic, "x[2]", "s[2]/2 - b[2]", "x in Ax forgotten", "missing path", "s[0] s[1] s[2]"),
    Mistake(g.focal, "p", "-q**g/p", "the focusing factor held constant", "missing path", "q k"),
    Mistake(g.focal, "p", "g*q**g*log(p) - q**g/p", "exponent not lowered", "wrong derivative|extra factor", "q k"),
    Mistake(g.focal, "p", "-g*q**(g - 1)*log(p) - q**g/p", "minus of 1 − p lost", "sign", "q k"),
    Mistake(g.focal, "w", DP + "*x", "σ' dropped", "missing factor", "z p", "p*(1 - p)"),
    Mistake(g.temperature, "o[0]", "p[0]", "1/T dropped", "missing factor", "T s[0] o[0]", "T"),
    Mistake(g.temperature, "o[1]", "p[1]/T", "−1 of the true class forgotten", "missing path", "p[1] e[1] s[1]"),
    Mistake(g.temperature, "T", "-(p[1] - 1)*o[1]/T**2", "only one logit's path", "missing path", "s[0] s[2]"),
    Mistake(
        g.tied, "w0", f"d0*h + {BACK}*h*(1 - h)*x1", "x1 for x0", "wrong index|wrong variable", "x1", "x0"
    ),
    Mistake(g.tied, "a", _at_the_output, "σ' at h, not at a", "activation", "a"),
    Mistake(g.tied, "x0", f"{BACK}*h*(1 - h)*w0", "x0 as the target forgotten", "missing path", "d0"),
    Mistake(g.contrastive, "D", _other_side, "mask inverted", "mask", "k"),
    Mistake(g.contrastive, "e0", "-g*e0", "1/D of the root dropped", "missing factor", "D", "D"),
    Mistake(g.contrastive, "w0", "-g*e0/D*p0", "only one of the shared weight's paths", "missing path", "v0"),
    Mistake(g.contrastive, "e1", "-g*e1/(2*D)", "2 of the square forgotten", "constant factor", factor="2"),
    Mistake(g.decay, "A", "2*(d[0]*E[0] + d[1]*E[1] + d[2]*E[2])", "1/n forgotten", "mean or sum", "L", "3"),
    Mistake(
        g.decay, "k", "-2/3*(d[0]*E[0]*t[0] + d[1]*E[1]*t[1] + d[2]*E[2]*t[2])", "A forgotten", "missing factor",
        "A", "A",
    ),
    Mistake(
        g.decay, "A", "#(d[0]*E[0] + d[1]*E[1] + d[2]*E[2])/3", "2 of the squares forgotten, a number",
        "constant factor", "L d[0]", "2",
    ),
    Mistake(
        g.decay, "k", "-2/3*1.83*(d[0]*E[0]*t[0] + d[1]*E[1]*t[1] + d[2]*E[2]*t[2])", "1.83 for A",
        "this point only", "A k",
    ),
    Mistake(g.experts, "y", "y - t", "the square's derivative", "wrong derivative", "y L"),
    Mistake(g.experts, "f2", "tanh(y - t)*(1 - g)*x", "x, or ∂L/∂w", "extra factor|wrong variable", "x w f2"),
    Mistake(
        g.experts, "m1", "tanh(y - t)*g*(q + m1*q*(1 - q))", "inner derivative of n dropped", "missing factor",
        "beta", "beta",
    ),
    Mistake(g.experts, "f2", "tanh(y - t)*g", "the other expert's gate", "wrong variable", "s1 g"),
    Mistake(g.experts, "beta", "tanh(y - t)*g*m1*q*(1 - q)", "one m1 of two", "missing factor", "m1", "m1"),
)  # fmt: skip

LOOKALIKES = (
    Mistake(g.experts, "y", "exp(y - t) - exp(t - y)", "the sum below dropped, without its ½", "unexplained"),
    Mistake(g.gru, "hn", "t + hn", "+ for −", "operation|sign"),
    Mistake(g.temperature, "T", "(o[1] - (p[2]*o[0] + p[1]*o[1] + p[2]*o[2]))/T**2", "p[2] for p[0]", "wrong index"),
    Mistake(g.tied, "x0", "w0*(h - h**2)*(d0*w0 + d1*w0) - d0", "w0 for w1", "wrong index"),
    Mistake(g.temperature, "o[0]", "e[0]/(T*Z*T)", "1/T twice", "extra factor", "T s[0]"),
    Mistake(g.contrastive, "e0", "-g*e0/(e0**2 + e1**2)", "the root forgotten", "extra factor", "D"),
    Mistake(g.experts, "y", lambda y, t: y - t, "the square's derivative, as a function", "wrong derivative"),
)
"""Mistakes that have another explanation too, by an identity, which says what is not in the formula."""
