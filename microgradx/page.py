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
pre { background: var(--soft); padding: .8rem 1rem; overflow-x: auto; font-size: .875rem; line-height: 1.4; }
figure { margin: 1rem 0; overflow-x: auto; background: #ffffff; color: #1b1f24; border: 1px solid var(--line);
         padding: .5rem; }
figure svg { max-width: 100%; min-width: 36rem; height: auto; display: block; margin: auto; }
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
        self._body.append(report._repr_html_())

    def picture(self, svg: str, caption: str) -> None:
        """Add an SVG picture with a caption that also describes it to a screen reader."""
        drawing = svg[svg.index("<svg") :]
        self._body.append(
            f'<figure role="img" aria-label="{html.escape(caption)}">{_own_ids(drawing, len(self._body))}'
            f"<figcaption>{html.escape(caption)}</figcaption></figure>"
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
        """Write the page, whole or not at all."""
        write_atomically(path, str(self).encode())


def _own_ids(svg: str, number: int) -> str:
    """Return the SVG with its ids made unique, because several drawings share one page."""
    svg = re.sub(r'\bid="([^"]+)"', rf'id="p{number}-\1"', svg)
    svg = re.sub(r'href="#([^"]+)"', rf'href="#p{number}-\1"', svg)
    return re.sub(r"url\(#([^)]+)\)", rf"url(#p{number}-\1)", svg)
