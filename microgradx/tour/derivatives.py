"""Sections of the tour on derivatives: a graph by hand and by backprop, what went wrong, and second derivatives."""

from __future__ import annotations

from typing import Any

from .. import functions
from ..calculus import hessian
from ..check import check_gradients, compare
from ..derive import derive
from ..draw import draw
from ..engine import Value
from ..page import Page
from ..stepper import stepper
from .telling import say


def _logistic_least_squares(w: Any, b: Any, x: Any = 2.0, t: Any = 1.0) -> dict[str, Any]:
    """z = wx + b, y = σ(z), L = ½(y − t)² (CSC 311, lecture 4), each with its name."""
    z = w * x + b
    y = functions.sigmoid(z)
    return {"z": z, "y": y, "L": (y - t) ** 2 / 2}


def _recorded() -> tuple[Value, Value, Value]:
    """Return L, w and b of logistic least squares, all nodes labelled."""
    w, b = Value(0.5, "w"), Value(-1.5, "b")
    graph = _logistic_least_squares(w, b, Value(2.0, "x"), Value(1.0, "t"))
    for name, v in graph.items():
        v.label = name
    return graph["L"], w, b


def by_hand(page: Page) -> None:
    """Show logistic least squares: its graph, error signals by hand beside backprop's, and differences."""
    L, w, b = _recorded()
    L.backward()
    say(page, f"z = wx + b, y = σ(z), L = ½(y − t)²: L = {L.data:.6f}; backward gives ∂L/∂w = {w.grad:.6f}.")
    page.picture(draw(L).svg(), "Each node with its number and its error signal")
    hand = {"y": "y - t", "z": "(y - t) * y * (1 - y)", "w": "(y - t) * y * (1 - y) * x", "b": "(y - t) * y * (1 - y)"}
    report = compare(L, hand)
    report.assert_ok()
    say(page, "The error signals derived on paper, as formulas in the names of the nodes, beside backprop's:")
    print(report)
    page.table(report)
    differences = check_gradients(lambda p: _logistic_least_squares(*p)["L"], [w, b])
    differences.assert_ok()
    say(page, "The same gradient against finite differences:")
    print(differences)
    page.table(differences)


def by_mistake(page: Page) -> None:
    """Show what the doctor says of three wrong derivations, then the right one written out, and step by step."""
    L, w, b = _recorded()
    say(page, "The same graph, and three derivations with a mistake in each. The comparison says which:")
    report = compare(L, {"z": "(y - t) * σ'(y)", "w": "(y - t) * y * (1 - y)", "b": "(t - y) * y * (1 - y)"})
    print(report)
    page.table(report)
    say(page, "The derivation as it should be, in the notation of CSC 311, where z̄ is the error signal ∂L/∂z:")
    derivation = derive(L, [w, b])
    print(derivation)
    page.table(derivation)
    page.beside("steps.html", stepper(L), "The same backward pass one step at a time, with the arrow keys: steps.html")


def second_derivatives(page: Page) -> None:
    """Show the Hessian of logistic least squares in w and b."""
    H = hessian(lambda p: _logistic_least_squares(p[0], p[1])["L"], [0.5, -1.5])
    say(page, "A gradient is a graph of the same primitives, so it can be differentiated again. The Hessian in (w, b):")
    listing = "\n".join("  ".join(f"{h: .6f}" for h in row) for row in H)
    print(listing)
    page.listing(listing)
    say(page, f"∂²L/∂w² / ∂²L/∂b² = {H[0][0] / H[1][1]:.12g}, which is x² = 4, since z = wx + b.")
