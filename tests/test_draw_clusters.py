"""Frames around neurons and layers, open and collapsed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import product
from typing import Any

import pytest

import microgradx as mx
from microgradx.draw import draw

from .gauge import SVG, faults, groups, outline_of
from .test_draw import texts
from .test_draw_look import RENDERERS, dead, hidden, network, residual


def frames(svg: str) -> dict[str, set[str]]:
    """Return title → first words of the boxes inside, for each frame of a picture."""
    root = ET.fromstring(svg)
    found = {}
    for group in groups(root, "frame"):
        boxes = [outline_of(g).what.split("\n")[0] for g in groups(group, "box")]
        found[group.findtext(f"{SVG}text") or "".join(group.find(f"{SVG}text").itertext())] = set(boxes)  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize("renderer", RENDERERS)
def test_a_neuron_s_frame_holds_its_parameters_and_its_activation(renderer: str) -> None:
    """Each neuron is framed with its weights, bias, pre-activation and activation, and nothing else."""
    found = frames(draw(network(), clusters="neuron").svg(renderer))
    assert found["layer 1, unit 2"] == {"w1[2,1]", "w1[2,2]", "b1[2]", "operation affine", "operation tanh"}
    assert found["layer 2, unit 1"] == {"w2[1,1]", "w2[1,2]", "w2[1,3]", "b2[1]", "operation affine"}
    assert len(found) == 4


def test_layers_are_neurons_with_the_same_inputs() -> None:
    """A layer's frame holds all of its neurons, and its title their number."""
    found = frames(draw(residual(), clusters="layer").svg("builtin"))
    assert list(found) == ["layer 1: 2 → 2", "layer 2: 2 → 2"]
    assert all(len(inside) == 8 for inside in found.values())  # six parameters, and one name for each kind of node


def test_a_collapsed_neuron_shows_its_formula_and_numbers() -> None:
    """One box stands for a neuron: name, formula, activation and error signal."""
    o = network()
    lines = draw(o, clusters="neuron", collapse=True).text().splitlines()
    h = o.operands[4]
    assert isinstance(h, mx.Value)
    shown = next(line for line in lines if "layer 1, unit 1" in line)
    assert "tanh(w·x + b)" in shown
    assert f"{h.data:.4g}" in shown
    assert f"grad {h.grad:.4g}" in shown
    assert not any("w1[" in line for line in lines)


def test_a_collapsed_layer_is_one_box() -> None:
    """A layer collapses to W·x + b with its activation, and the values of all of its units."""
    lines = texts(draw(network(), clusters="layer", collapse=True).svg("builtin"))
    assert {"layer 1: 2 → 3", "tanh(W·x + b)", "layer 2: 3 → 1", "W·x + b"} <= set(lines)


def test_numbers_of_a_collapsed_layer_are_counted_where_not_all_fit() -> None:
    """What is left out of a row is said with the number of all; a colour stands for signs that are the same."""
    model = mx.nn.MLP(2, [6, 1], seed=1)
    for target in (3.0, -3.0):
        output = model([1.0, -2.0])
        L = (output - target) ** 2
        L.backward()
        (layer,) = (box for box in draw(L, clusters="layer", collapse=True).sketch.boxes if "→ 6" in box.label)
        assert all(row.endswith("… (6 in all)") for row in layer.rows[1:] if len(row) > 30), layer.rows
        assert layer.rows[2].startswith("grad ")
        assert layer.tint == 0.0
        assert layer.size("LR")[0] < 215.0
    (last,) = (box for box in draw(L, clusters="layer", collapse=True).sketch.boxes if "→ 1" in box.label)
    assert last.tint > 0.0


def test_frames_of_one_s_own_take_in_the_unnamed_nodes_between() -> None:
    """A dictionary frames named nodes, and the product w·x in it that nobody named; its formula is in their names."""
    L, clusters = hidden()
    (inside,) = frames(draw(L, clusters=clusters).svg("builtin")).values()
    assert inside == {"operation mul", "z", "h"}
    assert "tanh(w·x + b)" in texts(draw(L, clusters=clusters, collapse=True).svg("builtin"))


