"""The gauge for pictures finds what it is there to find."""

from __future__ import annotations

import pytest

from .gauge import faults

FRAMED = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 100">
<g class="edge"><path d="M10,60L80,60"/></g>
<g class="frame"><title>f</title><rect x="80" y="10" width="120" height="80"/>
<text x="140" y="24" text-anchor="middle" font-size="12">f</text>
<g class="partials"><g class="edge"><path d="M85,60L130,60"/></g>
<text x="125" y="56" text-anchor="end" font-size="10">0.5</text></g>
<g class="box node"><title>a</title><rect x="130" y="40" width="50" height="40"/></g></g>
<g class="box node"><title>b</title><rect x="220" y="40" width="50" height="40"/></g>
</svg>"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", None),
        ("M10,60L80,60", "M10,50L110,55", "an arrow runs over the partial '0.5'"),
        ("M10,60L80,60", "M10,60L120,60", "an arrow runs over the frame 'f'"),
        ('x="125" y="56"', 'x="145" y="56"', "the partial '0.5' overlaps 'a'"),
        ('x="130" y="40" width="50"', 'x="130" y="40" width="80"', "'a' sticks out of the frame 'f'"),
        ('x="220"', 'x="190"', "the frame 'f' runs over 'b'"),
        ('y="24"', 'y="12"', "the title 'f' sticks out of its frame"),
        ('y="24"', 'y="50"', "the title 'f' overlaps 'a'"),
        ('viewBox="0 0 300 100"', 'viewBox="90 0 300 100"', "'f' is cut off"),
    ],
)
def test_the_gauge_finds_faults_of_frames_and_partials(old: str, new: str, complaint: str | None) -> None:
    """A partial that is run over or overlaps, and a frame that cuts, is cut or is run over, are found."""
    assert old in FRAMED
    found = faults(FRAMED.replace(old, new))
    assert complaint in found if complaint else found == []


SOUND = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60">
<g class="edge"><path d="M60,30L100,30C120,30 120,40 140,40"/></g>
<g class="box leaf"><title>a</title><rect x="10" y="10" width="50" height="40"/>
<text x="35" y="25" text-anchor="middle" font-size="12">1.25</text>
<text x="35" y="42" text-anchor="middle" font-size="12">grad 1</text></g>
<g class="box node"><title>b</title><rect x="140" y="10" width="50" height="40"/>
<text x="165" y="30" text-anchor="middle" font-size="12">
<tspan font-weight="bold">z</tspan><tspan dx="9">+</tspan></text></g>
</svg>"""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("", "", None),
        ('x="10" y="10" width="50"', 'x="20" y="10" width="30"', "'grad 1' sticks out of 'a'"),
        ('dx="9"', 'dx="40"', "'z+' sticks out of 'b'"),
        ('y="42"', 'y="52"', "'grad 1' sticks out of 'a'"),
        ('y="42"', 'y="30"', "'1.25' overlaps 'grad 1'"),
        ('x="140"', 'x="50"', "'a' overlaps 'b'"),
        ("140,40", "180,40", "an arrow runs over 'b'"),
        ('viewBox="0 0 200 60"', 'viewBox="0 0 180 60"', "'b' is cut off"),
    ],
)
def test_the_gauge_finds_faults(old: str, new: str, complaint: str | None) -> None:
    """A text too long or too low, two in one place, boxes that overlap or are cut and an arrow over one are found."""
    found = faults(SOUND.replace(old, new))
    assert complaint in found if complaint else found == []
