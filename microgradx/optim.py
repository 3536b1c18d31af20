"""Optimisers: from the gradient to the next weights, by PyTorch's rules and defaults."""

from __future__ import annotations

from .functions import max, sqrt  # on any kind of number, so that a rule can be compiled
from .optimizer import Group, Memory, Numbers, Parameters, Ranges, Update
from .optimizer import Optimizer as Optimizer

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]


def __dir__() -> list[str]:
    return __all__


class SGD(Optimizer):
    """Gradient descent: w ← w − lr·b with b ← momentum·b + g, where g is the gradient plus weight_decay·w.

    The first b is g; without momentum b is always g. With `nesterov` the step is along g + momentum·b (Sutskever et
    al. 2013, in PyTorch's form). ValueError if nesterov is asked for without momentum.

    >>> from microgradx.engine import Value
    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.5, momentum=0.5)
    >>> w.grad = 1.0
    >>> optimizer.step()
    >>> optimizer.step()
    >>> w.data
    -0.25
    """

    def __init__(
        self,
        parameters: Parameters = None,
        *,
        lr: float,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay)

    def rule(self, w: Numbers, g: Numbers, memory: Memory, hyper: Group) -> Update:
        """Return the next weights and b."""
        lr, μ = hyper["lr"], hyper["momentum"]
        g = _decayed(w, g, hyper)
        if not μ:
            return Update([wᵢ - lr * gᵢ for wᵢ, gᵢ in zip(w, g, strict=True)], {})
        b = [μ * bᵢ + gᵢ for bᵢ, gᵢ in zip(memory["b"], g, strict=True)] if memory else g
        d = [gᵢ + μ * bᵢ for gᵢ, bᵢ in zip(g, b, strict=True)] if hyper["nesterov"] else b
        return Update([wᵢ - lr * dᵢ for wᵢ, dᵢ in zip(w, d, strict=True)], {"b": b})


_SQUARES: Ranges = {"v": (lambda x: x >= 0.0, "at least 0")}
_SQUARES_AND_TIME: Ranges = _SQUARES | {"t": (lambda x: x >= 0.0 and x.is_integer(), "whole and at least 0")}


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015): each parameter's step is scaled by running means of its gradient and of its square.

    m ← β₁m + (1 − β₁)g, v ← β₂v + (1 − β₂)g², and at step t: w ← w − lr·m̂/(√v̂ + eps) with m̂ = m/(1 − β₁ᵗ) and
    v̂ = v/(1 − β₂ᵗ); g is the gradient plus weight_decay·w.

    >>> from microgradx.engine import Value
    >>> w = Value(1.0)
    >>> w.grad = 123.0
    >>> Adam([w], lr=0.25).step()
    >>> round(w.data, 6)
    0.75
    """

    memory_ranges = _SQUARES_AND_TIME

    def __init__(
        self,
        parameters: Parameters = None,
        *,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def rule(self, w: Numbers, g: Numbers, memory: Memory, hyper: Group) -> Update:
        """Return the next weights, m, v and t."""
        return _adam(w, _decayed(w, g, hyper), memory, hyper)


class AdamW(Optimizer):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019): w ← w − lr·weight_decay·w, then Adam's step.

    >>> from microgradx.engine import Value
    >>> w = Value(1.0)
    >>> AdamW([w], lr=0.5, weight_decay=0.5).step()
    >>> w.data
    0.75
    """

    memory_ranges = _SQUARES_AND_TIME

    def __init__(
        self,
        parameters: Parameters = None,
        *,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def rule(self, w: Numbers, g: Numbers, memory: Memory, hyper: Group) -> Update:
        """Return the next weights, m, v and t."""
        kept = 1.0 - hyper["lr"] * hyper["weight_decay"]
        return _adam([wᵢ * kept for wᵢ in w], g, memory, hyper)


class RMSprop(Optimizer):
    """RMSprop (Hinton's lecture 6, 2012): w ← w − lr·g/(√v + eps), with v ← alpha·v + (1 − alpha)g².

    With momentum, w ← w − lr·b with b ← momentum·b + g/(√v + eps). `centered` takes the square of the running mean
    of g off v. g is the gradient plus weight_decay·w.

    >>> from microgradx.engine import Value
    >>> w = Value(1.0)
    >>> w.grad = 8.0
    >>> RMSprop([w], lr=0.25, alpha=0.75).step()
    >>> round(w.data, 6)
    0.5
    """

    memory_ranges = _SQUARES

    def __init__(
        self,
        parameters: Parameters = None,
        *,
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            parameters, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum, centered=centered
        )

    def rule(self, w: Numbers, g: Numbers, memory: Memory, hyper: Group) -> Update:
        """Return the next weights and v, with the mean of g if centered, and b if there is momentum."""
        lr, α, eps, μ = hyper["lr"], hyper["alpha"], hyper["eps"], hyper["momentum"]
        g = _decayed(w, g, hyper)
        zeros = [0.0] * len(w)
        v = [α * vᵢ + (1.0 - α) * gᵢ * gᵢ for vᵢ, gᵢ in zip(memory.get("v", zeros), g, strict=True)]
        kept = {"v": v}
        variance = v
        if hyper["centered"]:
            mean = [α * m + (1.0 - α) * gᵢ for m, gᵢ in zip(memory.get("mean", zeros), g, strict=True)]
            # A variance is never negative, though its rounded difference may be.
            variance = [max(vᵢ - m * m, 0.0) for vᵢ, m in zip(v, mean, strict=True)]
            kept["mean"] = mean
        d = [gᵢ / (sqrt(s) + eps) for gᵢ, s in zip(g, variance, strict=True)]
        if μ:
            d = kept["b"] = [μ * bᵢ + dᵢ for bᵢ, dᵢ in zip(memory.get("b", zeros), d, strict=True)]
        return Update([wᵢ - lr * dᵢ for wᵢ, dᵢ in zip(w, d, strict=True)], kept)


def _adam(w: Numbers, g: Numbers, memory: Memory, hyper: Group) -> Update:
    (β1, β2), eps = hyper["betas"], hyper["eps"]
    zeros = [0.0] * len(w)
    t = memory.get("t", [0.0])[0] + 1.0
    m = [β1 * mᵢ + (1.0 - β1) * gᵢ for mᵢ, gᵢ in zip(memory.get("m", zeros), g, strict=True)]
    v = [β2 * vᵢ + (1.0 - β2) * gᵢ * gᵢ for vᵢ, gᵢ in zip(memory.get("v", zeros), g, strict=True)]
    rate, root = hyper["lr"] / (1.0 - β1**t), sqrt(1.0 - β2**t)
    steps = [mᵢ / (sqrt(vᵢ) / root + eps) for mᵢ, vᵢ in zip(m, v, strict=True)]
    return Update([wᵢ - rate * s for wᵢ, s in zip(w, steps, strict=True)], {"m": m, "v": v, "t": [t]})


def _decayed(w: Numbers, g: Numbers, hyper: Group) -> Numbers:
    decay = hyper["weight_decay"]
    return [gᵢ + decay * wᵢ for gᵢ, wᵢ in zip(g, w, strict=True)] if decay else g
