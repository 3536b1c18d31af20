"""draw: what a picture shows, as SVG and as text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

import pytest

import microgradx as mx
from microgradx.draw import draw

from .gauge import SVG


def difference() -> mx.Value:
    """Return c = a − b·b, after backward."""
    a, b = mx.Value(1.5, "a"), mx.Value(2.0, "b")
    c = a - b * b
    c.label = "c"
    c.backward()
    return c


def texts(svg: str) -> list[str]:
    """Return all lines of text of a picture, with a space between the parts of a line."""
    return [" ".join(text.itertext()) for text in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_picture_shows_label_operation_data_and_gradient() -> None:
    """Every node stands there with its label, its operation, its number and its error signal."""
    shown = texts(draw(difference()).svg("builtin"))
    assert shown == ["a", "1.5", "grad 1", "b", "2", "grad −4", "×", "4", "grad −1", "c −", "−2.5", "grad 1", "1", "2"]


def test_gradients_can_be_left_out() -> None:
    """With grad=False only data are drawn."""
    assert not any("grad" in line for line in texts(draw(difference(), grad=False).svg("builtin")))


def test_operands_keep_order_and_multiplicity() -> None:
    """b·b has two arrows; a − b·b receives a first, and its arrows are numbered; those of a sum or product are not."""
    graph = draw(difference())
    arrows = [line.strip() for line in graph.body if "->" in line]
    assert arrows == ["v1:e -> v2:i0:w", "v1:e -> v2:i1:w", "v0:e -> v3:i0:w", "v2:e -> v3:i1:w"]
    assert graph.svg("builtin").count("<polygon") == 4
    assert "<i0> 1|<i1> 2" in graph.source
    assert texts(draw(mx.Value(1.0) + mx.Value(2.0) * 3).svg("builtin")).count("1") == 1


def test_constants_are_boxes_of_their_own() -> None:
    """Each use of a plain number is a small box that shows the number as written."""
    x = mx.Value(3.0)
    svg = draw(2 * x**2 - 1).svg("builtin")
    assert svg.count('class="box constant"') == 3
    assert texts(svg).count("2") == 2 + 2  # two constants, and two numbers of second operands


def test_fused_rows_are_one_box() -> None:
    """The pre-activation of a neuron is one box with weights, bias and inputs as its operands, in order."""
    z = mx.nn.Neuron(2, init=[0.5, -0.5, 0.1])([mx.Value(1.0, "x1"), 2.0])
    assert repr(draw(z)) == draw(z).text(), "what a shell shows"
    assert draw(z).text().splitlines() == [
        "w·x + b  -0.4",
        "|-- w1  0.5",
        "|-- w2  -0.5",
        "|-- b  0.1",
        "|-- x1  1",
        "`-- 2",
    ]


def test_leaves_differ_from_computed_nodes_and_the_output_from_both() -> None:
    """Leaves, computed nodes and outputs are told apart by colour and line."""
    svg = draw(difference()).svg("builtin")
    assert svg.count('class="box leaf"') == 2
    assert svg.count('class="box node"') == 2
    assert svg.count('stroke-width="2.4"') == 1


def test_text_prints_shared_nodes_once() -> None:
    """The tree shows a shared node in full at its first place and refers to it at the others."""
    assert draw(difference()).text().splitlines() == [
        "c  -  -2.5  grad 1",
        "|-- a  1.5  grad 1",
        "`-- *  4  grad -1",
        "    |-- b  #1  2  grad -4",
        "    `-- b  #1  (above)",
    ]


def test_names_label_nodes_that_have_no_label() -> None:
    """names=locals() names what has no label of its own."""
    x = mx.Value(2.0, "own")
    y = x * x
    assert draw(y, names=locals()).text().splitlines()[:2] == ["y  *  4", "|-- own  #1  2"]


def test_several_outputs_share_one_picture() -> None:
    """A list of Values is drawn as one graph, each node once."""
    x = mx.Value(1.0, "x")
    graph = draw([x.exp(), x.sin()])
    assert graph.svg("builtin").count('class="box') == 3
    assert graph.text().splitlines()[2:] == ["sin  0.8415", "`-- x  #1  (above)"]


def test_large_graphs_are_summarised() -> None:
    """Beyond the limit a picture counts the nodes of each operation and says how to see more."""
    v = x = mx.Value(1.0, "x")
    for _ in range(300):
        v = v * 0.5 + x
    graph = draw(v)
    assert graph.text().splitlines() == [
        "601 nodes:",
        "  300  *",
        "  300  +",
        "    1  leaves",
        "draw(v, depth=3) shows the last 3 levels",
        "draw(v, limit=601) shows everything",
    ]
    assert {"601 nodes", "300", "draw(v, depth=3) shows the last 3 levels"} <= set(texts(graph.svg("builtin")))
    assert draw(v, limit=601).svg("builtin").count('class="box node"') == 600


def test_depth_draws_the_last_levels() -> None:
    """depth=2 draws the output and its operands, and one box for all that is left out."""
    v = mx.Value(1.0, "x")
    for _ in range(10_000):
        v = v.tanh()
    assert draw(v, depth=2, grad=False).text().split("\n") == [
        "tanh  0.01225",
        "`-- tanh  0.01225",
        "    `-- ... 9,999 more",
    ]
    assert "… 9,999 more" in texts(draw(v, depth=2).svg("builtin"))


def test_limit_holds_for_a_part_too() -> None:
    """A wide sum drawn with a depth shows the first operands, up to the limit, and one arrow for the others."""
    graph = draw(mx.sum([mx.Value(float(i)) for i in range(2000)]), depth=3, limit=10)
    assert graph.svg("builtin").count('class="box leaf"') == 9
    assert graph.text().splitlines()[-1] == "`-- ... 1,991 more"


def test_a_long_chain_is_drawn_without_recursion() -> None:
    """Neither the summary nor the last levels of a chain of 300,000 nodes need recursion."""
    v = x = mx.Value(0.0)
    for _ in range(300_000):
        v = v + x
    assert draw(v).text().startswith("300,001 nodes:")
    assert "299,998 more" in draw(v, depth=2).svg("builtin")


def test_direction_is_left_to_right_while_that_fits() -> None:
    """Short graphs run from left to right, long ones downwards, and either can be asked for."""
    v = mx.Value(1.0)
    for _ in range(40):
        v = v.tanh()
    assert draw(difference()).graph_attr["rankdir"] == "LR"
    assert draw(v).graph_attr["rankdir"] == "TB"
    assert draw(v, direction="LR").graph_attr["rankdir"] == "LR"


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((3.0,), {}, TypeError, "draw takes a Value, or a list of Values, not 3.0"),
        (([],), {}, TypeError, "draw takes a Value, or a list of Values, not []"),
        (([mx.Value(1.0), None],), {}, TypeError, "not None"),
        ((mx.Value(1.0),), {"direction": "RL"}, ValueError, "not 'RL'"),
        ((mx.Value(1.0),), {"depth": 0}, ValueError, "depth is a whole number of at least 1, not 0"),
        ((mx.Value(1.0),), {"depth": 2.5}, ValueError, "depth is a whole number of at least 1, not 2.5"),
        ((mx.Value(1.0),), {"limit": -1}, ValueError, "limit is a whole number of at least 1, not -1"),
    ],
)
def test_wrong_arguments_are_refused(
    arguments: tuple[Any, ...], options: dict[str, Any], error: type[Exception], message: str
) -> None:
    """What cannot be drawn is refused with the value and the reason."""
    with pytest.raises(error) as caught:
        draw(*arguments, **options)
    assert message in str(caught.value)
