"""The table of primitives: one row is one primitive, and its rules run on any kind of number.

A rule takes an arithmetic `m` first. It may use operators, the atoms of `m` (`ATOMS`) and every row of the table by
name (`m.sigmoid`), but never `math`, `if` or a comparison, which would freeze a branch into a gradient graph. A
partial derivative is ∂z/∂x of z = value(x, y): it never touches an error signal, because the chain rule is written
once, in `sweep`. Instead of a rule a partial may be a number (it is constant) or None (nothing flows, not even 0).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import mul
from typing import Any

from .chain import Partial, Pull, chain_rule

Rule = Callable[..., Any]
Interval = tuple[float, float]

REAL: Interval = (-4.0, 4.0)
POSITIVE: Interval = (0.05, 4.0)
ABOVE_MINUS_ONE: Interval = (-0.9, 4.0)

ATOMS = frozenset(
    {"exp", "expm1", "log", "log1p", "sin", "cos", "tanh", "sqrt", "pow", "abs", "sign", "step", "equal"}
    | {"select", "max", "min"}
)
"""What an arithmetic must supply itself; all other rows are made of these and of operators."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Where a primitive is defined, and what to tell whoever left that domain."""

    holds: Callable[..., bool]
    advice: str


@dataclass(frozen=True, slots=True, eq=False)
class Primitive:
    """One row: picture symbol, LaTeX, test domain, value z = f(x, y), and its partial derivatives in (m, z, x, y).

    `blocks` says that each operand is a sequence of numbers, and each partial a sequence of as many. `expanded` is
    the value as the lectures write it, in simpler primitives, for rows that are fused for speed or accuracy; `taught`
    are the partials as they write them, for rows whose own stay right in saturation or at a tie. Rows of the table are
    pickled by name; to pickle another is a TypeError.

    >>> from microgradx import Value, apply, grad
    >>> cube = Primitive("cube", "x³", "{0}^3", (REAL,), lambda m, x: x * x * x, (lambda m, z, x: 3.0 * x * x,))
    >>> x = Value(2.0)
    >>> apply(cube, x), grad(apply(cube, x), x)
    (Value(8.0, grad=0.0, op='x³'), 12.0)
    """

    name: str
    symbol: str
    tex: str
    domain: tuple[Interval, ...]
    value: Rule
    partials: tuple[Partial, ...]
    defined: Condition | None = None
    blocks: bool = False
    expanded: Rule | None = None
    taught: tuple[Rule, ...] = ()
    pull: Pull = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pull", chain_rule(self.partials, self.blocks))

    def __repr__(self) -> str:
        return f"<primitive {self.name}>"

    def __deepcopy__(self, memo: Any) -> Primitive:
        return self  # nothing in a row changes

    def __reduce__(self) -> tuple[Any, ...]:
        if self not in TABLE:
            raise TypeError(f"{self!r} is no row of the table, and only those are pickled, by name")
        return (row, (self.name,))


class Arithmetic:
    """One kind of number: its atoms, and with them every row of the table as an attribute."""

    def __init__(self, atoms: Mapping[str, Rule]) -> None:
        if missing := ATOMS - atoms.keys():
            raise TypeError(f"an arithmetic must supply every atom; missing: {', '.join(sorted(missing))}")
        for p in TABLE:
            setattr(self, p.name, atoms[p.name] if p.name in atoms else _bind(p.value, self))


def _bind(rule: Rule, m: Arithmetic) -> Rule:
    return lambda *operands: rule(m, *operands)


def fold(terms: Iterable[Any]) -> Any:
    """Return the plain left fold ((t₁ + t₂) + t₃) + …, first term first; 0.0 of nothing.

    Neither `math.fsum` nor `sum`, which newer Pythons compensate: every lowering adds in this order.
    """
    terms = iter(terms)
    total = next(terms, 0.0)
    for term in terms:
        total = total + term
    return total


# Rules that do not fit on one line of the table. The forms are those that stay right in saturation.


