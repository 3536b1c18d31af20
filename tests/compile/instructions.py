"""Functions of LLVM's intermediate language as lines that can be run: the few instructions that threads meet by."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

_PATTERNS = {
    "gep": r"(%\S+) = getelementptr \w+, ptr (\S+), i64 (\S+)",
    "load": r"(%\S+) = load (?:atomic )?\w+, ptr ([^\s,]+)(?: (\w+))?(?:, align 8)?",
    "store": r"store (?:atomic )?\w+ (\S+), ptr ([^\s,]+)(?: (\w+))?(?:, align 8)?",
    "exchange": r"(%\S+) = cmpxchg ptr (\S+), i64 (\S+), i64 (\S+) (\w+) (\w+), align 8",
    "add": r"(%\S+) = atomicrmw add ptr (\S+), i64 (\S+) (\w+), align 8",
    "part": r"(%\S+) = extractvalue \{ i64, i1 \} (\S+), 1",
    "same": r"(%\S+) = freeze \w+ (\S+)",
    "choose": r"(%\S+) = select i1 (\S+), i64 (\S+), i64 (\S+)",
    "count": r"(%\S+) = (add|sub|mul|and|or|shl|lshr|icmp \w+) \w+ (\S+), (\S+)",
    "call": r"(?:(%\S+) = )?call \w+ (\S+?)\((.*)\)",
    "branch": r"br (?:i1 (\S+), label (\S+), )?label (\S+)",
    "return": r"ret void",
}
ARITHMETIC: dict[str, Any] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "and": lambda x, y: x & y,
    "or": lambda x, y: x | y,
    "shl": lambda x, y: x << y,
    "lshr": lambda x, y: x % 2**64 >> y,
    "icmp eq": lambda x, y: x == y,
    "icmp ne": lambda x, y: x != y,
    "icmp ult": lambda x, y: x % 2**64 < y % 2**64,
    "icmp ugt": lambda x, y: x % 2**64 > y % 2**64,
    "icmp slt": lambda x, y: x < y,
    "icmp sgt": lambda x, y: x > y,
}


class Line(NamedTuple):
    """An instruction: its kind, its parts, the register that it sets, those that it reads, and where it goes on."""

    kind: str
    parts: tuple[Any, ...]
    sets: str
    reads: frozenset[str]
    to: tuple[str, ...]


@dataclass(frozen=True)
class Function:
    """The names of arguments, and the lines of each block; a phi is what it becomes, by the block before."""

    arguments: tuple[str, ...]
    blocks: dict[str, list[Line]]
    phis: dict[str, dict[str, dict[str, str]]]

    @cached_property
    def needed(self) -> dict[tuple[str, int], frozenset[str]]:
        """Before each line of a block, the registers that are read before they are set again: no others matter."""
        found: dict[tuple[str, int], frozenset[str]] = defaultdict(frozenset)
        before: dict[tuple[str, int], frozenset[str]] | None = None
        while found != before:
            before = dict(found)
            for block, lines in self.blocks.items():
                for i, line in reversed([*enumerate(lines)]):
                    after = found[block, i + 1] if i + 1 < len(lines) else frozenset()
                    for to in line.to:
                        phis = self.phis.get(to, {})
                        after |= (found[to, 0] - {*phis}) | {of[block] for of in phis.values()}
                    found[block, i] = (after - {line.sets}) | line.reads
        return found


def functions(text: str) -> dict[str, Function]:
    """Return the functions that are defined in a text, by name."""
    found = {}
    for name, arguments, body in re.findall(r"^define [^@]*@(\w+)\((.*?)\)[^{]*\{\n(.*?)^\}", text, re.M | re.S):
        block = "entry"
        blocks: dict[str, list[Line]] = defaultdict(list)
        phis: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for line in (line.split(";")[0].strip() for line in body.splitlines()):
            if line.endswith(":"):
                block = line[:-1]
            elif " = phi " in line:
                pairs = re.findall(r"\[(\S+), %(\S+)\]", line)
                phis[block][line.split()[0]] = {before: x for x, before in pairs}
            elif line:
                blocks[block].append(_line(line))
        names = tuple(argument.split()[-1] for argument in arguments.split(", ") if argument)
        found[f"@{name}"] = Function(names, blocks, phis)
    return found


def _line(text: str) -> Line:
    for kind, pattern in _PATTERNS.items():
        if match := re.fullmatch(pattern, text):
            sets, _, read = text.rpartition(" = ")
            to = tuple(re.findall(r"label %([\w.]+)", text))
            return Line(kind, match.groups(), sets, frozenset(re.findall(r"%[\w.]+", read)) - {f"%{x}" for x in to}, to)
    raise ValueError(f"{text!r} is no instruction that is known here")
