"""Names of blocks: what a person calls the numbers that a nest computes or reads, from labels where there are some.

A block is a run of numbers that belong together: a matrix of weights, the pre-activations of a layer, their error
signals. Weights labelled w1[1,1], w1[1,2], … are the block w1; what has no label is named by what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np

from .addresses import indices
from .domain import DOMAIN
from .links import Mask
from .nests import Address, Nest, Space
from .recording import Recording
from .stages import Made
from .tape import INPUT, NONE, SUM, Ints, Tape, name

UNNAMED = "θ"
"""The block of all parameters without a label: of these the places are told."""

BAR = "\u0304"
"""Set over the first letter of a name: the error signal of what bears the name."""


def stem(label: str) -> str:
    """Return a label without its indices, on one line: it stands in comments of code, which a new line would end.

    >>> stem("w1[2,3]")
    'w1'
    """
    return "".join(c if c.isprintable() else "�" for c in label.partition("[")[0])


class Names:
    """The name of every place in the memory of a plan."""

    def __init__(self, recording: Recording, arguments: Sequence[str], made: Made) -> None:
        plan = made.rolled.plan
        self._plan = plan
        self._blocks: list[str] = []
        self._owner = {
            Space.ROW: np.full(plan.rows, NONE),
            Space.ONE: np.full(plan.ones, NONE),
            Space.PARAM: np.full(plan.parameters, NONE),
            Space.GRAD: np.full(plan.gradients, NONE),
        }
        self._taken: set[str] = set()
        self._own(Space.ROW, [arguments[c.argument] for c in recording.columns])
        if plan.weighted:
            self._give(Space.ROW, np.array([plan.inputs - 1]), "weight")
        parameters = [stem(v.label) or UNNAMED for v in (*recording.parameters, *recording.captured)]
        self._own(Space.PARAM, parameters)
        self._own(Space.GRAD, [f"∂{each}" for each in parameters[: plan.gradients]])
        self.outs = self._name_nests(recording, made)

    def of(self, places: Ints, space: Space) -> str:
        """Return the name of numbers: that of their block, several joined; a constant is written out."""
        places = places.ravel()
        if space is Space.ONE and places.max(initial=0) < len(self._plan.constants):
            numbers = np.unique(self._plan.constants[places])
            return f"{numbers[0]:.6g}" if len(numbers) == 1 else "constants"
        owners = list(dict.fromkeys(self._owner[space][places].tolist()))
        names = [self._blocks[i] if i != NONE else "constants" for i in owners]
        if len(names) == 1 and names[0].endswith(UNNAMED):
            first, last = int(places.min()), int(places.max())
            return f"{names[0]}[{first}…{last}]" if last > first else f"{names[0]}[{first}]"
        return names[0] if len(names) == 1 else f"({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"

    def _own(self, space: Space, names: Iterable[str]) -> None:
        blocks: dict[str, list[int]] = {}
        for i, each in enumerate(names):
            blocks.setdefault(each, []).append(i)
        for each, places in blocks.items():
            self._give(space, np.array(places), each)

    def _give(self, space: Space, places: Ints, wanted: str) -> str:
        if space is not Space.GRAD:
            while wanted in self._taken:
                wanted += "′"
            self._taken.add(wanted)
        self._owner[space][places] = len(self._blocks)
        self._blocks.append(wanted)
        return wanted

    def _name_nests(self, recording: Recording, made: Made) -> list[str]:
        """Name what each nest computes, in order."""
        nodes = _Nodes(made)
        blocks: dict[int, str] = {}  # recorded node: the block of its value
        counts: Counter[str] = Counter()
        found = []
        for nest in self._plan.nests:
            places = outs(nest)
            if nest.out.space is Space.GRAD:
                found.append(self.of(places, Space.GRAD))
                continue
            computed = nodes.at(nest.out.space, places)
            first, twins = int(computed[0]), made.simple.twin[computed].tolist()
            wanted = nodes.wanted(first, nest, recording, blocks)
            if len(wanted.rstrip(BAR)) == 1 and wanted not in recording.names.values():
                counts[wanted] += 1
                wanted += str(counts[wanted])
            wanted = self._give(nest.out.space, places, wanted)
            if nodes.forward[first]:
                blocks.update(dict.fromkeys(twins, wanted))
            found.append(wanted)
        self.forward = [nest.out.space is not Space.GRAD and nodes.is_forward(nest) for nest in self._plan.nests]
        return found


class _Nodes:
    """What the nodes of a simplified tape are: part of the function, error signals, or partial derivatives."""

    def __init__(self, made: Made) -> None:
        tape, rolled = made.simple, made.rolled
        plan = rolled.plan
        self._twin = tape.twin
        self._place = {space: np.full(size, NONE) for space, size in ((Space.ROW, plan.rows), (Space.ONE, plan.ones))}
        for space, nodes in self._place.items():
            there = np.flatnonzero((rolled.space == space) & (rolled.place != NONE))
            nodes[rolled.place[there]] = there
        self._values = set(tape.outputs["values"].tolist())
        wanted = [tape.outputs[name] for name in ("values", "guards", DOMAIN) if name in tape.outputs]
        self.forward = _used_by(tape, np.concatenate(wanted))
        self._domain = set(tape.outputs.get(DOMAIN, np.zeros(0, np.int64)).tolist())
        weight = (tape.op == INPUT) & (tape.number == plan.inputs - 1) & plan.weighted
        self._signal = _users_of(tape, weight)
        there = np.flatnonzero(self.forward)
        self._last = dict(zip(tape.twin[there].tolist(), there.tolist(), strict=True))

    def at(self, space: Space, places: Ints) -> Ints:
        """Return the nodes that stand at these places."""
        return self._place[space][places]

    def is_forward(self, nest: Nest) -> bool:
        """Return whether a nest is part of the function itself."""
        return bool(self.forward[self.at(nest.out.space, outs(nest))[0]])

    def wanted(self, node: int, nest: Nest, recording: Recording, blocks: dict[int, str]) -> str:
        """Return the name for the block of a node, or a letter for those that have none of their own."""
        twin = int(self._twin[node])
        if node in self._values:
            return "value"
        if node in self._domain:
            return DOMAIN
        if self._signal[node]:
            block = blocks.get(twin, "e")
            return block[0] + BAR + block[1:]
        if not self.forward[node]:
            return "d"
        final = self._last[twin] == node
        if final and (label := stem(recording.names.get(twin, ""))):
            return label
        if nest.op == SUM:
            return "z"
        return "a" if final else name(nest.op)[0]


def outs(nest: Nest) -> Ints:
    """Return the places that a nest writes to."""
    return indices(nest.out, nest.extents, 1).ravel()


def places(address: Address, nest: Nest, length: int) -> Ints:
    """Return the places that an operand of a nest reads."""
    return indices(address, nest.extents, length)


def _used_by(tape: Tape, wanted: Ints) -> Mask:
    """Return which nodes others depend on, and these themselves."""
    found = np.zeros(len(tape), np.bool_)
    found[wanted[wanted != NONE]] = True
    start = tape.start.tolist()
    for i in range(len(tape) - 1, -1, -1):
        if found[i]:
            for operands in (tape.left[start[i] : start[i + 1]], tape.right[start[i] : start[i + 1]]):
                found[operands[operands != NONE]] = True
    return found


def _users_of(tape: Tape, given: Mask) -> Mask:
    """Return which nodes depend on others, and these themselves."""
    found = [*given.tolist(), False]  # NONE is the last
    for user, a, b in zip(tape.owner.tolist(), tape.left.tolist(), tape.right.tolist(), strict=True):
        if found[a] or found[b]:
            found[user] = True
    return np.array(found[:-1])
