"""Exercises of notebook 6: difference quotients, step sizes, relative errors."""

from __future__ import annotations

from .chance import Chance, coefficient, written
from .questions import Number, Word
from .task import Kind, Task


def _quotients(chance: Chance) -> Task:
    x, h, c = chance.whole(-4, 4), chance.of((0.1, 0.5, 0.2)), chance.whole(-3, 3)

    def f(x: float) -> float:
        return x**3 + c * x

    one, two, exact = (f(x + h) - f(x)) / h, (f(x + h) - f(x - h)) / (2 * h), 3 * x**2 + c
    asked = (
        Number("exact", f"f'({written(x)})", float(exact), ((3 * x**2, "the derivative of c·x is c"),)),
        Number("one_sided", "(f(x + h) − f(x)) / h", one,
               ((one * h, "divide by h"), (two, "that is the two-sided quotient"), ((f(x) - f(x - h)) / h, "that is "
                "the quotient to the left"))),
        Number("two_sided", "(f(x + h) − f(x − h)) / 2h", two,
               ((2 * two, "the distance is 2h"), (one, "that is the one-sided quotient"))),
    )  # fmt: skip
    text = f"f(x) = x³ {'+' if c > 0 else '−'} {coefficient(abs(c), '')}x at x = {written(x)}, with h = {written(h)}."
    working = (
        f"f'(x) = 3x² {'+' if c > 0 else '−'} {abs(c)} = {exact}",
        f"f(x + h) = {written(f(x + h))}, f(x) = {written(f(x))}, f(x − h) = {written(f(x - h))}",
        f"two-sided: x³ leaves an error of h² = {written(h * h)}; one-sided of 3xh + h²",
    )
    return Task(text, asked, working=working)


def _relative(chance: Chance) -> Task:
    a = chance.number(-4, 4, 2)
    b = a + chance.of((0.1, -0.1, 0.5, 1.0, -2 * a, 0.001 * a))
    chance.need(b != 0.0)
    error = abs(a - b) / (abs(a) + abs(b))
    c, digits = chance.of((2, 3, 4)), chance.of((4, 5, 7, 8))
    right = "yes" if digits > 6 else "no"
    asked = (
        Number("error", "the relative error", error,
               ((abs(a - b), "that is the absolute error"), (abs(a - b) / abs(b), "the denominator is |a| + |b|"),
                (abs(a - b) / abs(a), "the denominator is |a| + |b|"))),
        Word("passes", "does the second pair pass with the tolerance 1e-6?", right, ("yes", "no"),
             {"no" if right == "yes" else "yes": f"its error is 1e-{digits} divided by the sum of both"}),
    )  # fmt: skip
    text = (
        f"Backprop says {written(a)}, the difference quotient {written(b)}. Take |a − b| / (|a| + |b|). "
        f"Of another derivative they say {c} and {c}.{'0' * (digits - 1)}1."
    )
    top, bottom = written(abs(a - b)), written(abs(a) + abs(b))
    return Task(
        text, asked, working=(f"{top} / {bottom} = {written(error)}", f"of the second pair about 1e-{digits} / {2 * c}")
    )


def _step_size(chance: Chance) -> Task:
    k, power = chance.of((1, 2, 3, 4, 5)), chance.of((4, 6))
    curvature = float(k * k) * chance.of((1, 4))
    rounding = 10.0**-power
    best = 2.0 * (rounding / curvature) ** 0.5
    least = 2.0 * (rounding * curvature) ** 0.5
    asked = (
        Number("h", "the best step", best,
               ((best / 2, "both terms: set the derivative M/2 − 2ε/h² to 0"), (best**2, "that is its square"))),
        Number("error", "the error at the best step", least,
               ((least / 2, "both terms are equally large there: add them"),)),
    )  # fmt: skip
    text = (
        f"The error of a one-sided quotient is at most E(h) = M·h/2 + 2ε/h: truncation with |f''| ≤ M = "
        f"{written(curvature)}, and rounding of f by ε = 1e-{power}. Where is E least, and how large is it there?"
    )
    working = (f"E'(h) = M/2 − 2ε/h² = 0 at h = 2·√(ε/M) = {written(best)}", f"E = 2·√(ε·M) = {written(least)}")
    return Task(text, asked, working=working)


ROWS = (
    Kind("difference-quotients", 6, 1, "one-sided and two-sided difference quotients",
         "One-sided and two-sided differences", _quotients,
         ("compute f at x − h, x and x + h first",)),
    Kind("relative-error", 6, 1, "the relative error of a gradient check",
         "Relative error", _relative,
         ("the error is divided by the sum of both magnitudes",)),
    Kind("step-size", 6, 3, "h and precision: the U curve",
         "How small should h be? The U curve", _step_size,
         ("one term grows with h, the other falls: where do their slopes cancel?", "dE/dh = M/2 − 2ε/h²")),
)  # fmt: skip
