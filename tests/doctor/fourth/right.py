"""Thirty sets of correct derivations, written otherwise than backprop goes: none may raise an alarm."""

from __future__ import annotations

import math

from ..judge import Right
from . import graphs as g
from . import networks as n

R = "((y1 - t1) + (y2 - t2) + (y3 - t3))"
RN = "((y1 - t1)*n1 + (y2 - t2)*n2 + (y3 - t3)*n3)"
RX = "((y1 - t1)*(x1 - m) + (y2 - t2)*(x2 - m) + (y3 - t3)*(x3 - m))"


def _through_time(
    y: float, t: float, c: float, h1: float, h2: float, h3: float, v: float, x1: float, x2: float, x3: float
) -> float:
    return (y - t) * c * (1 - h3**2) * (x3 + v * (1 - h2**2) * (x2 + v * (1 - h1**2) * x1))


def _query(o: float, t: float, v1: float, v2: float, a1: float, a2: float, k1: float, k2: float) -> float:
    return (o - t) * (v1 - v2) * a1 * a2 * (k1 - k2) / math.sqrt(3)


def _responsible(x: float, mu2: float, s2: float, c: float, N1: float, N2: float) -> float:
    return (mu2 - x) / s2**2 * (1 - c) * N2 / (c * N1 + (1 - c) * N2)


def _decoder(o1: float, o2: float, x1: float, x2: float, h: float, w1: float, w2: float) -> float:
    return (o2 - x2) * h + ((o1 - x1) * w1 + (o2 - x2) * w2) * (1 - h * h) * x2


