"""Source in NumPy: a plan written out as a program for a batch; it can be read and run.

Each nest is an expression of strided views under its formula, the function first, then its gradient.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from ..nests.nests import Address, Nest, Plan, Space
from ..tape.tape import SUM, name
from .formulas import Formulas
from .source import MEMORY, literal, normal
from .source_header import ONE, Subject, documented, identifiers, in_order, inputs_of

NUMPY = {
    "div": "{0} / {1}",
    "pow": "{0} ** {1}",
    "sign": "np.sign({0})",
    "step": "np.heaviside({0}, 0.0)",
    "equal": "({0} == {1}) * 1.0",
    "less": "({0} < {1}) * 1.0",
    "less or equal": "({0} <= {1}) * 1.0",
    "select": "np.where({0} != 0, {1}, {2})",
}
"""How an operation is written in NumPy; all others are functions of it, max and min reductions."""

VIEW = '''

def view(memory, base, strides, shape):
    """Return the numbers memory[base + Σ strides[d]·i_d] for all indices i, without a copy."""
    steps = [stride * memory.strides[0] for stride in strides]
    return as_strided(memory[base:], (*shape, *memory.shape[1:]), (*steps, *memory.strides[1:]))'''


def numpy_source(subject: Subject, strict: bool) -> str:
    """Return a module that computes a plan for a batch by NumPy: `program(inputs_of(…), parameters, weight=None)`.

    The function returns the outputs by name, each (n, k), and the gradient summed over the rows.
    """
    plan, formulas, tables = subject.plan, Formulas(subject.plan, subject.names), list[str]()
    count = plan.inputs - plan.weighted
    body = [
        f"row = np.zeros(({plan.rows}, n))",
        f"row[:{count}] = inputs.T",
        *[f"row[{count}] = 1 / (n or 1) if weight is None else weight"] * plan.weighted,
        f"gradient = np.zeros({plan.gradients})",
    ]
    for part, nests in in_order(subject):
        body += ["", f"# {part}"]
        for i in nests:
            body += ["", subject.heading(i, formulas), _nest(normal(plan.nests[i], strict), plan, tables)]
    results = ", ".join(f"{key!r}: {_output(places)}" for key, places in plan.outputs.items() if places)
    body += ["", f"return {{{results}}}, gradient"]

    def used(word: str) -> bool:
        return any(re.search(rf"\b{word}\b", line) for line in (*tables, *body) if "#" not in line)

    one = [f"one = np.zeros(({plan.ones}, 1))", f"one[:{len(plan.constants)}, 0] = {plan.constants.tolist()}"]
    begin = ["n = len(inputs)", *["parameters = np.asarray(parameters, float)[:, None]"] * used("parameters")]
    body = [*begin, *one * used("one"), *body]
    view = ["from numpy.lib.stride_tricks import as_strided", VIEW]
    notes = ["of a row in the mean: 1 / n, unless it is given", *[ONE] * used("one")]
    lines = [
        documented(subject, "a batch of n rows", " for each row, of shape (n,)", notes),
        "import numpy as np",
        *["from numpy import inf, nan"] * (used("inf") or used("nan")),
        *view * used("view"),
        *["", *tables] * bool(tables),
        *["", ""],
        *_inputs_of(subject, count),
        *["", "", '@np.errstate(all="ignore")', f"def program(inputs, parameters{', weight=None' * plan.weighted}):"],
    ]
    return "\n".join([*lines, *[f"    {line}".rstrip() for line in body], ""])


def _inputs_of(subject: Subject, count: int) -> list[str]:
    """Return the function that makes a matrix of the inputs of all rows."""
    arguments = ", ".join(identifiers(subject.arguments))
    each = f"[_row(*numbers) for numbers in {f'zip({arguments}, strict=True)' if arguments else '[()]'}]"
    matrix = f"    return np.array({each}, float).reshape(-1, {count})"
    return [*inputs_of(subject, "_row"), "", "", f"def inputs_of({arguments}):", matrix]


def _output(places: Sequence[tuple[Space, int]]) -> str:
    """Return an output (n, k) by where its numbers stand."""
    if all(space is Space.ROW for space, _ in places):
        return f"row[{[place for _, place in places]}].T"
    numbers = ", ".join(f"{MEMORY[space]}[{place}] + np.zeros(n)" for space, place in places)
    return f"np.array([{numbers}]).T"


def _nest(nest: Nest, plan: Plan, tables: list[str]) -> str:
    def operand(address: Address, length: int, whole: bool = False) -> str:
        """Return an operand as an array: its axes are those of the nest, and one more if it has several terms.

        Axes in front along which it is the same are left out, unless it is wanted whole.
        """
        if length == 1 and (number := literal(address, nest, length, plan)):
            return number
        memory = MEMORY[address.space]
        if address.table is not None:
            table = address.table.reshape([n for n in address.table.shape if n > 1])
            tables.append(f"table{len(tables)} = np.array({table.tolist()})")
            return f"{memory}[table{len(tables) - 1}]"
        axes = list(zip((*address.strides, address.step), (*nest.extents, length), strict=True))
        axes = [(stride, n) for stride, n in axes if n > 1]
        while axes and not axes[0][0] and not whole:
            axes.pop(0)
        return _view(memory, address.base, axes)

    right = _sum(nest, operand) if nest.op == SUM else _atom(nest, operand)
    if nest.out.space is Space.GRAD:
        varies = any(x.space is Space.ROW for s in nest.segments for x in (s.a, s.b) if x is not None)
        right = right if varies else f"{right} + np.zeros(n)"
        right = f"{right}.sum(-1)" if re.fullmatch(r"row\[[^ ]*\]", right) else f"({right}).sum(-1)"
    out = operand(nest.out, 1, whole=True)
    assign = "+=" if nest.out.space is Space.GRAD else "="
    return f"{out}{'[...]' * out.startswith('view')} {assign} {right}"


def _view(memory: str, base: int, axes: Sequence[tuple[int, int]]) -> str:
    """Return numbers of memory as an array with these axes, of a stride and a length."""
    if not axes:
        return f"{memory}[{base}]"
    (stride, n), *others = axes
    if others or stride < 1:
        strides, shape = zip(*axes, strict=True)
        return f"view({memory}, {base}, {strides}, {shape})"
    return f"{memory}[{base}:{base + stride * (n - 1) + 1}{f':{stride}' * (stride > 1)}]"


def _sum(nest: Nest, operand: Callable[[Address, int, bool], str]) -> str:
    text = ""
    for s in nest.segments:
        lacking = s.length > 1 and not any(x.step or x.table is not None for x in (s.a, s.b) if x is not None)
        factors = operand(s.a, s.length, lacking) + ("" if s.b is None else f" * {operand(s.b, s.length, False)}")
        summed = (factors if s.b is None else f"({factors})") + ".sum(-2)" if s.length > 1 else factors
        text += (" - " if s.sign < 0 else " + ") + summed
    return "-" + text[3:] if text.startswith(" - ") else text.removeprefix(" + ")


def _atom(nest: Nest, operand: Callable[[Address, int, bool], str]) -> str:
    kind = name(nest.op)
    operands = [operand(s.a, s.length, s.length > 1 and not s.a.step) for s in nest.segments]
    if kind in ("max", "min"):
        reduced = [f"{x}.{kind}(-2)" if s.length > 1 else x for x, s in zip(operands, nest.segments, strict=True)]
        text = reduced[0]
        for x in reduced[1:]:
            text = f"np.{kind}imum({text}, {x})"
        return text
    return NUMPY[kind].format(*operands) if kind in NUMPY else f"np.{kind}({', '.join(operands)})"