def test_a_formula_is_in_the_names_of_variables() -> None:
    """Nodes that only `names` names are called so in the formula of a box; without names there is a square for each."""
    w, x, b = mx.Value(0.5), mx.Value(2.0), mx.Value(-1.5)
    z = w * x + b
    y = z.sigmoid()
    shown = texts(draw(y, names={"w": w, "x": x, "b": b}, clusters={"neuron": [z, y]}, collapse=True).svg("builtin"))
    assert "σ(w·x + b)" in shown
    assert "σ(□·□ + □)" in texts(draw(y, clusters={"neuron": [z, y]}, collapse=True).svg("builtin"))


def test_frames_hold_in_expanded_pictures_too() -> None:
    """A node that was named before expansion stands in its frame after it."""
    L, clusters = hidden()
    (inside,) = frames(draw(L, clusters=clusters, expand=True).svg("builtin")).values()
    assert {"z", "h"} < inside
    assert len(inside) > 5


def test_a_neuron_s_frame_can_show_its_primitives() -> None:
    """Expanded, each neuron's frame holds the sequence that its fused nodes stand for, and no node of another."""
    model = mx.nn.MLP(2, [2, 1], activation="sigmoid")
    o = model([mx.Value(1.0, "x1"), mx.Value(2.0, "x2")])
    found = frames(draw(o, clusters="neuron", expand=True).svg("builtin"))
    assert [sum(name.startswith("t") for name in inside) for inside in found.values()] == [8, 8, 4 - 1]
    assert len(set.union(*found.values()) - {"constant 1"}) == sum(
        len(inside - {"constant 1"}) for inside in found.values()
    )


def test_frames_of_one_s_own_take_nothing_from_each_other() -> None:
    """An unnamed node that stands in one frame is not taken into the frame of its user."""
    x = mx.Value(0.5, "x")
    h = (x * 2.0).tanh()
    y = (h + 1.0).exp()
    assert list(frames(draw(y, clusters={"y": y, "h": h}).svg("builtin"))) == ["h", "y"]


def test_what_is_grey_is_grey_up_to_the_border_of_its_frame() -> None:
    """An arrow without error signal is dashed on its whole way, in a frame and outside."""
    root = ET.fromstring(draw(dead(), clusters="neuron").svg("builtin"))
    frame = next(g for g in groups(root, "frame") if "unit 1" in "".join(g.find(f"{SVG}text").itertext()))  # type: ignore[union-attr]
    edges = [path for g in groups(frame, "edge") for path in g.iter(f"{SVG}path")]
    colored = [path for path in edges if not path.get("stroke-dasharray")]
    assert len(edges) > 8
    assert len(colored) == 2  # relu's own error signal, to the pin and on to the border


def test_collapsed_layers_are_joined_by_one_arrow() -> None:
    """From one collapsed layer to the next leads one arrow, whatever their widths."""
    graph = draw(network(), clusters="layer", collapse=True)
    assert len([line for line in graph.body if "->" in line]) == 2 + 1


def test_the_limit_counts_what_is_drawn() -> None:
    """A network of 2410 parameters is drawn if its layers collapse; what is still too large is summarised."""
    o = mx.sum(mx.nn.MLP(64, [32, 10])([0.5] * 64))
    assert "layer 1: 64 → 32" in texts(draw(o, clusters="layer", collapse=True).svg("builtin"))
    assert draw(o, clusters="layer", collapse=True, limit=2).text().splitlines()[0].endswith(" nodes:")


def test_the_text_of_a_picture_with_frames_is_the_whole_tree() -> None:
    """Open frames change what is drawn, not what is told."""
    assert draw(network(), clusters="layer").text() == draw(network()).text()


