"""Names of blocks: what a person calls the numbers that a nest computes or reads, from labels where there are some.

A block is a run of numbers that belong together: a matrix of weights, the pre-activations of a layer, their error
signals. Weights labelled w1[1,1], w1[1,2], … are the block w1; those without a label are a block where the function
reads them together. What is computed is named by what it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ..nests.nests import Nest, Space
from ..nests.reading import destinations, reads
from ..passes.domain import DOMAIN
from ..paths.stages import Made
from ..tape.tape import NONE, SUM, Ints, name
from ..tracing.recording import Recording
from .roles import Role, Roles

UNNAMED, CAPTURED = "θ", "c"
"""Blocks of parameters, and of other leaves, without a label: θ1, θ2, … in the order in which they are read."""

BAR = "\u0304"
"""Set over the first letter of a name: the error signal of what bears the name."""


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
"""For the second, the third … block of one name."""


def stem(label: str) -> str:
    """Return a label without its indices, on one line: it stands in comments of code, which a new line would end.

    >>> stem("w1[2,3]")
    'w1'
    """
    return "".join(c if c.isprintable() else "�" for c in label.partition("[")[0])


def _indices(label: str) -> tuple[int, ...]:
    """Return the indices of a label."""
    found = re.fullmatch(r"[^\[]*\[(\d+(?:, ?\d+)*)\]", label)
    return tuple(map(int, found[1].split(","))) if found else ()


class Block(NamedTuple):
    """Numbers that belong together: what they are called, where they stand, and the indices by which they are known."""

    name: str
    places: Ints
    indices: Sequence[tuple[int, ...]]

    def part(self, places: Ints) -> str:
        """Return the name of some of the block, given by sorted places."""
        if len(places) == len(self.places):
            return self.name
        index = dict(zip(self.places.tolist(), self.indices, strict=True))
        some = [index[place] for place in places.tolist()]
        for depth in range(len(some[0]), 0, -1):
            prefix = some[0][:depth]
            if all(i[:depth] == prefix for i in some) and len(some) == sum(i[:depth] == prefix for i in self.indices):
                return f"{self.name}[{','.join(map(str, prefix))}]"
        first, last = min(some), max(some)
        if len(first) == 1 and last[0] - first[0] == len(some) - 1:
            return f"{self.name}[{first[0]}…{last[0]}]"
        return f"{self.name}[…]"


class Names:
    """The name of every place in the memory of a plan.

    outs         what each nest computes
    unlabelled   blocks of leaves without a label: their names, and their numbers among all leaves
    """

    def __init__(self, recording: Recording, arguments: Sequence[str], made: Made) -> None:
        plan = made.rolled.plan
        self.roles = Roles(made)
        self.unlabelled: dict[str, list[int]] = {}
        self._plan = plan
        self._blocks: list[Block] = []
        self._owner = {
            Space.ROW: np.full(plan.rows, NONE),
            Space.ONE: np.full(plan.ones, NONE),
            Space.PARAM: np.full(plan.parameters, NONE),
            Space.GRAD: np.full(plan.gradients, NONE),
        }
        self._taken: set[str] = set()
        columns = recording.columns
        places = [c.place if c.category is None else (*c.place, c.category) for c in columns]
        self._own(Space.ROW, [arguments[c.argument] for c in columns], places)
        if plan.weighted:
            self._give(Space.ROW, np.array([plan.inputs - 1]), "weight")
        self._own_leaves(recording)
        self.outs = self._name_nests(recording)

    def of(self, places: Ints, space: Space) -> str:
        """Return the name of numbers: that of their block, several joined; a constant is written out."""
        places = np.unique(places)
        if self.are_constants(places, space):
            numbers = np.unique(self._plan.constants[places])
            return f"{numbers[0]:.6g}".replace("-", "−") if len(numbers) == 1 else "constants"
        owners = self._owner[space][places]
        found = [(i, places[owners == i]) for i in dict.fromkeys(owners.tolist())]
        names = ["constants" if i == NONE else self._blocks[i].part(some) for i, some in found]
        return names[0] if len(names) == 1 else f"({', '.join(names[:3])}{', …' if len(names) > 3 else ''})"

    def are_constants(self, places: Ints, space: Space) -> bool:
        """Return whether numbers are constants."""
        return space is Space.ONE and bool(places.max(initial=0) < len(self._plan.constants))

    def block(self, i: int) -> int:
        """Return the number of the block that nest i computes."""
        nest = self._plan.nests[i]
        return int(self._owner[nest.out.space][destinations(nest)[0]])

    def owners(self, places: Ints, space: Space) -> frozenset[int]:
        """Return the numbers of the blocks in which places lie."""
        return frozenset(np.unique(self._owner[space][places]).tolist())

    def _own(self, space: Space, names: Iterable[str], indices: Sequence[tuple[int, ...]]) -> None:
        blocks: dict[str, list[int]] = {}
        for i, each in enumerate(names):
            if each:
                blocks.setdefault(each, []).append(i)
        for each, places in blocks.items():
            self._give(space, np.array(places), each, [indices[i] for i in places])

    def _give(self, space: Space, places: Ints, wanted: str, indices: Sequence[tuple[int, ...]] | None = None) -> str:
        if space is not Space.GRAD:
            first, count = wanted, 1
            while wanted in self._taken:
                count += 1
                wanted = first + str(count).translate(SUBSCRIPTS)
            self._taken.add(wanted)
        self._owner[space][places] = len(self._blocks)
        indices = [(i,) for i in range(len(places))] if indices is None else indices
        self._blocks.append(Block(wanted, places, indices))
        return wanted

    def _own_leaves(self, recording: Recording) -> None:
        """Name the leaves: by their labels, or, where there are none, those that are read together as one."""
        leaves = (*recording.parameters, *recording.captured)
        stems, indices = [stem(v.label) for v in leaves], [_indices(v.label) for v in leaves]
        self._own(Space.PARAM, stems, indices)
        count = len(recording.parameters)
        for kind, numbers in ((UNNAMED, range(count)), (CAPTURED, range(count, len(leaves)))):
            found = self._read_together([i for i in numbers if not stems[i]])
            for i, places in enumerate(found):
                block = self._give(Space.PARAM, np.array(places), kind + str(i + 1) * (len(found) > 1))
                self.unlabelled[block] = places
                for place in places:
                    stems[place] = block
        self._own(Space.GRAD, [f"∂{each}" for each in stems[: self._plan.gradients]], indices)

    def _read_together(self, numbers: list[int]) -> list[list[int]]:
        """Return leaves in lists: each holds those that the same operands of the function read."""
        readers: dict[int, list[int]] = {i: [] for i in numbers}
        at = 0
        for nest, role in zip(self._plan.nests, self.roles.of_nests, strict=True):
            for operand in reads(nest):
                at += 1
                for space, places in ((operand.space, operand.a), (operand.second, operand.b)):
                    if space is Space.PARAM and role is Role.FORWARD and places is not None:
                        for i in np.unique(places).tolist():
                            if i in readers:
                                readers[i].append(at)
        found: dict[tuple[int, ...], list[int]] = {}
        for i, each in sorted(readers.items(), key=lambda item: item[1]):
            found.setdefault(tuple(each), []).append(i)
        return list(found.values())

    def _name_nests(self, recording: Recording) -> list[str]:
        """Name what each nest computes, in order."""
        blocks: dict[int, str] = {}  # recorded node: the block of its value
        counts: Counter[str] = Counter()
        found: list[str] = [""] * len(self._plan.nests)
        roles = self.roles
        order = sorted(range(len(found)), key=lambda i: roles.of_nests[i] is not Role.FORWARD)
        for i in order:
            nest, role = self._plan.nests[i], roles.of_nests[i]
            places = destinations(nest)
            if role is Role.GRADIENT:
                found[i] = self.of(places, Space.GRAD)
                continue
            nodes = roles.nodes(nest)
            wanted, is_letter = self._wanted(int(nodes[0]), nest, role, recording, blocks)
            if is_letter:
                counts[wanted] += 1
                wanted += str(counts[wanted])
            found[i] = self._give(nest.out.space, places, wanted)
            if role is Role.FORWARD:
                blocks.update(dict.fromkeys(roles.twins(nodes), found[i]))
        return found

    def _wanted(
        self, node: int, nest: Nest, role: Role, recording: Recording, blocks: dict[int, str]
    ) -> tuple[str, bool]:
        """Return the name for the block of a node, and whether it is a letter that is to be numbered."""
        (twin,) = self.roles.twins(np.array([node]))
        is_final = self.roles.is_final(node)
        if node in self.roles.values or node in self.roles.domain:
            return "value" if node in self.roles.values else DOMAIN, False
        if role is Role.PARTIAL:
            return "d", True
        if role is Role.SIGNAL:
            block = blocks.get(twin, "") if is_final else ""
            return (block[0] + BAR + block[1:], False) if block else ("g", True)
        if is_final and (label := stem(recording.names.get(twin, ""))):
            return label, False
        return "z" if nest.op == SUM else "a" if is_final else name(nest.op)[0], True
