"""Shared labels: leaves of one label that are read as several things, such as weights and biases all labelled w."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .blocks import Labels
from .step_names import unused


def read_apart(labels: Labels, read_together: Callable[[Sequence[int]], list[list[int]]]) -> list[list[int]]:
    """Return leaves that their labels do not tell apart, in lists: each is read as one, and those of a label apart.

    >>> read_apart(Labels(["w", "w", "b", "b"]), lambda some: [[i] for i in some] if some == [0, 1] else [list(some)])
    [[0], [1]]
    """
    alike: dict[str, list[int]] = {}
    for i, name in enumerate(labels.stems):
        alike.setdefault(name, []).append(i)
    vague = [some for name, some in alike.items() if name and len({labels.step(i).indices for i in some}) < len(some)]
    found = [read_together(some) for some in vague]
    return [part for several in found if len(several) > 1 for part in several]


def renamed(names: Sequence[str], several: Sequence[Sequence[int]]) -> list[str]:
    """Return the names of the blocks of all leaves; of several lists of one name, each but the first gets another.

    >>> renamed(["w", "w", "b"], [[0], [1]])
    ['w', 'w₂', 'b']
    """
    found, taken, begun = list(names), set(names), set[str]()
    for part in several:
        own = names[part[0]]
        name = unused(own, taken.__contains__) if own in begun else own
        begun.add(own)
        taken.add(name)
        for i in part:
            found[i] = name
    return found
