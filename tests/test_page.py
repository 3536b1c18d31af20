"""The page of the tour fits the screen: pictures whole, and what is wider scrolls by itself."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import microgradx as mx
from microgradx.page import Page
from microgradx.tables import Line, html_table

NO_BROWSER = pytest.mark.skipif(shutil.which("chromium") is None, reason="needs the browser chromium")

MEASURE = """
<iframe srcdoc="{page}" style="border:0; width:{width}px; height:900px"></iframe><pre id="found"></pre><script>
onload = () => {{
  const inside = document.querySelector("iframe").contentDocument, found = {{}}
  if ({full}) inside.querySelector("figure input").checked = true
  for (const name of ["html", "figure div", "figure svg", "pre", ".report > div"]) {{
    const part = inside.querySelector(name)
    found[name] = Math.round(part.getBoundingClientRect().width) + " " + (part.scrollWidth - part.clientWidth)
  }}
  document.getElementById("found").textContent = Object.entries(found).map(x => x.join(": ")).join("; ")
}}
</script>
"""


def example() -> Page:
    """Return a page with a picture wider than a telephone, a table, and a listing with a long line."""
    w, x, t = mx.Value(0.5, "w"), mx.Value(2.0, "x"), mx.Value(1.0, "t")
    L = (mx.sigmoid(w * x - 1.5) - t) ** 2 / 2
    page = Page("Example")
    page.picture(mx.draw(L).svg("builtin"), "The graph")
    page.table(mx.check_gradients(lambda p: mx.exp(p[0]) * p[1], [0.5, 2.0]))
    page.listing("short\n" + "word " * 60)
    return page


def measured(tmp_path: Path, width: int, full: bool = False) -> dict[str, tuple[int, int]]:
    """Return selector → (width in pixels, pixels that scroll out of sight) on a screen of this width."""
    path = tmp_path / "measure.html"
    text = MEASURE.format(page=html.escape(str(example())), width=width, full=str(full).lower())
    path.write_text(f"<!doctype html><meta charset='utf-8'>{text}", encoding="utf-8")
    flags = f"--headless=new --no-sandbox --disable-gpu --disable-component-update --user-data-dir={tmp_path / 'user'}"
    command = ["chromium", *flags.split(), "--virtual-time-budget=3000", "--dump-dom", str(path)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=True)
    (found,) = re.findall('<pre id="found">(.+?)</pre>', done.stdout)
    parts: Any = (part.split(": ") for part in html.unescape(found).split("; "))
    return {name: (int(wide), int(hidden)) for name, (wide, hidden) in ((n, x.split()) for n, x in parts)}


@NO_BROWSER
@pytest.mark.parametrize("width", [400, 1000])
def test_everything_is_in_sight(width: int, tmp_path: Path) -> None:
    """At the width of a telephone and of a window nothing of page, picture and table is cut or scrolls."""
    found = measured(tmp_path, width)
    assert found["html"] == (width, 0)
    assert found["figure div"][1] == found[".report > div"][1] == 0
    assert found["figure svg"][0] <= found["figure div"][0]


@NO_BROWSER
@pytest.mark.parametrize("width", [400, 1000])
def test_a_listing_keeps_its_lines(width: int, tmp_path: Path) -> None:
    """A line of a listing that is wider than the page is not broken: the listing scrolls, and the page does not."""
    found = measured(tmp_path, width)
    assert found["pre"][1] > 0
    assert found["html"] == (width, 0)


@NO_BROWSER
def test_full_size_is_a_click_away(tmp_path: Path) -> None:
    """A picture that was fitted to a narrow page has its own size after a click, and scrolls then."""
    fitted, full = measured(tmp_path, 400), measured(tmp_path, 400, full=True)
    assert fitted["figure svg"][0] < 400 < full["figure svg"][0]
    assert full["figure div"][1] > 0
    assert full["html"] == (400, 0)


@NO_BROWSER
def test_a_table_that_is_wider_than_a_tablet_scrolls(tmp_path: Path) -> None:
    """Where a table keeps its columns and they do not fit, it scrolls, and the page does not."""
    found = measured(tmp_path, 650)
    assert found[".report > div"][1] > 0
    assert found["html"] == (650, 0)


def test_each_cell_of_a_table_has_the_name_of_its_column() -> None:
    """A narrow page writes it over the cell; a mark in a name is text there too."""
    table = html_table(('a "name"', ""), [Line(("1", "ok"), "said"), Line(("2", "WRONG"))])
    assert re.findall(r'data-name="(.*?)">(\w+)', table) == [
        ("a &quot;name&quot;", "1"), ("", "ok"), ("a &quot;name&quot;", "2"), ("", "WRONG"),
    ]  # fmt: skip


def test_each_picture_is_described_and_has_its_own_switch() -> None:
    """Caption, description and switch belong to the picture that they stand at."""
    page = example()
    page.picture("<svg></svg>", 'a "second" one')
    switches = re.findall(r'<input type="checkbox" id="(\w+)">', str(page))
    assert len(set(switches)) == 2
    assert re.findall(r'<label for="(\w+)">', str(page)) == switches
    assert 'role="img" aria-label="a &quot;second&quot; one"' in str(page)
