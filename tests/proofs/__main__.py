"""Run the checks of the tests for as long as one likes, and print the worst that was met.

python -m tests.proofs                              a minute of everything
python -m tests.proofs --programs 1000000 --seed 1  a million random programs from another seed
python -m tests.proofs --compiled 100000            as many compiled ones
python -m tests.proofs --backends                   the whole zoo on every back end, and in every layout: 20 minutes
"""

from __future__ import annotations

import argparse
import random
import time
from contextlib import suppress

from microgradx import Value
from tests.programs import Program, random_program, worst_k
from tests.proofs import compiled
from tests.test_engine_state import blocks_grown_by
from tests.test_random_programs import BOUND


def programs(count: int, seed: int, size: int) -> Program | None:
    """Hold random programs against the exact chain rule, print the worst K, and return the first above the bound.

    Ctrl-C ends the run and prints what was found.
    """
    worst, done, steps, failed, start = 0.0, 0, 0, None, time.perf_counter()
    with suppress(KeyboardInterrupt):
        while done < count:
            rng = random.Random(f"{seed} {done}")
            program = random_program(rng, rng.randint(0, size))
            k = worst_k(program)
            if k > worst:
                worst = k
                print(f"  program {done}: K = {k:.2f} with {len(program.steps)} steps", flush=True)
            if k > BOUND and failed is None:
                failed = program
            done, steps = done + 1, steps + len(program.steps)
    seconds = time.perf_counter() - start
    print(f"{done:,} programs, {steps:,} steps, seed {seed}: worst K = {worst:.2f} of {BOUND:g}, {seconds:.0f} s")
    return failed


def chain(length: int) -> None:
    """Build, differentiate and free a chain of this length under the default recursion limit."""
    start = time.perf_counter()
    x = v = Value(1.0)
    for _ in range(length):
        v = v + 1.0
    built = time.perf_counter()
    v.backward()
    differentiated = time.perf_counter()
    assert (v.data, x.grad) == (1.0 + length, 1.0)
    del v
    freed = time.perf_counter()
    seconds = [f"{b - a:.1f} s" for a, b in ((start, built), (built, differentiated), (differentiated, freed))]
    print(f"chain of {length:,}: built in {seconds[0]}, differentiated in {seconds[1]}, freed in {seconds[2]}")


def training(steps: int) -> None:
    """Train with the cyclic collector off; the number of allocated blocks must not grow."""
    grown = blocks_grown_by(steps)
    print(f"{steps:,} steps with the collector off: {grown:+d} blocks")
    assert grown < 200


def main() -> int:
    """Run what the command line asks for; 1 if a program broke the bound."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description="Long runs of what the tests promise.")
    parser.add_argument("--programs", type=int, default=10_000, help="how many random programs (10 000)")
    parser.add_argument("--size", type=int, default=64, help="the most steps of a program (64)")
    parser.add_argument("--seed", type=int, default=0, help="where the random programs start (0)")
    parser.add_argument("--chain", type=int, default=10**7, help="the length of the chain (10 000 000; needs 2 GiB)")
    parser.add_argument("--steps", type=int, default=10**5, help="training steps with the collector off (100 000)")
    parser.add_argument("--compiled", type=int, default=200, help="how many random programs compiled (200)")
    parser.add_argument("--backends", action="store_true", help="the whole zoo on every back end and in every layout")
    options = parser.parse_args()
    if options.chain:
        chain(options.chain)
    if options.steps > 200:
        training(options.steps)
    failed = programs(options.programs, options.seed, options.size)
    if failed is not None:
        print(f"above the bound: {failed}")
    wrong = compiled.programs(options.compiled, options.seed, min(options.size, 24))
    if wrong is not None:
        print(f"above the bound, compiled: {wrong}")
    found = compiled.backends() if options.backends else 0
    return int(failed is not None or wrong is not None or found > 0)


if __name__ == "__main__":
    raise SystemExit(main())
