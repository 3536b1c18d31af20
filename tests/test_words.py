"""The made-up names keep the rules that their docstring states, and are drawn from a seed."""

from __future__ import annotations

import re
from collections import Counter

import pytest

import microgradx as mx

RULES = re.compile("[bdklmnrstv]?(?:[aou](?:[bdklmnrstv][aou]){1,2}|[ei](?:[bdklmnrstv][ei]){1,2})[lnrs]?")


def test_every_name_keeps_the_rules() -> None:
    """Consonants and vowels alternate, vowels are in harmony, no name comes twice, and every letter occurs."""
    found = mx.datasets.names(5000)
    assert [name for name in found if not RULES.fullmatch(name)] == []
    assert len(set(found)) == 5000
    assert set("".join(found)) == set("bdklmnrstvaouei")
    assert Counter(map(len, found)).keys() == {3, 4, 5, 6, 7}


@pytest.mark.parametrize("word", ["", "bob", "kake", "kkaa", "tikab", "MIKI", "tititititi"])
def test_the_rules_can_fail(word: str) -> None:
    """What is no such name does not match the rules of the test above."""
    assert not RULES.fullmatch(word)


def test_the_seed_decides() -> None:
    """The same seed gives the same names, of which fewer are the first ones; another gives others."""
    assert mx.datasets.names(50, seed=3)[:20] == mx.datasets.names(20, seed=3)
    assert mx.datasets.names(20, seed=3) != mx.datasets.names(20, seed=4)


@pytest.mark.parametrize("n", [0, -1, 2.0, True, "10", 10_001])
def test_wrong_numbers_are_explained(n: object) -> None:
    """A number of names that is none, or too large, is a ValueError with its value."""
    with pytest.raises(ValueError, match=re.escape(f"n is a whole number from 1 to 10,000, not {n!r}")):
        mx.datasets.names(n)  # type: ignore[arg-type]
