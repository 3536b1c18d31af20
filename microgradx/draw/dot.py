"""The DOT source of a picture, and Graphviz's SVG of it, dressed like that of the built-in layout."""

from __future__ import annotations

import re

from .box import Arrow, Box, Sketch
from .cards import EDGE, FILL, IDLE, LINK, PAPER, QUIET
from .svg import paint_box, root

PORTS = {"LR": ("e", "w"), "TB": ("s", "n")}
"""The sides where arrows leave a box and arrive at one, by direction."""

_NODE = re.compile(r'<g id="node\d+" class="node">\s*<title>v(\d+)</title>((?:(?!<g ).)*?)</g>', re.DOTALL)
_TITLE = re.compile(r'(class="(?:graph|edge)"[^>]*>)\s*<title>[^<]*</title>')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def settings(sketch: Sketch) -> dict[str, dict[str, str]]:
    """Return the attributes of the graph, of all nodes and of all edges."""
    # Graphviz's curves overshoot where many arrows arrive side by side; straight lines do not.
    crowded = any(box.ports > 3 or box.kind == "frame" for box in sketch.boxes)
    lines = {"splines": "polyline", "ranksep": "0.7"} if crowded else {"splines": "true", "ranksep": "0.4"}
    return {
        "graph_attr": {"rankdir": sketch.direction, "bgcolor": PAPER, "nodesep": "0.2", "pad": "0.14"} | lines,
        "node_attr": {"fontname": "Helvetica", "fontsize": "11", "margin": "0.02", "fixedsize": "true"},
        "edge_attr": {"color": LINK, "penwidth": "1.3", "arrowsize": "0.6"},
    }


def attributes(box: Box, direction: str) -> dict[str, str]:
    """Return a node's attributes: plainer than `paint_box`, which Graphviz cannot do, but of the same size."""
    width, height = box.size(direction)
    size = {"shape": "box", "width": f"{width / 72:.3f}", "height": f"{height / 72:.3f}"}
    if box.kind == "summary":
        return size | {
            "margin": "0.15",
            "label": "".join(escaped(row) + r"\l" for row in (box.label, *box.rows, *box.hint.splitlines())),
        }
    label = r"\n".join(map(escaped, filter(None, (f"{box.label}  {box.symbol}".strip(), *box.rows))))
    if box.kind in ("constant", "rest"):
        return size | {"style": "rounded,filled", "fillcolor": FILL[box.kind], "color": QUIET, "label": label}
    if box.ports > 1 or box.exits > 1 or any(partial.text for partial in box.partials):
        size["shape"], label = "record", f"{{{_ports(box, direction)}{label}{_exits(box)}}}"
    if box.kind == "frame":
        return size | {"style": "rounded", "color": EDGE["formula"], "label": label}
    fill, edge = (FILL["rest"], IDLE) if box.grey else (FILL[box.kind], EDGE[box.kind])
    color = {"style": "filled", "fillcolor": fill, "color": edge} | ({"fontcolor": QUIET} if box.grey else {})
    return size | color | {"penwidth": "2.4" if box.output else "1.2", "label": label}


def _ports(box: Box, direction: str) -> str:
    """Return the fields of a record where arrows arrive, with what is written there."""
    partials = [escaped(partial.text) for partial in box.partials] if direction == "LR" else []  # equal heights
    shown = [str(i + 1) if box.ordered else "" for i in range(box.ports)]
    shown = [f"{mark} {partial}".strip() for mark, partial in zip(shown, partials, strict=True)] if partials else shown
    return f"{{{'|'.join(f'<i{i}> {mark}' for i, mark in enumerate(shown))}}}|" if box.ports else ""


def _exits(box: Box) -> str:
    return f"|{{{'|'.join(f'<o{i}> ' for i in range(box.exits))}}}" if box.exits > 1 else ""


def arrow_attributes(arrow: Arrow, head: Box, direction: str) -> dict[str, str]:
    """Return an arrow's attributes, if any differ from those of all."""
    found = {"color": IDLE, "style": "dashed"} if arrow.grey else {}
    return found | ({"arrowhead": APRON} if any(head.apron(direction)) else {})


APRON = "normal"
"""The arrowhead before a box with partials, where the dressed picture has its own arrowhead further on."""


def undressed(source: str) -> str:
    """Return the source for a picture that will be dressed: arrows to a box with partials end without a head."""
    return re.sub(rf"^(\t\S+ -> \S+ \[.*\b)arrowhead={APRON}\b", r"\1arrowhead=none", source, flags=re.MULTILINE)


def arrival(box: Box, port: int, direction: str) -> str:
    """Return the DOT port where an arrow arrives."""
    side = PORTS[direction][1]
    return f"i{port}:{side}" if box.ports > 1 else side


def departure(box: Box, exit: int, direction: str) -> str:
    """Return the DOT port where an arrow leaves."""
    side = PORTS[direction][0]
    return f"o{exit}:{side}" if box.exits > 1 else side


def escaped(text: str) -> str:
    r"""Return text that Graphviz shows as it stands, in plain labels and in records.

    >>> print(escaped(r"<b> \N"))
    &#60;b&#62; \\N
    """
    return re.sub(r"""["<>{}|&']""", lambda found: f"&#{ord(found[0])};", text).replace("\\", "\\\\")


def dressed(svg: str, sketch: Sketch) -> str:
    """Return Graphviz's SVG with the boxes of `sketch` painted by hand, where Graphviz placed them."""

    def box(found: re.Match[str]) -> str:
        i = int(found[1])
        if i >= len(sketch.boxes):
            return found[0]
        outline = re.search(r'(?:points|d)="([^"]*)"', found[2])
        if outline is None:
            return found[0]
        corners = [float(x) for x in _NUMBER.findall(outline[1])]
        xs, ys = corners[::2], corners[1::2]
        return paint_box(sketch.boxes[i], (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2, sketch.direction)

    head, body = svg[svg.index("<svg") :].split(">", 1)
    view = re.search(r'viewBox="([^"]*)"', head)
    x, y, width, height = map(float, view[1].split()) if view else (0.0, 0.0, 100.0, 100.0)
    return root(width, height, x, y) + _NODE.sub(box, _TITLE.sub(r"\1", body))
