"""The process of one contender: it prepares, then runs as many steps as each line of its input says.

It is given the function, and its arguments as JSON. Its first answer is {"figures": {…}}, {"first": result of a
first step} or {"missing": why}; then one time a line, of steps that follow one which is not timed: while the others
had their turns, caches grew cold, threads went to sleep, and compiled programs look again after a pause.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module


def main(function: str, arguments: str = "[]") -> None:
    """Answer on standard output until the input ends."""
    module, name = function.split(":")
    try:
        prepared = getattr(import_module(f"{__package__}.{module}"), name)(*json.loads(arguments))
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    if isinstance(prepared, dict):
        print(json.dumps({"figures": prepared}))
        return
    first, step = prepared if isinstance(prepared, tuple) else (prepared, prepared)
    print(json.dumps({"first": first()}), flush=True)
    for line in sys.stdin:
        steps = range(int(line))
        step()
        begin = time.perf_counter()
        for _ in steps:
            step()
        print((time.perf_counter() - begin) / len(steps), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
