"""diagnose: why a model does not learn, and what the lectures advise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import Any

from ..engine import Value
from ..losses import Loss, loss_named
from ..module import Module
from ..train.examples import examples
from .records import Over, Records
from .report import Diagnosis, Finding, LayerRow
from .units import Key

SMALL_SHARE = 0.01
"""A unit is saturated where its slope is below this share of the steepest that its activation has."""
MOST = 0.9
"""… for at least this share of the examples."""
FACTOR = 1e3
"""Error signals vanish or explode if first and last layer differ by more."""
STEEPEST = {"tanh": 1.0, "sigmoid": 0.25, "gaussian": math.exp(-0.5)}

_DEAD = (
    "leaky ReLU, whose slope is not 0 on the left; smaller weights or another initialisation, or a smaller learning "
    "rate; a wider layer, so that not every unit is dead; a skip connection (nn.Residual) around the layer"
)
_SATURATED = "smaller weights (another initialisation, such as init='xavier', or l2=…); standardised inputs; ReLU"
_VANISHING = (
    "skip connections (nn.Residual), which lead around the small factors; ReLU or leaky ReLU in place of sigmoid and "
    "tanh; wider layers; another initialisation (init='he' before ReLU, 'xavier' else)"
)
_EXPLODING = "clip the gradient (mx.clip_grad_norm, or fit(clip_norm=1.0)); keep weights small: smaller init, or l2=…"


def diagnose(
    model: Callable[[list[Any]], Any],
    X: Any,
    y: Any,
    loss: str | Loss = "mse",
    *,
    parameters: Iterable[Value] | None = None,
) -> Diagnosis:
    """Look for what keeps a model from learning, over the examples (xᵢ, tᵢ) and the loss (1/n) Σ loss(model(xᵢ), tᵢ).

    It finds dead ReLUs (slope 0 for every example), saturated units, error signals that vanish or explode from layer
    to layer, parameters that no example updates, neurons that stay duplicates of each other, and numbers that are not
    finite with the first node that made them; each with the lectures' remedy (6.390 lecture 6; lecture notes of 2023,
    section 11). Layers are found in the graph, so that neurons written by hand are understood like those of `nn`.
    No `.grad` is touched.

    model        a Module, or any function from a list of inputs to a Value or a list of Values, with `parameters`
    X, y, loss   as for `fit`

    ValueError or ShapeError for data that cannot be used; TypeError for a model without parameters.

    >>> from microgradx.nn import MLP
    >>> model = MLP(1, [2, 1], init=[1.0, 0.0, 1.0, -5.0, 1.0, 1.0, 0.0])
    >>> print(diagnose(model, [[1.0], [2.0]], [0.0, 1.0]))
    2 findings, over 2 examples
    layer  units  activation  dead          saturated  error signal z̄  gradient norm
    1      2      relu        1 of 2 (50%)  –          1.41            3.61
    2      1      linear      –             –          2               3.61
    1. dead ReLU: layer 1, 1 of 2 units
         the pre-activation of w1[2,1] + b1[2] is below 0 for every example, so that
         nothing flows back
       → leaky ReLU, whose slope is not 0 on the left; smaller weights or another
       initialisation, or a smaller learning rate; a wider layer, so that not every
       unit is dead; a skip connection (nn.Residual) around the layer
    2. no update: 3 of 7 parameters
         w1[2,1], b1[2], w2[1,2]: their gradient is 0 for every example
       → see the dead units above
    """
    found = getattr(model, "parameters", None) if parameters is None else None
    chosen = list(found() if callable(found) else parameters or [])
    if not callable(model) or not chosen or not all(isinstance(v, Value) for v in chosen):
        raise TypeError(
            f"diagnose needs a model with parameters, not {model!r}; make it an nn.Module with Values as attributes, "
            f"or name them: diagnose(f, X, y, parameters=[w, b])"
        )
    chosen = list(dict.fromkeys(chosen))  # weights that are tied may be listed twice
    function = loss_named(loss)
    names = {id(v): name for name, v in model.named_parameters()} if isinstance(model, Module) else {}
    records = Records(chosen, names)
    for x, t in examples(X, y):
        records.add(model, function, x, t)
    rows = [_row(records, layer, units) for layer, units in records.layers().items()]
    findings = [finding for look in _LOOKS for finding in look(records, rows)]
    return Diagnosis(findings, rows, list(_notes(records)), records.examples)


def _dead(over: Over) -> bool:
    return over.activation == "relu" and not any(over.slopes)


def _saturated(over: Over) -> bool:
    least = SMALL_SHARE * STEEPEST.get(over.activation, 0.0)
    return sum(abs(slope) < least for slope in over.slopes) >= MOST * len(over.slopes)


def _row(records: Records, layer: int, units: list[tuple[Key, Over]]) -> LayerRow:
    kinds = list(dict.fromkeys(over.activation for _, over in units))
    signals = [z for _, over in units for z in over.signals]
    own = {i for key, _ in units for i in key}
    return LayerRow(
        layer,
        len(units),
        " and ".join(kinds),
        sum(_dead(over) for _, over in units) if "relu" in kinds else None,
        sum(_saturated(over) for _, over in units) if STEEPEST.keys() & set(kinds) else None,
        math.hypot(*signals) / math.sqrt(len(signals)),
        math.hypot(*(records.total[i] for i in own)) / records.examples,
    )


def _not_finite(records: Records, rows: list[LayerRow]) -> Iterator[Finding]:
    if records.failures:
        number, why = records.failures[0]
        count = f"{len(records.failures)} of {records.examples} examples"
        remedy = "smaller weights, standardised inputs, a loss that is stable (…_with_logits, logsumexp); clipping"
        yield Finding("not finite", count, f"the first is example {number}: {why}", remedy)


def _dead_units(records: Records, rows: list[LayerRow]) -> Iterator[Finding]:
    for layer, units in records.layers().items():
        if dead := [key for key, over in units if _dead(over)]:
            whole = len(dead) == len(units)
            text = f"the pre-activation of {_together(records, dead)} is below 0 for every example, so that nothing "
            text += "flows back" + (", and the layers before get no gradient through this one" if whole else "")
            yield Finding("dead ReLU", f"layer {layer}, {len(dead)} of {len(units)} units", text, _DEAD)


def _saturated_units(records: Records, rows: list[LayerRow]) -> Iterator[Finding]:
    for layer, units in records.layers().items():
        if full := [(key, over) for key, over in units if _saturated(over)]:
            steepest = max(max(map(abs, over.slopes)) for _, over in full)
            names = _together(records, [key for key, _ in full])
            text = (
                f"the slope of {names} is below {SMALL_SHARE:.0%} of its largest for at least {MOST:.0%} of the "
                f"examples (at most {steepest:.2g})"
            )
            yield Finding("saturated units", f"layer {layer}, {len(full)} of {len(units)} units", text, _SATURATED)


def _decay(records: Records, rows: list[LayerRow]) -> Iterator[Finding]:
    if len(rows) < 2 or not rows[-1].signal or not rows[0].signal or records.failures:
        return
    ratio = rows[0].signal / rows[-1].signal
    each = ratio ** (1 / (len(rows) - 1))
    if ratio < 1 / FACTOR:
        kind, remedy = "vanishing gradient", _VANISHING
    elif ratio > FACTOR:
        kind, remedy = "exploding gradient", _EXPLODING
    else:
        return
    text = f"z̄ is {rows[-1].signal:.3g} in layer {rows[-1].layer} and {rows[0].signal:.3g} in layer {rows[0].layer}: "
    yield Finding(kind, f"{len(rows)} layers", f"{text}× {each:.2g} from each layer to the one before", remedy)


def _duplicates(records: Records, rows: list[LayerRow]) -> Iterator[Finding]:
    for layer, units in records.layers().items():
        groups: dict[tuple[Any, ...], list[Key]] = {}
        for key, over in units:
            if any(over.slopes) and over.activation != "linear":
                groups.setdefault((over.activation, *over.outputs, *over.signals), []).append(key)
        for alike in groups.values():
            if len(alike) > 1:
                names = _together(records, alike)
                text = (
                    f"{names} have equal outputs and equal error signals for every example: equal updates keep them so"
                )
                remedy = (
                    "another initialisation: random weights that differ, not zeros or one constant (symmetry breaking)"
                )
                yield Finding("duplicate neurons", f"layer {layer}, {len(alike)} of {len(units)} units", text, remedy)


def _no_update(records: Records, rows: list[LayerRow]) -> Iterator[Finding]:
    still = [i for i, moved in enumerate(records.moved) if not moved]
    if not still or not records.units:
        return
    unused = [i for i in still if not records.used[i]]
    names = ", ".join(map(records.name, still[:8])) + (f" and {len(still) - 8} more" if len(still) > 8 else "")
    text = f"{names}: {'its' if len(still) == 1 else 'their'} gradient is 0 for every example"
    if unused:
        text += f"; the output does not depend on {', '.join(map(records.name, unused[:8]))}"
    remedy = _remedy_for_no_update(records, len(unused) == len(still))
    yield Finding("no update", f"{len(still)} of {len(records.parameters)} parameters", text, remedy)


def _remedy_for_no_update(records: Records, unused: bool) -> str:
    kinds = {over.activation for over in records.units.values()}
    if unused:
        return "use them in the model, or take them out"
    if layer := _without_weights(records):
        return (
            f"the weights of layer {layer} are 0, so that no error signal comes back through them: another "
            f"initialisation, random weights that differ"
        )
    if "step" in kinds:
        return "step has slope 0 everywhere: train with sigmoid or ReLU, and threshold afterwards"
    if any(_dead(over) for over in records.units.values()):
        return "see the dead units above"
    if "relu" in kinds:
        return (
            "the ReLUs before and behind them are never on together, or inputs are 0 in all examples: more examples, "
            "leaky ReLU, wider layers"
        )
    return "look for inputs that are 0 in all examples, or for a graph that is cut (v.data, detach)"


def _without_weights(records: Records) -> int | None:
    """Return the first layer whose weights are all 0, so that the units before it have no error signals.

    Of the parameters of a unit only the bias may be another number: through any other one a signal would come back.
    """
    layers = records.layers()
    for before, after in pairwise(layers):
        silent = [over for _, over in layers[before] if any(over.slopes) and not any(over.signals)]
        keys = [key for key, over in layers[after] if any(over.signals)]
        others = [sum(records.parameters[i].data != 0.0 for i in key) for key in keys]
        if silent and others and max(others) <= 1:
            return after
    return None


_LOOKS = (_not_finite, _dead_units, _saturated_units, _decay, _duplicates, _no_update)


def _notes(records: Records) -> Iterator[str]:
    kinds = {over.activation for over in records.units.values()}
    if not kinds:
        yield "no units were found, because no example could be computed: only what is not finite can be told"
    elif kinds == {"linear"}:
        yield "no activation of this library was found, so that dead and saturated units are not looked for"
    elif "relu" not in kinds:
        yield f"the model has no ReLUs (it has {', '.join(sorted(kinds - {'linear'}))}), so that none can be dead"


def _named(records: Records, key: Key) -> str:
    names = [records.name(i) for i in key]
    return " + ".join(names) if len(names) < 3 else f"{names[0]} + … + {names[-1]}"


def _together(records: Records, keys: list[Key]) -> str:
    """Return the names of some units, of many the first three and how many more there are."""
    more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
    return "; ".join(_named(records, key) for key in keys[:3]) + more
