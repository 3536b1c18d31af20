"""The README is true: its code runs, prints what it says, and its pictures and names are the code's own."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

import microgradx as mx

from .pictures import FOLDER, pictures
from .test_floors import WHOLE

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
EXAMPLES = [
    (code, BLOCKS[i + 1][1] if i + 1 < len(BLOCKS) and BLOCKS[i + 1][0] == "text" else "")
    for i, (language, code) in enumerate(BLOCKS)
    if language == "python"
]


@pytest.mark.parametrize(("code", "output"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_code_prints_what_the_readme_says(code: str, output: str) -> None:
    """Each Python block of the README runs in a fresh namespace and prints the text block that follows it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {"__name__": "__readme__"})
    assert printed.getvalue().rstrip() == output.rstrip()


def test_there_is_an_example() -> None:
    """The README has at least one example with its output, so the test above cannot be empty."""
    assert any(output for _, output in EXAMPLES)


@pytest.mark.parametrize("name", sorted(pictures()))
def test_pictures_are_what_the_code_draws(name: str) -> None:
    """Each committed picture is byte for byte what `python -m tests.pictures` writes, and the README shows it."""
    assert (FOLDER / name).read_text(encoding="utf-8") == pictures()[name]
    assert f".github/pictures/{name}" in README


def test_map_names_every_module() -> None:
    """The README's map of the code names every module and package of microgradx on its floor, and no other."""
    package = Path(mx.__file__).parent
    modules = {p.name for p in package.glob("*.py") if p.name != "__init__.py"}
    packages = {p.parent.name + "/" for p in package.glob("*/__init__.py")}
    section = README.split("## The map of the code")[1].split("\n## ")[0]
    named: dict[str, int] = {}
    floor = 0
    for number, where in re.findall(r"^\| (\d?) ?\| ([^|]+) \|", section, flags=re.MULTILINE):
        floor = int(number or floor)
        named |= dict.fromkeys(re.findall(r"`(\w+(?:\.py|/))`", where), floor)
    assert set(named) == modules | packages
    assert {name.removesuffix(".py").rstrip("/"): floor for name, floor in named.items()} == WHOLE.floor


def test_measured_tables_are_those_of_the_results() -> None:
    """Each row of the README's tables of speed holds the median and the ratio that the last full run wrote."""
    results = (Path(__file__).parent / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    lines = [line.strip("| ").split(" | ") for line in results.splitlines() if line.startswith("| ")]
    measured = {(label, median, ratio) for label, median, _, ratio, *_ in (line for line in lines if len(line) > 3)}
    section = README.split("## How fast")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (.+) \| (\S+) (?:ms|µs) \| (\S+) \|$", section, flags=re.MULTILINE)
    assert len(rows) > 15
    assert set(rows) <= measured
