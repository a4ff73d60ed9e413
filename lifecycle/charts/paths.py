"""Path data for SVG: short numbers, lines, steps, areas and a curve that never overshoots its points."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

Point = tuple[float, float]


def short(value: float) -> str:
    """A pixel with at most one decimal, without ``.0`` and without minus zero."""
    text = f"{value:.1f}"
    text = text.removesuffix(".0")
    return "0" if text == "-0" else text


def line(points: Sequence[Point]) -> str:
    """A straight line through the points; empty without points."""
    if not points:
        return ""
    first, rest = points[0], points[1:]
    return f"M{short(first[0])},{short(first[1])}" + "".join(f"L{short(x)},{short(y)}" for x, y in rest)


def steps(edges: Sequence[float], heights: Sequence[float]) -> str:
    """Flat steps: height ``heights[i]`` from ``edges[i]`` to ``edges[i + 1]`` (one edge more than heights)."""
    if not heights:
        return ""
    parts = [f"M{short(edges[0])},{short(heights[0])}"]
    for index, height in enumerate(heights):
        if index:
            parts.append(f"V{short(height)}")
        parts.append(f"H{short(edges[index + 1])}")
    return "".join(parts)


def smooth(points: Sequence[Point]) -> str:
    """A cubic curve through the points, monotone between them, so it never shows a value that is not there.

    Source: Fritsch and Carlson, Monotone Piecewise Cubic Interpolation (1980), with the harmonic-mean slopes
    of Steffen (1990).
    """
    if len(points) < 3:
        return line(points)
    slopes = _slopes(points)
    parts = [f"M{short(points[0][0])},{short(points[0][1])}"]
    for index in range(len(points) - 1):
        (x0, y0), (x1, y1) = points[index], points[index + 1]
        third = (x1 - x0) / 3
        parts.append(
            f"C{short(x0 + third)},{short(y0 + slopes[index] * third)},"
            f"{short(x1 - third)},{short(y1 - slopes[index + 1] * third)},{short(x1)},{short(y1)}"
        )
    return "".join(parts)


def closed(outline: str, right: float, left: float, base: float) -> str:
    """The area between an outline (path data that runs from ``left`` to ``right``) and a flat ``base``."""
    return f"{outline}L{short(right)},{short(base)}H{short(left)}Z" if outline else ""


def between(upper: Sequence[Point], lower: Sequence[Point]) -> str:
    """The area between two lines that share their x values; empty without points."""
    if not upper:
        return ""
    back = "".join(f"L{short(x)},{short(y)}" for x, y in reversed(lower))
    return line(upper) + back + "Z"


def _slopes(points: Sequence[Point]) -> list[float]:
    secants = [(y1 - y0) / ((x1 - x0) or 1.0) for (x0, y0), (x1, y1) in pairwise(points)]
    inner = [
        2 * before * after / (before + after) if before * after > 0 else 0.0 for before, after in pairwise(secants)
    ]
    return [secants[0], *inner, secants[-1]]
