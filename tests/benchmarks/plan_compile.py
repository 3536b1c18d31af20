"""The benchmarks of compile, each beside what else can do the work."""

from __future__ import annotations

from typing import Any

from . import tasks
from .kinds import Contender, Figures, Timing

OURS = "microgradx, compiled"
BOUND = f"{OURS}, bound to the rows, parameters as an array"
PLAIN = "the same, rows as they come, parameters on Values"

STRICT = 1.6
"""So many times as long as default may strict take."""


def gradients(name: str, rows: int, what: str, jax: float | None, c: float | None) -> Timing:
    """Return the benchmark of value and gradient over rows, held to so many times as long for a rival.

    At most 1.15 times the time of plain C is at least 0.87 of ours for it.
    """

    def rival(label: str, function: str, least: float | None = None) -> Contender:
        return Contender(label, f"peers.{function}", 1, (name, rows), least)

    contenders = [
        Contender(BOUND, "compiled:gradient", arguments=(name, rows)),
        Contender(PLAIN, "compiled:gradient", arguments=(name, rows, False, True)),
        Contender("bound, strict", "compiled:gradient", arguments=(name, rows, True), most=STRICT),
        rival("plain C", "in_c:gradient", c),
        rival("JAX, jit", "in_jax:gradient", jax),
        rival("PyTorch, one thread or all", "in_torch:gradient"),
        rival("autograd", "in_autograd:gradient"),
        rival("CasADi", "in_casadi:gradient"),
    ]
    if name == "small":
        contenders.insert(4, rival("C with vectors and tiles by hand", "in_c:limit"))
    if rows == 100:
        contenders.append(rival("XAD, scalars in Python", "in_xad:gradient"))
    title = f"Value and gradient of {what}, {rows:,} rows"
    return Timing(f"{name}-{rows}", title, "µs", 1e6, tuple(contenders), ratio="cost", same=True, seconds=0.1)


def trainings(name: str, batch: int, what: str, epochs: int, **targets: float) -> Timing:
    """Return the benchmark of gradient descent: ours and C make `epochs` epochs in a call, PyTorch some steps."""
    each = tasks.ROWS // batch
    calls: tuple[Any, ...] = (name, batch, epochs)
    contenders = (
        Contender(f"{OURS}, shuffling included", "compiled:train", per=epochs * each, arguments=calls),
        Contender("the same, strict", "compiled:train", per=epochs * each, arguments=(*calls, True), most=STRICT),
        Contender("plain C", "peers.in_c:train", epochs * each, calls, targets.get("c")),
        Contender("JAX, lax.scan", "peers.in_jax:scan", epochs * each, calls, targets.get("scan")),
        Contender("PyTorch, one thread or all", "peers.in_torch:train", 16, (name, batch, 16), targets.get("torch")),
    )
    return Timing(
        f"train-{name}-{batch}", f"Training, {what}", "µs a step", 1e6, contenders, "cost", same=True, seconds=0.1
    )


