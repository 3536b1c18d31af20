"""The diagnosis that an explanation is: one tell for each slip."""

from __future__ import annotations

from collections.abc import Callable

from . import tell_factors, tell_partials, tell_paths
from .diagnosis import Diagnosis
from .naming import times
from .question import Finding
from .telling import Telling

_TELLS: dict[str, Callable[[Telling, Finding], Diagnosis]] = {
    "sign": tell_paths.sign,
    "negated": tell_paths.negated,
    "paths": tell_paths.paths,
    "stopped": tell_paths.paths,
    "doubled": tell_paths.doubled,
    "halved": tell_paths.halved,
    "variable": tell_paths.variable,
    "output": tell_paths.output,
    "transposed": tell_paths.transposed,
    "term": tell_paths.term,
    "dropped": tell_factors.dropped,
    "twice": tell_factors.twice,
    "without": tell_factors.without,
    "with": tell_factors.with_factor,
    "extra": tell_factors.extra,
    "missing": tell_factors.missing,
    "ratio": tell_factors.ratio,
    "two": tell_factors.two,
    "mask": tell_partials.mask,
    "inner": tell_partials.inner,
    "outer": tell_partials.outer,
    "inverted": tell_partials.inverted,
    "itself": tell_partials.instead,
    "other": tell_partials.instead,
    "instead": tell_partials.instead,
    "swapped": tell_partials.swapped,
}


def told(telling: Telling, finding: Finding) -> Diagnosis:
    """Return the diagnosis that a finding is."""
    found = _TELLS[finding.slip](telling, finding)
    if len(finding.links) > 1 and finding.change is not None:
        found = found.saying(f"{found.text}; so in all {len(finding.links)} places of this kind")
    if finding.scale == -1.0:
        return found.saying(f"the sign is flipped, and {found.text}")
    return found if finding.scale == 1.0 else found.saying(f"{found.text}; the rest is {times(finding.scale)}")
