"""Twenty-four sets of correct derivations, written otherwise than backprop goes: none may raise an alarm."""

from __future__ import annotations

from functools import partial as at

from ..judge import Right
from . import graphs as g
from . import networks as n
from . import points as p

RIGHT: Right = (
    (at(g.linear_mean, **p.LIN_A),
     {"w": "2*(w*(x1**2 + x2**2 + x3**2) + b*(x1 + x2 + x3) - (t1*x1 + t2*x2 + t3*x3))/3"}),
    (at(g.linear_mean, **p.LIN_B), {"b": lambda y1, y2, y3, t1, t2, t3: 2 * (y1 + y2 + y3 - t1 - t2 - t3) / 3,
                                    "t2": lambda y2, t2: -2 * (y2 - t2) / 3, "y3": "#2*(y3-t3)/3"}),
    (at(g.linear_half_sum, **p.LIN_4), {"w": "x1*(y1 - t1) - x2*(t2 - y2) + x3*(y3 - t3) - x4*(t4 - y4)",
                                        "x4": "w*(w*x4 + b) - w*t4", "b": "4*b + w*(x1+x2+x3+x4) - (t1+t2+t3+t4)"}),
    (at(g.logistic, **p.LOG_A), {"z1": "(1/(1 + exp(-z1)) - t1)/3", "z2": "(1 - t2 - 1/(1 + exp(z2)))/3",
                                 "y3": "-(t3/y3 - (1 - t3)/(1 - y3))/3"}),
    (at(g.logistic, **p.LOG_B),
     {"w1": "((1-t1)*sigmoid(z1)*x11 - t1*sigmoid(-z1)*x11 + (y2-t2)*x21 + (y3-t3)*x31 + lam*w1)/3",
      "w2": "lam*w2/3 - ((t1-y1)*x12 + (t2-y2)*x22 + (t3-y3)*x32)/3"}),
    (at(g.logistic, **p.LOG_A), {"w2": "#((y1-t1)*x12+(y2-t2)*x22+(y3-t3)*x32+lam*w2)/3", "lam": "#(w1**2+w2**2)/6",
                                 "b": "#(y1+y2+y3-2)/3"}),
    (at(g.logistic, **p.LOG_B), {"b": lambda y1, y2, y3, t1, t2, t3: (y1 + y2 + y3) / 3 - (t1 + t2 + t3) / 3,
                                 "lam": lambda R: R / 3, "D": lambda: 1.0, "t1": lambda z1: -z1 / 3}),
    (at(n.softmax3, **p.SOFT_A), {"z[0]": "exp(z[0])/(exp(z[0]) + exp(z[1]) + exp(z[2])) - t[0]",
                                  "W[2][1]": "-x[1]*(t[2] - y[2])",
                                  "b[1]": "1/(1 + exp(z[0] - z[1]) + exp(z[2] - z[1])) - t[1]"}),
    (at(n.softmax3, **p.SOFT_C), {"z[0]": "-t[0]*(1 - y[0]) + t[1]*y[0] + t[2]*y[0]", "y[1]": "-t[1]/y[1]",
                                  "b": ["y[0] - t[0]", "y[1] - t[1]", "y[2] - t[2]"]}),
    (at(n.softmax3, **p.SOFT_B), {"x[1]": "#(y[0]-t[0])*W[0][1]+(y[1]-t[1])*W[1][1]+(y[2]-t[2])*W[2][1]",
                                  "z[1]": "#y[1]-1"}),
    (at(n.mlp, **p.MLP_A),
     {"h": ["(y[0]-t[0])*W2[0][0] + (y[1]-t[1])*W2[1][0]", "W2[0][1]*(y[0]-t[0]) - W2[1][1]*(t[1]-y[1])"],
      "W2": [["(y[0]-t[0])*h[0]", "(y[0]-t[0])*h[1]"], ["(y[1]-t[1])*h[0]", "(y[1]-t[1])*h[1]"]]}),
    (at(n.mlp, **p.MLP_B),
     {"z[0]": "((y[0]-t[0])*W2[0][0] + (y[1]-t[1])*W2[1][0])*exp(-z[0])/(1 + exp(-z[0]))**2",
      "W1[1][1]": "((y[0]-t[0])*W2[0][1] + (y[1]-t[1])*W2[1][1])*(1 - tanh(z[1]/2)**2)/4*x[1]"}),
    (at(n.mlp, **p.MLP_B),
     {"x[0]": "#((y[0]-t[0])*W2[0][0]+(y[1]-t[1])*W2[1][0])*h[0]*(1-h[0])*W1[0][0]"
              "+((y[0]-t[0])*W2[0][1]+(y[1]-t[1])*W2[1][1])*h[1]*(1-h[1])*W1[1][0]",
      "b2[1]": "#y[1]-t[1]"}),
    (at(n.mlp_tanh, **p.TANH_A), {"z1": "((y1-t1)*v11 + (y2-t2)*v21)*4/(exp(z1) + exp(-z1))**2",
                                  "w22": "((y1-t1)*v12 + (y2-t2)*v22)*(1-h2)*(1+h2)*x2",
                                  "c2": "v21*h1 + v22*h2 + c2 - t2"}),
    (at(n.mlp_tanh, **p.TANH_A),
     {"w12": lambda y1, t1, v11, y2, t2, v21, h1, x2: x2 * (1 - h1 * h1) * ((y1 - t1) * v11 + (y2 - t2) * v21),
      "v21": lambda y2, t2, h1: -h1 * (t2 - y2)}),
    (at(n.residual, **p.RES_A), {"h1": "(y - t)*v*(1 + w2*(1 - tanh(a2)**2))",
                                 "w1": "(y - t)*v*(1 + w2*(1 - r2)*(1 + r2))*x*relu(a1)/a1",
                                 "x": "(v*h2 - t)*v*(1 + w2*(1 - r2**2))*(1 + w1)", "v": "v*h2**2 - t*h2"}),
    (at(n.residual, **p.RES_B), {"w1": "0", "b1": 0.0, "x": "(y - t)*v*(1 + w2 - w2*r2**2)",
                                 "r1": "(y - t)*v*(1 + w2*(1 - r2**2))"}),
    (at(n.rnn, **p.RNN_A), {"w": "(y - t)*v*(1 - h3**2)*(h2 + w*(1 - h2**2)*(h1 + w*(1 - h1**2)*h0))",
                            "h0": "(y-t)*v*w**3*(1-h1**2)*(1-h2**2)*(1-h3**2)"}),
    (at(n.rnn, **p.RNN_B),
     {"b": lambda y, t, v, w, h1, h2, h3: (y - t) * v * (1 - h3**2) * (1 + w * (1 - h2**2) * (1 + w * (1 - h1**2))),
      "u": lambda y, t, v, w, h1, h2, h3, x1, x2, x3: (y - t) * v * (1 - h3) * (1 + h3)
      * (x3 + w * (1 - h2**2) * (x2 + w * (1 - h1**2) * x1))}),
    (at(n.rnn_losses, **p.RNN_L), {"h2": "v*(y2 - t2) + w*(1 - h3**2)*v*(y3 - t3)",
                                   "h1": "v*((y1 - t1) + w*(1 - h2**2)*((y2 - t2) + w*(1 - h3**2)*(y3 - t3)))",
                                   "v": "v*(h1**2 + h2**2 + h3**2) - t1*h1 - t2*h2 - t3*h3"}),
    (at(n.heads, **p.HEADS_A), {"h": "(y - t)*a + alpha*(s - k)*c", "z": "(a*(a*h - t) - alpha*c*(k - s))*(1 - h**2)",
                                "w": "z_bar*x", "alpha": "C", "e": "alpha*(1/(1 + exp(-q)) - k)"}),
    (at(n.heads, **p.HEADS_B), {"h": lambda y, t, a, s, k, c, alpha: alpha * s * c - alpha * k * c + (y - t) * a,
                                "c": lambda alpha, s, k, h: alpha * (s - k) * h, "S": 1.0}),
    (at(n.tied, **p.TIED_A), {"w": "(r - x)*(h + w*x/(1 + exp(-z)))", "x": "(r - x)*(w**2*sigmoid(z) - 1)",
                              "z": "(r - x)*w*(1 - exp(-h))"}),
    (at(g.sgd_step, **p.SGD_A), {"w0": "(w1*x2 - t2)*x2*(1 - eta*x1**2)", "eta": "(t2 - y2)*x2*g",
                                 "t1": "(y2 - t2)*x2*eta*x1", "g": lambda y2, t2, x2, eta: eta * x2 * (t2 - y2)}),
)  # fmt: skip
