"""LaTeX set as MathML, which browsers set without any script.

Bars and fractions get a little room of their own: without a font for mathematics, which many machines lack, browsers
set them so that they touch the letters.
"""

from __future__ import annotations

import html

from .latex_parts import SPACES, Part, read

# What a browser takes for `math` may be a font that is not there, though another is: without one, exponents and indices
# stand far off.
_FONT = "font-family:math,DejaVu Math TeX Gyre"
_ACCENTS = {"bar": "¯", "hat": "^"}
# Square brackets of borders and four ticks: those of a font stretch only where it is one for mathematics.
_TICK = "linear-gradient(currentColor,currentColor)"
_TICKS = ",".join(f"{_TICK} {x} {y}/.3em .07em no-repeat" for x in ("left", "right") for y in ("top", "bottom"))
_BRACKETS = f"border:solid;border-width:0 .07em;padding:.05em .1em;background:{_TICKS}"


def mathml(tex: str, display: bool = False) -> str:
    """Return LaTeX as a MathML element, which browsers set without any script.

    >>> mathml("x^{2}")
    '<math style="font-family:math,DejaVu Math TeX Gyre"><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    shown = ' displaystyle="true"' if display else ""
    return f'<math style="{_FONT}"{shown}>{_row(read(tex))}</math>'


def _row(parts: tuple[Part, ...]) -> str:
    """Return parts side by side; a minus after a sign, or at the start, stands close to what it negates."""
    found = ""
    for i, part in enumerate(parts):
        negative = part.text == "−" and part.kind == "sign" and (not i or parts[i - 1].kind == "sign")
        found += '<mo form="prefix" lspace="0" rspace="0">−</mo>' if negative else _mathml(part)
    return found


def _mathml(part: Part) -> str:
    if part.kind in ("row", "fence", "root"):
        return _enclosed(part)
    if part.kind == "matrix":
        cell = '<mtd style="padding:.22em .4em">'
        rows = "".join(
            f"<mtr>{''.join(f'{cell}{_row(entry.parts)}</mtd>' for entry in row.parts)}</mtr>" for row in part.parts
        )
        return f'<mtable style="{_BRACKETS}">{rows}</mtable>'
    kind, inner = part.kind, [_mathml(each) for each in part.parts]
    content = html.escape(part.text)
    if kind == "space":
        return f'<mspace width="{SPACES[part.text]}"/>'
    if kind == "script":
        tag = {"^": "msup", "_": "msub"}.get(part.text, "msubsup")
        order = [inner[0], inner[2], inner[1]] if part.text == "^_" else inner
        return f"<{tag}>{''.join(order)}</{tag}>"
    if kind == "accent":
        if part.text == "overline":
            return f'<mrow style="border-top:.06em solid;padding-top:.1em">{inner[0]}</mrow>'
        raised = f'<mrow style="padding-top:.09em">{inner[0]}</mrow>'
        return f'<mover accent="false">{raised}<mo stretchy="false">{_ACCENTS[part.text]}</mo></mover>'
    if kind == "fraction":
        style = ' displaystyle="false"' if part.text == "tfrac" else ""
        above = f'<mrow style="padding-bottom:.06em">{inner[0]}</mrow>'
        below = f'<mrow style="padding-top:.12em">{inner[1]}</mrow>'
        return f"<mfrac{style}>{above}{below}</mfrac>"
    if kind == "upright" and len(part.text) == 1:
        return f'<mi mathvariant="normal">{content}</mi>'
    if kind == "function":
        return f'<mi>{content}</mi><mspace width="0.17em"/>'
    if kind == "under":
        return f"<munder>{''.join(inner)}</munder>"
    if kind == "sign" and content in "()[]|‖":  # only fences grow; some browsers stretch these around one letter, too
        return f'<mo stretchy="false">{content}</mo>'
    tag = {"number": "mn", "letter": "mi", "upright": "mtext", "sign": "mo"}[kind]
    return f"<{tag}>{content}</{tag}>"


def _enclosed(part: Part) -> str:
    inside = _row(part.parts)
    if part.kind == "fence":
        stretchy = "true" if any(map(_is_tall, part.parts)) else "false"
        opening, closing = (f'<mo fence="true" stretchy="{stretchy}">{html.escape(c)}</mo>' for c in part.text)
        inside = f"{opening}{inside}{closing}"
    tag = "msqrt" if part.kind == "root" else "mrow"
    return f"<{tag}>{inside}</{tag}>"


def _is_tall(part: Part) -> bool:
    """Return whether a part is taller than a line."""
    return part.kind in ("fraction", "root", "matrix", "under") or any(map(_is_tall, part.parts))
