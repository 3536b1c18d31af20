"""A gauge for pictures: what overlaps, sticks out or is run over in an SVG of `draw`, measured with a real font."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Frame:
    """A rectangle."""

    left: float
    top: float
    right: float
    bottom: float
    what: str = ""

    def holds(self, other: Frame) -> bool:
        """Whether the other lies inside."""
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def meets(self, other: Frame) -> bool:
        """Whether the two overlap."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@cache
def advance(text: str, size: float, bold: bool) -> float:
    """Return the width of a text in DejaVu Sans, the widest font that browsers take for sans-serif."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if bold else "normal", size=size)
    width: float = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return width


def frame_of(text: ET.Element) -> Frame:
    """Return the rectangle of one line of text."""
    size = float(text.get("font-size", "12"))
    parts = [((text.text or "").strip(), False, 0.0)]
    parts += [(t.text or "", t.get("font-weight") == "bold", float(t.get("dx", "0"))) for t in text.iter(f"{SVG}tspan")]
    width = sum(advance(part, size, bold) + dx for part, bold, dx in parts if part)
    x, y = float(text.get("x", "0")), float(text.get("y", "0"))
    left = x - width * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.get("text-anchor", "start")]
    return Frame(left, y - 0.76 * size, left + width, y + 0.24 * size, "".join(text.itertext()).strip())


def groups(root: ET.Element, kind: str) -> list[ET.Element]:
    """Return the groups of one class: boxes, frames around boxes, partials before boxes, edges."""
    return [group for group in root.iter(f"{SVG}g") if (group.get("class") or "").split(" ")[0] == kind]


def outline_of(group: ET.Element) -> Frame:
    """Return the first rectangle of a group."""
    outline = group.find(f"{SVG}rect")
    assert outline is not None
    x, y, width, height = (float(outline.get(name, "0")) for name in ("x", "y", "width", "height"))
    return Frame(x, y, x + width, y + height, group.findtext(f"{SVG}title") or "")


def boxes(root: ET.Element) -> list[tuple[Frame, list[Frame]]]:
    """Return the outline of each box, and of the texts in it."""
    return [(outline_of(g), [frame_of(text) for text in g.iter(f"{SVG}text")]) for g in groups(root, "box")]


def route(path: str) -> Iterator[tuple[float, float]]:
    """Yield points along a path of absolute M, L and C commands."""
    at = (0.0, 0.0)
    for command, numbers in re.findall(r"([MLC])([^MLC]*)", path):
        values = [float(x) for x in NUMBER.findall(numbers)]
        points = list(zip(values[::2], values[1::2], strict=True))
        for i in range(0, len(points), 3 if command == "C" else 1):
            a, b, c = points[i : i + 3] if command == "C" else (at, points[i], points[i])
            for t in (k / 20 for k in range(21)) if command != "M" else ():
                weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
                spline = list(zip(weights, (at, a, b, c), strict=True))
                yield sum(f * x for f, (x, _) in spline), sum(f * y for f, (_, y) in spline)
            at = c


def faults(svg: str) -> list[str]:
    """Return what is wrong with a picture: texts out of their boxes, overlaps, arrows over boxes, things cut off."""
    root = ET.fromstring(svg)
    found = boxes(root)
    wrong = []
    for box, texts in found:
        wrong += [f"{text.what!r} sticks out of {box.what!r}" for text in texts if not box.holds(text)]
        wrong += [f"{a.what!r} overlaps {b.what!r}" for a, b in combinations(texts, 2) if a.meets(b)]
    wrong += [f"{a.what!r} overlaps {b.what!r}" for (a, _), (b, _) in combinations(found, 2) if a.meets(b)]
    inside = [_shrunk(box) for box, _ in found]
    ways = {id(edge): _way(edge) for edge in groups(root, "edge")}
    wrong += [f"an arrow runs over {box.what!r}" for way in ways.values() for box in inside if _runs_over(way, box)]
    outlines = [box for box, _ in found]
    wrong += _faults_of_partials(root, outlines, ways) + _faults_of_frames(root, outlines, ways)
    x, y, width, height = map(float, root.get("viewBox", "").split())
    dx, dy = _shift(root)
    page = Frame(x - dx, y - dy, x - dx + width, y - dy + height)
    whole = outlines + [outline_of(g) for g in groups(root, "frame")]
    return wrong + [f"{box.what!r} is cut off" for box in whole if not page.holds(box)]


def _faults_of_partials(root: ET.Element, outlines: list[Frame], ways: dict[int, list[Frame]]) -> list[str]:
    """Return which partials overlap boxes or each other, or are run over by an arrow that is not theirs."""
    wrong, everywhere = [], []
    for group in groups(root, "partials"):
        own = {id(edge) for edge in group.iter(f"{SVG}g")}
        texts = [frame_of(text) for text in group.iter(f"{SVG}text")]
        others = [way for edge, way in ways.items() if edge not in own]
        over = [text for text in texts if any(_runs_over(way, text) for way in others)]
        wrong += [f"an arrow runs over the partial {text.what!r}" for text in over]
        everywhere += texts
    wrong += [f"the partial {t.what!r} overlaps {box.what!r}" for t in everywhere for box in outlines if t.meets(box)]
    pairs = combinations(everywhere, 2)
    return wrong + [f"the partials {a.what!r} and {b.what!r} overlap" for a, b in pairs if a.meets(b)]


def _faults_of_frames(root: ET.Element, outlines: list[Frame], ways: dict[int, list[Frame]]) -> list[str]:
    """Return which frames overlap or cut boxes, have a title over a box, or are run over from outside."""
    wrong = []
    frames = [(group, outline_of(group)) for group in groups(root, "frame")]
    wrong += [
        f"the frames {a.what!r} and {b.what!r} overlap" for (_, a), (_, b) in combinations(frames, 2) if a.meets(b)
    ]
    for group, frame in frames:
        own = {id(element) for element in group.iter()}
        inner = {outline_of(g) for g in group.iter(f"{SVG}g") if (g.get("class") or "").startswith("box")}
        wrong += [f"{box.what!r} sticks out of the frame {frame.what!r}" for box in inner if not frame.holds(box)]
        strange = [box for box in outlines if box not in inner and box.meets(frame)]
        wrong += [f"the frame {frame.what!r} runs over {box.what!r}" for box in strange]
        title = group.find(f"{SVG}text")
        assert title is not None
        name = frame_of(title)
        wrong += [] if frame.holds(name) else [f"the title {name.what!r} sticks out of its frame"]
        wrong += [f"the title {name.what!r} overlaps {box.what!r}" for box in inner if name.meets(box)]
        outer = [way for edge, way in ways.items() if edge not in own]
        over = any(_runs_over(way, _shrunk(frame)) for way in outer)
        wrong += [f"an arrow runs over the frame {frame.what!r}"] if over else []
    return wrong


def _shrunk(box: Frame) -> Frame:
    return Frame(box.left + 2, box.top + 2, box.right - 2, box.bottom - 2, box.what)


def _way(edge: ET.Element) -> list[Frame]:
    """Return what an arrow covers, and then the points along it."""
    points = [Frame(x, y, x, y) for path in edge.iter(f"{SVG}path") for x, y in route(path.get("d", ""))]
    lefts, tops = [p.left for p in points], [p.top for p in points]
    return [Frame(min(lefts), min(tops), max(lefts), max(tops)), *points]


def _runs_over(way: list[Frame], box: Frame) -> bool:
    whole, *points = way
    near = whole.left <= box.right and box.left <= whole.right and whole.top <= box.bottom and box.top <= whole.bottom
    return near and any(map(box.holds, points))


def _shift(root: ET.Element) -> tuple[float, float]:
    """Return how far Graphviz moves its drawing."""
    group = root.find(f"{SVG}g")
    moved = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", (group.get("transform") or "") if group is not None else "")
    return (float(moved[1]), float(moved[2])) if moved else (0.0, 0.0)
