"""Reads a drawing back: is it well formed, are its numbers numbers, and where does its text stand?"""

from xml.etree import ElementTree as ET

from lifecycle.charts.canvas import Box, text_box
from lifecycle.charts.style import TEXT

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    """The drawing as XML, after a look for numbers that are none."""
    for bad in ("nan", "inf", "None", "Infinity"):
        assert f'"{bad}' not in svg
        assert f",{bad}" not in svg
    return ET.fromstring(svg)  # noqa: S314  # our own drawing


def texts(svg: str) -> list[tuple[str, Box]]:
    """Every text in the drawing's own coordinates with the room it takes (marks with a count are moved, not read)."""
    found = []
    for element in parsed(svg).iter(f"{SVG}text"):
        cls = element.get("class", "")
        if cls.split()[0] == "t-count":
            continue
        assert cls.split()[0] in TEXT
        spot = (float(element.get("x", 0)), float(element.get("y", 0)), element.get("text-anchor", "start"))
        found.append((element.text or "", text_box(element.text or "", cls, spot)))
    return found


def words(svg: str) -> str:
    """All that is written in the drawing, in one string."""
    return " | ".join(text for text, _ in texts(svg))


def overlaps(svg: str) -> list[tuple[str, str]]:
    """Pairs of texts that stand on each other."""
    all_texts = texts(svg)
    return [
        (one, other)
        for index, (one, box) in enumerate(all_texts)
        for other, there in all_texts[index + 1 :]
        if box.touches(there)
    ]


def off_sheet(svg: str) -> list[str]:
    """Texts that reach out of the drawing."""
    _, _, width, height = map(float, parsed(svg).get("viewBox", "").split())
    return [
        text
        for text, box in texts(svg)
        if box.left < -1 or box.right > width + 1 or box.top < -1 or box.bottom > height + 1
    ]
