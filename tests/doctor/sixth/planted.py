"""Thirty mistakes with the words that name them: S, of formulas; N, of numbers, which begin with #; C, of code."""

from __future__ import annotations

from ..judge import Worded
from . import graphs as g
from . import networks as n

DROP = (
    r"drop|forg|miss|left out|leave|omit|lack|without|absent|not (counted|included|there)|\bonly\b|ignor|"
    r"as (a )?constant|neglect|lost|for \+=|in place of \+="
)
SIGN = r"\bsign\b|negat|minus|flip|opposite|[-−]1\b"
PATH = r"path|through|contribut|term|child|fan"
SWAP = r"in place of|instead of|rather than|\bfor\b|where|belongs|mistook|mistak|confus|mix|swap|should be|not\b"
MISTAKES = (
    Worded(
        "S1", n.gru, {"hn": "hn - t", "c": "(hn - t) * z", "z": "(hn - t) * c"}, "z",
        "z is used twice in h' = (1 − z)h + zc; the path through 1 − z, which gives −h, is missing",
        [[DROP, r"\bh\b|1 ?[-−] ?z|[-−]h\b|\bt\d+\b"]],
        equally=[[SWAP, r"\bc\b", r"c ?[-−] ?h"]],  # c for c − h is the same difference
        reject=[r"path through c\b"],
    ),
    Worded(
        "S2", n.attention,
        {"o": "2 * (o - t)", "a[0]": "2 * (o - t) * v[0]", "s[0]": "2 * (o - t) * v[0] * a[0] * (1 - a[0])"}, "s[0]",
        "s₀ also changes a₁ (the denominator of the softmax): the path through a₁, −ō v₁ a₀ a₁, is missing",
        [[DROP, r"a\[1\]|a_?1|a₁"], [r"softmax", r"other|all|cross|off.?diagonal|every|Jacobian"]],
        equally=[[r"v\[1\]", SWAP + "|" + DROP, r"v\[0\]"]],  # with two keys 1 − a₀ = a₁, so v₀ for v₀ − v₁ is the same
        reject=[r"through a\[0\] is missing"],
    ),
    Worded(
        "S3", n.attention,
        {"o": "2 * (o - t)", "v[1]": "2 * (o - t) * a[1]", "s[1]": "2 * (o - t) * a[1] * (v[1] - t)"}, "s[1]",
        "the softmax's derivative gives a₁(v₁ − o), with the output o; you wrote the target t there",
        [[r"\bt\b", r"\bo\b", SWAP]],
    ),
    Worded(
        "S4", g.gauss, {"S": "1 / (2*v)", "v": "3 / (2*v) + S / (2*v**2)"}, "v",
        "the derivative of S/(2v) by v is −S/(2v²): its sign is wrong, that of the logarithm's term is right",
        [[SIGN, PATH + r"|\bS\b|quotient|second|denominator|\bt\d+\b"]],
        reject=[r"(whole|overall)"],
    ),
    Worded(
        "S5", g.cosine, {"c": "c - t", "p": "(c - t) / (nu * nv)", "nu": "-(c - t) * p / (nu * nv)"}, "nu",
        "the derivative of 1/‖u‖ is −1/‖u‖²: the denominator must have nu squared; a factor 1/nu is missing",
        [[DROP + r"|\bextra\b|too (many|few)|\bpower\b|square|denominator", r"\bnu\b"]],
        equally=[[r"\bnu stands where nu\*\*2 belongs"]],  # it is the square, said by the formula
    ),
    Worded(
        "S6", g.huber, {"e0": "e0 / 3", "e1": "e1 / 3", "w": "(e0*x0 + e1*x1 + e2*x2) / 3"}, "w",
        "example 2 is an outlier, |e2| > delta, where the loss is linear: its derivative is delta·sign(e2), not e2",
        [[r"\be2\b|\bl2\b|\bx2\b", r"delta|δ|branch|linear|quadratic|clip|kink|piece|outlier"],
         [r"\be2\b|\bl2\b|\bx2\b", PATH, r"wrong|extra|factor|times|too (large|much)|multipl"]],
        reject=[r"is missing|you (dropped|forgot) the path"],
    ),
    Worded(
        "S7", n.layernorm,
        {"b": "(y0-t0) + (y1-t1) + (y2-t2)", "n1": "(y1 - t1)*g", "g": "(y0-t0)*d0 + (y1-t1)*d1 + (y2-t2)*d2"}, "g",
        "g multiplies the normalised n_i = d_i/r; you used the centred d_i before the division by r",
        [[r"\bd\d?\b", r"\bn\d?\b", SWAP], [r"normali[sz]ed|normali[sz]ation", r"before|un-?normali|not"]],
        equally=[[r"\br\b", r"extra|drop|forg|miss|divi|factor"]],  # d_i = r·n_i: hand is exactly r times the right one
    ),
    Worded(
        "S8", g.ranking,
        {"R": "lam", "m1": "1/2", "w0": "((xn[0][0]-xp[0][0]) + (xn[1][0]-xp[1][0]))/2 + lam*w0"}, "w0",
        "pair 2 keeps its margin (m2 < 0), the hinge is off there, and so it gives nothing; you counted it as active",
        [[r"\bm2\b|\bh2\b|second|pair 2|example 2",
          r"mask|relu|inactive|dead|zero|extra|too (many|much)|active|off|flat|\b0\b"]],
    ),
    Worded(
        "S9", g.ranking, {"h1": "0.5", "m2": "0", "w1": "(xn[0][1] - xp[0][1])/2 + w1"}, "w1",
        "the penalty's part is λ w1: you dropped λ in front of it",
        [[DROP, r"\blam\b|λ"]],
    ),
    Worded(
        "S10", g.factors,
        {"e00": "e00", "e01": "e01", "U[0][1]": "e00*V[0][1] + e01*V[1][1] + lam*U[0][1]"}, "U[0][1]",
        "e = r − p, so ∂e/∂U = −V: the data part has the wrong sign; the penalty's part is right",
        [[SIGN, PATH + r"|\be0[01]\b|data|error|residual|except|but|all but"]],
        reject=[r"the sign is flipped$"],
    ),
    Worded(
        "S11", g.factors,
        {"U[1][0]": "-e10*V[0][0] + lam*U[1][0]", "U[0][0]": "-e00*V[0][0] - e01*V[0][1] + lam*U[0][0]"}, "U[0][0]",
        "in the second product it is V[1][0] and not V[0][1]: the indices are transposed",
        [[r"V\[0\]\[1\]|V\[0, ?1\]", r"V\[1\]\[0\]|V\[1, ?0\]"], [r"transpos|ind(ex|ices)", r"\bV\b"]],
    ),
    Worded(
        "S12", n.rnn,
        {"y": "y - t", "h2": "(y - t)*v", "a2": "(y - t)*v*(1 - a2**2)", "h1": "(y - t)*v*(1 - a2**2)*u",
         "a1": "(y - t)*v*(1 - a2**2)*u*(1 - h1**2)"}, "a2 h1 a1",
        "tanh'(a2) = 1 − h2²: you put the pre-activation a2 where the post-activation h2 belongs; h̄1 and ā1 "
        "inherit it",
        [[r"\ba2\b", r"\bh2\b", SWAP + "|activation"], [r"pre-?activation"]],
    ),
    Worded(
        "S13", n.entropy,
        {"y": "-t/y - (1 - t)/(1 - y)", "z": "(-t/y - (1 - t)/(1 - y)) * y*(1 - y)",
         "w": "(-t/y - (1 - t)/(1 - y)) * y*(1 - y) * x"}, "y z w",
        "the derivative of log(1 − y) is −1/(1 − y): the second term of ȳ has the wrong sign; z̄ and w̄ inherit it",
        [[SIGN, PATH + r"|1 ?[-−] ?y|1 ?[-−] ?t|second|log|\bt\d+\b"]],
        reject=[r"(whole|overall)"],
    ),
    Worded(
        "S14", g.elastic,
        {"A": "alpha*rho", "B": "alpha*(1 - rho)",
         "w1": "(e0*x[0][1] + e1*x[1][1] + e2*x[2][1])/3 + alpha*rho + alpha*(1 - rho)*w1"}, "w1",
        "|w|' = sign(w), and w1 is negative: the L1 part is −alpha·rho; you took +1",
        [[SIGN, PATH + r"|\bA\b|abs|\|w1\||L1|\bt\d+\b|alpha"], [DROP, r"\bsign\b"]],
        reject=[r"(whole|overall)"],
    ),
    Worded(
        "S15", g.poisson,
        {"eta[0]": "(lam[0] - k[0])/4", "lam[2]": "1/4",
         "b": "(eta[0]-k[0] + eta[1]-k[1] + eta[2]-k[2] + eta[3]-k[3])/4"}, "b",
        "the rate is lam = exp(eta); you put eta itself, before the exponential",
        [[r"\beta\b|eta\[", r"\blam\b|lam\[|exp", SWAP + "|activation"], [r"pre-?activation"]],
    ),
    Worded(
        "N1", g.poisson,
        {"b": "#(lam[0]-k[0] + lam[1]-k[1] + lam[2]-k[2] + lam[3]-k[3])/4",
         "w": "#6 (lam[0]-k[0])*x[0] + (lam[1]-k[1])*x[1] + (lam[2]-k[2])*x[2] + (lam[3]-k[3])*x[3]"}, "w",
        "the loss is the mean over n = 4 examples; you summed: the factor 1/4 is missing",
        [[r"\bmean\b|average|\bsum\b|batch|\bn\b|examples"], [DROP + r"|extra|factor", r"1/4|¼|0\.25|\b4\b"]],
    ),
    Worded(
        "N2", g.ranking, {"m1": 0.5, "R": "#lam", "w1": "#(xn[0][1] - xp[0][1])/2"}, "w1",
        "w1 is in the penalty too: the path through R, λ w1, is missing",
        [[DROP, r"\bR\b|\blam\b|regulari|penalt|L2"]],
    ),
    Worded(
        "N3", n.vae,
        {"z": "#(xh - x)*w", "mu": "#(xh - x)*w + beta*mu", "s": "#(xh - x)*w*eps*sig + beta*(exp(s) - 1)/2"}, "s",
        "σ = e^{s/2}, so ∂σ/∂s = σ/2: the ½ of the exponent is missing in the path through σ; the KL part is right",
        [[r"½|1/2|\b0\.5\b|half|\b2\b", r"\bsig\b|σ|" + PATH + r"|s ?/ ?2|\bt\d+\b"]],
    ),
    Worded(
        "N4", g.elastic,
        {"A": "#alpha*rho", "w1": "#(e0*x[0][1]+e1*x[1][1]+e2*x[2][1])/3 - alpha*rho + alpha*(1-rho)*w1",
         "w0": "#7 (e0*x[0][0]+e1*x[1][0]+e2*x[2][0])/6 + alpha*rho + alpha*(1-rho)*w0"}, "w0",
        "the derivative of e² is 2e: the data part is half of what it should be; the penalties are right",
        [[r"½|1/2|\b0\.5\b|half|halv|\b2\b", PATH + r"|\bD\b|data|square|\be\d\b|power|²|\*\*2"]],
    ),
    Worded(
        "N5", n.attention,
        {"o": "#2*(o - t)", "v[0]": "#2*(o - t)*a[0]", "s[0]": "#2*(o-t)*a[0]*(v[0]-o)",
         "q[0]": "#6 2*(o-t)*(a[0]*(v[0]-o)*k[0][0] + a[1]*(v[1]-o)*k[1][0])"}, "q[0]",
        "the scores are divided by √d: the factor 1/√d is missing",
        [[DROP + "|extra|factor|divi|scal", r"\broot\b|√|sqrt|\b1\.414|\b0\.707"]],
    ),
    Worded(
        "N6", g.contrastive, {"d1": "#d1", "d2": "#d2 - margin", "w": "#d1*x1 - (margin - d2)*(x4 - x3)"}, "w",
        "w makes both points of the first pair; the path through b1, −d1·x2, is missing",
        [[DROP, r"\bb1\b|\bx2\b"]],
    ),
    Worded(
        "N7", n.gru,
        {"hn": "#hn - t", "c": "#(hn - t)*z", "p": "#(hn - t)*z", "wc": "#(hn - t)*z*x", "uc": "#(hn - t)*z*h"},
        "p wc uc",
        "c = tanh(p): you dropped tanh'(p) = 1 − c² at p; w̄c and ūc inherit it",
        [[DROP, r"tanh|1 ?[-−] ?c|∂c/∂p|activation|local derivative"]],
    ),
    Worded(
        "N8", n.temperature,
        {"z[0]": "#(y[0] - t[0])/T", "s[1]": "#y[1] - t[1]",
         "T": "#-((y[0]-t[0])*z[0] + (y[1]-t[1])*z[1] + (y[2]-t[2])*z[2])/T"}, "T",
        "the derivative of z/T by T is −z/T²: one factor 1/T is missing",
        [[r"\bT\b|\b1\.6\b", DROP + r"|extra|factor|power|square|²|\*\*"], [r"\bz\b|z\[", r"\bs\b|s\[", SWAP]],
    ),
    Worded(
        "C1", n.gru,
        {"a": lambda hn, t, c, h, z: (hn - t) * (c - h) * z * (1 - z),
         "h": lambda hn, t, z, c, h, uz: (hn - t) * (1 - z) + (hn - t) * (c - h) * z * (1 - z) * uz}, "h",
        "h also enters the candidate: the path through p (and c), z̄… p̄·uc, is missing",
        [[DROP, r"\bp\b|\bc\b|candidate|\buc\b"]],
    ),
    Worded(
        "C2", g.gauss, {"r1": lambda r1, v: r1 / v, "mu": lambda r0, r1, r2, v: (r0 + r1 + r2) / v}, "mu",
        "r = x − mu: the inner derivative −1 is missing, so the sign is flipped",
        [[SIGN]],
    ),
    Worded(
        "C3", g.huber,
        {"e2": lambda delta: delta / 3, "delta": lambda e2, delta: (abs(e2) - delta / 2) / 3}, "delta",
        "delta stands in both factors of delta(|e| − delta/2): the product rule's second term, −delta/2, is missing",
        [[DROP, PATH + r"|product|second|delta ?/ ?2|\bt\d+\b|½"]],
    ),
    Worded(
        "C4", g.cosine,
        {"p": lambda c, t, nu, nv: (c - t) / (nu * nv), "u1": lambda c, t, v1, nu, nv: (c - t) * v1 / (nu * nv)}, "u1",
        "the norm depends on u1 too: the path through nu, −c̄ p u1/(nu³ nv), is missing",
        [[DROP, r"\bnu\b|norm|denominator|length"]],
    ),
    Worded(
        "C5", n.rnn,
        {"v": lambda y, t, h2: (y - t) * h2, "u": lambda y, t, v, h2, h1: (y - t) * v * (1 - h2**2) * h1}, "u",
        "u is used in both steps: the path through a1 and h1 (the first step) is missing",
        [[DROP, r"\ba1\b|\bh1\b|first step|time"]],
        reject=[r"through a2 is missing"],
    ),
    Worded(
        "C6", g.powerlaw,
        {"a": lambda f, t, x, p: (f - t) * x**p, "p": lambda f, t, a, x, p: (f - t) * a * p * x ** (p - 1)}, "p",
        "that is the derivative by x; by the exponent p it is (f − t) f log x",
        [[r"\bx\b", r"derivative (with respect to|by|for|of)|respect to|wrt|wrong variable|∂[^ ]*/∂x|x̄|gradient of"],
         [r"log", DROP + "|" + SWAP]],
    ),
    Worded(
        "C7", n.leaky,
        {"y": lambda y, t: y - t,
         "x": lambda y, t, v1, v2, w1, w2, z1, z2, slope: (y - t)
         * (v1 * w1 * (1.0 if z1 < 0 else slope) + v2 * w2 * (1.0 if z2 < 0 else slope))}, "x",
        "leaky ReLU has slope 1 where z > 0 and 0.2 where z < 0; you have it the other way round, in both units",
        [[r"side|mask|branch|swapp|other way|inverted|exchang|revers"],
         [r"slope|leaky", r"negative|positive|z[12] ?[<>]"]],
        # the slope of the other side is named, and where the right one holds, for both units
        equally=[[r"0\.2 stands where leaky relu'\(z1\) = 1 belongs, since z1 = 1\.216 > 0", r"both"]],
    ),
)  # fmt: skip