def _sigmoid(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # never overflows; 1/(1+e⁻ˣ) would lose the subnormal tail
    return m.select(m.step(x), 1.0, e) / (1.0 + e)


def _logistic_density(m: Any, x: Any) -> Any:
    e = m.exp(-m.abs(x))  # σ(1−σ) cancels to 0 where this does not
    return e / ((1.0 + e) * (1.0 + e))


def _softplus(m: Any, x: Any) -> Any:
    return m.max((x, 0.0)) + m.log1p(m.exp(-m.abs(x)))


def _tanh_expanded(m: Any, x: Any) -> Any:
    return ((up := m.exp(x)) - (down := m.exp(-x))) / (up + down)


def _dot(m: Any, x: Any, y: Any) -> Any:
    return fold(map(mul, x, y))


def _affine(m: Any, x: Any, y: Any) -> Any:
    return fold(map(mul, x, y)) + x[-1]  # x is the weights and then the bias, y the inputs


def _logsumexp(m: Any, x: Any) -> Any:
    top = m.max(x)
    ties = fold(m.equal(xᵢ, top) for xᵢ in x)
    rest = fold(m.select(m.equal(xᵢ, top), 0.0, m.exp(xᵢ - top)) for xᵢ in x)  # also of an infinite maximum
    return top + m.log1p(rest + (ties - 1.0))  # keeps what lies far below the maximum


def _softmax(m: Any, z: Any, x: Any) -> list[Any]:
    shift = m.detach(m.max(x))  # e^(xᵢ − z) would inherit the rounding of a large z
    e = [m.exp(xᵢ - shift) for xᵢ in x]
    whole = fold(e)
    return [eᵢ / whole for eᵢ in e]


def _tie_shares(m: Any, z: Any, x: Any) -> list[Any]:
    """1/n for each of the n operands that attain the extremum z, 0 for the others, NaN if z is NaN."""
    ties = fold(m.equal(xᵢ, z) for xᵢ in x)
    share = m.select(m.equal(ties, 0.0), z, 1.0 / m.max((ties, 1.0)))
    return [m.select(m.equal(xᵢ, z), share, m.select(m.equal(ties, 0.0), z, 0.0)) for xᵢ in x]


def _attaining(m: Any, z: Any, x: Any) -> list[Any]:
    return [m.equal(xᵢ, z) for xᵢ in x]


def _select_shares(m: Any, z: Any, x: Any) -> tuple[Any, ...]:
    return (0.0, m.select(x[0], 1.0, 0.0), m.select(x[0], 0.0, 1.0))


def _power_in_base(m: Any, z: Any, x: Any, y: Any) -> Any:
    inverse = 1.0 / x  # 0·x⁻¹ would be NaN where this is no finite number
    base = m.select(m.equal(y, 0.0), m.select(m.equal(inverse - inverse, 0.0), x, 1.0), x)
    return y * m.pow(base, y - 1.0)


def _power_in_exponent(m: Any, z: Any, x: Any, y: Any) -> Any:
    return m.select(m.equal(x, 0.0), 0.0, z * m.log(x))


def _power_defined(x: float, y: float) -> bool:
    return x > 0 or (x == 0 and y >= 0) or (x < 0 and float(y).is_integer()) or x != x or y != y


# What an advice says to write is computed by a test, at operands that the condition refuses.
NOT_ZERO = Condition(lambda x, y: y != 0, "a divisor must not be 0; write where(abs(y) > 0, lambda: x/y, 0.0)")
LOG_NEEDS = Condition(
    lambda x: not x <= 0,
    "a real logarithm needs x > 0; write log(max(x, 1e-12)) or where(x > 0, lambda: log(x), 0.0)",
)
LOG1P_NEEDS = Condition(lambda x: not x <= -1, "a real log1p needs x > -1; write where(x > -1, lambda: log1p(x), 0.0)")
SQRT_NEEDS = Condition(lambda x: not x < 0, "a real square root needs x >= 0; write sqrt(abs(x)) or sqrt(max(x, 0.0))")
POW_NEEDS = Condition(
    _power_defined,
    "a real power needs x > 0, or x = 0 with y >= 0, or a whole y; "
    "write max(abs(x), 1e-12)**y or where(x > 0, lambda: x**y, 0.0)",
)

# One row a primitive; a formatter would hide that this is a table.
# fmt: off
# ruff: noqa: E501
TABLE: tuple[Primitive, ...] = (
    # row                          name      symbol   LaTeX                            test domain         value z                                     partials ∂z/∂x, ∂z/∂y
    add        := Primitive("add",        "+",        "{0} + {1}",                     (REAL, REAL),       lambda m, x, y: x + y,                      (1.0, 1.0)),
    sub        := Primitive("sub",        "-",        "{0} - {1}",                     (REAL, REAL),       lambda m, x, y: x - y,                      (1.0, -1.0)),
    multiply   := Primitive("mul",        "*",        r"{0}\,{1}",                     (REAL, REAL),       lambda m, x, y: x * y,                      (lambda m, z, x, y: y, lambda m, z, x, y: x)),
    div        := Primitive("div",        "/",        r"\frac{{{0}}}{{{1}}}",          (REAL, POSITIVE),   lambda m, x, y: x / y,                      (lambda m, z, x, y: 1.0 / y, lambda m, z, x, y: -z / y), NOT_ZERO),
    power      := Primitive("pow",        "**",       "{{{0}}}^{{{1}}}",               (POSITIVE, REAL),   lambda m, x, y: m.pow(x, y),                (_power_in_base, _power_in_exponent), POW_NEEDS),
    detach     := Primitive("detach",     "detach",   r"\mathrm{{const}}({0})",        (REAL,),            lambda m, x: x,                             (None,)),
    pos        := Primitive("pos",        "=",        "{0}",                           (REAL,),            lambda m, x: x,                             (1.0,)),
    neg        := Primitive("neg",        "neg",      "-{0}",                          (REAL,),            lambda m, x: -x,                            (-1.0,)),
    absolute   := Primitive("abs",        "abs",      r"\left|{0}\right|",             (REAL,),            lambda m, x: m.abs(x),                      (lambda m, z, x: m.sign(x),)),

    exp        := Primitive("exp",        "exp",      "e^{{{0}}}",                     (REAL,),            lambda m, x: m.exp(x),                      (lambda m, z, x: z,)),
    expm1      := Primitive("expm1",      "expm1",    "e^{{{0}}} - 1",                 (REAL,),            lambda m, x: m.expm1(x),                    (lambda m, z, x: m.exp(x),), expanded=lambda m, x: m.exp(x) - 1),
    log        := Primitive("log",        "log",      r"\log {0}",                     (POSITIVE,),        lambda m, x: m.log(x),                      (lambda m, z, x: 1.0 / x,), LOG_NEEDS),
    log1p      := Primitive("log1p",      "log1p",    r"\log(1 + {0})",                (ABOVE_MINUS_ONE,), lambda m, x: m.log1p(x),                    (lambda m, z, x: 1.0 / (1.0 + x),), LOG1P_NEEDS, expanded=lambda m, x: m.log(1 + x)),
    sqrt       := Primitive("sqrt",       "sqrt",     r"\sqrt{{{0}}}",                 (POSITIVE,),        lambda m, x: m.sqrt(x),                     (lambda m, z, x: 0.5 / (z + 0.0),), SQRT_NEEDS),
    sin        := Primitive("sin",        "sin",      r"\sin {0}",                     (REAL,),            lambda m, x: m.sin(x),                      (lambda m, z, x: m.cos(x),)),
    cos        := Primitive("cos",        "cos",      r"\cos {0}",                     (REAL,),            lambda m, x: m.cos(x),                      (lambda m, z, x: -m.sin(x),)),

    tanh       := Primitive("tanh",       "tanh",     r"\tanh {0}",                    (REAL,),            lambda m, x: m.tanh(x),                     (lambda m, z, x: 4.0 * m.logistic_density(2.0 * x),), expanded=_tanh_expanded, taught=(lambda m, z, x: 1 - z * z,)),
    sigmoid    := Primitive("sigmoid",    "σ",        r"\sigma({0})",                  (REAL,),            _sigmoid,                                   (lambda m, z, x: m.logistic_density(x),), expanded=lambda m, x: 1 / (1 + m.exp(-x))),
    logistic_density := Primitive("logistic_density", "σ'", r"\sigma'({0})",           (REAL,),            _logistic_density,                          (lambda m, z, x: -z * m.tanh(0.5 * x),), expanded=lambda m, x: (e := m.exp(-x)) / (1 + e) ** 2),
    softplus   := Primitive("softplus",   "softplus", r"\log(1 + e^{{{0}}})",          (REAL,),            _softplus,                                  (lambda m, z, x: m.sigmoid(x),), expanded=lambda m, x: m.log(1 + m.exp(x))),
    gaussian   := Primitive("gaussian",   "gaussian", r"e^{{-{0}^2/2}}",               (REAL,),            lambda m, x: m.exp(-0.5 * x * x),           (lambda m, z, x: m.select(m.equal(z, 0.0), 0.0, -x * z),), expanded=lambda m, x: m.exp(-(x**2) / 2)),
    relu       := Primitive("relu",       "relu",     r"\mathrm{{ReLU}}({0})",         (REAL,),            lambda m, x: m.select(m.step(x), x, 0.0),   (lambda m, z, x: m.step(x),)),
    leaky_relu := Primitive("leaky_relu", "leaky relu", r"\mathrm{{LReLU}}_{{{1}}}({0})", (REAL, POSITIVE), lambda m, x, y: m.select(m.step(x), x, y * x), (lambda m, z, x, y: m.select(m.step(x), m.step(x), y), lambda m, z, x, y: m.select(m.step(x), 0.0, x))),
    step       := Primitive("step",       "step",     r"\mathbb{{1}}[{0} > 0]",        (REAL,),            lambda m, x: m.step(x),                     (None,)),
    sign       := Primitive("sign",       "sign",     r"\mathrm{{sign}}({0})",         (REAL,),            lambda m, x: m.sign(x),                     (None,)),
    equal      := Primitive("equal",      "==",       r"\mathbb{{1}}[{0} = {1}]",      (REAL, REAL),       lambda m, x, y: m.equal(x, y),              (None, None)),

    # Rows over blocks: each operand is a sequence, and each partial gives a sequence of as many.
    total      := Primitive("sum",        "Σ",        r"\sum {0}",                     (REAL,),            lambda m, x: fold(x),                       (lambda m, z, x: (1.0,) * len(x),), blocks=True, expanded=lambda m, x: fold(x)),
    dot        := Primitive("dot",        "dot",      r"{0} \cdot {1}",                (REAL, REAL),       _dot,                                       (lambda m, z, x, y: y, lambda m, z, x, y: x), blocks=True, expanded=_dot),
    affine     := Primitive("affine",     "w·x + b",  r"{0} \cdot ({1}, 1)",           (REAL, REAL),       _affine,                                    (lambda m, z, x, y: (*y, 1.0), lambda m, z, x, y: x[:-1]), blocks=True, expanded=_affine),
    logsumexp  := Primitive("logsumexp",  "logsumexp", r"\log \sum e^{{{0}}}",         (REAL,),            _logsumexp,                                 (_softmax,), blocks=True, expanded=lambda m, x: m.log(fold(map(m.exp, x))), taught=(lambda m, z, x: [m.exp(xᵢ) / fold(map(m.exp, x)) for xᵢ in x],)),
    maximum    := Primitive("max",        "max",      r"\max({0})",                    (REAL,),            lambda m, x: m.max(x),                      (_tie_shares,), blocks=True, taught=(_attaining,)),
    minimum    := Primitive("min",        "min",      r"\min({0})",                    (REAL,),            lambda m, x: m.min(x),                      (_tie_shares,), blocks=True, taught=(_attaining,)),
    select     := Primitive("select",     "select",   r"\mathrm{{select}}({0})",       (REAL,),            lambda m, x: m.select(*x),                  (_select_shares,), blocks=True),
)
# fmt: on


def row(name: str) -> Primitive:
    """Return the row of the table that bears this name.

    >>> row("tanh").symbol
    'tanh'
    """
    for p in TABLE:
        if p.name == name:
            return p
    raise KeyError(f"no primitive named {name!r}; the rows are {', '.join(p.name for p in TABLE)}")
