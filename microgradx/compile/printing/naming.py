"""Names of blocks: what a person calls the numbers that a nest computes or reads, from labels where there are some.

A block is a run of numbers that belong together: a matrix of weights, the pre-activations of a layer, their error
signals. Weights labelled w1[1,1], w1[1,2], … are the block w1; those without a label are a block where the function
reads them together. What is computed is named by what it is: see `step_names`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from unicodedata import normalize

import numpy as np

from ..nests.nests import Space
from ..nests.reading import destinations, reads
from ..paths.stages import Made
from ..tape.tape import INPUT, NONE, Ints
from ..tracing.recording import Recording
from .blocks import Block, Labels, Numbers, Step, joined, numbered, vague
from .roles import Role, Roles
from .shared_labels import read_apart, renamed
from .step_names import Naming, Shown, input_step

UNNAMED, CAPTURED = "θ", "c"
"""Blocks of parameters, and of other leaves, without a label: θ1, θ2, … in the order in which they are read."""

MANY = 4
"""As many blocks as are all named where they stand together."""


class Names:
    """The name of every place in the memory of a plan, given what its nodes are to the function: see `node_roles`.

    outs         what each nest computes
    inputs       what the numbers of each argument are called, in order
    weight       what the weight of the row is called, "" if there is none
    reads        what each nest reads
    unlabelled   blocks of leaves without a label: their names, and their numbers among all leaves
    alike        blocks of leaves that have their labels in common with other blocks, and their numbers among all leaves
    families     blocks of leaves and inputs whose labels do not have their indices in brackets, and these labels
    """

    def __init__(
        self,
        recording: Recording,
        arguments: Sequence[str],
        made: Made,
        of_nodes: Ints,
        like: tuple[Names, Shown] | None = None,
    ) -> None:
        plan = made.rolled.plan
        self.roles = Roles(made, of_nodes)
        self.unlabelled: dict[str, list[int]] = {}
        self.alike: dict[str, list[int]] = {}
        self.inputs: dict[str, list[str]] = {}
        self.families: dict[str, list[str]] = {}
        self.reads = [reads(nest) for nest in plan.nests]
        self._plan = plan
        self._blocks: list[Block] = []
        sizes = {Space.ROW: plan.rows, Space.ONE: plan.ones, Space.PARAM: plan.parameters, Space.GRAD: plan.gradients}
        self._first = dict(zip(sizes, np.cumsum([0, *sizes.values()]).tolist(), strict=False))
        self._owner = np.full(sum(sizes.values()), NONE)
        self._steps = Naming(recording, self.roles, set(), like[1] if like else None)
        self._own_inputs(recording, arguments)
        self.weight = self._steps.unique("weight") if plan.weighted else ""
        if plan.weighted:
            self._give(self.weight, np.array([plan.inputs - 1]))
        self._own_leaves(recording, arguments, like[0] if like else None)
        self._steps.given = {normalize("NFC", name) for name in self._steps.taken}
        self.outs = self._name_nests(like[1] if like else None)

    @property
    def steps(self) -> dict[tuple[int, int], Step]:
        """What the steps of the function are called: see `Naming`."""
        return self._steps.steps

    @property
    def blocks(self) -> frozenset[str]:
        """The names of all blocks."""
        return frozenset(self._steps.taken)

    def of(self, places: Ints, space: Space) -> str:
        """Return the name of numbers: that of their block, several joined as they come; a constant is written out."""
        if self.are_constants(places, space):
            numbers = np.unique(self._plan.constants[places])
            return f"{numbers[0]:.6g}".replace("-", "−") if len(numbers) == 1 else "constants"
        places = places.ravel() + self._first[space]
        owners = self._owner[places]
        begins = np.flatnonzero(np.append(True, np.diff(owners) != 0))
        each = owners[begins].tolist()
        distinct = list(dict.fromkeys(each))
        if each == distinct * (len(each) // len(distinct)):  # again and again, as of the columns of a matrix
            found = [(i, places[owners == i]) for i in distinct]
        else:
            found = list(zip(each, np.split(places, begins[1:]), strict=True))
        shown = found if len(found) <= MANY else [*found[: MANY - 1], found[-1]]
        names = ["constants" if i == NONE else self._blocks[i].part(np.unique(some)) for i, some in shown]
        names[MANY - 1 : MANY - 1] = ["…"] * (len(found) > MANY)
        return names[0] if len(found) == 1 else f"({', '.join(names)})"

    def are_constants(self, places: Ints, space: Space) -> bool:
        """Return whether numbers are constants."""
        return space is Space.ONE and bool(places.max(initial=0) < len(self._plan.constants))

    def blocks_of(self, i: int) -> frozenset[int]:
        """Return the numbers of the blocks that nest i computes, or parts of them."""
        nest = self._plan.nests[i]
        return self.owners(destinations(nest), nest.out.space)

    def rename(self, first: Sequence[int], every: Sequence[int]) -> None:
        """Let some of the nests bear the first of the names that all of them have, each a block of its own."""
        names = [self.outs[i] for i in every]
        order = [*first, *(i for i in every if i not in first)]
        for i, name in zip(order, names, strict=True):
            (block,) = self.blocks_of(i)
            self._blocks[block] = replace(self._blocks[block], name=name)
            self.outs[i] = name

    def owners(self, places: Ints, space: Space) -> frozenset[int]:
        """Return the numbers of the blocks in which places lie."""
        first = self._first[space]
        if places.size == 1:  # as most are in a graph without loops
            return frozenset((self._owner.item(first + places.item()),))
        found = self._owner[first + places].ravel()
        return frozenset(found[:1].tolist() if (found == found[:1]).all() else found.tolist())

    def ranks(self, places: Ints, space: Space) -> Ints | None:
        """Return numbers that ascend with the indices at places of one block; None if nothing tells these."""
        first, *others = self.owners(places, space)
        return None if others or first == NONE else self._blocks[first].ranks(places + self._first[space])

    @property
    def out_of_order(self) -> list[str]:
        """The names of matrices whose labels have another order than the leaves."""
        labelled = [block for block in self._blocks if block.name in self._steps.labelled]
        ranks = [(block.name, block.ranks(block.places)) for block in labelled]
        return [name for name, found in ranks if found is not None and (np.diff(found) < 0).any()]

    def are_labelled(self, places: Ints, space: Space) -> bool:
        """Return whether numbers are of one block whose indices stand in labels."""
        first, *others = self.owners(places, space)
        return not others and first != NONE and self._blocks[first].name.removeprefix("∂") in self._steps.labelled

    def _give(self, name: str, places: Ints, steps: Callable[[], Sequence[Step]] | None = None) -> None:
        """Make a block of places, counted over all spaces and in ascending order, with what they are called there."""
        self._owner[places] = len(self._blocks)
        self._blocks.append(Block(name, places, steps))

    def _own(self, space: Space, stems: Sequence[str], step: Callable[[int], Step]) -> list[str]:
        """Make blocks of the first places of a space by their names, and return these; "" is none."""
        numbers, names = numbered(stems)
        for i, name in enumerate(names[1:], 1):
            places = np.flatnonzero(numbers == i)
            if space is not Space.GRAD:
                names[i] = self._steps.unique(name)
            self._give(names[i], self._first[space] + places, partial(_each, step, places))
            if space is Space.PARAM and step(int(places[0])).indices:
                self._steps.labelled.add(names[i])
            if space is not Space.GRAD and step(int(places[0])).label:
                self.families[names[i]] = [each.label for each in sorted(_each(step, places), key=_indices)]
        return [names[i] for i in numbers.tolist()]

    def _own_inputs(self, recording: Recording, arguments: Sequence[str]) -> None:
        """Name the inputs: by their arguments, or by the labels of their own that those of a recorded graph have."""
        tape, labels = recording.tape, [""] * len(recording.columns)
        for node in np.flatnonzero(tape.op == INPUT).tolist():
            labels[int(tape.number[node])] = recording.names.get(node, "")
        own = Labels(labels)
        steps = [input_step(own.step(i), labels[i], column, arguments) for i, column in enumerate(recording.columns)]
        names = self._own(Space.ROW, [step.block for step in steps], steps.__getitem__)
        for name, column in zip(names, recording.columns, strict=True):
            known = self.inputs.setdefault(arguments[column.argument], [])
            known += [] if name in known[-1:] else [name]

    def _own_leaves(self, recording: Recording, arguments: Sequence[str], like: Names | None) -> None:
        """Name the leaves: by their labels, or, where there are none, those that are read together as one."""
        leaves, count = (*recording.parameters, *recording.captured), len(recording.parameters)
        labels = Labels((v.label for v in leaves), arguments)
        if like is None:
            several = read_apart(labels, partial(self.roles.read_together, read=self.reads))
        else:
            several = list(like.alike.values())
        names = self._own(Space.PARAM, renamed(labels.stems, several), labels.step)
        self.alike = {names[part[0]]: part for part in several}
        if like is None:
            for kind, first, last in ((UNNAMED, 0, count), (CAPTURED, count, len(leaves))):
                found = self.roles.read_together([i for i in range(first, last) if not names[i]], self.reads)
                for i, places in enumerate(found):
                    name = self._steps.unique(kind + str(i + 1) * (len(found) > 1))
                    self.unlabelled[name] = places
        else:
            self.unlabelled = like.unlabelled
            self._steps.taken.update(self.unlabelled)
        at: dict[int, int] = {}
        for name, places in self.unlabelled.items():
            self._give(name, self._first[Space.PARAM] + np.array(places))
            for i, place in enumerate(places):
                names[place], at[place] = name, i

        def gradient(i: int) -> Step:
            return (Step(names[i], (at[i],)) if i in at else labels.step(i)).prefixed("∂")

        self._own(Space.GRAD, [f"∂{name}" for name in names[: self._plan.gradients]], gradient)

    def _name_nests(self, shown: Shown | None) -> list[str]:
        """Name what each nest computes, in order."""
        if shown is not None:
            self._steps.taken.update(shown.names)
        nests, of_nests = self._plan.nests, self.roles.of_nests
        for kind in (Role.FORWARD, Role.SIGNAL, Role.PARTIAL):
            self._name_some([i for i, role in enumerate(of_nests) if role is kind])
        return [self.of(destinations(nest), nest.out.space) for nest in nests]

    def _name_some(self, some: Sequence[int]) -> None:
        """Name what some nests compute; a part that indices cannot tell is a block of its own."""
        found: dict[str, dict[int, Numbers]] = {}  # block → nest → its places

        def note(i: int, steps: Sequence[Step]) -> None:
            places = self._first[self._plan.nests[i].out.space] + destinations(self._plan.nests[i])
            for place, step in zip(places.tolist(), steps, strict=True):
                found.setdefault(step.block, {}).setdefault(i, []).append((place, step))

        for i in some:
            note(i, self._steps.name(self._plan.nests[i], self.roles.of_nests[i], self._nodes(i)))
        again = {i for name, parts in found.items() for i in vague(name, parts)}
        for parts in found.values():
            for i in again & parts.keys():
                del parts[i]
        for i in sorted(again):
            note(i, self._steps.apart(self._plan.nests[i], self.roles.of_nests[i], self._nodes(i)))
        for name, parts in found.items():
            if parts:
                self._steps.taken.add(name)
                self._blocks.append(joined(name, parts))
                self._owner[self._blocks[-1].places] = len(self._blocks) - 1

    def _nodes(self, i: int) -> Ints:
        return self.roles.nodes(self._plan.nests[i])


def _indices(step: Step) -> tuple[int, ...]:
    return step.indices


def _each(step: Callable[[int], Step], places: Ints) -> list[Step]:
    return [step(place) for place in places.tolist()]
