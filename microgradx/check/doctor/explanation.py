"""What the doctor says of a hand derivation: which mistake explains it, where, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...engine import Value

KINDS = {
    "sign": "the sign is flipped, of the whole or of a function's argument (node: the row's), or of one path (node: "
    "the one by which it is called)",
    "constant factor": "off by a constant, missing or in twice at `place`, node: in whose calculation that is; "
    "or one path is off by a constant from nowhere, node: the one by which it is called",
    "mean or sum": "the mean over a batch for the sum, or the sum for the mean; node: that mean or sum",
    "missing factor": "a local derivative, or a factor of one, was dropped; node: the one whose value it is, or, of a "
    "function f'(z), z; f(z) where only that has a name",
    "extra factor": "a local derivative, the value of a node or one over it is a factor too many; node: as above",
    "missing path": "of several children of a node not all have been added, or a node was held constant that is moved "
    "(m and var of a normalisation); node: the first that is missing, without a name where the path is a mere term",
    "extra term": "a path was counted twice, or a term belongs to no path; node: where the path starts",
    "activation": "the derivative of an activation was taken at its output, or a value before it for one after it; "
    "node: z, before it; f(z) where only that has a name",
    "wrong derivative": "another function stands where a local derivative belongs; node: by which it is taken, or, "
    "where only that has a name, of which; `place` is the node of which it is always",
    "mask": "a ReLU or the like lets the signal through on the wrong side; node: its operand",
    "wrong variable": "this is the derivative by another node, or of another node, or another node's value stands for "
    "a factor; node: that other one, or the factor if the row's own node was taken for it",
    "wrong index": "the right kind of factor, of another index (of w_kj, if `transposed`); node: the one that was used",
    "operation": "one + − * / of the formula is another one; node: the row's",
    "this point only": "right at the recorded numbers, wrong at others: the row is not ok",
    "circle": "it stands on an error signal that is known only with what is asked, or after it; node: whose that is",
    "kink": "the slopes from left and right differ here; node: the one with the kink, as relu(z)",
    "follows": "wrong only because the error signal of another row, node, is",
    "rounded": "right to the digits that were given",
    "not finite": "one of the two numbers is inf or NaN",
    "unexplained": "nothing fits; node: the first in reverse order that is wrong given that its successors are right",
}
"""Each kind of mistake, and what an explanation of that kind says by its `node`."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One explanation of a row: its kind, one of `KINDS`, the node that it names, and its text.

    `factor` is the number that is missing, extra or wrong, as the text gives it; `place` the node whose local
    derivative it belongs to. `same` are other words for the same mistake; `formula` is the derivation as it would be
    right, where one piece of it is blamed.

    An explanation is `certain` if a formula or a function agrees with it at all points that were tried, or a number to
    nine digits or more, and if no different one fits; those that do are in `others`. It is not certain of a number
    with fewer digits, which many mistakes may give by chance, nor of several mistakes at once, nor if it fits by an
    identity only: what it says to be written must be seen in the formula.
    """

    kind: str
    text: str
    node: Value | None = field(default=None, repr=False)
    name: str = ""
    factor: float | None = None
    place: Value | None = field(default=None, repr=False)
    transposed: bool = False
    certain: bool = True
    same: tuple[Explanation, ...] = field(default=(), repr=False)
    others: tuple[Explanation, ...] = field(default=(), repr=False)
    formula: str = field(default="", repr=False)

    def __str__(self) -> str:
        return self.text

    def saying(self, text: str) -> Explanation:
        """Return the same explanation with other words."""
        return replace(self, text=text)
