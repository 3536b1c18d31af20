"""Terms at the places of whoever hands them on: several terms where it makes a difference to a sum, else one."""

from __future__ import annotations

import functools
import itertools

import numpy as np
from numpy.typing import NDArray

from ..tape.tape import Ints, gathered
from ..tracing.eager_order import Order
from ..tracing.regions import EVERYWHERE, NOWHERE
from .terms import Terms


def placed(terms: Terms, order: Order) -> Terms:
    """Return terms that are handed on by `when`, nodes or blocks, at the places of these, in their regions.

    A sum has its terms once, in the order of their first places, where those in any one region come in that order too.
    """
    terms = terms.picked(np.diff(order.first)[terms.when] > 0)
    begin = order.first[terms.when]
    if (order.region == EVERYWHERE).all():
        return terms._replace(when=order.position[begin], region=order.region[begin])
    count, whole = order.first[terms.when + 1] - begin, _patterns(order)[1][terms.when]
    mixed = _mixed(terms, order)
    count[~mixed] = 1
    which, place = np.repeat(np.arange(len(begin)), count), gathered(begin, count)
    region = np.where(mixed[which], order.region[place], whole[which])
    return terms.picked(which)._replace(when=order.position[place], region=region)


def _mixed(terms: Terms, order: Order) -> NDArray[np.bool_]:
    """Return for each term whether it is in a sum whose terms do not come in one order in all regions, as far as seen.

    They do if, of any two that follow each other, both have places in the same regions, one after the other in each; or
    else all places of the former, and of those before it, come before those of the latter. Choices and their entries
    count as one sum: what a choice receives may go on to the entries.
    """
    together, into = order.choices.together, np.arange(int(terms.sum.max(initial=0)) + 1)
    known = np.array([v for v in together if v < len(into)], np.int64)
    into[known] = [together[v] for v in known.tolist()]
    own, begin = terms.when, order.first[terms.when]
    count, pattern = order.first[own + 1] - begin, _patterns(order)[0][own]
    first, last = order.position[begin], order.position[begin + count - 1]
    sort = np.lexsort((first, into[terms.sum]))
    group, pattern, begin, count, first, last = (
        column[sort] for column in (into[terms.sum], pattern, begin, count, first, last)
    )
    same = np.diff(group) == 0
    alike = same & (np.diff(pattern) == 0)
    ordered = np.ones(len(same), bool)
    for k in range(int(count.max(initial=0))):
        place = order.position[begin + np.minimum(k, count - 1)]
        ordered &= ~alike | (np.diff(place) >= 0)
    rank = np.cumsum(np.append(False, ~same))[: len(sort)]
    size = len(order.position) + 1
    latest = np.maximum.accumulate(rank * size + last) - rank * size  # of those of the same sum so far
    ordered &= ~same | alike | (latest[:-1] <= first[1:])
    unordered = np.zeros(len(sort), bool)
    unordered[rank[1:][~ordered]] = True
    found = np.zeros(len(sort), bool)
    found[sort] = unordered[rank]
    return found


def _patterns(order: Order) -> tuple[Ints, Ints]:
    """Return for each node and block the number of its sequence of regions, and the region of all."""
    either, first, regions = order.choices.regions.either, order.first.tolist(), order.region.tolist()
    numbers: dict[tuple[int, ...], int] = {}
    sequences = [tuple(regions[begin:end]) for begin, end in itertools.pairwise(first)]
    found = np.array([numbers.setdefault(sequence, len(numbers)) for sequence in sequences], np.int64)
    wholes = [functools.reduce(either, sequence, NOWHERE) for sequence in numbers]
    return found, np.array(wholes, np.int64)[found]
