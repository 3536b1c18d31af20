"""Text that is safe to draw and known to fit: generous widths, visible control characters, short numbers."""

from __future__ import annotations

import html
import unicodedata

from ..names import visible as visible

FONT = "Helvetica, Arial, sans-serif"

# Advance widths in em of DejaVu Sans, the widest of the fonts that a browser may take for sans-serif.
_WIDTHS = {
    0.32: "ijlIJ ,.·'",
    0.42: "/:;\\|f-()[]tr!²¹",
    0.55: '"*_`sz∂?c',
    0.65: "LFkvxyλPTYaoθeESbdghnpquΣσ$0123456789{}",
    0.7: "KαAVBRXZC",
    0.84: "UHNDG&OQw#+<=>^~−×→M",
}
_WIDTH_OF = {c: width for width, characters in _WIDTHS.items() for c in characters}
_BOLD = 1.2


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width Σ wᵢ · size of a line of sans-serif text, rather too much than too little.

    >>> text_width("0.25", 10)
    22.7
    """
    em = sum(_WIDTH_OF.get(c) or (1.3 if unicodedata.east_asian_width(c) in "WF" else 1.0) for c in text)
    return round(em * size * (_BOLD if bold else 1.0), 1)


def shorten(text: str, width: float, size: float, bold: bool = False) -> str:
    """Return the text, or as much of its beginning as fits into `width`, followed by an ellipsis.

    >>> shorten("a_long_name", 40, 10)
    'a_lon…'
    """
    if text_width(text, size, bold) <= width:
        return text
    text = text[: int(width / (min(_WIDTHS) * size)) + 1]  # no more fits of the narrowest letters
    while text and text_width(text + "…", size, bold) > width:
        text = text[:-1]
    return text + "…"


def number(x: float, digits: int = 4) -> str:
    """Return x to so many significant digits, with a true minus sign; whole numbers up to a million in full.

    >>> number(-0.123456), number(3), number(24.70408, 3)
    ('−0.1235', '3', '24.7')
    """
    whole = abs(x) < 1e6 and x == int(x)
    return (str(int(x)) if whole else f"{x:.{digits}g}").replace("-", "−")


def glyphs(symbol: str) -> str:
    """Return a primitive's symbol as it is printed in formulas.

    >>> glyphs("*"), glyphs("-")
    ('×', '−')
    """
    return symbol if symbol == "**" else symbol.replace("*", "×").replace("-", "−")


def markup(text: str, lines: bool = False) -> str:
    """Return the text escaped for SVG and HTML, in content and in attributes; `lines` keeps line ends.

    >>> markup('"><script>')
    '&quot;&gt;&lt;script&gt;'
    """
    return html.escape("\n".join(map(visible, text.split("\n"))) if lines else visible(text))
