"""What a function's code asks for is found out as Python's disassembler tells it."""

from __future__ import annotations

import dataclasses
import dis
import inspect
from collections.abc import Iterator
from types import CodeType

from microgradx.compile.watch import asked


def all_code(code: CodeType) -> Iterator[CodeType]:
    """Yield some code and what is defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from all_code(constant)


def test_names_are_those_that_dis_tells() -> None:
    """Of every function of large modules, those with more than 255 names among them, names are read as `dis` does."""
    many = compile("\n".join(f"name{i}.attribute{i}" for i in range(300)), "many", "exec")
    for code in (many, *(compile(inspect.getsource(m), m.__name__, "exec") for m in (inspect, dataclasses, asked))):
        expected: dict[str, list[str]] = {}
        for each in all_code(code):
            for i in dis.get_instructions(each):
                if i.opname in (*asked.GLOBALS, *asked.ATTRIBUTES, "IMPORT_NAME"):
                    expected.setdefault(i.opname, []).append(i.argval)
        found = asked._names(code)
        assert {kind: sorted(names) for kind, names in expected.items()} == {
            kind: sorted(names) for kind, names in found.items() if kind in expected
        }
        assert len(expected) >= 2
