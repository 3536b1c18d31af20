"""draw: the picture of the computation graph of a Value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..engine import Value
from ..names import brief
from .box import Sketch
from .cards import EDGE
from .dot import arrival, arrow_attributes, attributes, departure, escaped, settings
from .graph import Graph
from .layering import layers
from .parts import Clusters
from .sketch import PROFILES, sketch

NOTEBOOK = 1100.0  # the widest picture, in pixels, that is drawn from left to right unless asked for


def draw(
    v: Value | Sequence[Value],
    *,
    names: Mapping[str, Any] | None = None,
    direction: str | None = None,
    depth: int | None = None,
    limit: int = 500,
    grad: bool = True,
    partials: bool = False,
    expand: bool = False,
    clusters: Clusters | None = None,
    collapse: bool = False,
    fold: bool | None = None,
    values: bool = True,
    profile: str | None = None,
) -> Graph:
    """Return the picture of the computation graph of v, or of several outputs in a list.

    `names=locals()` labels nodes by their variables. `direction` is "LR", "TB" (top to bottom), or None: LR while it
    fits a notebook. More than `limit` nodes are summarised; `depth=3` draws the last 3 levels, at most `limit` nodes.

    Once `backward` was called, each node shows the error signal that it left in `grad`: blue above 0, orange below,
    deeper the larger it is; what no error signal reaches is grey, and its arrows are dashed. `grad=False` leaves this
    out. `profile` calls the error signal of y as `derive` does: "error signals" ȳ (CSC 311), "partials" ∂L/∂y (6.390).
    `partials` writes ∂user/∂operand on each arrow, as a number and, where that is short, in symbols. `expand` opens
    fused nodes into the primitives t₁, t₂, … of the lectures, and sends the error signals through them.

    `clusters="neuron"` or `"layer"` frames the neurons or layers of `mx.nn`; a dictionary such as {"h1": [z1, h1]}
    frames nodes of your choice, with the unnamed ones that only they use. `collapse=True` makes one box of each frame,
    with its formula. `fold=True` draws one of the terms of a sum that are computed alike (the examples of a batch) and
    counts the others; None does so where the graph is too large otherwise. `values=False` draws a question mark for
    each number that is computed, as for an exercise; error signals and partials are then left out too.

    TypeError for what is not a Value; ValueError for another direction or profile, for a depth or limit below 1, and
    for a cluster that is none.

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(draw(y).text())
    *  9  grad 1
    |-- x  #1  3  grad 6
    `-- x  #1  (above)
    """
    outputs = _outputs(v)
    _check(direction, {"depth": depth, "limit": limit}, collapse and clusters is None, profile)
    picture = sketch(
        outputs,
        names,
        depth=depth,
        limit=limit,
        grad=grad and values,
        partials=partials and values,
        expand=expand,
        clusters=clusters,
        collapse=collapse,
        fold=fold,
        profile=profile,
    )
    if not values:
        _hide(picture)
    picture.direction = direction or _direction(picture)
    return _plain(picture) if picture.flat is None else _framed(picture, picture.flat)


def _outputs(v: Any) -> list[Value]:
    outputs: list[Any] = list(v) if isinstance(v, list | tuple) else [v]
    for output in outputs or [v]:
        if not isinstance(output, Value):
            raise TypeError(f"draw takes a Value, or a list of Values, not {brief(output)}; compute it from Value(...)")
    return outputs


def _check(direction: str | None, numbers: Mapping[str, int | None], collapses_nothing: bool, profile: Any) -> None:
    """Raise ValueError for a way to draw that there is not."""
    if direction not in (None, "LR", "TB"):
        raise ValueError(f'direction is "LR", "TB" or None, not {direction!r}')
    for name, n in numbers.items():
        if n is not None and (not isinstance(n, int) or n < 1):
            raise ValueError(f"{name} is a whole number of at least 1, not {n!r}")
    if collapses_nothing:
        raise ValueError('collapse=True needs clusters="neuron", "layer" or a dictionary: what shall be collapsed?')
    if profile not in (None, *PROFILES):
        raise ValueError(f"no notation of error signals named {profile!r}; there are {', '.join(map(repr, PROFILES))}")


def _hide(picture: Sketch) -> None:
    """Put a question mark for each number that is computed."""
    for box in picture.boxes:
        if box.kind == "node":
            box.rows, box.hint = ("?",), ""
        if box.inside is not None:
            _hide(box.inside)
    if picture.flat is not None:
        _hide(picture.flat)


def _direction(picture: Sketch) -> str:
    """Return LR unless that is wider than a notebook, and wider than TB."""
    layer = layers(len(picture.boxes), [(arrow.tail, arrow.head) for arrow in picture.arrows])
    columns = [0.0] * (max(layer) + 1)
    rows = [0.0] * (max(layer) + 1)
    for box, r in zip(picture.boxes, layer, strict=True):
        columns[r] = max(columns[r], box.size("LR")[0] + 30.0)
        rows[r] += box.size("TB")[0] + 14.0
    return "LR" if sum(columns) <= max(NOTEBOOK, *rows) else "TB"


def _plain(picture: Sketch) -> Graph:
    graph = Graph(sketch=picture, format="svg", **settings(picture))
    for i, box in enumerate(picture.boxes):
        graph.node(f"v{i}", **attributes(box, picture.direction))
    for arrow in picture.arrows:
        tail, head = picture.boxes[arrow.tail], picture.boxes[arrow.head]
        start = departure(tail, arrow.exit, picture.direction)
        port = arrival(head, arrow.port, picture.direction)
        style = arrow_attributes(arrow, head, picture.direction)
        graph.edge(f"v{arrow.tail}:{start}", f"v{arrow.head}:{port}", **style)
    return graph


def _framed(picture: Sketch, flat: Sketch) -> Graph:
    """Return a graph whose source has Graphviz's own clusters, and which is shown with the frames of `picture`."""
    flat.direction = picture.direction
    graph = _plain(flat)
    graph.sketch, graph.framed = picture, _plain(picture)
    for k, frame in enumerate(box for box in picture.boxes if box.inside is not None):
        inside = {id(box) for box in frame.inside.boxes} if frame.inside else set()
        style = {"label": escaped(frame.label), "style": "rounded", "color": EDGE["formula"], "fontname": "Helvetica"}
        with graph.subgraph(name=f"cluster_{k}", graph_attr=style) as part:
            for i, box in enumerate(flat.boxes):
                if id(box) in inside:
                    part.node(f"v{i}")
    return graph
