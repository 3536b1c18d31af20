"""Correct answers, and by what each of their names may be replaced: rewritten at random none may raise an alarm."""

from __future__ import annotations

from ..judge import Graph
from . import graphs as g
from . import networks as n
from .words import BY_HAND, LINE, OF_LABELS, OUTER, UNITS

SIGMOID = {"y": "sigmoid(z)", "z": "w*x+b"}
# fmt: off
RIGHT: tuple[tuple[Graph, str, str, dict[str, str]], ...] = (
    (g.neuron, "w", f"{UNITS}*x", SIGMOID),
    (g.neuron, "b", "(y-t)*exp(-z)/(1+exp(-z))**2", SIGMOID),
    (g.neuron, "z", "(y-t)*sigmoid(z)*sigmoid(-z)", SIGMOID),
    (g.in_one_line, "w", LINE, {}),
    (g.half, "w", f"{UNITS}*x", {"y": "sigmoid(w*x+b)"}),
    (g.half, "y", "2*half*(y-t)", {}),
    (g.half_value, "w", f"2*half*{UNITS}*x", {}),
    (g.tanh_unit, "w", "(h-t)*(1-h**2)*x", {"h": "tanh(z)"}),
    (g.tanh_unit, "z", "(h-t)*4/(exp(z)+exp(-z))**2", {}),
    (g.gaussian_unit, "w", "-1.3*(a-t)*z*a", {"a": "exp(-z*z/2)"}),
    (g.primitives, "z", UNITS, {"y": "1/t5"}),
    (g.primitives, "t3", "-t6*y**2*t4", {"t6": "y-t"}),
    (g.of_one, "z", "g-t", {"g": "sigmoid(z)"}),
    (g.of_one, "g", "-t/g+(1-t)/(1-g)", {}),
    (g.of_one, "t", "-z", {"z": "w*x+b"}),
    (g.of_plain_zero, "w", "g*x", {"g": "1/(1+exp(-z))"}),
    (g.linear, "w1", "2*(g-y)*x1", {"g": "w1*x1+w2*x2"}),
    (g.open_relu, "w", "2*(g-y)*x", {"g": "w*x"}),
    (g.closed_relu, "w", "2*(g-y)*step(z)*x", {}),
    (g.mean, "w", "2*((y1-t1)*x1+(y2-t2)*x2+(y3-t3)*x3)/3", {"y1": "w*x1+b", "y2": "w*x2+b"}),
    (g.mean_of_data, "b", "2*(w*(x1+x2+x3)/n+b-(t1+t2+t3)/3)", {}),
    (g.regularised, "w", f"{UNITS}*x+lam*w", SIGMOID),
    (g.penalty_inside, "w", f"{UNITS}*x+lam*w", {"y": "sigmoid(w*x+b)"}),
    (g.penalty_of_numbers, "w", f"{UNITS}*x+0.1*w", {}),
    (g.all_inside, "w", f"{LINE}+lam*w", {}),
    (g.logistic_regression, "a", f"{BY_HAND}+lam/3*a", {}),
    (g.logistic_regression, "a", f"{OF_LABELS}+lam*a/m", {}),
    (g.logistic_of_values, "a", f"{BY_HAND}+lam*a/m", {"h1": "sigmoid(a*x11+b*x12)"}),
    (g.ridge, "w1", "2*(y-t)*x1+2*lam*w1", {"y": "w1*x1+w2*x2+b"}),
    (g.lasso, "w2", "(y-t)*x2+lam*sign(w2)", {}),
    (n.fan_out, "t", "y*exp(x*y)*(-sin(t))+(1+x*exp(x*y))*2*t", {"y": "t**2", "x": "cos(t)"}),
    (n.product, "g", "4*(f-1)*g*h", {"f": "g**2*h"}),
    (n.softmax, "z[1]", "-t[1]*(1-y[1])", {}),
    (n.softmax, "x[0]", "(y[0]-t[0])*W[0][0]+(y[1]-t[1])*W[1][0]+(y[2]-t[2])*W[2][0]", {}),
    (n.softmax_by_hand, "z1", "-t1*(1-y1)+t2*y1+t3*y1", {"y1": "e1/S"}),
    (n.softmax_by_hand, "e2", "1/S-t2/e2", {"S": "e1+e2+e3"}),
    (n.softmax_of_class, "z3", "exp(z3)/(exp(z1)+exp(z2)+exp(z3))", {}),
    (n.two_layers, "W1[0][1]", f"{OUTER}*h[0]*(1-h[0])*x[1]", {}),
    (n.two_layers_tanh, "b1[0]", f"{OUTER}*(1-h[0])*(1+h[0])", {}),
    (n.beta, "w11", "(2*(y1-t1)*y1*(1-y1)*v11+2*(y2-t2)*y2*(1-y2)*v21)*h1*(1-h1)*x1", {"y1": "sigmoid(s1)"}),
    (n.scalar, "w1", "(f-t)*w2*x", {"f": "w2*h", "h": "relu(a)"}),
    (n.skip, "a1", "2*(g-t)*v*(step(z2)*w2+1)", {"g": "v*a2"}),
    (n.skip_dead, "a1", "2*(g-t)*v", {}),
    (n.recurrent, "w", "(y-t)*v*(1-h3**2)*(h2+w*(1-h2**2)*(h1+w*(1-h1**2)*h0))", {"h3": "tanh(a3)"}),
    (n.recurrent, "b", "(y-t)*v*(1-h3**2)*(1+w*(1-h2**2)*(1+w*(1-h1**2)))", {}),
    (n.recurrent_losses, "h1", "(y1-t1)*v+(y2-t2)*v*(1-h2**2)*w", {}),
    (n.margin, "w", "-y*x", {}),
)
