"""Runs: where sums multiply by parameters that follow one another, these are one vector, and their factors another.

So a neuron that a user wrote as `sum(w * x for …) + b`, as a loop, or in classes of their own, is to the passes what
the library's is, which is recorded so (see `tracing.runs`): a product of two vectors and a bias.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from ..tape.links import distinct, without_terms
from ..tape.tape import CONSTANT, NONE, PARAMETER, SUM, UNIT, Builder, Ints, Mask, Tape, gathered, picked
from ..tape.unroll import Origin
from ..tracing.runs import SHORTEST


class _Runs(NamedTuple):
    """Runs of terms, as columns of all their terms, run after run, and the length of each.

    terms              places among the terms of the tape
    weights, factors   the parameters, and what they are multiplied by
    turned             whether the parameters are second factors
    """

    length: Ints
    terms: Ints
    weights: Ints
    factors: Ints
    turned: Mask

    def heads(self, column: Any) -> Any:
        """Return what a column holds of the first term of each run."""
        return column[np.cumsum(self.length) - self.length]


class _Lists(NamedTuple):
    """Lists of nodes, each of them once.

    entries  all nodes, list after list
    length   how many each list has
    of       which list that of each run is
    """

    entries: Ints
    length: Ints
    of: Ints


def with_runs(tape: Tape, origin: Origin | None, parameters: int) -> tuple[Tape, Origin | None]:
    """Return the tape in which sums over runs of the first `parameters` are products of vectors, and its origin.

    A run is packed if it is long enough, and if nothing uses any of its parameters but sums over the very same. A
    product of vectors is added up from its first entry on: exact, unless other terms of the sum stand within a run,
    which then come after it. `origin` tells which recorded numbers the twins of the tape are, None where they are
    recorded nodes; so does what is returned for the twins of the new one.

    >>> from ..tape.tape import INPUT
    >>> b = Builder()
    >>> w, x = b.leaves(PARAMETER, range(32)), b.leaves(INPUT, range(16))
    >>> packed, _ = with_runs(b.tape(values=b.sums(w.reshape(2, 16), x)), None, 32)
    >>> packed.arity[packed.outputs["values"]].tolist(), packed.width[packed.op == PARAMETER].tolist()
    ([1, 1], [16, 16])
    """
    found = _runs(tape, parameters)
    if not len(found.length):
        return tape, origin
    n, weights, factors = len(tape), _each_once(found.weights, found.length), _each_once(found.factors, found.length)
    vector, stack = n + weights.of, n + len(weights.length) + factors.of
    longer, given = _appended(_with_products(tape, found, vector, stack), weights, factors)
    user = np.full(len(factors.length), n)
    np.minimum.at(user, factors.of, tape.owner[found.heads(found.terms)])
    rank = np.full(len(longer), NONE)  # in the order: vectors of leaves are first, stacks just before they are used
    rank[:n], rank[stack] = 2 * np.arange(n), 2 * user[factors.of] - 1
    order = np.argsort(rank, kind="stable")
    is_packed = np.zeros(len(longer), bool)
    is_packed[found.weights] = True
    order = order[~is_packed[order]]

    size = np.where(longer.op == UNIT, 1, longer.width)
    begin = np.cumsum(size) - size
    node = np.repeat(np.arange(n), size[:n])
    entry = np.arange(len(node)) - begin[node]
    recorded = tape.twin[node] if origin is None else origin.of(tape.twin[node], entry)
    recorded = np.concatenate([recorded, np.append(recorded, NONE)[np.where(given == NONE, NONE, begin[given])]])
    shown = Origin(np.append(0, np.cumsum(size[order])), recorded[gathered(begin[order], size[order])])
    return replace(picked(longer, order), twin=np.arange(len(order))), shown


def _runs(tape: Tape, parameters: int) -> _Runs:
    """Return the longest runs of terms over parameters in order, in order within a sum, that are to be packed."""
    number = np.append(tape.width == 1, False)  # the last is for NONE
    is_weight = number & np.append((tape.op == PARAMETER) & (tape.number < parameters), False)
    is_factor = number & np.append((tape.op != CONSTANT) & (tape.op != UNIT), False)
    first, second = is_weight[tape.left] & is_factor[tape.right], is_weight[tape.right] & is_factor[tape.left]
    terms = np.flatnonzero(first | second)
    turned = ~first[terms]
    weights, factors = tape.left[terms], tape.right[terms]
    weights[turned], factors[turned] = factors[turned], weights[turned]
    columns = (tape.number[weights], 1), (tape.owner[terms], 0), (turned, 0), (tape.sign[terms], 0)
    goes_on = np.logical_and.reduce([column[1:] == column[:-1] + step for column, step in columns])
    begin = np.flatnonzero(np.append(True, ~goes_on)[: len(terms)])
    length = np.diff(np.append(begin, len(terms)))
    begin, length = (column[length >= SHORTEST] for column in (begin, length))
    if len(begin):
        alone = _alone(tape, weights, begin, length)
        begin, length = begin[alone], length[alone]
    within = gathered(begin, length)
    return _Runs(length, terms[within], weights[within], factors[within], turned[within])


def _alone(tape: Tape, weights: Ints, begin: Ints, length: Ints) -> Mask:
    """Return of which runs the parameters are used by nothing but runs over the very same."""
    _, which, count = np.unique(weights[begin] * (len(tape) + 1) + length, return_inverse=True, return_counts=True)
    used = tape.uses[weights[gathered(begin, length)]] == np.repeat(count[which], length)
    found: Mask = np.logical_and.reduceat(used, np.cumsum(length) - length)
    return found


def _each_once(nodes: Ints, length: Ints) -> _Lists:
    """Return the lists that nodes of runs, of such lengths, make."""
    data, ends = nodes.tobytes(), np.cumsum(length)
    known: dict[bytes, int] = {}
    bounds = zip((8 * (ends - length)).tolist(), (8 * ends).tolist(), strict=True)
    of = [known.setdefault(data[begin:end], len(known)) for begin, end in bounds]
    return _Lists(np.frombuffer(b"".join(known), np.int64), np.array([len(each) // 8 for each in known]), np.array(of))


def _with_products(tape: Tape, found: _Runs, vector: Ints, stack: Ints) -> Tape:
    """Return the tape that has one term, a product of two vectors, in place of each run; these are nodes to come."""
    left, right, stays = tape.left.copy(), tape.right.copy(), np.ones(len(tape.left), bool)
    first, turned = found.heads(found.terms), found.heads(found.turned)
    left[first], right[first] = np.where(turned, stack, vector), np.where(turned, vector, stack)
    stays[found.terms] = False
    stays[first] = True
    return without_terms(replace(tape, left=left, right=right), stays)


def _appended(tape: Tape, weights: _Lists, factors: _Lists) -> tuple[Tape, Ints]:
    """Append vectors of parameters, stacks of factors, and unit vectors; return their entries too, NONE for a unit."""
    builder, none, zeros = Builder(tape), np.zeros(0, np.int64), np.zeros_like(weights.length)
    number = tape.number[weights.entries[np.cumsum(weights.length) - weights.length]]
    builder.append(zeros + PARAMETER, zeros, none, none, none, 0, number, None, weights.length)
    kinds = distinct(factors.length)
    unit = len(builder) + len(factors.length) + np.cumsum(kinds) - kinds  # where those of each width begin
    right, ends = gathered(unit[np.searchsorted(kinds, factors.length)], factors.length), np.cumsum(factors.length)
    builder.append(np.full(len(ends), SUM), ends, factors.entries, right, 1.0, 0, 0.0, None, factors.length)
    places = gathered(np.zeros_like(kinds), kinds)
    units = np.full(len(places), UNIT)
    builder.append(units, np.zeros_like(places), none, none, none, 0, places, None, np.repeat(kinds, kinds))
    return builder.tape(), np.concatenate([weights.entries, factors.entries, np.full(len(places), NONE)])
