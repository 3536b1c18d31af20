"""Made-up names: a language with rules that are known, for models that learn one letter after the other."""

from __future__ import annotations

import random

ONSETS, CODAS = "bdklmnrstv", "lnrs"
BACK, FRONT = "aou", "ei"

MOST = 10_000
"""So many names are drawn at most; there are 199,650 in all."""


def names(n: int = 200, *, seed: int = 0) -> list[str]:
    """Return n different made-up names, lower-case, of 3 to 7 letters, in random order.

    Consonants and vowels alternate, the last consonant is one of l, n, r, s, and a name has either the vowels a, o, u
    or the vowels e, i: vowel harmony, as in Finnish and Turkish. So the next vowel depends on a letter two places back.
    ValueError unless 1 ≤ n ≤ 10,000.

    >>> names(4)
    ['vavo', 'keter', 'ranosul', 'leneden']
    """
    if isinstance(n, bool) or not isinstance(n, int) or not 1 <= n <= MOST:
        raise ValueError(f"n is a whole number from 1 to {MOST:,}, not {n!r}")
    rng = random.Random(f"names {seed}")
    found: dict[str, None] = {}  # a set that keeps its order
    while len(found) < n:
        found.setdefault(_name(rng))
    return list(found)


def _name(rng: random.Random) -> str:
    vowels = rng.choice([BACK, FRONT])
    onsets = [rng.choice(["", *ONSETS]), *rng.choices(ONSETS, k=rng.choice([1, 2]))]
    name: str = "".join(onset + rng.choice(vowels) for onset in onsets) + rng.choice(["", *CODAS])
    return name
