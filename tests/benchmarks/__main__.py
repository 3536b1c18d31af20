"""Run the benchmarks: `python -m tests.benchmarks [--only NAME …] [--quick]`, where engine and compile are names too.

A full run prints its tables and writes them to RESULTS.md beside this file; a partial or quick one only prints.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .kinds import Figures
from .measure import Table, report, take_turns
from .peers import in_c
from .plan import BENCHMARKS, GROUPS

RESULTS = Path(__file__).with_name("RESULTS.md")
PACKAGES = ("micrograd", "numpy", "scikit-learn", "llvmlite", "jax", "torch", "autograd", "casadi", "xad")

HOW = """\
Written by `python -m tests.benchmarks`. Each contender has a process of its own with the collector on, and all of a
table take turns, a short batch of steps each. A ratio is the median of the ratios of single rounds; quartiles show
the spread. Times of different tables come from different minutes and are not to be compared.
"""


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    names = [benchmark.name for benchmark in BENCHMARKS]
    choices = [*GROUPS, *names]
    parser.add_argument("--only", nargs="+", choices=choices, default=names, metavar="NAME", help=", ".join(choices))
    parser.add_argument("--quick", action="store_true", help="few short rounds: to see that all runs, not to judge by")
    options = parser.parse_args()
    facts = place()
    print("\n".join(facts), end="\n\n")
    tables = []
    chosen = {benchmark.name for group in options.only if group in GROUPS for benchmark in GROUPS[group]}
    for benchmark in BENCHMARKS:
        if benchmark.name in chosen.union(options.only):
            if isinstance(benchmark, Figures):
                table = report(benchmark, runs=1 if options.quick else 3)
            else:
                table = take_turns(benchmark, *((3, 0.02) if options.quick else (15, benchmark.seconds)))
            print(aligned(table), end="\n\n", flush=True)
            tables.append(table)
    if options.only == names and not options.quick:
        listed = "\n".join(f"- {fact}" for fact in facts)
        text = "\n\n".join(["# Measured", HOW.strip(), listed, *map(markdown, tables)])
        RESULTS.write_text(text + "\n", encoding="utf-8")
        print(f"written to {os.path.relpath(RESULTS)}")


def place() -> list[str]:
    """Return where and with what the run was made."""
    return [
        f"{date.today()}, commit {commit()}",
        f"{processor()}, {os.cpu_count()} cores, {platform.system()}",
        f"{platform.python_implementation()} {platform.python_version()}, " + ", ".join(map(installed, PACKAGES)),
        f"{in_c.version()}; threads as the packages choose, C one",
    ]


def commit() -> str:
    """Return the commit of the working tree, and whether the package differs from it."""
    try:
        found = [
            subprocess.run(["git", *arguments], capture_output=True, text=True, check=True).stdout.strip()
            for arguments in (["rev-parse", "--short", "HEAD"], ["status", "--short", "microgradx"])
        ]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return found[0] + (" with changes" if found[1] else "")


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def installed(package: str) -> str:
    """Return the package and its version."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def aligned(table: Table) -> str:
    """Return the table for a terminal."""
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = [
        "  ".join([line[0].ljust(widths[0]), *(cell.rjust(n) for cell, n in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    ]
    return "\n".join([table.title, *text])


def markdown(table: Table) -> str:
    """Return the table as Markdown."""
    rule = ["---", *["--:"] * (len(table.header) - 1)]
    lines = [f"| {' | '.join(line)} |" for line in [table.header, rule, *table.rows]]
    return "\n".join([f"## {table.title}", "", *lines])


if __name__ == "__main__":
    main()
