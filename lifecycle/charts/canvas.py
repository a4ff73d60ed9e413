"""A sheet to draw on: it collects SVG, escapes every text, and lets no label stand on another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from lifecycle.charts.paths import short
from lifecycle.charts.style import TEXT, standalone
from lifecycle.charts.textwidth import text_width

_PIECE = 8.0
_AIR = 3.0
"""Pixels kept free on both sides of a label that looks for its place."""

Spot = tuple[float, float, str]
"""Where a label may stand: x, y of its base line, and its anchor (``start``, ``middle`` or ``end``)."""


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels that is taken."""

    left: float
    top: float
    right: float
    bottom: float

    def touches(self, other: Box) -> bool:
        """Whether two rectangles share any ground."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def text_box(text: str, cls: str, spot: Spot) -> Box:
    """The rectangle that ``text`` of a text class takes at ``spot``."""
    size, bold = TEXT[cls.split(maxsplit=1)[0]]
    width = text_width(text, size=size, bold=bold)
    left = spot[0] - {"start": 0.0, "middle": 0.5, "end": 1.0}[spot[2]] * width
    return Box(left, spot[1] - size * 0.78, left + width, spot[1] + size * 0.24)


@dataclass
class Canvas:
    """``width`` × ``height`` pixels of view box; ``uid`` keeps ids apart when one page shows several drawings."""

    width: float
    height: float
    uid: str
    parts: list[str] = field(default_factory=list)
    taken: list[Box] = field(default_factory=list)
    lines: list[Box] = field(default_factory=list)

    def raw(self, markup: str) -> None:
        """Adds markup that is already safe."""
        self.parts.append(markup)

    def path(self, d: str, cls: str, more: str = "") -> None:
        """Adds a path, or nothing when its data are empty. ``more`` is further safe attributes."""
        if d:
            self.parts.append(f'<path class="{cls}" d="{d}"{_space(more)}/>')

    def rect(self, box: Box, cls: str, *, radius: float = 0, title: str = "", more: str = "") -> None:
        """Adds a rectangle; ``title`` is what a pointer resting on it is told."""
        rounding = f' rx="{short(radius)}"' if radius else ""
        body = f"><title>{escape(title)}</title></rect>" if title else "/>"
        self.parts.append(
            f'<rect class="{cls}" x="{short(box.left)}" y="{short(box.top)}" '
            f'width="{short(max(box.right - box.left, 0))}" height="{short(max(box.bottom - box.top, 0))}"'
            f"{rounding}{_space(more)}{body}"
        )

    def line(self, start: tuple[float, float], end: tuple[float, float], cls: str) -> None:
        """Adds a straight line."""
        self.path(f"M{short(start[0])},{short(start[1])}L{short(end[0])},{short(end[1])}", cls)

    def circle(self, x: float, y: float, radius: float, cls: str, title: str = "") -> None:
        """Adds a circle."""
        body = f"><title>{escape(title)}</title></circle>" if title else "/>"
        self.parts.append(f'<circle class="{cls}" cx="{short(x)}" cy="{short(y)}" r="{short(radius)}"{body}')

    def point(self, x: float, y: float, radius: float, cls: str, label: str) -> None:
        """Adds a circle that can be reached by keyboard and says ``label``."""
        self.parts.append(f'<g role="img" tabindex="0" aria-label="{escape(label)}">')
        self.circle(x, y, radius, cls, label)
        self.parts.append("</g>")

    def reached(self, box: Box, cls: str, label: str, *, radius: float = 0) -> None:
        """Adds a rectangle that can be reached by keyboard and says ``label``."""
        self.parts.append(f'<g role="img" tabindex="0" aria-label="{escape(label)}">')
        self.rect(box, cls, radius=radius, title=label)
        self.parts.append("</g>")

    def text(self, text: str, cls: str, spot: Spot) -> None:
        """Writes ``text`` where told and takes its ground."""
        self.taken.append(text_box(text, cls, spot))
        anchor = "" if spot[2] == "start" else f' text-anchor="{spot[2]}"'
        self.parts.append(
            f'<text class="{cls}" x="{short(spot[0])}" y="{short(spot[1])}"{anchor}>{escape(text)}</text>'
        )

    def label(self, text: str, cls: str, *spots: Spot, crossing: bool = False) -> bool:
        """Writes ``text`` at the first spot where it is on the sheet and stands on nothing; False if there is none.

        It stays off the lines given to ``keep_off`` too, unless ``crossing`` them is better than saying nothing.
        """
        for spot in spots:
            box = text_box(text, cls, spot)
            on_sheet = box.left >= -0.5 and box.right <= self.width + 0.5 and box.top >= -0.5
            off_lines = crossing or not any(box.touches(line) for line in self.lines)
            if on_sheet and off_lines and self.free(Box(box.left - _AIR, box.top, box.right + _AIR, box.bottom)):
                self.text(text, cls, spot)
                return True
        return False

    def take(self, box: Box) -> None:
        """Keeps labels off a rectangle."""
        self.taken.append(box)

    def keep_off(self, points: Sequence[tuple[float, float]]) -> None:
        """Keeps labels off a line through ``points``."""
        for (x0, y0), (x1, y1) in pairwise(points):
            pieces = max(1, int(abs(x1 - x0) // _PIECE))
            for piece in range(pieces):
                here, there = (
                    (x0 + (x1 - x0) * at / pieces, y0 + (y1 - y0) * at / pieces) for at in (piece, piece + 1)
                )
                self.lines.append(Box(here[0], min(here[1], there[1]) - 2, there[0], max(here[1], there[1]) + 2))

    def free(self, box: Box) -> bool:
        """Whether nothing stands on a rectangle."""
        return not any(box.touches(other) for other in self.taken)

    def svg(self, *, title: str, desc: str, theme: str | None = None, more: str = "") -> str:
        """The whole drawing. With a ``theme`` it stands alone: its styles are resolved inside it."""
        width, height = short(self.width), short(self.height)
        names = f"{self.uid}-t {self.uid}-d"
        size = f' width="{width}" height="{height}"' if theme else ""
        style = ""
        if theme:
            style = f'<style>{standalone(theme)}</style><rect class="paper" width="{width}" height="{height}"/>'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="c" viewBox="0 0 {width} {height}"{size} role="group" '
            f'aria-labelledby="{names}"{_space(more)}><title id="{self.uid}-t">{escape(title)}</title>'
            f'<desc id="{self.uid}-d">{escape(desc)}</desc>{style}{"".join(self.parts)}</svg>'
        )

    def small_svg(self, *, label: str, theme: str | None = None, more: str = "") -> str:
        """A drawing the size of a word, as one image with one label: there are hundreds of them on a page."""
        width, height = short(self.width), short(self.height)
        head = f' xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"' if theme else ""
        style = f"<style>{standalone(theme)}</style>" if theme else ""
        return (
            f'<svg{head} class="c" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(label)}"'
            f"{_space(more)}>{style}{''.join(self.parts)}</svg>"
        )


def _space(more: str) -> str:
    return f" {more}" if more else ""
