"""The style sheet of paper: the product's own sheets in their light colours, and what only paper has.

WeasyPrint knows cascade layers, custom properties, grid and logical properties, but no container queries and no
questions about a screen: those blocks are left out. `css/paper.css` then says what a sheet of A4 is.
"""

from __future__ import annotations

import re
from pathlib import Path

from lifecycle.design.build import SHEETS
from lifecycle.design.tokens import COLOURS, FONT, RADIUS, SPACE, TYPE

_ON_PAPER = (*(name for name in SHEETS if name != "print"), "paper")
"""Without what browsers print by: WeasyPrint puts a question about the medium within a layer above all layers."""
_HERE = Path(__file__).parent
_LAYERS = "@layer tokens, base, layout, parts, figures, charts, pages, paper;\n"
_FONT_FACE = '@font-face{font-family:Inter;src:url("inter.woff2")}\n'
_WEIGHT = re.compile(r"(font-weight:\s*|font:\s*)(\d{3})\b")
_ASKS_A_SCREEN = re.compile(r"@container\b[^{]*\{|@media\s*\([^{]*\{")


def paper_css() -> str:
    """The whole sheet; the font's address is relative to it, as on a page."""
    sheets = "".join((_HERE / "css" / f"{name}.css").read_text("utf-8") for name in _ON_PAPER)
    sheets = re.sub(r"/\*.*?\*/", "", sheets, flags=re.DOTALL)
    return _LAYERS + _FONT_FACE + _tokens() + _WEIGHT.sub(_rounded, without_screens(sheets))


def without_screens(css: str) -> str:
    """``css`` without the blocks that ask how wide, dark or touched a screen is."""
    kept, rest = [], css
    while found := _ASKS_A_SCREEN.search(rest):
        kept.append(rest[: found.start()])
        rest = rest[_end_of_block(rest, found.end()) :]
    return "".join([*kept, rest])


def _end_of_block(css: str, inside: int) -> int:
    """Where the block ends that is open at ``inside``."""
    depth, at = 1, inside
    while depth and at < len(css):
        depth += {"{": 1, "}": -1}.get(css[at], 0)
        at += 1
    return at


def _rounded(found: re.Match[str]) -> str:
    """Weights in hundreds: WeasyPrint knows no others."""
    return f"{found[1]}{round(int(found[2]), -2)}"


def _tokens() -> str:
    colours = "".join(f"--{name}:{pair.light};" for name, pair in COLOURS.items())
    sizes = "".join(f"--text-{name}:{size / 16:g}rem;" for name, size in TYPE.items())
    sizes += "".join(f"--space-{name}:{size / 16:g}rem;" for name, size in SPACE.items())
    sizes += "".join(f"--radius-{name}:{size}px;" for name, size in RADIUS.items())
    return f"@layer tokens{{:root{{--font:{FONT};--shadow:none;--shadow-up:none;{colours}{sizes}}}}}\n"
