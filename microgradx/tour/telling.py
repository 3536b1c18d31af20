"""What every section of the tour does: it is told on the terminal and written on the page."""

from __future__ import annotations

from ..page import Page


def say(page: Page, text: str) -> None:
    """Print a paragraph and write it on the page."""
    print(text)
    page.text(text)


def begin(page: Page, heading: str) -> None:
    """Print a heading and begin a section of the page with it."""
    print(f"\n== {heading}")
    page.section(heading)
