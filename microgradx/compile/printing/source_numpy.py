"""Source in NumPy: a plan written out as a program for a batch; it can be read and run.

Each nest is an expression of strided views under its formula, the function first, then its gradient.
"""

from __future__ import annotations

from collections.abc import Callable

from ..nests.nests import Address, Nest, Plan, Space
from ..tape.tape import SUM, name
from .formulas import Formulas
from .source import MEMORY, literal, normal
from .source_header import Subject, documented, identifiers, in_order, inputs_of

NUMPY = {
    "div": "{0} / {1}",
    "pow": "{0} ** {1}",
    "sign": "np.sign({0})",
    "step": "({0} > 0) * 1.0",
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
    return as_strided(memory[base:], (*shape, *memory.shape[1:]), (*steps, *memory.strides[1:]))
'''


def numpy_source(subject: Subject, strict: bool) -> str:
    """Return a module that computes a plan for a batch by NumPy: `program(inputs_of(…), parameters, weight=None)`.

    The function returns the outputs by name, each (n, k), and the gradient summed over the rows.
    """
    plan, formulas, tables = subject.plan, Formulas(subject.plan, subject.names), list[str]()
    count = plan.inputs - plan.weighted
    body = [
        "n = len(inputs)",
        "parameters = np.asarray(parameters, float)[:, None]",
        f"row = np.zeros(({plan.rows}, n))",
        f"row[:{count}] = inputs.T",
        *[f"row[{count}] = 1 / (n or 1) if weight is None else weight"] * plan.weighted,
        f"one = np.zeros(({plan.ones}, 1))",
        f"one[:{len(plan.constants)}, 0] = {plan.constants.tolist()}",
        f"gradient = np.zeros({plan.gradients})",
    ]
    for part, nests in in_order(subject):
        body += ["", f"# {part}"]
        for i in nests:
            body += ["", f"# {'   '.join(formulas.line(i))}", _nest(normal(plan.nests[i], strict), plan, tables)]
    results = ", ".join(
        f"{key!r}: np.array([{', '.join(f'{MEMORY[space]}[{place}] + np.zeros(n)' for space, place in places)}])"
        f".reshape({len(places)}, n).T"
        for key, places in plan.outputs.items()
    )
    notes = ["of a row in the mean: 1 / n, unless it is given"]
    arguments = ", ".join(identifiers(subject.arguments))
    whole = f"[_row(*numbers) for numbers in {f'zip({arguments}, strict=True)' if arguments else '[()]'}]"
    lines = [
        documented(subject, "a batch of n rows", " for each row, of shape (n,)", notes),
        "import numpy as np",
        "from numpy import inf, nan",
        "from numpy.lib.stride_tricks import as_strided",
        VIEW,
        *tables,
        "",
        *inputs_of(subject, "_row"),
        *["", "", f"def inputs_of({arguments}):"],
        f"    return np.array({whole}, float).reshape(-1, {count})",
        *["", "", f"def program(inputs, parameters{', weight=None' * plan.weighted}):"],
    ]
    return "\n".join([*lines, *[f"    {line}".rstrip() for line in [*body, "", f"return {{{results}}}, gradient"]], ""])


def _nest(nest: Nest, plan: Plan, tables: list[str]) -> str:
    def operand(address: Address, length: int) -> str:
        """Return an operand as an array: its axes are those of the nest, and k after them if it has several terms."""
        if length == 1 and (number := literal(address, nest, length, plan)):
            return number
        memory, shape = MEMORY[address.space], (*nest.extents, length) if length > 1 else nest.extents
        if address.table is not None:
            table = address.table if length > 1 else address.table[..., 0]
            tables.append(f"table{len(tables)} = np.array({table.tolist()})")
            return f"{memory}[table{len(tables) - 1}]"
        strides = (*address.strides, address.step) if length > 1 else address.strides
        return f"view({memory}, {address.base}, {strides}, {shape})"

    axis = len(nest.extents)
    right = _sum(nest, operand, axis) if nest.op == SUM else _atom(nest, operand, axis)
    if nest.out.space is Space.GRAD:
        right = f"({right} + np.zeros(n)).sum(-1)"
    assign = "+=" if nest.out.space is Space.GRAD else "="
    out = operand(nest.out, 1)
    return f"{out} {assign} {right}" if nest.out.table is not None else f"{out}[...] {assign} {right}"


def _sum(nest: Nest, operand: Callable[[Address, int], str], axis: int) -> str:
    text = ""
    for s in nest.segments:
        factors = operand(s.a, s.length) + ("" if s.b is None else f" * {operand(s.b, s.length)}")
        text += (" - " if s.sign < 0 else " + ") + (f"({factors}).sum({axis})" if s.length > 1 else factors)
    return text.removeprefix(" + ").strip()


def _atom(nest: Nest, operand: Callable[[Address, int], str], axis: int) -> str:
    kind = name(nest.op)
    operands = [operand(s.a, s.length) for s in nest.segments]
    if kind in ("max", "min"):
        reduced = [f"{x}.{kind}({axis})" if s.length > 1 else x for x, s in zip(operands, nest.segments, strict=True)]
        text = reduced[0]
        for x in reduced[1:]:
            text = f"np.{kind}imum({text}, {x})"
        return text
    return NUMPY[kind].format(*operands) if kind in NUMPY else f"np.{kind}({', '.join(operands)})"
