"""Parts of a picture in frames, each open, or collapsed to one box with its formula."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush
from typing import Any

from .box import GRAD, ROW, WIDEST, Arrow, Box, Sketch
from .metrics import shorten, text_width, visible
from .parts import Part
from .svg import frame_size, plan


def cluster(picture: Sketch, parts: Sequence[Part], at: Mapping[int, int], collapse: bool) -> Sketch:
    """Return the picture with each part in a frame, or collapsed to one box.

    `at` leads from the id of a node to its box. ValueError for a part that arrows leave and enter again.
    """
    owner: dict[int, int] = {}
    for k, part in enumerate(parts):
        for v in part.members:
            if owner.setdefault(at[id(v)], k) != k:
                raise ValueError(f"{v!r} stands in two clusters, {parts[owner[at[id(v)]]].title!r} and {part.title!r}")
    for arrow in reversed(picture.arrows):  # plain numbers stand with their only user
        if picture.boxes[arrow.tail].kind == "constant" and arrow.head in owner:
            owner[arrow.tail] = owner[arrow.head]
    return _Contraction(picture, parts, owner, collapse).result()


class _Contraction:
    """Moves the boxes of each part into one box, and leads the arrows there."""

    def __init__(self, picture: Sketch, parts: Sequence[Part], owner: Mapping[int, int], collapse: bool) -> None:
        self.picture, self.parts, self.owner, self.collapse = picture, parts, owner, collapse
        self.inner: list[list[int]] = [[] for _ in parts]
        for i in range(len(picture.boxes)):
            if i in owner:
                self.inner[owner[i]].append(i)
        self.entries: list[list[Any]] = [[] for _ in parts]  # where arrows enter from, see `_source`
        self.exits: list[list[int]] = [[] for _ in parts]  # boxes inside whose arrows leave
        for arrow in picture.arrows:
            tail, head = owner.get(arrow.tail), owner.get(arrow.head)
            if head is not None and tail != head and self._source(arrow.tail) not in self.entries[head]:
                self.entries[head].append(self._source(arrow.tail))
            if tail is not None and tail != head and arrow.tail not in self.exits[tail]:
                self.exits[tail].append(arrow.tail)

    def result(self) -> Sketch:
        """Return the new picture, every operand before its users again."""
        boxes = self.picture.boxes
        units: list[Any] = [("part", k) for k in range(len(self.parts))]
        units += [("box", i) for i in range(len(boxes)) if i not in self.owner]
        before: dict[Any, set[Any]] = {unit: set() for unit in units}
        for arrow in self.picture.arrows:
            tail, head = self._unit(arrow.tail), self._unit(arrow.head)
            if tail != head:
                before[head].add(tail)
        inner = [self._frame(k) if not self.collapse else self._formula(k) for k in range(len(self.parts))]
        found, place = Sketch(), {}
        for unit in self._sorted(before):
            place[unit] = found.add(inner[unit[1]] if unit[0] == "part" else boxes[unit[1]])
        found.arrows = self._arrows(place)
        found.flat = None if self.collapse else self.picture
        return found

    def _source(self, i: int) -> Any:
        """Return what counts as one source of arrows: a box, or a whole part where that is one box."""
        return self._unit(i) if self.collapse else i

    def _unit(self, i: int) -> tuple[str, int]:
        return ("part", self.owner[i]) if i in self.owner else ("box", i)

    def _sorted(self, before: Mapping[Any, set[Any]]) -> list[Any]:
        """Return the units in topological order, close to the order of their first boxes."""
        first = {unit: unit[1] if unit[0] == "box" else self.inner[unit[1]][0] for unit in before}
        after: dict[Any, list[Any]] = {unit: [] for unit in before}
        for unit, tails in before.items():
            for tail in tails:
                after[tail].append(unit)
        waiting = {unit: len(tails) for unit, tails in before.items()}
        free = [(first[unit], unit) for unit, count in waiting.items() if not count]
        heapify(free)
        found: list[Any] = []
        while free:
            _, unit = heappop(free)
            found.append(unit)
            for user in after[unit]:
                waiting[user] -= 1
                if not waiting[user]:
                    heappush(free, (first[user], user))
        if stuck := [self.parts[k].title for (kind, k), count in waiting.items() if count and kind == "part"]:
            raise ValueError(
                f"the cluster {stuck[0]!r} is left and entered again by the graph, so it is no part that one box can "
                f"stand for; add the nodes in between"
            )
        return found

    def _arrows(self, place: Mapping[Any, int]) -> list[Arrow]:
        """Return the arrows between units; several into one part from one box are one."""
        found: dict[tuple[Any, ...], Arrow] = {}
        for arrow in self.picture.arrows:
            tail, head = self._unit(arrow.tail), self._unit(arrow.head)
            if tail == head:
                continue
            port = arrow.port if head[0] == "box" else self.entries[head[1]].index(self._source(arrow.tail))
            leave = self.exits[tail[1]].index(arrow.tail) if tail[0] == "part" and not self.collapse else 0
            moved = Arrow(place[tail], place[head], port, arrow.grey, leave)
            key = (moved.tail, moved.head, moved.port, moved.exit)
            known = found.get(key)
            found[key] = moved if known is None else replace(moved, grey=known.grey and moved.grey)
        return list(found.values())

    def _frame(self, k: int) -> Box:
        """Return a frame around the boxes of a part, its ports in the order in which they stand inside."""
        self.entries[k] = self._by_place(k, self.entries[k], 0)
        inside = self._inside(k)
        self.exits[k] = self._by_place(k, self.exits[k], len(inside.boxes) - len(self.exits[k]))
        inside = self._inside(k)
        part, ports, exits = self.parts[k], len(self.entries[k]), len(self.exits[k])
        box = Box("frame", part.title, hint=self._hint(k), ports=ports, exits=exits, inside=inside)
        box.fixed = {way: frame_size(box.label, inside, ports, exits, way) for way in ("LR", "TB")}
        return box

    def _by_place(self, k: int, ends: Sequence[int], first: int) -> list[int]:
        inside = self._inside(k)
        at = plan(inside, "LR", len(self.entries[k])).middles[first : first + len(ends)]
        return [end for _, end in sorted(zip((y for _, y in at), ends, strict=True))]

    def _inside(self, k: int) -> Sketch:
        found = Sketch()
        place = {i: found.add(Box("pin")) for i in self.entries[k]}
        for i in self.inner[k]:
            place[i] = found.add(self.picture.boxes[i])
        for arrow in self.picture.arrows:
            if self.owner.get(arrow.head) == k:
                found.arrows.append(replace(arrow, tail=place[arrow.tail], head=place[arrow.head]))
        for i in self.exits[k]:
            idle = self.picture.boxes[i].grey
            found.arrows.append(Arrow(place[i], found.add(Box("pin", ports=1)), 0, idle))
        return found

    def _hint(self, k: int) -> str:
        return "\n".join(filter(None, (visible(self.parts[k].title), visible(self.parts[k].formula))))

    def _formula(self, k: int) -> Box:
        """Return the box that stands for a part: its formula, and the numbers of its ends."""
        boxes = self.picture.boxes
        ends = self.exits[k] + [i for i in self.inner[k] if boxes[i].output and i not in self.exits[k]]
        rows = [shorten(visible(self.parts[k].formula), WIDEST, ROW), _listed("", [boxes[i].rows[0] for i in ends])]
        grads = [row.removeprefix(boxes[i].signal) for i in ends for row in boxes[i].rows[1:]]
        rows += [_listed(GRAD, grads)] if grads else []
        tints = [boxes[i].tint for i in ends]
        mixed = min(tints, default=0.0) < 0.0 < max(tints, default=0.0)
        counts = Counter(boxes[i].kind for i in self.inner[k])
        hint = f"{self._hint(k)}\n{counts['leaf']} leaves, {counts['node']} computed nodes"
        return Box(
            "formula",
            self.parts[k].title,
            rows=tuple(filter(None, rows)),
            hint=hint,
            ports=len(self.entries[k]),
            output=any(boxes[i].output for i in ends),
            grey=all(boxes[i].grey for i in ends),
            tint=0.0 if mixed else max(tints, key=abs, default=0.0),  # one colour stands for one sign
        )


def _listed(before: str, numbers: Sequence[str]) -> str:
    """Return the first of the numbers, as many as fit into a box, and how many there are."""
    row = visible(before + ", ".join(numbers))
    shown = len(numbers)
    while shown > 1 and text_width(row, ROW) > WIDEST:
        shown -= 1
        row = visible(f"{before}{', '.join(numbers[:shown])}, … ({len(numbers)} in all)")
    return shorten(row, WIDEST, ROW)
