"""Step names: what the numbers that nests compute are called, the same in an explanation and in a source.

An explanation counts the steps of the function as it was written, z1, a1, …; the error signal of z1 is z̄1. What runs,
of which a source is, has other nests. Where one of its numbers is a step of the function, it bears the step's name:
see `agreement`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple
from unicodedata import normalize

import numpy as np

from ..nests.nests import Nest
from ..passes.domain import DOMAIN
from ..tape.tape import NONE, SUM, Ints, Mask
from ..tracing.recording import Column, Recording
from .blocks import Labels, Step
from .roles import Role, Roles

BAR = "\u0304"
"""Set over the first letter of a name: the error signal of what bears the name."""

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
"""For the second, the third … block of one name."""


def unused(name: str, is_used: Callable[[str], bool]) -> str:
    """Return a name, or if it is used the first of those with a number that is not.

    >>> unused("w", {"w", "w₂"}.__contains__)
    'w₃'
    """
    found, count = name, 1
    while is_used(found):
        count += 1
        found = name + str(count).translate(SUBSCRIPTS)
    return found


class Shown(NamedTuple):
    """The steps that an explanation shows, for what runs.

    steps   by whether they are error signals, 0 or 1, and the recorded node
    names   those of all blocks
    agree   which nodes of what runs are the numbers of these steps
    """

    steps: dict[tuple[int, int], Step]
    names: Set[str]
    agree: Mask


class Naming:
    """Names what nests compute, one after the other, the function's first.

    steps      by whether they are error signals, 0 or 1, and the recorded node
    taken      the names of all blocks so far
    labelled   those of blocks whose indices stand in labels
    given      the names of inputs and leaves, composed as Unicode has it
    """

    def __init__(self, recording: Recording, roles: Roles, taken: set[str], shown: Shown | None) -> None:
        self.steps: dict[tuple[int, int], Step] = {}
        self.taken = taken
        self.labelled: set[str] = set()
        self.given: set[str] = set()
        self._roles = roles
        self._shown = shown
        self._is_sum = recording.tape.op == SUM
        computed = {node: label for node, label in recording.names.items() if recording.tape.op[node] >= SUM}
        labels = Labels(computed.values())
        self._labelled = {node: labels.step(i) for i, node in enumerate(computed)}
        self._counts: Counter[str] = Counter()
        self._matrices: dict[str, str] = {}  # of labels, and what they are called here
        others = [label for node, label in recording.names.items() if node not in computed]
        self._others = {*others, *(v.label for v in (*recording.parameters, *recording.captured))}
        self._reserved = self._others | {*computed.values()} | (shown.names if shown else set())

    def name(self, nest: Nest, role: Role, nodes: Ints) -> list[Step]:
        """Return what the nodes of a nest are called: as is known of them, else as a block of their own."""
        keys = list(zip(self._roles.are_signals(nodes).tolist(), self._roles.steps(nodes).tolist(), strict=True))
        known: list[Step | None]
        if self._shown is not None:
            agree = self._shown.agree[nodes].tolist()
            known = [self._shown.steps.get(key) if same else None for key, same in zip(keys, agree, strict=True)]
        elif role is Role.SIGNAL:
            forward = [self.steps.get((0, twin)) for _, twin in keys]
            known = [step and self._signal(step) for step in forward]
            self.labelled.update(self._signal(step).block for step in forward if step and step.block in self.labelled)
        else:
            known = [self._of_matrix(twin) for _, twin in keys if nodes[0] not in self._roles.values]
        found = [step for step in known if step is not None]
        if not found or len(set(found)) < len(found) or (self._shown is None and len(found) < len(nodes)):
            return self.apart(nest, role, nodes)
        rest = [int(node) for node, step in zip(nodes, known, strict=True) if step is None]
        own = iter(self._block([(i,) for i in range(len(rest))] if len(rest) > 1 else [()], role, rest[:1]))
        return self._kept(nodes, [step or next(own) for step in known])

    def apart(self, nest: Nest, role: Role, nodes: Ints) -> list[Step]:
        """Return what the nodes of a nest are called as a block of their own, in which they are known by its loops."""
        extents = [n for n in nest.extents if n > 1]
        return self._kept(nodes, self._block(np.ndindex(*extents), role, nodes[:1].tolist()))

    def _block(self, indices: Iterable[tuple[int, ...]], role: Role, first: list[int]) -> list[Step]:
        """Return what the nodes of a new block are called, of which the first is given, if there is any."""
        block = self.unique(self._wanted(role, first[0])) if first else ""
        return [Step(block, index) for index in indices]

    def unique(self, wanted: str) -> str:
        """Return a name that no other block bears, and note it."""
        name = unused(wanted, self.taken.__contains__)
        self.taken.add(name)
        return name

    def _of_matrix(self, twin: int) -> Step | None:
        """Return what a node is called that is labelled as a part of a matrix."""
        step = self._labelled.get(twin)
        if step is None or not step.indices:
            return None
        if step.block not in self._matrices:
            self._matrices[step.block] = self.unique(step.block)
        block = self._matrices[step.block]
        self.labelled.add(block)
        return step if step.label not in self._others and block == step.block else Step(block, step.indices)

    def _kept(self, nodes: Ints, found: list[Step]) -> list[Step]:
        keys = zip(self._roles.are_signals(nodes).tolist(), self._roles.steps(nodes).tolist(), strict=True)
        self.steps.update((key, step) for key, step in zip(keys, found, strict=True) if key[1] != NONE)
        return found

    def _wanted(self, role: Role, node: int) -> str:
        roles = self._roles
        if node in roles.values or node in roles.domain:
            return "value" if node in roles.values else DOMAIN
        (twin,) = roles.steps(np.array([node])).tolist()
        if role is Role.SIGNAL and self._shown is None and (step := self.steps.get((0, twin))):
            return self._signal(step).block
        if role is not Role.FORWARD:
            return self._counted("g" if role is Role.SIGNAL else "p" if self._shown else "d")
        if node in roles.guards:
            return self._counted("guard")
        if self._shown is not None or twin == NONE:
            return self._counted("t")
        label = self._labelled.get(twin)  # of the function as it was written, whatever computes it in its stead
        return label.block if label and label.block else self._counted("z" if self._is_sum[twin] else "a")

    def _counted(self, letter: str) -> str:
        """Return a letter with the next number that nobody uses."""
        while True:
            self._counts[letter] += 1
            name = f"{letter}{self._counts[letter]}"
            if name not in self._reserved and name not in self.taken:
                return name

    def _signal(self, step: Step) -> Step:
        """Return what the error signal of a number is called; a second of that name if leaves or inputs bear it."""
        found = step.prefixed(step.block[0] + BAR, 1)
        name = unused(found.block, lambda name: normalize("NFC", name) in self.given)
        return found if name == found.block else Step(name, found.indices)


def input_step(step: Step, label: str, column: Column, arguments: Sequence[str]) -> Step:
    """Return what an input is called: by the argument and its place, unless it bears a label of its own."""
    argument = arguments[column.argument]
    if column.category is not None:
        return Step(argument, (*column.place, column.category))
    if not step.block or label == argument + "".join(f"[{i}]" for i in column.place):
        return Step(argument, column.place)
    return step
