"""The processor that code is written for: its name, its features, and what follows for vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..future import apart

ARM = ("aarch64", "arm64")
"""How triples begin of processors that all have 32 registers of two numbers, and x·y + z that rounds once."""


@dataclass(frozen=True)
class Target:
    """A processor as LLVM names it.

    vector     numbers in a vector register: 8, 4 or 2
    registers  how many such registers there are
    fused      whether x·y + z rounds once at the speed of a product
    masked     whether part of a vector is loaded and stored without a branch
    scaled     whether x·2ⁿ is one instruction
    triple     architecture and system; "" is this machine's
    """

    cpu: str
    features: str
    vector: int
    registers: int
    fused: bool
    masked: bool
    scaled: bool
    triple: str = ""


def of_processor(triple: str, cpu: str, have: Mapping[str, bool]) -> Target:
    """Return a processor by what LLVM says of it: not all systems tell what a processor has besides its architecture.

    >>> of_processor("arm64-apple-darwin23.1.0", "apple-m1", {}).registers
    32
    """
    features = ",".join(f"{'+' if on else '-'}{name}" for name, on in sorted(have.items()))
    known = cpu, features
    if triple.startswith(ARM):
        return Target(*known, 2, 32, True, False, False)
    if have.get("avx512vl") and have.get("avx512dq"):
        return Target(*known, 8, 32, True, True, True)
    if have.get("avx"):
        return Target(*known, 4, 16, have.get("fma", False), False, False)
    return Target(*known, 2, 16, False, False, False)


@cache
@apart
def host() -> Target:
    """Return the processor of this machine, with all that it can do.

    >>> host().vector in (2, 4, 8)
    True
    """
    import llvmlite.binding as llvm

    return of_processor(llvm.get_process_triple(), llvm.get_host_cpu_name(), llvm.get_host_cpu_features())


BASELINE = Target("x86-64", "", 2, 16, False, False, False)
"""Every x86-64 processor."""

AVX2 = Target("x86-64-v3", "", 4, 16, True, False, False)
"""x86-64 since about 2013."""

AVX512 = Target("x86-64-v4", "", 8, 32, True, True, True)
"""x86-64 with vectors of 512 bits."""
