"""The phase ribbon on top of a time axis, and the quiet wash of each phase that runs down behind the panels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from lifecycle.charts.canvas import Box, Canvas
from lifecycle.charts.curve_data import CurveBand
from lifecycle.charts.formats import day
from lifecycle.charts.paths import short
from lifecycle.charts.scales import Days
from lifecycle.charts.style import TEXT
from lifecycle.charts.textwidth import text_width
from lifecycle.design.tokens import PHASES, phase_label

_KNOWN = {phase.slug for phase in PHASES}
_GAP = 1.0
_PADDING = 6.0


@dataclass(frozen=True)
class Stretch:
    """A band on the axis: its phase and iteration, its days and its pixels from left to right."""

    phase: str
    iteration: int
    start: date
    end: date | None
    left: float
    right: float

    @property
    def slug(self) -> str:
        """The phase as it is written in a class; an unknown word is drawn as Maintain It is."""
        return self.phase if self.phase in _KNOWN else "maintain_it"


def stretches(bands: Sequence[CurveBand], x: Days, *, now: float) -> list[Stretch]:
    """The bands in order of time, cut to the axis; one that still runs ends at the pixel ``now``."""
    result = []
    for band in sorted(bands, key=lambda one: one.start):
        left = max(x(band.start), x.start)
        right = min(x(band.end) if band.end else now, x.end)
        if right > left:
            result.append(Stretch(band.phase, band.iteration, band.start, band.end, left, right))
    return result


def phases(parts: Sequence[Stretch]) -> list[Stretch]:
    """The stretches with iterations of one phase joined; ``iteration`` then counts them."""
    joined: list[Stretch] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and last.phase == part.phase and part.left <= last.right + 0.5:
            joined[-1] = Stretch(
                last.phase, last.iteration + 1, last.start, part.end, last.left, max(part.right, last.right)
            )
        else:
            joined.append(Stretch(part.phase, 1, part.start, part.end, part.left, part.right))
    return joined


def draw_ribbon(canvas: Canvas, parts: Sequence[Stretch], *, top: float, height: float) -> None:
    """Draws one tinted plate a stint. A name that does not fit is shortened, then left to the plate's title."""
    for part in parts:
        plate = Box(part.left + _GAP / 2, top, part.right - _GAP / 2, top + height)
        canvas.rect(plate, f"tint-{part.slug}", radius=5, title=_title(part))
        canvas.rect(Box(plate.left, top + height - 3, plate.right, top + height), f"f-{part.slug}")
    for part in phases(parts):
        _name(canvas, part, parts, baseline=top + height / 2 + 3)


def draw_wash(canvas: Canvas, parts: Sequence[Stretch], *, top: float, bottom: float) -> None:
    """Lays the wash of each phase behind everything that is drawn later."""
    for part in phases(parts):
        canvas.rect(Box(part.left, top, part.right, bottom), f"wash-{part.slug}")


def gradient(parts: Sequence[Stretch], *, uid: str, prefix: str, left: float, right: float) -> str:
    """A gradient with hard edges that colours one path by phase. ``prefix`` is ``g`` (solid) or ``gf`` (fill)."""
    width = (right - left) or 1.0
    stops = []
    for part in phases(parts):
        for edge in (part.left, part.right):
            offset = round((edge - left) / width, 4)
            stops.append(f'<stop class="{prefix}-{part.slug}" offset="{offset:g}"/>')
    stops = stops or [f'<stop class="{prefix}-maintain_it"/>']
    return (
        f'<linearGradient id="{uid}" gradientUnits="userSpaceOnUse" x1="{short(left)}" x2="{short(right)}" '
        f'y1="0" y2="0">{"".join(stops)}</linearGradient>'
    )


def _title(part: Stretch) -> str:
    until = f"to {day(part.end)}" if part.end else "until now"
    return f"{phase_label(part.phase)}, iteration {part.iteration}, {day(part.start)} {until}"


def _name(canvas: Canvas, whole: Stretch, parts: Sequence[Stretch], *, baseline: float) -> None:
    """The name of the phase across its stints, or in each stint its iteration where there is room for it."""
    own = [part for part in parts if part.phase == whole.phase and whole.left <= part.left < whole.right]
    label = phase_label(whole.phase)
    if len(own) > 1 and all(_fits(f"{label} {part.iteration}", part) for part in own):
        for part in own:
            _centred(canvas, f"{label} {part.iteration}", part, baseline)
        return
    words = ([f"{label} ×{len(own)}"] if len(own) > 1 else []) + [label, label.removesuffix(" It"), label[:1]]
    for word in words:
        if _fits(word, whole):
            _centred(canvas, word, whole, baseline)
            return


def _fits(word: str, part: Stretch) -> bool:
    size, bold = TEXT["t-phase"]
    padding = _PADDING if len(word) > 1 else 2.0
    return text_width(word, size=size, bold=bold) + 2 * padding <= part.right - part.left


def _centred(canvas: Canvas, word: str, part: Stretch, baseline: float) -> None:
    canvas.label(word, f"t-phase x-{part.slug}", ((part.left + part.right) / 2, baseline, "middle"))
