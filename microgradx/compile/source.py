"""Source: a plan written out as a program in Python, for one row, or in NumPy, for a batch; both can be read and run.

Each nest is a loop, or an expression of strided views, under its formula as `explain` prints it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import numpy as np

from .addresses import indices
from .nests import Address, Nest, Plan, Space
from .tape import SUM, name

MEMORY = {Space.ROW: "row", Space.ONE: "one", Space.PARAM: "parameters", Space.GRAD: "gradient"}
INDICES = "ijlmnopqrs"

PYTHON = {
    "div": "{0} / {1}",
    "pow": "math.pow({0}, {1})",
    "abs": "abs({0})",
    "sign": "float(({0} > 0) - ({0} < 0))",
    "step": "float({0} > 0)",
    "equal": "float({0} == {1})",
    "less": "float({0} < {1})",
    "less or equal": "float({0} <= {1})",
    "select": "({1} if {0} else {2})",
}
"""How an operation is written in Python; all others are functions of `math`, max and min Python's own."""

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


def python_source(plan: Plan, formulas: Sequence[str]) -> str:
    """Return a module that computes a plan for one row: `program(inputs, parameters)`.

    The function returns the outputs by name and, summed over no rows but this one, the gradient; a weighted plan takes
    the weight as its last input.
    """
    tables: list[str] = []
    body = [
        f"row = [*inputs, *[0.0] * {plan.rows - plan.inputs}]",
        f"one = [{', '.join(repr(float(x)) for x in plan.constants)}] + [0.0] * {plan.ones - len(plan.constants)}",
        f"gradient = [0.0] * {plan.gradients}",
    ]
    for nest, formula in zip(plan.nests, formulas, strict=True):
        body += ["", f"# {formula}", *_python_nest(nest, plan, tables)]
    results = ", ".join(
        f"{key!r}: [{', '.join(f'{MEMORY[space]}[{place}]' for space, place in places)}]"
        for key, places in plan.outputs.items()
    )
    body += ["", f"return {{{results}}}, gradient"]
    lines = ["import math", "from math import inf, nan", "", *tables, "", "def program(inputs, parameters):"]
    return "\n".join([*lines, *[f"    {line}".rstrip() for line in body], ""])


def _python_nest(nest: Nest, plan: Plan, tables: list[str]) -> list[str]:
    loops = [(i, n) for i, n in zip(INDICES, nest.extents, strict=False) if n > 1]
    indent = "    " * len(loops)
    lines = [f"{'    ' * d}for {i} in range({n}):" for d, (i, n) in enumerate(loops)]

    def place(address: Address, length: int) -> str:
        """Return an operand, within the loops."""
        number = _literal(address, nest, length, plan)
        return number or f"{MEMORY[address.space]}[{_index(address, nest.extents, length, tables)}]"

    out = place(nest.out, 1)
    assign = "+=" if nest.out.space is Space.GRAD else "="
    if nest.op != SUM:
        return [*lines, f"{indent}{out} {assign} {_python_atom(nest, place)}"]
    lines.append(f"{indent}total = -0.0")  # to which the first term is added as it is
    for s in nest.segments:
        factors = place(s.a, s.length) + ("" if s.b is None else f" * {place(s.b, s.length)}")
        term = f"total {'-' if s.sign < 0 else '+'}= {factors}"
        lines += [f"{indent}for k in range({s.length}):", f"{indent}    {term}"] if s.length > 1 else [indent + term]
    return [*lines, f"{indent}{out} {assign} total"]


def _python_atom(nest: Nest, place: Callable[[Address, int], str]) -> str:
    kind = name(nest.op)
    if kind in ("max", "min"):
        parts = [f"*({place(s.a, s.length)} for k in range({s.length}))" for s in nest.segments]
        return f"{kind}(({', '.join(parts)},))"
    operands = [place(s.a, 1) for s in nest.segments]
    return PYTHON[kind].format(*operands) if kind in PYTHON else f"math.{kind}({', '.join(operands)})"


def _literal(address: Address, nest: Nest, length: int, plan: Plan) -> str:
    """Return a constant as it is written, "" for all else."""
    places = indices(address, nest.extents, length)
    if address.space is not Space.ONE or places.max(initial=0) >= len(plan.constants):
        return ""
    numbers = np.unique(plan.constants[places].view(np.int64)).view(np.float64)  # by bits: -0.0 is not 0.0
    if len(numbers) != 1 or not np.isfinite(numbers[0]):
        return ""
    number = float(numbers[0])
    return f"({number!r})" if str(number).startswith("-") else repr(number)


