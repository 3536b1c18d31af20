"""Correct derivations, written otherwise than backprop goes: none may raise an alarm."""

from __future__ import annotations

import math

from ..judge import Single
from . import graphs as g

BACK = "(d0*w0 + d1*w1)"


def _gate(hn: float, t: float, c: float, h: float, a: float) -> float:
    return (hn - t) * (c - h) * math.exp(-a) / (1 + math.exp(-a)) ** 2


def _swish(y: float, t: float, g: float, m1: float, q: float) -> float:
    return math.tanh(y - t) * g * m1**2 * (q - q * q)


RIGHT: Single = (
    (g.gru, "hn", "-(t - hn)"),
    (g.gru, "z", "hn*c - hn*h - t*c + t*h"),
    (g.gru, "q", "(hn - t)*h*z*(1 - c)*(1 + c)"),
    (g.gru, "h", "(hn - t)*(1 - z*(1 - q*(1 - c*c)) + r*(c - h)*z*(1 - z))"),
    (g.gru, "a", _gate),
    (g.quadratic, "x[0]", "A[0][0]*x[0] + (A[0][1] + A[1][0])/2*x[1] + (A[0][2] + A[2][0])/2*x[2] - b[0]"),
    (g.quadratic, "A[1][2]", "0.5*x[2]*x[1]"),
    (g.focal, "z", "q**g*(g*p*log(p) + p - 1)"),
    (g.focal, "w", "x*q**g*(g*p*log(p) - q)"),
    (g.focal, "p", "q**(g - 1)*(g*log(p) - q/p)"),
    (g.temperature, "o[2]", "exp(o[2]/T)/(T*Z)"),
    (g.temperature, "T", "(o[1] - (p[0]*o[0] + p[1]*o[1] + p[2]*o[2]))/T**2"),
    (g.tied, "w1", f"d1*h + x1*h*(1 - h)*{BACK}"),
    (g.tied, "x0", f"w0*(h - h**2)*{BACK} - d0"),
    (g.contrastive, "e0", "-g*e0/sqrt(e0**2 + e1**2)"),
    (g.contrastive, "w0", "-g*w0*(p0 - q0)**2/D"),
    (g.decay, "k", "-2*A/3*(d[0]*t[0]*exp(-k*t[0]) + d[1]*t[1]*exp(-k*t[1]) + d[2]*t[2]*exp(-k*t[2]))"),
    (g.experts, "y", "1 - 2/(exp(2*(y - t)) + 1)"),
    (g.experts, "m1", "tanh(y - t)*g*q*(1 + beta*m1 - beta*s1)"),
    (g.experts, "beta", _swish),
)
