"""Training data as a list of examples, checked once before training, so that no epoch is spent on data that fails."""

from __future__ import annotations

from typing import Any

from .. import datasets
from ..errors import ShapeError
from ..names import brief
from ..pairing import finite_rows, is_list

Example = tuple[list[Any], Any]  # the inputs of a model, and their target


def examples(X: Any, y: Any, kind: str = "") -> list[Example]:
    """Return the pairs (x, t) of inputs and target; a single number x is the list [x], a list [t] the number t.

    X and y are lists, NumPy arrays or pandas tables of finite numbers; rows of X may differ in length. ValueError if
    there are none or one is not finite, ShapeError if X and y differ in length; errors call them what `kind` says.

    >>> examples([1, 2], [[0.5], [0.75]])
    [([1], 0.5), ([2], 0.75)]
    """
    rows, targets = finite_rows(f"{kind}X", X), finite_rows(f"{kind}y", y)
    if len(rows) != len(targets):
        raise ShapeError(f"each row of {kind}X needs one target in y: X has {len(rows)} rows, y has {len(targets)}")
    if not rows:
        raise ValueError(f"there is nothing to {'validate' if kind else 'train'} on: {kind}X and y have 0 rows")
    inputs = [x if is_list(x) else [x] for x in rows]
    return [(x, t[0] if is_list(t) and len(t) == 1 else t) for x, t in zip(inputs, targets, strict=True)]


def parted(X: Any, y: Any, validation: Any, seed: int) -> tuple[list[Example], list[Example]]:
    """Return the examples to train on and those to validate on.

    `validation` is None, a fraction of the examples to hold out at random, or the pair (X, y) of others.

    >>> train, held_out = parted([1, 2, 3, 4], [0, 0, 1, 1], 0.25, seed=0)
    >>> len(train), len(held_out)
    (3, 1)
    """
    train = examples(X, y)
    if validation is None:
        return train, []
    if isinstance(validation, float):
        parts = datasets.split(*zip(*train, strict=True), fraction=validation, seed=seed)
        train, held_out = (list(zip(*part, strict=True)) for part in parts)
        return train, held_out
    if not (is_list(validation) and len(validation) == 2):
        raise ValueError(f"validation is a fraction, such as 0.2, or a pair (X, y), not {brief(validation)}")
    held_out = examples(validation[0], validation[1], "validation ")
    wanted, found = ({len(x) for x, _ in some} for some in (train, held_out))
    if len(wanted) == 1 and found != wanted:
        told = ", ".join(map(str, sorted(found)))
        raise ShapeError(f"rows to validate on need the length of those to train on: {told} and {wanted.pop()}")
    return train, held_out
