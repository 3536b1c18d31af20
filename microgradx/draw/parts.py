"""The parts of a graph that a picture frames: neurons, layers, or what the reader names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..activations import ACTIVATIONS
from ..derive.algebra import Name, applied, wrap
from ..derive.latex import Writer
from ..derive.lines import plain
from ..derive.partials import blocks_of
from ..engine import Value
from ..names import near_names
from .metrics import glyphs

Clusters = str | Mapping[str, Any]

_WEIGHT = re.compile(r"w(\d*)\[(\d+),\d+\]")


@dataclass(slots=True)
class Part:
    """What goes into one frame: its name, what it computes, and its nodes."""

    title: str
    formula: str
    members: list[Value]


def parts_of(
    clusters: Clusters, shown: Sequence[Value], users: Mapping[int, Sequence[Value]], names: Mapping[int, str]
) -> list[Part]:
    """Return the parts among the nodes shown, `names` by id; ValueError for what is no cluster of this graph."""
    if isinstance(clusters, Mapping):
        given = {str(name): _listed(members) for name, members in clusters.items()}
        fixed = {id(v) for members in given.values() for v in members}
        return [_named_part(name, members, shown, users, fixed, names) for name, members in given.items()]
    if clusters not in ("neuron", "layer"):
        raise ValueError(f'clusters is "neuron", "layer", or a dictionary from names to nodes, not {clusters!r}')
    neurons = _neurons(shown, users)
    if not neurons:
        raise ValueError(
            f"clusters={clusters!r} finds neurons by their fused node w·x + b, as mx.nn makes it, and there is none; "
            f'name the nodes instead: clusters={{"neuron": [z, y]}}'
        )
    return neurons if clusters == "neuron" else _layers(neurons)


def users_of(shown: Sequence[Value], terms: Mapping[int, Sequence[Any]]) -> dict[int, list[Value]]:
    """Return id → the nodes that are shown to use a node; `terms` are the operands to show where these are folded."""
    found: dict[int, list[Value]] = {id(v): [] for v in shown}
    for v in shown:
        for u in terms.get(id(v), v.operands):
            if id(u) in found:
                found[id(u)].append(v)
    return found


def _neurons(shown: Sequence[Value], users: Mapping[int, Sequence[Value]]) -> list[Part]:
    """Return each w·x + b with the parameters that it alone uses and the activation that follows."""
    found: list[Part] = []
    for z in shown:
        if z._primitive is None or z._primitive.name != "affine":
            continue
        own = [v for v in z.operands[: len(z._x)] if isinstance(v, Value) and len(users.get(id(v), ())) == 1]
        after = users[id(z)]
        activations = [v for v in after if v._primitive and v._primitive.name in ACTIVATIONS and len(after) == 1]
        found.append(Part(_title(z, activations, len(found) + 1), _formula(activations, "w"), [*own, z, *activations]))
    return found


def _title(z: Value, activations: Sequence[Value], number: int) -> str:
    end = activations[0] if activations else z
    weight = _WEIGHT.fullmatch(getattr(z.operands[0], "label", ""))
    if end.label or weight is None:
        return end.label or f"neuron {number}"
    layer, unit = weight.groups()
    return f"layer {layer}, unit {unit}" if layer else f"unit {unit}"


def _formula(activations: Sequence[Value], weights: str) -> str:
    symbols = {glyphs(v._op) for v in activations}
    inside = f"{weights}·x + b"
    return f"{', '.join(sorted(symbols))}({inside})" if symbols else inside


def _layers(neurons: Sequence[Part]) -> list[Part]:
    """Return the neurons together that have the same inputs."""
    groups: defaultdict[Any, list[Part]] = defaultdict(list)
    for neuron in neurons:
        z = _affine(neuron)
        groups[tuple(id(u) if isinstance(u, Value) else u for u in z.operands[len(z._x) :])].append(neuron)
    found: list[Part] = []
    for k, group in enumerate(groups.values(), 1):
        z = _affine(group[0])
        weight = _WEIGHT.fullmatch(getattr(z.operands[0], "label", ""))
        members = [v for neuron in group for v in neuron.members]
        ends = [v for neuron in group for v in neuron.members[-1:] if v is not _affine(neuron)]
        sizes = f"{len(z.operands) - len(z._x)} → {len(group)}"
        title = f"layer {weight[1]}" if weight and weight[1] else f"layer {k}"
        found.append(Part(f"{title}: {sizes}", _formula(ends, "W"), members))
    return found


def _affine(neuron: Part) -> Value:
    return next(v for v in neuron.members if v._primitive is not None)


def _listed(members: Any) -> list[Any]:
    return list(members) if isinstance(members, Sequence) and not isinstance(members, str) else [members]


def _named_part(
    name: str,
    given: Sequence[Any],
    shown: Sequence[Value],
    users: Mapping[int, Sequence[Value]],
    fixed: Collection[int],
    names: Mapping[int, str],
) -> Part:
    """Return a part that the reader named, with the nodes without a label that only it uses."""
    for v in given:
        if not isinstance(v, Value):
            raise TypeError(f"a cluster is a list of Values, not {v!r} (in {name!r})")
        if id(v) not in users:
            there = near_names(v.label, [u.label for u in shown if u.label])
            raise ValueError(f"the cluster {name!r} has {v!r}, which is not among the nodes that are drawn{there}")
    if not given:
        raise ValueError(f"the cluster {name!r} has no nodes")
    found = closed(given, shown, users, fixed)
    return Part(name, _written(found, names), found)


def closed(
    members: Sequence[Value], shown: Sequence[Value], users: Mapping[int, Sequence[Value]], fixed: Collection[int]
) -> list[Value]:
    """Return the members with all nodes without a label that only they use, in the order of those that are shown.

    Nodes whose ids are `fixed` stay where they are.
    """
    inside = {id(v) for v in members}
    for v in reversed(shown):
        free = v._primitive and not v.label and id(v) not in fixed
        if free and users[id(v)] and all(id(u) in inside for u in users[id(v)]):
            inside.add(id(v))
    return [v for v in shown if id(v) in inside]


def _written(members: Sequence[Value], names: Mapping[int, str]) -> str:
    """Return what the last node computes, in the names of what comes from outside; a square stands for one without."""
    formulas: dict[int, Any] = {}
    for v in members:
        if v._primitive is not None:
            flat = [formulas.get(id(x), _outside(x, names)) if isinstance(x, Value) else wrap(x) for x in v.operands]
            formulas[id(v)] = applied(v._primitive, *blocks_of(v, flat))
    formula = formulas.get(id(members[-1]))
    return "" if formula is None else plain(lambda name: Writer(name)(formula))


def _outside(v: Value, names: Mapping[int, str]) -> Name:
    """Return a name that is equal to no other node's, so that the product of two is not taken for a power."""
    return Name(str(id(v)), v.label or names.get(id(v), "□"))