def _index(address: Address, extents: Sequence[int], length: int, tables: list[str]) -> str:
    """Return the place in memory as an expression of the indices."""
    strides, base, step = address.strides, address.base, address.step
    if address.table is not None:
        shape = (*extents, length)
        strides = tuple(prod(shape[d + 1 :]) for d in range(len(extents)))
        base, step = 0, 1
        tables.append(f"table{len(tables)} = {address.table.ravel().tolist()}")
    ways = zip(INDICES, strides, extents, strict=False)
    terms = [i if s == 1 else f"{s} * {i}" for i, s, n in ways if s and n > 1]
    terms += (["k"] if step == 1 else [f"{step} * k"]) if step and length > 1 else []
    terms = [str(base), *terms] if base or not terms else terms
    index = " + ".join(terms).replace("+ -", "- ")
    return index if address.table is None else f"table{len(tables) - 1}[{index}]"


VIEW = '''
def view(memory, base, strides, shape):
    """Return the numbers memory[base + Σ strides[d]·i_d] for all indices i, without a copy."""
    steps = [stride * memory.strides[0] for stride in strides]
    return as_strided(memory[base:], (*shape, *memory.shape[1:]), (*steps, *memory.strides[1:]))
'''


def numpy_source(plan: Plan, formulas: Sequence[str]) -> str:
    """Return a module that computes a plan for a batch by NumPy: `program(inputs, parameters)`.

    `inputs` is (n, inputs), in a weighted plan with the weights as the last column; the function returns the outputs
    by name, each (n, k), and the gradient summed over the rows.
    """
    tables: list[str] = []
    body = [
        "n = len(inputs)",
        f"row = np.zeros(({plan.rows}, n))",
        f"row[:{plan.inputs}] = inputs.T",
        f"one = np.zeros(({plan.ones}, 1))",
        f"one[:{len(plan.constants)}, 0] = {plan.constants.tolist()}",
        "parameters = parameters[:, None]",
        f"gradient = np.zeros({plan.gradients})",
    ]
    for nest, formula in zip(plan.nests, formulas, strict=True):
        body += ["", f"# {formula}", _numpy_nest(nest, plan, tables)]
    results = ", ".join(
        f"{key!r}: np.array([{', '.join(f'{MEMORY[space]}[{place}] + np.zeros(n)' for space, place in places)}])"
        f".reshape({len(places)}, n).T"
        for key, places in plan.outputs.items()
    )
    body += ["", f"return {{{results}}}, gradient"]
    head = [
        "import numpy as np",
        "from numpy import inf, nan",
        "from numpy.lib.stride_tricks import as_strided",
        VIEW,
        *tables,
        "",
    ]
    return "\n".join([*head, "def program(inputs, parameters):", *[f"    {line}".rstrip() for line in body], ""])


def _numpy_nest(nest: Nest, plan: Plan, tables: list[str]) -> str:
    def operand(address: Address, length: int) -> str:
        """Return an operand as an array: its axes are those of the nest, and k after them if it has several terms."""
        if length == 1 and (number := _literal(address, nest, length, plan)):
            return number
        memory, shape = MEMORY[address.space], (*nest.extents, length) if length > 1 else nest.extents
        if address.table is not None:
            table = address.table if length > 1 else address.table[..., 0]
            tables.append(f"table{len(tables)} = np.array({table.tolist()})")
            return f"{memory}[table{len(tables) - 1}]"
        strides = (*address.strides, address.step) if length > 1 else address.strides
        return f"view({memory}, {address.base}, {strides}, {shape})"

    axis = len(nest.extents)
    right = _numpy_sum(nest, operand, axis) if nest.op == SUM else _numpy_atom(nest, operand, axis)
    if nest.out.space is Space.GRAD:
        right = f"({right} + np.zeros(n)).sum(-1)"
    assign = "+=" if nest.out.space is Space.GRAD else "="
    out = operand(nest.out, 1)
    return f"{out} {assign} {right}" if nest.out.table is not None else f"{out}[...] {assign} {right}"


def _numpy_sum(nest: Nest, operand: Callable[[Address, int], str], axis: int) -> str:
    text = ""
    for s in nest.segments:
        factors = operand(s.a, s.length) + ("" if s.b is None else f" * {operand(s.b, s.length)}")
        text += (" - " if s.sign < 0 else " + ") + (f"({factors}).sum({axis})" if s.length > 1 else factors)
    return text.removeprefix(" + ").strip()


def _numpy_atom(nest: Nest, operand: Callable[[Address, int], str], axis: int) -> str:
    kind = name(nest.op)
    operands = [operand(s.a, s.length) for s in nest.segments]
    if kind in ("max", "min"):
        reduced = [f"{x}.{kind}({axis})" if s.length > 1 else x for x, s in zip(operands, nest.segments, strict=True)]
        text = reduced[0]
        for x in reduced[1:]:
            text = f"np.{kind}imum({text}, {x})"
        return text
    return NUMPY[kind].format(*operands) if kind in NUMPY else f"np.{kind}({', '.join(operands)})"


def llvm_source(plan: Plan, strict: bool) -> str:
    """Return a plan as the text of LLVM's intermediate language, for batches on this processor."""
    from .llvm.kernel import emit
    from .llvm.target import host

    target = host()
    return emit(plan, target, lanes=4 * target.vector, strict=strict).ir