@pytest.mark.parametrize("clusters", ["neuron", "layer"])
@pytest.mark.parametrize("direction", ["LR", "TB"])
@pytest.mark.parametrize("collapse", [False, True])
def test_all_ways_to_draw_go_together(clusters: str, direction: str, collapse: bool) -> None:
    """Partials, expansion, frames, folding and depth can be combined, and every picture is without fault."""
    outputs = mx.nn.MLP(2, [3, 2])([mx.Value(1.0, "x1"), 2.0])
    outputs[0].backward()
    for partials, expand, fold, depth in product((False, True), (False, True), (False, True), (None, 3)):
        graph = draw(
            outputs, clusters=clusters, collapse=collapse, direction=direction,
            partials=partials, expand=expand, fold=fold, depth=depth,
        )  # fmt: skip
        assert faults(graph.svg("builtin")) == [], (partials, expand, fold, depth)


def middle() -> tuple[mx.Value, Any]:
    """A frame that the graph leaves and enters again."""
    x = mx.Value(1.0, "x")
    a = x.exp()
    b = a.sin()
    c = a * b
    a.label, b.label, c.label = "a", "b", "c"
    return c, {"torn": [a, c]}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: {"clusters": "units"},
            ValueError,
            '"neuron", "layer", or a dictionary from names to nodes, not \'units\'',
        ),
        (lambda: {"clusters": 3}, ValueError, "not 3"),
        (lambda: {"clusters": "neuron"}, ValueError, "there is none; name the nodes instead"),
        (lambda: {"clusters": {"p": [3.0]}}, TypeError, "a cluster is a list of Values, not 3.0 (in 'p')"),
        (lambda: {"clusters": {"p": []}}, ValueError, "'p' has no nodes"),
        (
            lambda: {"clusters": {"p": mx.Value(0.0, "bb")}},
            ValueError,
            "not among the nodes that are drawn; did you mean",
        ),
        (lambda: {"collapse": True}, ValueError, "collapse=True needs clusters="),
    ],
)
def test_frames_that_cannot_be_drawn_are_refused(make: Any, error: type[Exception], message: str) -> None:
    """What is no cluster of the graph is refused with the value and the way out."""
    with pytest.raises(error) as caught:
        draw(middle()[0], **make())
    assert message in str(caught.value)


def test_a_frame_that_is_left_and_entered_again_is_refused() -> None:
    """One box cannot stand for nodes that another node stands between."""
    c, torn = middle()
    for collapse in (False, True):
        with pytest.raises(ValueError, match="the cluster 'torn' is left and entered again"):
            draw(c, clusters=torn, collapse=collapse)


def test_a_node_stands_in_one_frame_only() -> None:
    """Frames do not overlap."""
    c, _ = middle()
    with pytest.raises(ValueError, match="stands in two clusters, 'p' and 'q'"):
        draw(c, clusters={"p": [c], "q": c})


def test_the_source_has_clusters() -> None:
    """What Graphviz itself makes of the source (PNG, PDF) has the frames as its clusters, with the same nodes."""
    L, clusters = hidden()
    graph = draw(L, clusters=clusters)
    assert "subgraph cluster_0" in graph.source
    assert 'label="a neuron with a l' in graph.source
    plain = [line for line in draw(L).body if "->" in line]
    assert [line for line in graph.body if "->" in line] == plain
    assert graph.copy().svg() == graph.svg()


def test_a_hostile_name_of_a_frame_is_inert() -> None:
    """A frame's name is text, and as long as the frame is wide at most."""
    c, _ = middle()
    for name in ('"><script>alert(1)</script>', "a\nb", "long " * 2000, "<i0>|{}\\N"):
        for renderer in ("wasi", "builtin"):
            root = ET.fromstring(draw(c, clusters={name: [c]}).svg(renderer))
            assert not list(root.iter(f"{SVG}script"))
