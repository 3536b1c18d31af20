"""Dual numbers a + a′ε with ε² = 0: forward mode, from the same rows as everything else.

Each `jvp` has an ε of its own, so that derivatives nest without perturbation confusion: a Dual of an inner ε has
numbers of any kind as its parts, Duals of an outer ε and Values among them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from .apply import apply
from .errors import ShapeError
from .ieee import IEEE, bottom, unwrap, wrap
from .numbers import check_function, is_recording, listed, real
from .operators import Operators
from .primitives import Primitive

# The one thing that must differ between any two calls of jvp alive at a time; later means nested deeper.
_EPSILONS = itertools.count(2)


class Dual(Operators):
    """The number `primal` + `tangent`·ε; which ε is told by its rank. No tangent, None, stays 0 even times inf."""

    __slots__ = ("_rank", "primal", "tangent")

    def __init__(self, primal: Any, tangent: Any, rank: int) -> None:
        self.primal = primal
        self.tangent = tangent
        self._rank = rank

    def _apply(self, p: Primitive, operands: tuple[Any, ...], strict: bool = True) -> Dual:
        """f(a + a′ε) = f(a) + Σ ∂f/∂aᵢ · aᵢ′ ε, over the operands that carry this ε."""
        rank = max(getattr(x, "_rank", 0) for block in operands for x in (block if p.blocks else (block,)))
        primals = tuple(_primal(x, rank) for x in operands)
        z = apply(p, *primals, strict=strict)
        total: Any = None
        for x, partial in zip(operands, p.partials, strict=True):
            if _tangents(x, rank) is None or partial is None:
                continue
            slope = partial(IEEE, wrap(z), *map(wrap, primals)) if callable(partial) else wrap(partial)
            for d, t in zip(slope, x, strict=True) if p.blocks else ((slope, x),):
                if d is not None and (tangent := _tangents(t, rank)) is not None:
                    total = wrap(d) * tangent if total is None else total + wrap(d) * tangent
        return Dual(z, None if total is None else unwrap(total), rank)

    def __lt__(self, other: Any) -> Any:
        return bottom(self) < bottom(other)

    def __le__(self, other: Any) -> Any:
        return bottom(self) <= bottom(other)

    def __gt__(self, other: Any) -> Any:
        return bottom(self) > bottom(other)

    def __ge__(self, other: Any) -> Any:
        return bottom(self) >= bottom(other)

    def __bool__(self) -> bool:
        raise TypeError(f"a Dual is neither true nor false: compare it, as in x > 0 ({self!r})")

    def __repr__(self) -> str:
        return f"Dual({self.primal!r}, {self.tangent!r})"


def _primal(x: Any, rank: int) -> Any:
    if isinstance(x, tuple | list):
        return tuple(_primal(xᵢ, rank) for xᵢ in x)
    return x.primal if isinstance(x, Dual) and x._rank == rank else x


def _tangents(x: Any, rank: int) -> Any:
    """Return the tangent of x for this ε, of a block any that there is; None if x does not depend on it."""
    if isinstance(x, tuple | list):
        return next((t for xᵢ in x if (t := _tangents(xᵢ, rank)) is not None), None)
    return x.tangent if isinstance(x, Dual) and x._rank == rank else None


def jvp(f: Callable[[list[Any]], Any], x: Sequence[Any], v: Sequence[Any]) -> tuple[Any, Any]:
    """Return f(x) and its directional derivative Σⱼ ∂f/∂xⱼ · vⱼ, by one pass on dual numbers.

    f takes a list of numbers and returns one, or a list of them (then both results are lists). The results are
    floats, or Values where f holds Values. ShapeError if x and v differ in length. It costs a small multiple of f,
    whatever the number of outputs (forward mode in the lecture notes of 2023).

    >>> jvp(lambda x: x[0] * x[1], [3.0, 4.0], [1.0, 0.0])
    (12.0, 4.0)
    """
    if len(listed(x)) != len(listed(v)):
        raise ShapeError(f"jvp needs one direction component for each input: {len(x)} inputs, {len(v)} components")
    check_function(f)
    rank = next(_EPSILONS)
    tangents = [None if vᵢ.__class__ is float and vᵢ == 0 else vᵢ for vᵢ in map(_number, v)]
    outputs = f([Dual(xᵢ, tangent, rank) for xᵢ, tangent in zip(map(_number, x), tangents, strict=True)])
    if isinstance(outputs, list | tuple):
        return [_primal(_number(y), rank) for y in outputs], [_tangent(y, rank) for y in outputs]
    return _primal(_number(outputs), rank), _tangent(outputs, rank)


def _number(x: Any) -> Any:
    """Return a number of any kind; TypeError for anything else."""
    return x if is_recording(x) else real(x)


def _tangent(y: Any, rank: int) -> Any:
    t = _tangents(y, rank)
    return 0.0 if t is None else t
