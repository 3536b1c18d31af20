"""Preparation: examples split into those to learn from and those held out, and columns brought to one scale."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Any

from .errors import ShapeError
from .pairing import as_lists, finite_rows, is_list


def split(
    X: Sequence[Any], y: Sequence[Any], *, fraction: float = 0.2, stratified: bool = False, seed: int = 0
) -> tuple[tuple[list[Any], list[Any]], tuple[list[Any], list[Any]]]:
    """Return (X, y) of the examples to train on and (X, y) of those held out, `fraction` of all, chosen at random.

    X and y are lists, NumPy arrays or pandas tables; lists are returned. With `stratified`, that fraction is taken of
    each class apart. ShapeError if X and y differ in length; ValueError unless 0 < fraction < 1 and both parts hold at
    least one example.

    >>> X, y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]
    >>> (X_train, y_train), (X_test, y_test) = split(X, y, fraction=0.5, stratified=True)
    >>> sorted(y_train), sorted(y_test)
    ([0, 1], [0, 1])
    """
    X, y = as_lists(X), as_lists(y)
    if len(X) != len(y):
        raise ShapeError(f"each row of X needs one entry of y: X has {len(X)} rows, y has {len(y)} entries")
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"the fraction held out lies between 0 and 1, not {fraction!r}")
    order = list(range(len(X)))
    random.Random(seed).shuffle(order)
    strata = [[i for i in order if y[i] == c] for c in sorted(set(y))] if stratified else [order]
    held = {i for stratum in strata for i in stratum[: round(fraction * len(stratum))]}
    if not 0 < len(held) < len(X):
        raise ValueError(f"a fraction of {fraction!r} holds out {len(held)} of {len(X)} examples; both parts need one")
    parts = [i for i in order if i not in held], [i for i in order if i in held]
    train, test = (([X[i] for i in part], [y[i] for i in part]) for part in parts)
    return train, test


def standardize(X: Sequence[Any], statistics: tuple[Any, Any] | None = None) -> tuple[list[Any], tuple[Any, Any]]:
    """Return (x − mean)/sd of each column of X, and (mean, sd) as lists with one entry a column.

    Give the `statistics` of the training set to scale other data alike. X may also be a plain list of numbers, such
    as y; mean and sd are floats then. sd divides by the number of rows; a constant column becomes 0, with an sd of
    1. NumPy arrays and pandas tables are taken too, and lists returned. ShapeError if rows differ in length, ValueError
    if there are none or an entry is not finite, TypeError if one is no number.

    >>> standardize([[1.0], [3.0]])
    ([[-1.0], [1.0]], ([2.0], [1.0]))
    >>> standardize([5.0], statistics=(2.0, 1.0))
    ([3.0], (2.0, 1.0))
    """
    X = finite_rows("X", X)
    if not X:
        raise ValueError("no rows have no mean; give at least one")
    if len({is_list(x) for x in X}) > 1:
        raise ShapeError("X is a list of rows or a list of numbers, not both in one")
    if not is_list(X[0]):
        one_column = statistics and ([statistics[0]], [statistics[1]])
        rows, (means, sds) = standardize([[x] for x in X], one_column)
        return [x for (x,) in rows], (means[0], sds[0])
    width = len(statistics[0] if statistics else X[0])
    for i, x in enumerate(X):
        if len(x) != width:
            raise ShapeError(f"each row needs {width} entries, but X[{i}] has {len(x)}")
    means, sds = statistics or _mean_and_sd(list(zip(*X, strict=True)))
    return [[(xᵢ - mean) / sd for xᵢ, mean, sd in zip(x, means, sds, strict=True)] for x in X], (means, sds)


def _mean_and_sd(columns: Sequence[Sequence[float]]) -> tuple[list[float], list[float]]:
    means = [column[0] if min(column) == max(column) else math.fsum(column) / len(column) for column in columns]
    sds = [
        math.sqrt(math.fsum((x - mean) ** 2 for x in column) / len(column)) or 1.0
        for column, mean in zip(columns, means, strict=True)
    ]
    return means, sds
