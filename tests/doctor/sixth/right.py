"""Twenty-four sets of correct derivations, written otherwise than backprop goes: none may raise an alarm."""

from __future__ import annotations

import math
from functools import partial as at

from ..judge import Right
from . import graphs as g
from . import networks as n

RIGHT: Right = (
    (n.gru, {"a": "(hn - t)*(c - h)*z/(1 + exp(a))", "z": "t*h - t*c + hn*(c - h)"}),
    (n.gru, {"p": "(hn - t)*z/((exp(p) + exp(-p))/2)**2", "uc": "h*(hn-t)*z*(1-c)*(1+c)"}),
    (n.gru, {"h": lambda hn, t, z, c, h, uz, uc: (hn - t) * ((1 - z) * (1 + (c - h) * z * uz) + z * uc * (1 - c * c)),
             "hn": lambda hn, t: -(t - hn)}),
    (n.attention, {"s[0]": "2*(o - t)*a[0]*a[1]*(v[0] - v[1])", "s[1]": "(t - o)*2*a[0]*(o - v[1])*a[1]/(1 - a[1])"}),
    (n.attention, {"q[0]": "#2*(o-t)*a[0]*a[1]*(v[0]-v[1])*(k[0][0]-k[1][0])/sqrt(d)",
                   "k[1][1]": "#2*(o-t)*a[1]*(v[1]-o)*q[1]/root"}),
    (g.gauss, {"v": "(3*v - S)/(2*v**2)", "r0": "r0/v", "x2": "(x2 - mu)*v**-1"}),
    (g.gauss, {"mu": lambda mu, v, x0, x1, x2: (3 * mu - math.fsum((x0, x1, x2))) / v}),
    (g.poisson,
     {"w": "(x[0]*(exp(w*x[0]+b)-k[0]) + x[1]*(exp(w*x[1]+b)-k[1]) + x[2]*(exp(w*x[2]+b)-k[2])"
           " + x[3]*(exp(w*x[3]+b)-k[3]))*0.25",
      "b": "(exp(b)*(exp(w*x[0])+exp(w*x[1])+exp(w*x[2])+exp(w*x[3])) - (k[0]+k[1]+k[2]+k[3]))/n"}),
    (g.huber, {"w": lambda e0, e1, e2, x0, x1, x2, delta: sum(
        x * max(-delta, min(delta, e)) for x, e in ((x0, e0), (x1, e1), (x2, e2))
    ) / 3}),
    (g.huber, {"delta": "(relu(abs(e0)-delta) + relu(abs(e1)-delta) + relu(abs(e2)-delta))/3",
               "b": "(max(-delta, min(e0, delta)) + e1 + delta*sign(e2))/3"}),
    (n.layernorm, {"x0": "g/r*((y0-t0) - ((y0-t0)+(y1-t1)+(y2-t2))/3 - n0*((y0-t0)*n0+(y1-t1)*n1+(y2-t2)*n2)/3)",
                   "r": "-((y0-t0)*(y0-b) + (y1-t1)*(y1-b) + (y2-t2)*(y2-b))/r"}),
    (g.ranking, {"w0": "lam*w0 - (step(m1)*(xp[0][0]-xn[0][0]) + step(m2)*(xp[1][0]-xn[1][0]))/2",
                 "lam": "(w0*w0 + w1*w1)*0.5"}),
    (g.factors, {"V[1][0]": "lam*V[1][0] + U[0][0]*(U[0][0]*V[1][0] + U[0][1]*V[1][1] - r01)",
                 "U[1][1]": "lam*U[1][1] + (U[1][0]*V[0][0] + U[1][1]*V[0][1] - r10)*V[0][1]"}),
    (n.rnn,
     {"u": lambda y, t, v, u, h0, h1, h2: (y - t) * v * (1 - h2**2) * (h1 + u * (1 - h1**2) * h0),
      "w": lambda y, t, v, u, a1, a2, x1, x2: (y - t) * v / math.cosh(a2) ** 2 * (x2 + u * x1 / math.cosh(a1) ** 2)}),
    (n.entropy, {"y": "(y - t)/(y - y**2)", "z": "(1 - t)*y - t*(1 - y)", "w": "x*(1/(1 + exp(-(w*x + b))) - t)"}),
    (g.elastic, {"w1": "(e0*x[0][1]+e1*x[1][1]+e2*x[2][1])/3 + alpha*(rho*w1/abs(w1) + w1 - rho*w1)",
                 "rho": "alpha*(A - B)"}),
    (n.vae, {"s": "beta*(exp(s) - 1)/2 + (xh - x)*w*(z - mu)/2", "mu": "w*(w*z - x) + beta*mu"}),
    (n.vae, {"s": "#((xh - x)*w*eps*sig + beta*sig**2 - beta)/2", "eps": "#(xh-x)*w*sig",
             "beta": "#(mu**2+sig**2-s-1)/2"}),
    (g.contrastive, {"w": "(d1**2 - relu(margin - d2)*d2)/w", "x4": "(d2 - margin)*w*sign(b2 - a2)"}),
    (n.temperature, {"T": "-((y[0]-t[0])*log(y[0]) + (y[1]-t[1])*log(y[1]) + (y[2]-t[2])*log(y[2]))/T",
                     "z[1]": "-(y[0] + y[2])/T"}),
    (g.cosine, {"u1": "(c - t)*(v1/nv - c*u1/nu)/nu", "u2": "(c - t)*u1*(u1*v2 - u2*v1)/(nu**3*nv)"}),
    (g.powerlaw, {"p": lambda f, t, x: f * (f - t) * math.log(x), "x": lambda f, t, x, p: (f - t) * f * p / x}),
    (at(g.elastic, w=(0.0, -0.45)), {"w0": "#(e0*x[0][0]+e1*x[1][0]+e2*x[2][0])/3 + alpha*rho*0.4", "e1": "#e1/3"}),
    (n.rnn, {"w": "a2_bar*x2 + a1_bar*x1", "h1": "u*y_bar*v*(1 - h2**2)", "h0": "u*(1 - tanh(a1)**2)*h1_bar"}),
)  # fmt: skip
