"""Lines: those of a textbook, the function first, then its gradient, each line after those that it uses.

A partial derivative stands in the formula that uses it: as it is if it is short, as 2·z or 1 / z, else by the name of
its primitive with a prime, or as ∂z/∂x. Only what is none of these has a line of its own.
"""

from __future__ import annotations

import numpy as np

from ..nests.nests import Space
from ..nests.reading import is_over_a_block
from ..paths.stages import Made
from ..tape.tape import FIRST_ROW, ROWS
from .expressions import Written, symbol
from .formulas import Formulas
from .naming import Names
from .roles import Role
from .step_names import BAR

SHORT = 2
"""As many operations as a partial derivative may be and yet be written out within a formula."""


class Lines:
    """The nests of a textbook's plan, in the order in which they are read, as formulas with their sizes.

    forward      the function
    backward     its gradient
    primes       the rows of which a derivative is written with a prime
    has_factors  whether partial derivatives stand in the formulas that use them
    """

    def __init__(self, made: Made, names: Names) -> None:
        self._made = made
        self._names = names
        self._nests = made.rolled.plan.nests
        self._roles = names.roles.of_nests
        self._nest_of = {block: i for i in range(len(self._nests)) for block in names.blocks_of(i)}
        self._formulas = Formulas(made.rolled.plan, names)
        self._read = [self._partials_read(i) for i in range(len(self._nests))]
        self._in_parts = {j for read in self._read for j, whole in read.items() if not whole}
        self._readers = self._signals_and_gradients_with()
        self._operations: dict[int, int] = {}  # of nests that stand where they are used
        self._named: set[int] = set()
        self.primes: set[int] = set()
        partials = self._with(Role.PARTIAL)
        for i in partials:
            self._inline(i)
        self._names.rename([i for i in self._ordered() if i in partials], partials)
        for i in partials:
            self._inline(i)  # again, as what stands in a line of its own has its name only now
        self.has_factors = bool(self._operations)
        self.forward = [self._formulas.line(i) for i in self._with(Role.FORWARD)]
        self.backward = [self._formulas.line(i) for i in self._ordered()]

    def partial(self, i: int) -> str:
        """Return how the partial derivatives of nest i stand in error signals and gradients, "" if they do not."""
        (block,) = self._names.blocks_of(i)
        found = self._formulas.instead.get(block)
        return "" if i not in self._readers else found.text if found else self._names.outs[i]

    def _with(self, role: Role) -> list[int]:
        return [i for i, each in enumerate(self._roles) if each is role]

    def _partials_read(self, i: int) -> dict[int, bool]:
        """Return the nests of partial derivatives that nest i reads, and whether it reads only all of each."""
        found: dict[int, bool] = {}
        if self._roles[i] is Role.FORWARD:
            return found
        for run in (run for read in self._names.reads[i] for run in self._formulas.runs(read)):
            for space, places in ((run.space, run.a), (run.second, run.b)):
                if places is None or space is None or space is Space.PARAM:
                    continue
                owners = self._names.owners(places, space)
                for j in (self._nest_of[block] for block in owners if block in self._nest_of):
                    if self._roles[j] is Role.PARTIAL:
                        whole = len(owners) == 1 and len(np.unique(places)) == self._size(j)
                        found[j] = found.get(j, True) and whole
        return found

    def _size(self, i: int) -> int:
        return int(np.prod(self._nests[i].extents))

    def _inline(self, i: int) -> None:
        """Decide whether nest i stands where it is used, and how."""
        if i in self._in_parts:
            return
        inner = self._read[i]
        count = 1 + sum(self._operations.get(j, SHORT) for j in inner)
        if count <= SHORT:
            found: Written | None = self._formulas.expression(i)
        else:
            count, found = 1, self._prime(i) or self._ratio(i)
            self._named |= {i} if found else set()
        if found:
            self._operations[i] = count
            (block,) = self._names.blocks_of(i)
            self._formulas.instead[block] = found

    def _users(self, i: int) -> list[int]:
        """Return the nodes of the function of which nest i gives partial derivatives, in order, each once."""
        nodes = self._names.roles.nodes(self._nests[i]).tolist()
        return list(dict.fromkeys(self._names.roles.recorded(node) for node in nodes))

    def _prime(self, i: int) -> Written | None:
        """Return a factor by the name of its primitive, if that has operands of one kind, and it is by all of them."""
        tape, rolled, users = self._made.simple, self._made.rolled, self._users(i)
        op = int(tape.op[users[0]])
        if op < FIRST_ROW or not (is_over_a_block(op) or len(ROWS[op - FIRST_ROW].partials) == 1):
            return None
        operands = np.concatenate([tape.left[tape.start[user] : tape.start[user + 1]] for user in users])
        if i not in self._readers or len(operands) != self._size(i) or len(np.unique(rolled.space[operands])) > 1:
            return None
        self.primes.add(op)
        space = Space(int(rolled.space[operands[0]]))
        return Written(f"{symbol(op)}′({self._formulas.operand(rolled.place[operands], space).text})")

    def _ratio(self, i: int) -> Written | None:
        """Return a factor as ∂z/∂x, if it serves for one block x alone."""
        users, readers = self._users(i), self._readers.get(i, [])
        if len(readers) != 1:
            return None
        places, space = self._made.rolled.place[users], Space(int(self._made.rolled.space[users[0]]))
        operand = self._names.outs[readers[0]].replace(BAR, "").removeprefix("∂")
        return Written(f"∂{self._names.of(places, space)}/∂{operand}")

    def _signals_and_gradients_with(self) -> dict[int, list[int]]:
        """Return for each nest that is a factor in error signals, or in gradients, which these are."""
        found: dict[int, list[int]] = {}
        for j, read in enumerate(self._read):
            for i in read if self._roles[j] in (Role.SIGNAL, Role.GRADIENT) else ():
                found.setdefault(i, []).append(j)
        return found

    def _ordered(self) -> list[int]:
        """Return the nests of the gradient: each signal after the partials that it needs, then what it completes."""
        signals = self._with(Role.SIGNAL)
        of_block = {block: at for at, i in enumerate(signals) for block in self._names.blocks_of(i)}
        completed: dict[int, list[int]] = {}  # gradients, by the last of the signals that they read
        for g in self._with(Role.GRADIENT):
            last = max((of_block.get(block, 0) for block in self._blocks_read(g)), default=0)
            completed.setdefault(last, []).append(g)
        order: dict[int, None] = {}
        for at in range(max(len(signals), 1)):
            for i in (*signals[at : at + 1], *completed.get(at, ())):
                self._add(i, order)
        return list(order)

    def _blocks_read(self, i: int) -> set[int]:
        factors = [(read.space, read.a, read.second, read.b) for read in self._names.reads[i]]
        first = [self._names.owners(a, space) for space, a, _, _ in factors]
        second = [self._names.owners(b, space) for _, _, space, b in factors if space is not None and b is not None]
        return {block for owners in (*first, *second) for block in owners}

    def _add(self, i: int, order: dict[int, None]) -> None:
        """Append nest i, after the partials that it needs and that have lines of their own."""
        if i in order or i in self._named:
            return
        for j in self._read[i]:
            self._add(j, order)
        if i not in self._operations:
            order[i] = None
