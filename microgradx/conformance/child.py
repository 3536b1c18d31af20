"""The process in which somebody else's engine is run: it writes one line of JSON for each experiment."""

from __future__ import annotations

import inspect
import json
import os

from ..errors import LoadError
from .loading import load
from .suite import observations
from .watch import Observation


def main(name: str, seconds: str, first: str) -> None:
    """Load the class, then run the experiments from one on, and write what each gives to standard output."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the engine prints is no answer

    def answer(key: str, observation: Observation) -> None:
        print(json.dumps([key, *observation]), file=answers, flush=True)

    try:
        engine = load(name)
        if not inspect.isclass(engine):
            raise LoadError(f"{name} is {engine!r}, which is no class")
    except LoadError as error:
        answer("error", Observation({}, "LoadError", str(error)))
        return
    answer("loaded", Observation({}))
    for key, observation in observations(engine, float(seconds), first):
        answer(key, observation)
    os._exit(0)  # engines may leave what takes long to free, or threads
