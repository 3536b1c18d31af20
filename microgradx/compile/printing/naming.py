"""Names of blocks: what a person calls the numbers that a nest computes or reads, from labels where there are some.

A block is a run of numbers that belong together: a matrix of weights, the pre-activations of a layer, their error
signals. Weights labelled w1[1,1], w1[1,2], … are the block w1; those without a label are a block where the function
reads them together. What is computed is named by what it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache

import numpy as np

from ..nests.nests import Nest, Space
from ..nests.reading import destinations, reads
from ..passes.domain import DOMAIN
from ..paths.stages import Made
from ..tape.tape import INPUT, NONE, SUM, Ints, name
from ..tracing.recording import Column, Recording
from .blocks import Block, Index, indices, numbered, stem, stems
from .roles import Role, Roles

UNNAMED, CAPTURED = "θ", "c"
"""Blocks of parameters, and of other leaves, without a label: θ1, θ2, … in the order in which they are read."""

BAR = "\u0304"
"""Set over the first letter of a name: the error signal of what bears the name."""


SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
"""For the second, the third … block of one name."""


class Names:
    """The name of every place in the memory of a plan, given what its nodes are to the function: see `node_roles`.

    outs         what each nest computes
    inputs       what the numbers of each argument are called, in order
    weight       what the weight of the row is called, "" if there is none
    reads        what each nest reads
    unlabelled   blocks of leaves without a label: their names, and their numbers among all leaves
    """

    def __init__(self, recording: Recording, arguments: Sequence[str], made: Made, of_nodes: Ints) -> None:
        plan = made.rolled.plan
        self.roles = Roles(made, of_nodes)
        self.unlabelled: dict[str, list[int]] = {}
        self.inputs: dict[str, list[str]] = {}
        self.reads = [reads(nest) for nest in plan.nests]
        self._plan = plan
        self._blocks: list[Block] = []
        self._owner = {
            Space.ROW: np.full(plan.rows, NONE),
            Space.ONE: np.full(plan.ones, NONE),
            Space.PARAM: np.full(plan.parameters, NONE),
            Space.GRAD: np.full(plan.gradients, NONE),
        }
        self._of_nests = [NONE] * len(plan.nests)
        self._taken: set[str] = set()
        self._own_inputs(recording, arguments)
        self.weight = self._give(Space.ROW, np.array([plan.inputs - 1]), "weight") if plan.weighted else ""
        self._own_leaves(recording)
        self.outs = self._name_nests(recording)

    def of(self, places: Ints, space: Space) -> str:
        """Return the name of numbers: that of their block, several joined; a constant is written out."""
        places = np.unique(places) if places.size > 1 else places.ravel()
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
        return self._of_nests[i]

    def owners(self, places: Ints, space: Space) -> frozenset[int]:
        """Return the numbers of the blocks in which places lie."""
        if places.size == 1:  # as most are in a graph without loops
            return frozenset((self._owner[space].item(places.item()),))
        found = self._owner[space][places].ravel()
        return frozenset(found[:1].tolist() if (found == found[:1]).all() else found.tolist())

    def _own(self, space: Space, numbers: Ints, names: Sequence[str], known_by: Index) -> None:
        """Make blocks of the places of a space that have equal numbers, those of the names; "" is no name."""
        order = np.argsort(numbers, kind="stable")
        bounds = np.searchsorted(numbers[order], np.arange(1, len(names) + 1))
        for each, begin, end in zip(names[1:], bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            self._give(space, order[begin:end], each, known_by)

    def _give(self, space: Space, places: Ints, wanted: str, known_by: Index | None = None) -> str:
        if space is not Space.GRAD:
            first, count = wanted, 1
            while wanted in self._taken:
                count += 1
                wanted = first + str(count).translate(SUBSCRIPTS)
            self._taken.add(wanted)
        self._owner[space][places] = len(self._blocks)
        self._blocks.append(Block(wanted, places, known_by))
        return wanted

    def _own_inputs(self, recording: Recording, arguments: Sequence[str]) -> None:
        """Name the inputs: by their arguments, or by the labels of their own that those of a recorded graph have."""
        tape, labels = recording.tape, [""] * len(recording.columns)
        for node in np.flatnonzero(tape.op == INPUT).tolist():
            labels[int(tape.number[node])] = recording.names.get(node, "")
        pairs = zip(labels, recording.columns, strict=True)
        found = [_named(label, column, arguments) for label, column in pairs]
        self._own(Space.ROW, *numbered(own for own, _ in found), lambda place: found[place][1])
        for (own, _), column in zip(found, recording.columns, strict=True):
            known = self.inputs.setdefault(arguments[column.argument], [])
            known += [] if own in known[-1:] else [own]

    def _own_leaves(self, recording: Recording) -> None:
        """Name the leaves: by their labels, or, where there are none, those that are read together as one."""
        leaves = (*recording.parameters, *recording.captured)
        numbers, names = stems(leaves)

        @cache
        def known_by(place: int) -> tuple[int, ...]:
            return indices(leaves[place].label)

        self._own(Space.PARAM, numbers, names, known_by)
        count = len(recording.parameters)
        for kind, first, last in ((UNNAMED, 0, count), (CAPTURED, count, len(leaves))):
            nameless = first + np.flatnonzero(numbers[first:last] == 0)
            found = self._read_together(nameless.tolist()) if len(nameless) else []
            for i, places in enumerate(found):
                block = self._give(Space.PARAM, np.array(places), kind + str(i + 1) * (len(found) > 1))
                self.unlabelled[block] = places
                numbers[places] = len(names)
                names.append(block)
        self._own(Space.GRAD, numbers[: self._plan.gradients], [f"∂{name}" for name in names], known_by)

    def _read_together(self, numbers: list[int]) -> list[list[int]]:
        """Return leaves in lists: each holds those that the same operands of the function read."""
        readers: dict[int, list[int]] = {i: [] for i in numbers}
        at = 0
        for read, role in zip(self.reads, self.roles.of_nests, strict=True):
            for operand in read:
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
                self._of_nests[i] = int(self._owner[Space.GRAD][places[0]])
                continue
            nodes = roles.nodes(nest)
            wanted, is_letter = self._wanted(int(nodes[0]), nest, role, recording, blocks)
            if is_letter:
                counts[wanted] += 1
                wanted += str(counts[wanted])
            self._of_nests[i] = len(self._blocks)
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
        if is_final:  # of the function as it was written, so that what computes it in its stead bears the same name
            return "z" if recording.tape.op[twin] == SUM else "a", True
        letter = name(nest.op)[0]
        return "t" if nest.op == SUM or letter in "za" else letter, True


def _named(label: str, column: Column, arguments: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Return the name of an input and its indices: those of the argument, unless it bears a label of its own."""
    argument = arguments[column.argument]
    if column.category is not None:
        return argument, (*column.place, column.category)
    if not stem(label) or label == argument + "".join(f"[{i}]" for i in column.place):
        return argument, column.place
    return stem(label), indices(label)