def branching(batch: int, epochs: int, scan: float, c: float) -> Timing:
    """Return the benchmark of gradient descent on a loss with an `if`, where rivals choose between two numbers."""
    each, calls = tasks.ROWS // batch, ("huber", batch, epochs)
    some = max(1, 16 // batch)
    contenders = (
        Contender(f"{OURS}, shuffling included", "compiled:train", epochs * each, arguments=calls),
        Contender("the same, strict", "compiled:train", epochs * each, (*calls, True), most=STRICT),
        Contender("the same program on eager Values", "eager:train", some, ("huber", batch, some), 1000.0),
        Contender("plain C", "peers.in_c:train", epochs * each, calls, c),
        Contender("JAX, lax.scan with where", "peers.in_jax:scan", epochs * each, calls, scan),
    )
    rows = "one row" if batch == 1 else f"{batch} rows"
    title = f"Training, {rows} a step, a net of 2-16-16-1, relu, Huber's loss by an if"
    return Timing(f"train-huber-{batch}", title, "µs a step", 1e6, contenders, "cost", same=True, seconds=0.05)


def transformer() -> Timing:
    """Return the benchmark of the transformer's loss and gradient."""
    length = (tasks.LENGTH,)
    contenders = (
        Contender(BOUND, "compiled:transformer", arguments=length),
        Contender(PLAIN, "compiled:transformer", arguments=(*length, False, True)),
        Contender("bound, strict", "compiled:transformer", arguments=(*length, True), most=STRICT),
        Contender("the same program on eager Values", "eager:transformer", 1, length, 2000.0),
        Contender("plain C", "peers.in_c:transformer", arguments=length),
        Contender("JAX, jit", "peers.in_jax:transformer", 1, length, 5.0),
        Contender("PyTorch, one thread or all", "peers.in_torch:transformer", arguments=length),
        Contender("autograd", "peers.in_autograd:transformer", arguments=length),
    )
    title = "Loss and gradient of a transformer: 1 layer, width 16, 4 heads, 8 tokens"
    return Timing("transformer", title, "µs", 1e6, contenders, "cost", same=True, seconds=0.1)


def costs(function: str, *programs: tuple[str, str, float]) -> tuple[Contender, ...]:
    """Return contenders that report on one program each: label, name and the most."""
    return tuple(Contender(label, f"compiled:{function}", 1, (name,), most=most) for label, name, most in programs)


SMALL = "a net of 2-16-16-1, relu, squared error"

COMPILE: tuple[Timing | Figures, ...] = (
    gradients("small", 100, SMALL, jax=6.0, c=None),
    gradients("small", 1000, SMALL, jax=3.0, c=0.87),
    gradients("small", 10_000, SMALL, jax=2.5, c=0.87),
    gradients("tanh", 10_000, "the same with tanh", jax=1.5, c=None),
    trainings("small", 1, f"one row a step, {SMALL}", 100, scan=8.0, torch=1500.0, c=1.5),
    trainings("digits", 1, "one row a step, a net of 64-32-10, relu, cross-entropy", 100, scan=2.0, c=0.8),
    trainings("digits", 32, "32 rows a step, a net of 64-32-10", 100, scan=2.0, torch=15.0),
    trainings("images", 64, "64 rows a step, a net of 784-128-10", 20, scan=1.5, torch=1.5),
    branching(1, 50, scan=4.0, c=0.8),
    branching(32, 50, scan=2.0, c=0.5),
    transformer(),
    Figures(
        "transformer-training",
        "Training the transformer: 1000 steps over documents of mixed lengths, compiling included",
        (
            Contender(OURS, "compiled:transformer_training"),
            Contender("eager Values, from 10 steps", "eager:transformer_training"),
            Contender("plain C, documents one by one", "peers.in_c:transformer_training"),
            Contender("JAX, padded, one scan", "peers.in_jax:transformer_training"),
            Contender("PyTorch, one thread or all", "peers.in_torch:transformer_training"),
        ),
        same=("loss of 10 steps", "loss of all"),
    ),
    Figures(
        "first",
        "From the function to its first gradient",
        (
            *costs(
                "first_result",
                ("2-16-16-1", "small", 0.15),
                ("64-256-256-10", "wide", 0.15),
                ("micrograd's demo, 100 points written out", "moons", 0.5),
                ("transformer", "transformer", 0.6),
            ),
            Contender("JAX, 2-16-16-1", "peers.in_jax:first_result", arguments=("small",)),
            Contender("JAX, transformer", "peers.in_jax:first_result", arguments=("transformer",)),
        ),
    ),
    Figures(
        "passes",
        "Tracing and the passes over the graph",
        costs(
            "passes",
            ("micrograd's demo, 25 points", "moons 25", 4.0),
            ("50 points", "moons 50", 4.0),
            ("100 points", "moons", 4.0),
            ("200 points", "moons 200", 4.0),
            ("transformer, 8 tokens", "transformer", 4.0),
            ("transformer, 16 tokens", "transformer 16", 4.0),
        ),
    ),
    Figures(
        "warm",
        "A start in a new process with machine code on disk",
        costs("warm_start", ("2-16-16-1", "small", 10.0), ("transformer", "transformer", 10.0)),
    ),
)
