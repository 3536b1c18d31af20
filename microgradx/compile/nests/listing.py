"""A plan as text: each nest one line of the index notation that textbooks use."""

from __future__ import annotations

from ..tape.tape import FIRST_ROW, LESS, ROWS, SUM
from .nests import Address, Nest, Plan, Segment, Space

INDICES = "ijlmnopqrs"
SPACES = {Space.ROW: "row", Space.ONE: "one", Space.PARAM: "param", Space.GRAD: "grad"}


def listing(plan: Plan) -> str:
    """Return the program of a plan, a nest a line: `one` is computed once, the rest for each row of the batch.

    >>> from .reroll import reroll
    >>> from ..tape.tape import INPUT, PARAMETER, Builder
    >>> b = Builder()
    >>> w, x = b.leaves(PARAMETER, range(6)), b.leaves(INPUT, range(3))
    >>> y = b.sums(w.reshape(2, 3), x)
    >>> print(listing(reroll(b.tape(values=y)).plan))
    row[3 + i] = Σ(k < 3) param[3i + k]·row[k]    for i < 2
    values = row[3], row[4]
    """
    tables: list[str] = []
    lines = [_line(nest, plan, tables) for nest in plan.nests]
    for name, places in plan.outputs.items():
        shown = [f"{SPACES[space]}[{place}]" for space, place in places]
        lines.append(f"{name} = {', '.join(shown if len(shown) <= 8 else [*shown[:4], '…', shown[-1]])}")
    return "\n".join(lines + tables)


def _line(nest: Nest, plan: Plan, tables: list[str]) -> str:
    def shown(address: Address, length: int) -> str:
        """Return an operand of so many terms."""
        return _operand(address, nest.extents, length, plan, tables)

    def term(s: Segment) -> str:
        """Return what a segment adds."""
        factors = shown(s.a, s.length) + ("" if s.b is None else "·" + shown(s.b, s.length))
        return f"Σ(k < {s.length}) {factors}" if s.length > 1 else factors

    if nest.op == SUM:
        signed = [("− " if s.sign < 0.0 else "+ ") + term(s) for s in nest.segments]
        right = " ".join(signed).removeprefix("+ ")
    else:
        ranges = [f", k < {s.length}" if s.length > 1 else "" for s in nest.segments]
        right = _application(nest.op, [shown(s.a, s.length) + k for s, k in zip(nest.segments, ranges, strict=True)])
    equals = "+=" if nest.out.space is Space.GRAD else "="
    loops = ", ".join(f"{i} < {n}" for i, n in zip(INDICES, nest.extents, strict=False) if n > 1)
    return f"{shown(nest.out, 1)} {equals} {right}" + (f"    for {loops}" if loops else "")


def _application(op: int, operands: list[str]) -> str:
    if op < FIRST_ROW:
        return (" < " if op == LESS else " <= ").join(operands)
    name = ROWS[op - FIRST_ROW].name
    return " / ".join(operands) if name == "div" else f"{name}({', '.join(operands)})"


def _operand(address: Address, extents: tuple[int, ...], length: int, plan: Plan, tables: list[str]) -> str:
    strides = [(i, s) for i, s, n in zip(INDICES, address.strides, extents, strict=False) if n > 1 and s]
    strides += [("k", address.step)] if length > 1 and address.step else []
    if address.table is not None:
        tables.append(f"T{len(tables)} = table of shape {address.table.shape}: {_ends(address.table.ravel().tolist())}")
        letters = [i for i, n in zip(INDICES, extents, strict=False) if n > 1] + ["k"] * (length > 1)
        return f"{SPACES[address.space]}[T{len(tables) - 1}[{', '.join(letters)}]]"
    if address.space is Space.ONE and not strides and address.base < len(plan.constants):
        return repr(float(plan.constants[address.base]))
    terms = [i if s == 1 else f"−{i}" if s == -1 else f"{s}{i}".replace("-", "−") for i, s in strides]
    place = " + ".join(([str(address.base)] if address.base or not terms else []) + terms).replace("+ −", "− ")
    return f"{SPACES[address.space]}[{place}]"


def _ends(places: list[int]) -> str:
    return ", ".join(map(str, places if len(places) <= 8 else [*places[:4], "…", places[-1]]))
