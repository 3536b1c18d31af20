"""The cyclic collector, paused while there is nothing for it to collect."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """Pause the cyclic collector.

    A trace and the passes make ever more objects, none of them garbage. The collector would look through all of them,
    and through the user's, again and again: tracing took four times as long. In the end it looks at the new ones, once;
    else their number would set off a collection of everything at this moment.

    >>> with paused():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    collecting = gc.isenabled()
    try:
        gc.disable()  # in here, as an interrupt may follow at once
        yield
    finally:
        if collecting:
            gc.collect(0)
            gc.enable()
