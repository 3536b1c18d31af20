"""The map of notebooks/README.md: each topic of the five lectures stands in a section that proves it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest

from .lectures import LECTURES, topics
from .notebooks import COURSE, FOLDER, TOOLS, proves, read, sections

README = FOLDER / "README.md"
ROW = re.compile(r"^\| (\d{3}-[\w.]+) \| .* \| (.*) \| (.*) \|$", flags=re.MULTILINE)
PLACE = re.compile(r"(\d+) · (.+)")
LINK = re.compile(r"\[([^\]]+)\]\((\S+\.ipynb)#cell-id=\1\)")


@dataclass(frozen=True)
class Row:
    """A topic, its sections (number of the notebook, title), and for each the cells that prove it (id, file)."""

    topic: str
    places: list[tuple[str, ...]]
    cells: list[list[tuple[str, str]]]


def rows(markdown: str) -> list[Row]:
    """Read the rows of the map."""
    found = []
    for topic, places, ids in ROW.findall(markdown):
        parts = [PLACE.fullmatch(place) for place in places.split("<br>")]
        cells = [LINK.findall(part) for part in ids.split("<br>")]
        found.append(Row(topic, [part.groups() for part in parts if part], cells))
    return found


@cache
def claims() -> dict[str, tuple[str, str, bool]]:
    """Return, for each cell of the course, the file and the section that it stands in, and whether it proves."""
    return {
        cell.id: (path.name, section.title, proves(cell))
        for path in COURSE
        for section in sections(read(path))
        for cell in section.cells
    }


def wrong(row: Row) -> list[str]:
    """Return what is wrong with a row: a place that is none, a cell that is missing, elsewhere, or asserts nothing."""
    complete = row.places and len(row.places) == len(row.cells) and all(row.cells)
    found = [] if complete else ["not a cell for each section"]
    for (number, title), cells in zip(row.places, row.cells, strict=False):
        for name, file in cells:
            there = claims().get(name)
            if there is None:
                found.append(f"no cell {name}")
            elif there[:2] != (file, title) or file[:3] != f"{number:0>2}_":
                found.append(f"{name} stands in {there[0]}, {there[1]}, not in {number}, {file}, {title}")
            elif not there[2]:
                found.append(f"{name} asserts nothing")
    return [f"{row.topic}: {each}" for each in found]


ROWS = rows(README.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lecture", LECTURES)
def test_every_topic_of_a_lecture_is_on_the_map(lecture: str) -> None:
    """Each topic of each slide, page or section of a lecture has a row, in order, and nothing else has."""
    assert [row.topic for row in ROWS if row.topic.startswith(lecture)] == topics(lecture)


def test_each_row_names_the_cell_that_proves_it() -> None:
    """Each row names sections that are there, and in each of them a cell that asserts something computed."""
    assert [each for row in ROWS for each in wrong(row)] == []


def test_every_claim_of_the_course_is_on_the_map() -> None:
    """No section's proof is left out: each is named by some row, or by the list of what goes beyond the lectures."""
    beyond = README.read_text(encoding="utf-8").split("### Beyond the lectures")[1]
    named = {name for row in ROWS for cells in row.cells for name, _ in cells} | {
        name for name, _ in LINK.findall(beyond)
    }
    assert {name for name, (_, _, proved) in claims().items() if proved and not re.match(r"\d\d-[cm]\d", name)} <= named


def test_the_slides_are_all_listed() -> None:
    """The numbers of each lecture's list run from the first to the last without a gap, and 001 has its 51 slides."""
    for lecture, text in LECTURES.items():
        numbers = [float(n) for n in re.findall(r"^\(?(\d+(?:\.\d)?)[a-z]* ", text, flags=re.MULTILINE)]
        assert numbers == sorted(numbers)
        whole = sorted({int(n) for n in numbers})
        assert whole == list(range(whole[0], whole[-1] + 1))
        assert lecture != "001" or whole[-1] == 51


def test_every_notebook_is_listed() -> None:
    """The table of notebooks links to each notebook once, and every link of the page leads to a file."""
    text = README.read_text(encoding="utf-8")
    table = text.split("## The map")[0]
    links = Counter(re.findall(r"^\| \[[^\]]+\]\((\S+?\.ipynb)\)", table, flags=re.MULTILINE))
    assert links == Counter(str(path.relative_to(FOLDER).as_posix()) for path in [*COURSE, *TOOLS])
    assert [t for t in re.findall(r"\]\(([^):]+)\)", text) if not (FOLDER / t.partition("#")[0]).exists()] == []


def test_a_wrong_row_is_noticed() -> None:
    """A row with a cell that is missing, that stands elsewhere, or with no section, fails the check."""
    name, (file, title, _) = next((name, place) for name, place in claims().items() if place[2])
    number = file[:2].lstrip("0")
    good = f"| 001-05 | t | {number} · {title} | [{name}]({file}#cell-id={name}) |"
    assert [wrong(row) for row in rows(good)] == [[]]
    for old, new in [(name, "99-x"), (title, "Elsewhere"), (f"{number} ·", "13 ·"), (f"[{name}]", "")]:
        assert [bool(wrong(row)) for row in rows(good.replace(old, new))] == [True], new
