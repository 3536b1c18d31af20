"""Thirty mistakes with the words that name them: in formulas, in code, and in numbers, which begin with #."""

from __future__ import annotations

from functools import partial as at

from ..judge import Worded
from . import graphs as g
from . import networks as n
from . import points as p
from .words import EXTRA, INSTEAD, LOST, PATH, nm

MISTAKES = (
    Worded(
        "M01", at(g.linear_mean, **p.LIN_A),
        {"y1": "2*(y1 - t1)/3", "b": "2/3*((y1 - t1) + (y2 - t2) + (y3 - t3))",
         "w": "2*((y1 - t1)*x1 + (y2 - t2)*x2 + (y3 - t3)*x3)"}, "w",
        "J is the mean over the 3 examples; your w-gradient is the sum: the factor 1/3 (1/n) is missing.",
        [[r"\bsum", r"mean|average"], [r"(1/3|⅓|1/n|/ ?3|0\.333)", LOST + r"|divi|factor"],
         [r"factor (of )?3", r"too large|extra|batch|examples|/ ?3"]],
    ),
    Worded(
        "M02", at(g.linear_half_mean, **p.LIN_B),
        {"w": "((y1 - t1)*x1 + (y2 - t2)*x2 + (y3 - t3)*x3)/3", "b": "#5 ((y1-t1)+(y2-t2)+(y3-t3))/6"}, "b",
        "J = 1/(2·3) Σ(y−t)²: the 2 of the square cancels the ½; you kept the ½ (a factor 2 is missing).",
        [[r"½|1/2|0\.5\b|half", r"factor|kept|extra|square|" + LOST],
         [r"factor (of )?2\b|\b2\b", LOST + r"|square|power"]],
    ),
    Worded(
        "M03", at(g.linear_mean, **p.LIN_A),
        {"b": "2*(y1 + y2 + y3 - t1 - t2 - t3)/3", "w": "2*((y1 - t1)*x1 + (y2 - t2)*x1 + (y3 - t3)*x3)/3"}, "w",
        "In the term of example 2 you multiplied with the input of example 1: x1 stands where x2 should.",
        [[r"\bx1\b", r"\bx2\b", INSTEAD], [r"y2|second|example 2", r"\bx1\b", r"\bx2\b"]],
    ),
    Worded(
        "M04", at(g.linear_half_sum, **p.LIN_4),
        {"y3": lambda y3, t3: y3 - t3, "w": lambda y4, t4, x4: (y4 - t4) * x4}, "w",
        "w is shared by four examples; you kept the contribution of the last one only (= where += should stand).",
        [[r"\+=", r"="], [LOST + r"|overwr", r"\by1\b", r"\by2\b", r"\by3\b"], [r"only", r"y4|last"],
         [r"(three|3) (of|other)", LOST + r"|path|contribution"], [r"x1", r"x2", r"x3", r"path|contribution", LOST]],
    ),
    Worded(
        "M05", at(g.logistic, **p.LOG_A),
        {"R": "lam/3", "w1": "((t1 - y1)*x11 + (t2 - y2)*x21 + (t3 - y3)*x31)/3 + lam*w1/3"}, "w1",
        "The data term has the wrong sign: it is y − t, not t − y; the regulariser's part is right.",
        [[r"sign|flip|negat|minus|reversed|-1\b", r"\bD\b|data|z1|y1|loss|cross|example|term|path|contribution|part"],
         [r"t1? ?- ?y1?", r"y1? ?- ?t1?"]],
    ),
    Worded(
        "M06", at(g.logistic, **p.LOG_B),
        {"z2": "(y2 - t2)/3", "b": "(y1 + y2 + y3 - t1 - t2 - t3)/3",
         "w2": "((y1 - t1)*x12 + (y2 - t2)*x22 + (y3 - t3)*x32)/3 + lam*w2/6"}, "w2",
        "The regulariser's contribution is half of what it should be: R = ½(w1² + w2²), the 2 of w2² cancels the ½.",
        [[r"½|1/2|0\.5\b|half|\b2\b", r"\bR\b|regulari[sz]|penalty|\blam\b|w2(²|\*\*2|\^2)"]],
    ),
    Worded(
        "M07", at(g.logistic, **p.LOG_B),
        {"b": lambda y1, y2, y3, t1, t2, t3, lam, b: (y1 - t1 + y2 - t2 + y3 - t3) / 3 + lam * b / 3,
         "w1": "((y1 - t1)*x11 + (y2 - t2)*x21 + (y3 - t3)*x31 + lam*w1)/3"}, "b",
        "You regularised the bias: the term λb/3 is too much; R contains only w1 and w2.",
        [[EXTRA, r"\blam\b", r"\bb\b"], [r"bias", r"regulari[sz]|penalt"],
         [r"\bR\b|regulari|penalt", r"not|no path|" + EXTRA, r"\bb\b"]],
    ),
    Worded(
        "M23", at(g.logistic, **p.LOG_A),
        {"w1": "((y1 - t1)*x11 + (y2 - t2)*x21 + (y3 - t3)*x31)/3 + lam*w1/3",
         "w2": "#6 ((y1-t1)*x12+(y2-t2)*x22+(y3-t3)*x32)/3"}, "w2",
        "The regulariser is forgotten: the path of w2 through R (λ w2/3) is missing.",
        [[LOST, PATH + "|regulari|penalt", r"\bR\b|regulari|penalt|\blam\b|w2(²|\*\*2|\^2)"]],
    ),
    Worded(
        "M09", at(n.softmax3, **p.SOFT_A),
        {"z[2]": "t[2] - y[2]", "b[2]": "t[2] - y[2]", "W[2][0]": "(t[2] - y[2])*x[0]",
         "W[0][1]": "(y[0] - t[0])*x[1]"}, "z[2] b[2] W[2][0]",
        "z̄ = y − t; you wrote t − y: the sign is flipped (and b̄, W̄ inherit it).",
        [[r"sign|flip|negat|-1\b|minus|revers"], [r"t\[2\] ?- ?y\[2\]", r"y\[2\] ?- ?t\[2\]"]],
    ),
    Worded(
        "M10", at(n.softmax3, **p.SOFT_B),
        {"z[0]": "y[0] - t[0]", "z[1]": "(y[1] - t[1])*y[1]*(1 - y[1])", "b[2]": "y[2]"}, "z[1]",
        "y − t already is the error signal at z for softmax with cross-entropy; the factor y(1−y) (derivative of "
        "the softmax) is extra.",
        [[EXTRA + r"|factor", nm("y", 1) + r".{0,12}\(?1 ?- ?" + nm("y", 1)],
         [EXTRA + r"|factor", r"∂" + nm("y", 1)[2:] + r" ?/ ?∂" + nm("z", 1)[2:]], [EXTRA, r"σ['′]|sigmoid|softmax"]],
        # y − t holds the derivative of the softmax; ∂y/∂z once more is the extra factor
        equally=[[r"the factor ∂\(y\[1\]\)/∂\(z\[1\]\) = 0\.1965 is in it twice"]],
    ),
    Worded(
        "M11", at(n.softmax3, **p.SOFT_C), {"y[0]": "-t[0]/y[0]", "z[0]": "-t[0]*(1 - y[0])"}, "z[0]",
        "z0 reaches the loss through all three outputs of the softmax; you counted only y0: the paths through y1 "
        "and y2 are missing.",
        [[LOST, PATH, nm("y", 1), nm("y", 2)], [r"only", nm("y", 0), r"path|through|output|contribution"],
         [r"off-diagonal|other (classes|outputs|entries)"]],
    ),
    Worded(
        "M12", at(n.softmax3, **p.SOFT_C),
        {"z[1]": "y[1] - t[1]", "x[0]": "#6 (y[0]-t[0])*W[0][0] + (y[1]-t[1])*W[1][0]"}, "x[0]",
        "x0 feeds all three classes; the contribution of the third, z̄2·W20, is missing.",
        [[LOST, PATH, nm("z", 2) + "|" + nm("W", 2, 0)], [r"third|last class|class 2", LOST]],
    ),
    Worded(
        "M13", at(n.mlp, **p.MLP_B),
        {"y[1]": "y[1] - t[1]", "W2[0][1]": "(y[0] - t[0])*h[1]",
         "h[0]": "(y[0] - t[0])*W2[0][0] + (y[1] - t[1])*W2[0][1]"}, "h[0]",
        "Transposed index: h̄ = W2ᵀ ȳ, the second term needs W2[1][0], not W2[0][1].",
        [[r"transpos"], [nm("W2", 0, 1), nm("W2", 1, 0)], [r"ind(ex|ices)", r"swap|exchang|wrong"]],
    ),
    Worded(
        "M14", at(n.mlp, **p.MLP_A),
        {"h[1]": "(y[0] - t[0])*W2[0][1] + (y[1] - t[1])*W2[1][1]",
         "z[1]": "((y[0] - t[0])*W2[0][1] + (y[1] - t[1])*W2[1][1])*sigmoid(h[1])*(1 - sigmoid(h[1]))",
         "W1[1][0]": "((y[0] - t[0])*W2[0][1] + (y[1] - t[1])*W2[1][1])*sigmoid(h[1])*(1 - sigmoid(h[1]))*x[0]",
         "W2[1][1]": "(y[1] - t[1])*h[1]"}, "z[1] W1[1][0]",
        "σ' is evaluated at the post-activation h1 instead of the pre-activation z1 (σ applied twice).",
        [[r"σ|sigmoid|derivative|∂h", nm("h", 1), nm("z", 1) + r"|pre-?activation|post-?activation|twice",
          r"instead|in place|rather|not at|where|mistaken|twice|wrong|evaluat|taken at|\bat\b"],
         [r"post-?activation", r"pre-?activation"]],
    ),
    Worded(
        "M15", at(n.mlp, **p.MLP_A),
        {"h[0]": "(y[0] - t[0])*W2[0][0] + (y[1] - t[1])*W2[1][0]", "b2[0]": "y[0] - t[0]",
         "W1[0][1]": "#6 ((y[0]-t[0])*W2[0][0] + (y[1]-t[1])*W2[1][0])*x[1]"}, "W1[0][1]",
        "σ'(z0) = h0(1 − h0) is dropped between h̄0 and z̄0.",
        [[LOST, r"σ['′]|sigmoid|activation|∂" + nm("h", 0)[2:] + r" ?/ ?∂" + nm("z", 0)[2:] + "|"
          + nm("h", 0) + r".{0,12}1 ?- ?" + nm("h", 0)]],
    ),
    Worded(
        "M16", at(n.mlp_tanh, **p.TANH_A),
        {"h1": lambda y1, t1, v11, y2, t2, v21: (y1 - t1) * v11 + (y2 - t2) * v21,
         "w12": lambda y1, t1, v11, y2, t2, v21, h1, x2: ((y1 - t1) * v11 + (y2 - t2) * v21) * (1 - h1) * x2}, "w12",
        "tanh'(z1) = 1 − h1², you wrote 1 − h1: the square is missing.",
        [[r"1 ?- ?h1\b(?! ?(²|\*\*|\^))", r"h1 ?(²|\*\*2|\^2)|squar|tanh|∂h1"], [r"1 ?\+ ?h1"],
         [r"squar", r"h1|tanh"]],
    ),
    Worded(
        "M18", at(n.residual, **p.RES_A),
        {"h2": "(y - t)*v", "a2": "(y - t)*v*(1 - r2**2)", "h1": "(y - t)*v*(1 - r2**2)*w2"}, "h1",
        "The skip connection of the second block is forgotten: h1 also reaches h2 directly, so + h̄2 is missing.",
        [[LOST, PATH, r"\bh2\b|skip|residual|direct|identity|shortcut"]],
    ),
    Worded(
        "M19", at(n.residual, **p.RES_A),
        {"h1": "#(y-t)*v*(1 + w2*(1-r2**2))", "a1": "#(y-t)*v*(1 + w2*(1-r2**2))",
         "x": "#5 (y-t)*v*(1 + w2*(1-r2**2))*w1"}, "x",
        "The skip connection of the first block is forgotten: x also reaches h1 directly, so + h̄1 is missing.",
        [[LOST, PATH, r"\bh1\b|skip|residual|direct|identity|shortcut"]],
    ),
    Worded(
        "M20", at(n.residual, **p.RES_B),
        {"h1": lambda y, t, v, w2, r2: (y - t) * v * (1 + w2 * (1 - r2**2)),
         "w1": lambda y, t, v, w2, r2, x, a1: (y - t) * v * (1 + w2 * (1 - r2**2)) * x * (1.0 if a1 < 0 else 0.0)},
        "w1",
        "The mask of the ReLU is on the wrong side: a1 < 0, so relu'(a1) = 0 and w1 gets no gradient.",
        [[r"relu|mask|∂r1/∂a1",
          r"wrong|side|dropp|forg|ignor|opposite|revers|flip|off\b|dead|closed|negative|missing|is 0|= 0"]],
    ),
    Worded(
        "M21", at(n.rnn, **p.RNN_B),
        {"h3": "(y - t)*v", "h2": "(y - t)*v*(1 - h3**2)*w", "h1": "(y - t)*v*(1 - h3**2)*w*(1 - h2**2)",
         "h0": "(y - t)*v*(1 - h3**2)*w*(1 - h2**2)*(1 - h1**2)*w"}, "h1 h0",
        "From h2 back to h1 the recurrent weight w is missing: w enters once more for each step in time.",
        [[LOST + r"|factor", r"\bw\b(?! ?- )"]],
        equally=[[r"\bw stands where w\*\*2 belongs"]],  # the w that enters once more, said by the power
    ),
    Worded(
        "M22", at(n.rnn, **p.RNN_A), {"v": "(y - t)*h3", "w": "(y - t)*v*(1 - h3**2)*(h2 + w*(1 - h2**2)*h1)"}, "w",
        "The earliest time step is forgotten: w also acts at step 1 (on h0), the path through a1 is missing.",
        [[LOST, PATH + "|step", r"\ba1\b|\bh0\b|first (time )?step|step 1|earliest|\bh1\b"]],
    ),
    Worded(
        "M24", at(n.rnn, **p.RNN_A),
        {"a3": lambda y, t, v, h3: (y - t) * v * (1 - h3**2),
         "w": lambda y, t, v, w, h1, h2, h3: (y - t) * v * (1 - h3**2)
         * (h3 + w * (1 - h2**2) * (h2 + w * (1 - h1**2) * h1))}, "w",
        "Time index off by one: step s multiplies w with h_(s−1) (h2, h1, h0); you used h_s (h3, h2, h1).",
        [[r"h3", r"h2", r"h1", r"h0"], [r"h[123] ?(where|instead of|in place of|for|rather than).{0,40}h[012]"],
         [r"time|step", r"shift|off by one|previous|earlier|wrong"],
         [r"own output|its (own )?(output|result)|post-?activation", r"input|operand|instead|previous|pre"]],
    ),
    Worded(
        "M25", at(n.rnn_losses, **p.RNN_L),
        {"h3": "(y3 - t3)*v", "h2": "(y3 - t3)*v*(1 - h3**2)*w", "v": "(y1 - t1)*h1 + (y2 - t2)*h2 + (y3 - t3)*h3"},
        "h2",
        "h2 has an output of its own: the path through y2, (y2 − t2)v, is missing; only the path through time is "
        "there.",
        [[LOST, PATH, r"\by2\b|own (loss|output)|loss (of|at) step 2"]],
    ),
    Worded(
        "M26", at(n.heads, **p.HEADS_A),
        {"q": "alpha*(s - k)", "h": "(y - t)*a", "z": "(y - t)*a*(1 - h**2)", "w": "(y - t)*a*(1 - h**2)*x"}, "h z w",
        "The classification head is forgotten: h also reaches the loss through q (α(s − k)c is missing).",
        [[LOST, PATH + "|head", r"\bq\b|\bs\b|\bC\b|\balpha\b|second head|classif"]],
    ),
    Worded(
        "M27", at(n.heads, **p.HEADS_B),
        {"y": lambda y, t: y - t, "h": lambda y, t, a, s, k, c: (y - t) * a + (s - k) * c,
         "z": lambda y, t, a, s, k, c, h: ((y - t) * a + (s - k) * c) * (1 - h * h)}, "h z",
        "The weight α of the second loss is dropped in the part that comes through q.",
        [[r"\balpha\b", LOST + r"|factor|weight"], [r"\bq\b|\bC\b|\bs\b", r"factor (of )?4|4 times|0\.25|1/4|¼"]],
    ),
    Worded(
        "M28", at(n.tied, **p.TIED_A),
        {"r": "r - x", "h": "(r - x)*w", "b": "(r - x)*w*sigmoid(z)", "w": "(r - x)*w*sigmoid(z)*x"}, "w",
        "w is used twice (tied); only the encoder's path is there, the decoder's path (r − x)h is missing.",
        [[LOST, PATH, r"\br\b|decoder|\bh\b|second use|tied"]],
    ),
    Worded(
        "M29", at(n.tied, **p.TIED_B), {"h": "#(r-x)*w", "z": "#6 (r-x)*w", "b": "#6 (r-x)*w"}, "z b",
        "The derivative of the softplus, σ(z), is dropped between h̄ and z̄ (z̄ = h̄ as it stands).",
        [[LOST, r"softplus|σ|sigmoid|∂h ?/ ?∂z|activation"],
         [r"∂L/∂h\b|h̄|gradient (of|by|for) h\b|error signal of h\b"],
         [r"wrong (variable|node)|derivative (by|with respect to|of) h\b", r"\bh\b"]],
    ),
    Worded(
        "M30", at(n.leaky, **p.LEAKY_A), {"a": "#2*(y-t)*v", "v": "#2*(y-t)*a", "w": 0.0}, "w",
        "z < 0, but this is a leaky ReLU: its slope there is 0.1, not 0; you used the mask of the plain ReLU.",
        [[r"leak|slope|relu|mask|\b0\.1\b|dead"]],
    ),
    Worded(
        "M08", at(g.sgd_step, **p.SGD_A), {"w1": "#(y2-t2)*x2", "w0": "#6 (y2-t2)*x2"}, "w0",
        "w0 reaches w1 directly and through the gradient g of the step, −η x1²; that path is missing (w̄1 was "
        "copied).",
        [[LOST, PATH, r"\bg\b|\by1\b"],
         [r"∂L/∂w1\b|w̄1|w1[_ ]?bar|(gradient|derivative|error signal) (of|by|for|with respect to) w1\b|"
          r"∂w1 ?/ ?∂w0|wrong variable"]],
    ),
    Worded(
        "M17", at(n.two_layer, **p.TWO_A),
        {"v": lambda y, t, h: (y - t) * h,
         "w": lambda y, t, v, h, x: (y - t) * (v - 0.5 * (y - t) * h) * h * (1 - h) * x}, "w",
        "The weight v was updated first (v − η v̄, η = 0.5) and the new v used for w̄; backprop uses the old v.",
        [[r"\bv\b", r"updat|after the (step|update)|new (value|weight)|old"], [r"v ?- ?(0\.5|η|eta|½)"]],
        # that term is the step by which the new v differs from the old one
        equally=[[r"a term -\(0\.5 \* \(y - t\) \* h\) is too many: \(y - t\) \* v \* h \* \(1 - h\) \* x is right"]],
    ),
)  # fmt: skip
