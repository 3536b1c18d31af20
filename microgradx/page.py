"""One self-contained HTML page: headings, text, tables and pictures, readable offline, in light and in dark."""

from __future__ import annotations

import html
import io
import re
from pathlib import Path
from typing import Any

from .files import write_atomically

_STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #ffffff; --line: #d8dee4; --soft: #f6f8fa; --link: #0550ae; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --soft: #161b22;
                                              --link: #79b8ff; } }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; }
h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
pre { padding: .8rem 1rem; font-size: .875rem; line-height: 1.4; }
figure { margin: 1rem 0; background: #ffffff; color: #1b1f24; border: 1px solid var(--line); padding: .5rem; }
figure svg { max-width: 100%; height: auto; display: block; margin: auto; }
figure input { position: absolute; opacity: 0; }
figure label { display: none; color: #0550ae; text-decoration: underline; cursor: pointer; white-space: nowrap; }
figure input:focus-visible ~ figcaption label { outline: 2px solid; }
figure input:checked ~ div svg { max-width: none !important; }
/* What is wider than the page scrolls, and a shadow lies on the side where there is more. */
figure div, .report div, pre { overflow-x: auto;
  background: linear-gradient(to right, var(--under) 40%, transparent) left / 3rem 100% no-repeat local,
              linear-gradient(to left, var(--under) 40%, transparent) right / 3rem 100% no-repeat local,
              linear-gradient(to right, var(--shade), transparent) left / 1rem calc(100% - 2px) no-repeat scroll,
              linear-gradient(to left, var(--shade), transparent) right / 1rem calc(100% - 2px) no-repeat scroll; }
.report { --under: var(--paper); --shade: rgba(128, 128, 128, .6); }
figure { --under: #ffffff; --shade: rgba(128, 128, 128, .6); }
pre { --under: var(--soft); --shade: rgba(128, 128, 128, .6); background-color: var(--soft); }
@media (max-width: 60rem) { figure label { display: inline; } }
@media (max-width: 40rem) {
  pre { font-size: .75rem; padding: .6rem; }
  .report { font-size: .875rem; }
  /* Each line of a report is a block of its own, and each of its cells stands below the name of its column. */
  .report thead { display: none; }
  .report thead + tbody, .report table:has(thead) { display: block; font-size: .8125rem; }
  .report thead + tbody tr { display: grid; grid-template-columns: repeat(3, 1fr); padding: .3rem 0;
                             border-top: 1px solid var(--line); }
  .report thead + tbody td { border: 0 !important; padding: 1px 6px !important; overflow-wrap: anywhere; }
  .report td[data-name]::before { content: attr(data-name); display: block; font-size: .6875rem; opacity: .75; }
  .report td[data-name=""] { align-self: end; }
  .report tr:has(td[colspan]) { border: 0 !important; padding-top: 0 !important; }
  .report td[colspan] { grid-column: 1 / -1; }
}
a { color: var(--link); }
nav a { margin-right: 1rem; }
"""


class Page:
    """A page that grows from top to bottom; text is escaped, pictures are SVG in place.

    >>> page = Page("Title")
    >>> page.section("First")
    >>> page.text("1 < 2")
    >>> "1 &lt; 2" in str(page)
    True
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._sections: list[str] = []
        self._body: list[str] = []
        self._beside: dict[str, Any] = {}

    def section(self, heading: str) -> None:
        """Begin a section."""
        self._sections.append(heading)
        self._body.append(f'<h2 id="s{len(self._sections)}">{html.escape(heading)}</h2>')

    def text(self, text: str) -> None:
        """Add a paragraph."""
        self._body.append(f"<p>{html.escape(text)}</p>")

    def listing(self, text: str) -> None:
        """Add lines as they are, in a fixed-width face."""
        self._body.append(f"<pre>{html.escape(text)}</pre>")

    def table(self, report: Any) -> None:
        """Add a report by its `_repr_html_`."""
        self._body.append(f'<div class="report">{report._repr_html_()}</div>')

    def beside(self, name: str, document: Any, text: str) -> None:
        """Link a page of its own, which its `save` writes into the same folder under that name, with a link back."""
        self._beside[name] = document
        self._body.append(f'<p><a href="{html.escape(name)}">{html.escape(text)}</a></p>')

    def picture(self, svg: str, caption: str) -> None:
        """Add an SVG picture, fitted to the page's width, with a caption that also describes it to a screen reader."""
        number, text = len(self._body), html.escape(caption)
        self._body.append(  # a box that is ticked by its label, and then shows the picture in its own size
            f'<figure><input type="checkbox" id="large{number}">'
            f'<div role="img" aria-label="{text}">{_own_ids(svg[svg.index("<svg") :], number)}</div>'
            f'<figcaption>{text} <label for="large{number}">full size</label></figcaption></figure>'
        )

    def plot(self, figure: Any, caption: str) -> None:
        """Add a matplotlib figure."""
        out = io.StringIO()
        figure.savefig(out, format="svg")
        self.picture(out.getvalue(), caption)

    def __str__(self) -> str:
        links = " ".join(f'<a href="#s{i}">{html.escape(s)}</a>' for i, s in enumerate(self._sections, 1))
        return (
            f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
            f'<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{html.escape(self.title)}</title><style>{_STYLE}</style></head>\n"
            f"<body><h1>{html.escape(self.title)}</h1><nav>{links}</nav>\n"
            + "\n".join(self._body)
            + "\n</body></html>\n"
        )

    def save(self, path: Path) -> None:
        """Write the page, whole or not at all, after the pages that it links."""
        for name, document in self._beside.items():
            document.save(path.parent / name, back=path.name)
        write_atomically(path, str(self).encode())


def _own_ids(svg: str, number: int) -> str:
    """Return the SVG with its ids made unique, because several drawings share one page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="p{number}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#p{number}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#p{number}-\1)", svg)
