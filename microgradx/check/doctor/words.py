"""The explanation that a finding is: one tell for each slip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from . import tell_factors, tell_partials, tell_paths
from .explanation import Explanation
from .naming import every, times
from .question import Finding
from .telling import Telling

_TELLS: dict[str, Callable[[Telling, Finding], Explanation]] = {
    "sign": tell_paths.sign,
    "negated": tell_paths.negated,
    "paths": tell_paths.paths,
    "held": tell_paths.held,
    "weighed": tell_paths.weighed,
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
    "product": tell_factors.product,
    "two": tell_factors.two,
    "mask": tell_partials.mask,
    "relu": tell_partials.instead,
    "same": tell_partials.same,
    "shifted": tell_partials.shifted,
    "inner": tell_partials.inner,
    "outer": tell_partials.outer,
    "reflected": tell_partials.reflected,
    "inverted": tell_partials.inverted,
    "itself": tell_partials.instead,
    "other": tell_partials.instead,
    "instead": tell_partials.instead,
    "swapped": tell_partials.swapped,
}


def told(telling: Telling, finding: Finding) -> Explanation:
    """Return the explanation that a finding is."""
    found = _TELLS[finding.slip](telling, finding)
    if (
        len(finding.links) > 1
        and finding.change is not None
        and finding.slip not in ("same", "shifted")
        and "the factors" not in found.text
    ):
        found = found.saying(f"{found.text}; the same slip in {every(len(finding.links))} places")
    slips = [found.text]
    if finding.besides is not None:
        constant = replace(finding.besides, scale=finding.scale)
        in_place = constant.slip != "ratio"
        slips.append(
            _TELLS[constant.slip](telling, constant).text if in_place else f"the rest is {times(finding.scale)}"
        )
    if finding.scale < 0.0:
        slips.insert(0, "the sign is flipped")
    return found.saying("; ".join(slips) if len(slips) > 2 else ", and ".join(slips))
