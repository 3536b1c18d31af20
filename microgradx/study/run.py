"""study: the same training from many seeds, in parallel."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from typing import Any

from ..tables import printable
from ..train.progress import bar
from .result import Study, quantities


def study(
    train: Callable[[Any], Any],
    seeds: Iterable[Hashable],
    executor: Executor | None = None,
    *,
    progress: bool | None = None,
) -> Study:
    """Call train(seed) for every seed, in parallel, and return the Study of the results: their means and spreads.

    train      makes data, model and all else from the seed, and returns a number, a list of numbers (one an epoch), a
               History, or a dictionary from names to numbers or lists of numbers
    seeds      different from each other; usually range(20), but anything that says which run it is will do, such as
               (width, seed)
    executor   any `concurrent.futures.Executor`, which stays open: a ProcessPoolExecutor for functions of a module,
               Dask's `client.get_executor()` for many machines; None is threads of this process, as many as cores,
               which train at once because compiled training releases the interpreter lock
    progress   True shows a bar, False none, None one on terminals alone

    A run that fails leaves the others alone: a warning names its seed, and its error is in `failures`. If all fail,
    the first error is raised. Ctrl-C gives back the runs that have ended; those not begun are cancelled, and threads
    end the ones that they are at in the background. ValueError for no seeds, or a seed that comes twice;
    TypeError for a train that cannot be called, and for what is no Executor.

    >>> study(lambda seed: seed**2, [1, 2, 3])
    Study of 3 runs
              runs  mean   spread  least  median  largest
      result  3     4.667  4.041   1      4       9
    """
    asked = _checked(train, seeds)
    if not isinstance(executor, Executor | None):
        raise TypeError(
            f"an Executor of concurrent.futures is needed, not {executor!r}; Dask's is client.get_executor()"
        )
    pool = _threads(len(asked)) if executor is None else executor
    shown = bar(len(asked), 0, progress, unit="run")
    futures: dict[Any, Future[Any]] = {}
    ended: set[Future[Any]] = set()
    stopped = ""
    try:
        for seed in asked:
            futures[seed] = pool.submit(train, seed)
        going = set(futures.values())
        while going:  # for a moment each time: not every system lets Ctrl-C through while it waits
            done, going = wait(going, timeout=0.1, return_when=FIRST_COMPLETED)
            ended |= done
            shown.update(len(done))
    except KeyboardInterrupt:
        if not ended:
            raise
        stopped = f"interrupted after {len(ended)} of {len(asked)} runs"
    finally:
        for future in futures.values():
            future.cancel()
        if executor is None:
            pool.shutdown(wait=False)
        shown.close()
    return _judged({seed: future for seed, future in futures.items() if future in ended}, stopped)


def _checked(train: Any, seeds: Any) -> list[Any]:
    if not callable(train):
        raise TypeError(f"train is a function of a seed, not {train!r}; write study(train, seeds)")
    if isinstance(seeds, int):
        raise TypeError(f"seeds lists the seeds, not {seeds!r}; write range({seeds!r}) for so many runs")
    asked = list(seeds)
    if not asked:
        raise ValueError("there are no seeds; give at least one, such as range(20)")
    if len(set(asked)) < len(asked):
        twice = next(seed for seed in asked if asked.count(seed) > 1)
        raise ValueError(f"the seed {twice!r} comes twice, and the same run counted twice makes the spread too small")
    return asked


def _judged(ended: dict[Any, Future[Any]], stopped: str) -> Study:
    """Return the Study of runs that have ended, with a warning of those that failed; the error, if all did."""
    results, failures = {}, {}
    for seed, future in ended.items():
        error = future.exception()
        try:
            if error is None:
                quantities(future.result())
        except (ArithmeticError, TypeError, ValueError) as problem:
            error = problem
        if error is None:
            results[seed] = future.result()
        else:
            error.add_note(f"this is the run train({seed!r})")
            failures[seed] = error
    if not results:
        raise next(iter(failures.values()))
    found = Study(results, failures, stopped)
    if failures:
        first = next(found.remarks())
        more = f"; so did {len(failures) - 1} more" if len(failures) > 1 else ""
        warnings.warn(f"of {len(ended)} runs, {printable(first, 300)}{more} (see .failures)", stacklevel=3)
    return found


class _Serial(Executor):
    """Runs one after the other in this thread, where there are no others: in a browser."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def _threads(runs: int) -> Executor:
    if sys.platform == "emscripten":
        return _Serial()
    return ThreadPoolExecutor(min(runs, os.cpu_count() or 1), thread_name_prefix="study")
