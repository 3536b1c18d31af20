"""Source: a plan written out as a program in Python, for one row; it can be read and run.

Each nest is a loop under its formula, the function first, then its gradient; the head says how to call it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import prod

import numpy as np

from ..forks import MAKING
from ..nests.addresses import indices
from ..nests.nests import Address, Nest, Plan, Segment, Space
from ..tape.arrays import bits
from ..tape.tape import SUM, name
from .formulas import Formulas
from .helpers import helpers_of
from .source_header import ONE, Subject, documented, in_order, inputs_of

MEMORY = {Space.ROW: "row", Space.ONE: "one", Space.PARAM: "parameters", Space.GRAD: "gradient"}
INDICES = "ijlmnopqrs"
SHORT = 4
"""As many terms as a sum in one line has."""

PYTHON = {
    "div": "divide({0}, {1})",
    "abs": "abs({0})",
    "equal": "float({0} == {1})",
    "less": "float({0} < {1})",
    "less or equal": "float({0} <= {1})",
    "select": "({1} if {0} else {2})",
}
"""How an operation is written in Python; of all others the name is that of a function in `HELPERS`."""


def python_source(subject: Subject, strict: bool) -> str:
    """Return a module that computes a plan for one row: `program(inputs_of(…), parameters, weight=1.0)`.

    The function returns the outputs by name and, of this row alone, the gradient.
    """
    plan, formulas, tables = subject.plan, Formulas(subject.plan, subject.names), list[str]()
    body = [f"gradient = {_zeros(plan.gradients)}"]
    for part, nests in in_order(subject):
        body += ["", f"# {part}"]
        for i in nests:
            body += ["", subject.heading(i, formulas), *_nest(normal(plan.nests[i], strict), plan, tables)]
    results = ", ".join(
        f"{key!r}: [{', '.join(f'{MEMORY[space]}[{place}]' for space, place in places)}]"
        for key, places in plan.outputs.items()
        if places
    )
    body += ["", f"return {{{results}}}, gradient"]
    notes = ["1.0 for this row alone, 1 / n for each of n rows, whose mean it is then the gradient of"]
    if any("one[" in line for line in body):
        notes.append(ONE)
        body = [
            f"one = [{', '.join(repr(float(x)) for x in plan.constants)}]{_more(plan.ones - len(plan.constants))}",
            *body,
        ]
    body = [f"row = [*inputs{', weight' * plan.weighted}]{_more(plan.rows - plan.inputs)}", *body]
    if any("total = -0.0" in line for line in body):
        notes.append("A long sum begins with -0.0: to that x is added as it is, also where x is -0.0.")
    helpers = helpers_of(body)
    signature = "inputs, parameters" + ", weight=1.0" * plan.weighted
    lines = [
        documented(subject, "one row", " for the row", notes),
        *["import math"] * any("math." in text for text in helpers),
        *["from math import inf, nan"] * any(re.search(r"\b(inf|nan)\b", text) for text in (*helpers, *tables, *body)),
        *["", *tables] * bool(tables),
        *helpers,
        *["", "", *inputs_of(subject, "inputs_of")],
        *["", "", f"def program({signature}):"],
    ]
    return "\n".join([*lines, *[f"    {line}".rstrip() for line in body], ""])


def _zeros(count: int) -> str:
    return f"[0.0] * {count}" if count else "[]"


def _more(count: int) -> str:
    return f" + {_zeros(count)}" if count else ""


def normal(nest: Nest, strict: bool) -> Nest:
    """Return the same nest with loops that go up: over its numbers, and, unless `strict`, over the terms of a sum."""
    addresses = [nest.out, *(x for s in nest.segments for x in (s.a, s.b) if x is not None)]
    if any(x.table is not None for x in addresses):
        return nest
    down = [s < 0 for s in nest.out.strides]

    def turned(x: Address) -> Address:
        """Return an address with those dimensions turned round that go down."""
        ways = list(zip(x.strides, nest.extents, down, strict=True))
        base = x.base + sum(s * (n - 1) for s, n, is_down in ways if is_down)
        return replace(x, base=base, strides=tuple(-s if is_down else s for s, _, is_down in ways))

    def up(s: Segment) -> Segment:
        """Return a segment with its terms in the opposite order, if their places go down."""
        factors = [s.a] if s.b is None else [s.a, s.b]
        if strict or min(x.step for x in factors) >= 0 or max(x.step for x in factors) > 0:
            return s
        a, *b = (replace(x, base=x.base + x.step * (s.length - 1), step=-x.step) for x in factors)
        return replace(s, a=a, b=b[0] if b else None)

    segments = tuple(up(replace(s, a=turned(s.a), b=s.b and turned(s.b))) for s in nest.segments)
    return replace(nest, out=turned(nest.out), segments=segments)


def _nest(nest: Nest, plan: Plan, tables: list[str]) -> list[str]:
    loops = [(i, n) for i, n in zip(INDICES, nest.extents, strict=False) if n > 1]
    indent = "    " * len(loops)
    lines = [f"{'    ' * d}for {i} in range({n}):" for d, (i, n) in enumerate(loops)]

    def place(address: Address, length: int) -> str:
        """Return an operand, within the loops."""
        number = literal(address, nest, length, plan)
        return number or f"{MEMORY[address.space]}[{_index(address, nest.extents, length, tables)}]"

    out = place(nest.out, 1)
    assign = "+=" if nest.out.space is Space.GRAD else "="
    if nest.op != SUM:
        return [*lines, f"{indent}{out} {assign} {_atom(nest, place)}"]
    terms = [place(s.a, s.length) + ("" if s.b is None else f" * {place(s.b, s.length)}") for s in nest.segments]
    signs = ["-" if s.sign < 0 else "+" for s in nest.segments]
    lengths = [s.length for s in nest.segments]
    if max(lengths) == 1 and len(terms) <= SHORT:
        text = "".join(f" {sign} {term}" for sign, term in zip(signs, terms, strict=True)).removeprefix(" + ")
        return [*lines, f"{indent}{out} {assign} {'-' + text[3:] if text.startswith(' - ') else text}"]
    lines.append(f"{indent}total = -0.0")
    for sign, term, n in zip(signs, terms, lengths, strict=True):
        added = f"total {sign}= {term}"
        lines += [f"{indent}for k in range({n}):", f"{indent}    {added}"] if n > 1 else [indent + added]
    return [*lines, f"{indent}{out} {assign} total"]


def _atom(nest: Nest, place: Callable[[Address, int], str]) -> str:
    kind = name(nest.op)
    if kind in ("max", "min"):
        numbers = [(place(s.a, s.length), s.length) for s in nest.segments]
        parts = [f"*({x} for k in range({n}))" if n > 1 else x for x, n in numbers]
        return f"{kind}imum({', '.join(parts)})"
    operands = [place(s.a, 1) for s in nest.segments]
    if kind == "div" and re.fullmatch(r"[-(]*[0-9].*", operands[1]) and float(operands[1].strip("()")) != 0.0:
        return " / ".join(operands)
    return PYTHON[kind].format(*operands) if kind in PYTHON else f"{kind}({', '.join(operands)})"


def literal(address: Address, nest: Nest, length: int, plan: Plan) -> str:
    """Return a constant as it is written, "" for all else."""
    places = indices(address, nest.extents, length)
    if address.space is not Space.ONE or places.max(initial=0) >= len(plan.constants):
        return ""
    numbers = np.unique(bits(plan.constants[places])).view(np.float64)
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
    pairs = [*((i, s) for i, s, n in ways if s and n > 1), *([("k", step)] if step and length > 1 else [])]
    terms = [{1: i, -1: f"-{i}"}.get(s, f"{s} * {i}") for i, s in pairs]
    terms = [str(base), *terms] if base or not terms else terms
    index = " + ".join(terms).replace("+ -", "- ")
    return index if address.table is None else f"table{len(tables) - 1}[{index}]"


def llvm_source(plan: Plan, strict: bool) -> str:
    """Return a plan as the text of LLVM's intermediate language, for batches on this processor."""
    with MAKING.done():
        from ..backends.llvm.kernel import emit
        from ..backends.llvm.target import host

    target = host()
    return emit(plan, target, lanes=4 * target.vector, strict=strict).ir