RIGHT: Right = (
    (g.svr, {"r": "sign(r)", "w": "x*(y - t)/abs(y - t) + lam*w", "b": -1.0, "R": 1}),
    (g.svr_inside, {"w": "lam*w", "b": 0, "y": 0.0, "h": "1"}),
    (g.huber, {"w": "delta*x", "b": "delta", "r": lambda delta: delta}),
    (g.huber_quadratic, {"w": "r*x", "y": "y - t", "b": lambda w, x, b, t: w * x + b - t}),
    (g.poisson, {"w": "((mu1 - k1)*x1 + (mu2 - k2)*x2 + (mu3 - k3)*x3)/3", "eta2": "(exp(eta2) - k2)/3", "mu3": 1 / 3,
                 "b": lambda mu1, mu2, mu3: (mu1 + mu2 + mu3 - 7) / 3}),
    (g.poisson, {"w": "(exp(b)*(x1*exp(w*x1) + x2*exp(w*x2) + x3*exp(w*x3)) - (k1*x1 + k2*x2 + k3*x3))/3"}),
    (n.two_logits, {"z1": "y1 - t1", "w12": "(y1 - t1)*x2", "x1": "(y1 - t1)*w11 + (y2 - t2)*w21",
                    "y2": "-t2/y2 + (1 - t2)/(1 - y2)", "b2": lambda y2, t2: y2 - t2}),
    (n.two_logits, {"w21": "(-t2/y2 + (1 - t2)/(1 - y2))*y2*(1 - y2)*x1", "b1": "σ(z1) - t1"}),
    (n.saturated, {"z1": "y1 - t1", "w11": lambda y1, t1, x1: (y1 - t1) * x1, "b2": "y2 - t2"}),
    (n.rnn, {"v": "(y - t)*c*(1 - h3**2)*(h2 + v*(1 - h2**2)*(h1 + v*(1 - h1**2)*h0))", "u": _through_time,
             "h2": "(y - t)*c*(1 - h3^2)*v"}),
    (n.rnn, {"c": "h3*(y - t)", "h1": "(c*h3 - t)*c*(1 - h3)*(1 + h3)*v**2*(1 - tanh(u*x2 + v*h1)**2)"}),
    (n.attention, {"s1": "(o - t)*a1*(v1 - o)", "q": "(o - t)*(a1*(v1 - o)*k1 + a2*(v2 - o)*k2)/sqrt(d)",
                   "v2": "(o - t)*a2", "a1": "(o - t)*v1", "k1": "(o - t)*a1*(v1 - o)*q/sqrt(d)"}),
    (n.attention, {"s1": "(o - t)*(v1 - v2)*a1*a2", "s2": "-(o - t)*(v1 - v2)*a1*(1 - a1)", "q": _query}),
    (n.batchnorm, {"x1": f"gamma/s*((y1 - t1) - {R}/3 - n1*{RN}/3)", "gamma": RN,
                   "beta": "y1 + y2 + y3 - t1 - t2 - t3"}),
    (n.batchnorm, {"var": f"-gamma*{RX}/2*(var + 0.01)**(-1.5)", "n2": lambda gamma, y2, t2: gamma * (y2 - t2),
                   "s": f"-gamma*{RN}/s"}),
    (g.mixture, {"mu1": "-c*N1/p*(x - mu1)/s1**2", "s1": "-c*N1/p*((x - mu1)**2/s1**3 - 1/s1)", "N2": "-(1 - c)/p"}),
    (g.mixture, {"mu2": _responsible, "s2": "(1 - c)*N2/p*(1/s2 - (x - mu2)**2/s2**3)", "p": "-1/p"}),
    (g.ridge, {"w": "2/3*((y[0] - t[0])*x[0] + (y[1] - t[1])*x[1] + (y[2] - t[2])*x[2]) + 2*lam*w",
               "b": "2*(y[0] + y[1] + y[2] - t[0] - t[1] - t[2])/3", "y[1]": "2*(y[1] - t[1])/3", "data": 1.0}),
    (g.ridge, {"b": lambda w, b: 2 * (w * (0.4 + 1.5 - 2.2) + 3 * b - (0.9 + 1.0 - 3.1)) / 3}),
    (n.residual, {"h1": "2*(h2 - t)*(1 + w2*(1 - a2**2))", "w2": "2*(h2 - t)*(1 - a2*a2)*h1",
                  "x": "2*(h2 - t)*(1 + w2*(1 - a2**2))*(1 + w1*(1 - a1**2))"}),
    (n.residual, {"w1": "8*x*(h2 - t)*(1 + w2*(1 - a2**2))/(exp(z1) + exp(-z1))**2", "a2": "2*(x + a1 + a2 - t)"}),
    (n.tied, {"w1": "(o1 - x1)*h + ((o1 - x1)*w1 + (o2 - x2)*w2)*(1 - h**2)*x1", "c2": "o2 - x2", "w2": _decoder}),
    (n.rbf, {"c1": "2*(y - t)*w*phi*(x1 - c1)/s**2", "s": "2*(y - t)*(y - b)*q/s**3", "q": "-(y - t)*w*phi/s**2"}),
    (g.hinge, {"w": "-(t1*x1 + t2*x2)/3 + 2*lam*w", "b": 0, "m3": 0.0, "m1": 1 / 3, "l3": "1/3"}),
    (g.hinge_at_kink, {"m1": 0.2}),
    (g.ranking, {"w": "-(p1 - n1)/(1 + exp(d))", "d": "sigmoid(d) - 1", "sn": "1 - σ(d)",
                 "v": lambda d, p2, n2: -(p2 - n2) * math.exp(-d) / (1 + math.exp(-d))}),
    (n.temperature, {"z1": "(p1 - t1)/T", "T": "-((p1 - t1)*z1 + (p2 - t2)*z2 + (p3 - t3)*z3)/T**2", "p2": "-t2/p2",
                     "e1": "(p1 - t1)/e1", "S": "1/S"}),
    (g.elu, {"z": "(a - t)*(a + alpha)", "w": "(a - t)*alpha*exp(z)*x", "alpha": "(a - t)*(exp(z) - 1)"}),
    (n.vae, {"lv": "(y - x)*w*sd*eps/2 + (sd**2 - 1)/2", "mu": "w*(y - x) + mu", "z": "-(x - y)*w"}),
    (n.lstm, {"zf": "(h - t)*o*(1 - tanh(c)**2)*c0*f*(1 - f)", "zo": "(h - t)*tanh(c)*o*(1 - o)",
              "cand": lambda h, t, o, c, i: (h - t) * o * (1 - math.tanh(c) ** 2) * i}),
)  # fmt: skip
