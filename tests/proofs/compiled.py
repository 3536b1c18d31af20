"""Long runs of compiled code: random programs by the thousand, and every back end and layout on the whole zoo."""

from __future__ import annotations

import time
from contextlib import suppress
from itertools import islice

import numpy as np

from microgradx.compile.nests.layout import choices, dimensions
from microgradx.compile.paths.stages import Kind
from tests.compile.compiled_programs import Error, drawn, error, gradient, way_of
from tests.compile.crosschecks import KINDS, Wrong, applies, check
from tests.compile.forms import by_machine, forms
from tests.compile.test_backends import EVERY, LARGE
from tests.compile.test_layout import PROGRAMS
from tests.compile.ways import ways
from tests.programs import Program

MOST = 64
"""So many layouts of each program are tried."""


def programs(count: int, seed: int, size: int) -> Program | None:
    """Hold random programs, compiled, against the exact chain rule, print the worst, return the first above the bound.

    Ctrl-C ends the run and prints what was found.
    """
    numpy, *machine = forms()
    worst, failed, done, start = Error(0.0, 0.0, 0.0, 0), None, 0, time.perf_counter()
    above = 0
    with suppress(KeyboardInterrupt):
        while done < count:
            program = drawn(seed, done, size)
            way = way_of(program, strict=False)
            for form in (numpy, machine[done % len(machine)]):
                one = error(program, way, gradient(way, form))
                above += one.k > 2 * one.depth + 4
                if one.bounded > worst.bounded or one.k > worst.k:
                    print(f"  program {done} by {form.name}: {_shown(one)}", flush=True)
                if one.bounded > 1.0 and failed is None:
                    failed = program
                worst = Error(*map(max, worst, one))
            exact, form = way_of(program, strict=True), machine[(done + 1) % len(machine)]
            check(exact, Kind.JACOBIAN, form.kernel(exact.plan(Kind.JACOBIAN), True), (1,))
            done += 1
    print(f"{done:,} compiled programs, seed {seed}, strict ones bit-equal; by default at worst {_shown(worst)}")
    print(f"{above} above (2·depth + 4)·Σ|path products|, {time.perf_counter() - start:.0f} s")
    return failed


def _shown(e: Error) -> str:
    return f"K = {e.k:.2f}, {e.share:.2f} roundings of each number, {e.bounded:.2f} of the bound"


def backends() -> int:
    """Hold every program of the zoo, in every kind of work, mode and form, against the engine; return the failures."""
    checks, wrong, start = 0, 0, time.perf_counter()
    for name, build in EVERY.items():
        for strict in (True, False):
            for way in ways(build(), strict, count=1 if name in LARGE else 3):
                for kind in (kind for kind in KINDS if applies(way, kind)):
                    for form in forms():
                        try:
                            check(way, kind, form.kernel(way.plan(kind), strict))
                        except Wrong as error:
                            print(f"  {name}, {strict=}, {kind}, {form.name}: {error}", flush=True)
                            wrong += 1
                        checks += 1
    print(f"{checks:,} checks of the zoo, {wrong} wrong, {time.perf_counter() - start:.0f} s", flush=True)
    return wrong + layouts()


def layouts() -> int:
    """Hold up to `MOST` layouts of every program against the engine, in both modes; return the failures."""
    checks, wrong, start = 0, 0, time.perf_counter()
    for name, build in PROGRAMS.items():
        for strict in (True, False):
            way = ways(build(), strict, 2)[0]
            plan = way.plan(Kind.GRADIENT)
            number = int(np.prod([len(d) for d in dimensions(plan)]))
            for layout in islice(choices(plan), 0, None, -(-number // MOST)):
                for lanes in (1, 32):
                    try:
                        check(way, Kind.GRADIENT, by_machine(plan, strict, lanes, layout=layout), (7, 33))
                    except Wrong as error:
                        print(f"  {name}, {strict=}, {layout}: {error}", flush=True)
                        wrong += 1
                    checks += 1
    print(f"{checks:,} checks of layouts, {wrong} wrong, {time.perf_counter() - start:.0f} s", flush=True)
    return wrong
