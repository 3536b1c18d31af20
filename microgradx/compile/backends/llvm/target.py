"""The processor that code is written for: its name, its features, and what follows for vectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


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


def _named(cpu: str, features: str, have: frozenset[str]) -> Target:
    if "avx512vl" in have and "avx512dq" in have:
        return Target(cpu, features, 8, 32, True, True, True)
    if "avx" in have:
        return Target(cpu, features, 4, 16, "fma" in have, False, False)
    arm = "neon" in have or "fp-armv8" in have
    return Target(cpu, features, 2, 32 if arm else 16, arm, False, False)


@cache
def host() -> Target:
    """Return the processor of this machine, with all that it can do.

    >>> host().vector in (2, 4, 8)
    True
    """
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    have = frozenset(name for name, on in features.items() if on)
    return _named(llvm.get_host_cpu_name(), features.flatten(), have)


BASELINE = Target("x86-64", "", 2, 16, False, False, False)
"""Every x86-64 processor."""

AVX2 = Target("x86-64-v3", "", 4, 16, True, False, False)
"""x86-64 since about 2013."""

AVX512 = Target("x86-64-v4", "", 8, 32, True, True, True)
"""x86-64 with vectors of 512 bits."""
