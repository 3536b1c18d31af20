"""Correct derivations, written otherwise than backprop goes: none may raise an alarm."""

from __future__ import annotations

import math

from ..judge import Single
from . import graphs as g


def _input_weight(h1: float, h2: float, h3: float, t: float, w: float, x1: float, x2: float, x3: float) -> float:
    total = 0.0
    signal = h3 - t
    for h, x in ((h3, x3), (h2, x2), (h1, x1)):
        signal *= 1 - h * h
        total += signal * x
        signal *= w
    return total


def _logistic(w: float, b: float, x1: float, x2: float, x3: float, t1: float, t2: float, t3: float) -> float:
    return math.fsum(x * (0.5 + math.tanh((w * x + b) / 2) / 2 - t) for x, t in ((x1, t1), (x2, t2), (x3, t3))) / 3


RIGHT: Single = (
    (g.rnn, "a3", "(h3 - t)*4/(exp(a3) + exp(-a3))**2"),
    (g.rnn, "h2", "w*(tanh(a3) - t)*(1 - h3)*(1 + h3)"),
    (g.rnn, "w", "(h3 - t)*(1 - h3**2)*(h2 + w*(1 - h2**2)*(h1 + w*(1 - h1**2)*h0))"),
    (g.rnn, "u", _input_weight),
    (g.rnn, "t", "t - h3"),
    (g.lstm, "o", "2*(h - t)*(exp(2*c) - 1)/(exp(2*c) + 1)"),
    (g.lstm, "zf", "2*(h - t)*o*(1 - m**2)*c0*exp(-zf)/(1 + exp(-zf))**2"),
    (
        g.lstm, "x",
        "2*(h - t)*(m*(o - o**2)*wo + o*(1 - m**2)*(c0*(f - f**2)*wf + g*(i - i**2)*wi + i*(1 - g**2)*wg))",
    ),
    (g.lstm, "wg", "#2*(h - t)*o*(1 - m**2)*i*(1 - g**2)*x"),
    (g.attention, "s1", "(y - t)*a1*(v1 - a1*v1 - a2*v2 - a3*v3)"),
    (g.attention, "s2", "(y - t)*(a2*(1 - a2)*v2 - a2*a1*v1 - a2*a3*v3)"),
    (g.attention, "q2", "(y - t)*(a1*v1*k12 + a2*v2*k22 + a3*v3*k32 - y*(a1*k12 + a2*k22 + a3*k32))"),
    (g.attention, "k21", "q1*(y - t)*a2*(a1*(v2 - v1) + a3*(v2 - v3))"),
    (g.ridge, "c0", "(p1 + p2 + p3 + p4 - y1 - y2 - y3 - y4)/2"),
    (g.ridge, "c1", "(p1*x1 + p2*x2 + p3*x3 + p4*x4 - y1*x1 - y2*x2 - y3*x3 - y4*x4)/2 + lam*c1"),
    (g.ridge, "lam", "(c1**2 + c2**2)/2"),
    (g.ridge, "x3", "0.5*(c0 + c1*x3 + c2*x3**2 - y3)*(c1 + 2*c2*x3)"),
    (g.gaussian, "mu", "3*exp(-s)*(mu - (y1 + y2 + y3)/3)"),
    (g.gaussian, "s", "(3 - Q/exp(s))/2"),
    (g.gaussian, "y2", "(y2 - mu)*exp(-s)"),
    (g.factorisation, "v21", "u11*(u11*v21 + u12*v22 - r12) + lam*v21"),
    (g.factorisation, "u12", "v12*e11 + v22*e12 + u12*lam"),
    (
        g.normalisation, "x1",
        "gamma*r*((y1 - t1) - (y1 + y2 + y3 - t1 - t2 - t3)/3"
        " - d1*r**2*((y1 - t1)*d1 + (y2 - t2)*d2 + (y3 - t3)*d3)/3)",
    ),
    (g.normalisation, "m", "-gamma*r*(y1 + y2 + y3 - t1 - t2 - t3)"),  # the path through var is 0: the d add up to 0
    (g.normalisation, "beta", "3*beta - t1 - t2 - t3"),  # the n add up to 0
    (g.bce, "z2", "(1/(1 + exp(-z2)) - t2)/3"),
    (g.bce, "w", _logistic),
    (g.bce, "b", "(exp(z1)/(1 + exp(z1)) + exp(z2)/(1 + exp(z2)) + exp(z3)/(1 + exp(z3)) - t1 - t2 - t3)/3"),
    (g.gated, "x", "2*g*(a*g - t)*(w + a*(1 - g)*v)"),
    (g.gated, "c", "2*(y - t)*y*(1 - g)"),
    (g.cosine, "a1", "a1*c/na**2 - b1/(na*nb)"),
    (g.cosine, "a2", "a1*(a2*b1 - a1*b2)/(na**3*nb)"),
    (g.leaky, "z1", "0.13*(y - t)*o1"),  # its side of the kink is the only one near
    (g.leaky, "w22", "(o1*h1 + o2*z2 - t)*o2*x2"),
    (g.poisson, "w", "x1*exp(w*x1 + b) + x2*exp(w*x2 + b) - (x1*y1 + x2*y2)"),
    (g.exposure, "b", "k*exp(w*x)*exp(b) - y"),
    (g.hinge, "w", "-(t2*x2 + t3*x3*step(k3) + t1*x1*step(k1))/3"),
    (g.margin, "w", "#-t*x/3"),  # a subgradient at the kink
    (g.margin, "b", "#0*t"),  # the other end
    (g.elastic, "w", "(w*x - t)*x + l1 + 2*l2*w"),  # w > 0
    (g.huber, "w", "delta*x*r/sqrt(r**2)"),
    (g.gated, "b", "#9 2*(y - t)*g"),
)  # fmt: skip
