"""A graph as text: a tree that hangs from its output, in which a shared node is printed once and then referred to."""

from __future__ import annotations

from collections import Counter

from .box import Box, Sketch


def tree(sketch: Sketch) -> str:
    """Return one line a node, its operands indented below it in their order.

    A node with several users bears a number, #1, under which all but its first appearance refer to it.
    """
    sketch = sketch.flat or sketch
    if sketch.boxes[0].kind == "summary":
        return _summary(sketch.boxes[0])
    operands: list[list[int]] = [[] for _ in sketch.boxes]
    for arrow in sketch.arrows:
        operands[arrow.head].append(arrow.tail)
    uses = Counter(arrow.tail for arrow in sketch.arrows)
    roots = [i for i, box in enumerate(sketch.boxes) if box.output]
    numbers: dict[int, int] = {}
    lines = []
    stack = [(root, "", "") for root in reversed(roots)]
    while stack:
        i, before, branch = stack.pop()
        box = sketch.boxes[i]
        parts = [box.label, box.symbol, *box.rows]
        if again := i in numbers:
            parts = [box.label, f"#{numbers[i]}", "(above)"]
        elif box.kind != "constant" and uses[i] + box.output > 1:
            numbers[i] = len(numbers) + 1
            parts.insert(1, f"#{numbers[i]}")
        lines.append(before + branch + _plain("  ".join(filter(None, parts))))
        below = before + {"": "", "|-- ": "|   ", "`-- ": "    "}[branch]
        children = [] if again else operands[i]
        branches = ["|-- "] * (len(children) - 1) + ["`-- "]
        stack += [(child, below, mark) for child, mark in zip(children, branches, strict=False)][::-1]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return text.replace("−", "-").replace("×", "*").replace("…", "...")


def _summary(box: Box) -> str:
    rows = [row.partition(" ") for row in box.rows]
    widest = max(len(f"{int(count):,}") for count, _, _ in rows)
    lines = [f"  {int(count):>{widest},}  {_plain(symbol)}" for count, _, symbol in rows]
    return "\n".join([f"{box.label}:", *lines, *box.hint.splitlines()])
