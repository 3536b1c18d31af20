"""Text: a source that is shown as one writes it, where a notebook or a prompt would show a string."""

from __future__ import annotations

import html


class Text(str):
    """A string of several lines that is shown as they are: as text at a prompt, as a block of code in a notebook.

    >>> Text("a = 1\\nb = 2")
    a = 1
    b = 2
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre><code>{html.escape(self)}</code></pre>"
