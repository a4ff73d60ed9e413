"""Makes the files that browsers load and nobody writes: one style sheet and one font.

The style sheet is the tokens, the hand-written sheets and the chart rules in the order of their layers. The font
is Inter, cut to the letters of Latin languages, weights 400 to 700. Both are written whole or not at all, and
only when they would change, so a second build costs a few milliseconds.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from importlib.metadata import version
from pathlib import Path

from lifecycle.charts.registry import width_rules
from lifecycle.charts.style import style_sheet
from lifecycle.design.css_tokens import tokens_css

SHEETS = ("base", "layout", "parts", "figures", "pages", "review", "print")
LAYERS = "@layer tokens, base, layout, parts, figures, charts, pages, print;\n"
FONT_FACE = (
    '@font-face{font-family:Inter;src:url("inter.woff2") format("woff2");font-weight:400 700;font-style:normal;'
    "font-display:swap}\n"
)
LETTERS = (
    "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x180)]))
    + "–—‘’“”„…•−≤≥≈→←↑↓€₹₩₺₽₫₪₴₦฿₱\N{NARROW NO-BREAK SPACE}\N{NON-BREAKING HYPHEN}"
)
FEATURES = ["kern", "calt", "ccmp", "locl", "mark", "mkmk", "tnum", "case"]
WEIGHTS = (400, 400, 700)
OPTICAL_SIZE = 14

_HERE = Path(__file__).parent


def build(target: Path) -> list[Path]:
    """Brings ``target`` up to date and answers with the files that were written anew."""
    target.mkdir(parents=True, exist_ok=True)
    written = [target / "fourstroke.css"] if _replace(target / "fourstroke.css", css().encode()) else []
    return written + _build_font(target)


def css() -> str:
    """The whole style sheet, without comments and needless spaces."""
    sheets = "".join((_HERE / "css" / f"{name}.css").read_text("utf-8") for name in SHEETS)
    charts = f"@layer charts{{{width_rules()}{style_sheet()}}}\n"
    return LAYERS + FONT_FACE + _squeezed(tokens_css() + sheets + charts)


def _squeezed(text: str) -> str:
    """Without comments, line breaks, and the spaces around braces and semicolons (those around `:` can matter)."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r"\s*([{};])\s*", r"\1", text).replace(";}", "}")


def _build_font(target: Path) -> list[Path]:
    """Cuts the font unless the recipe that stands beside it is still the same (cutting takes seconds)."""
    font, stamp = target / "inter.woff2", target / "inter.json"
    recipe = json.dumps(_recipe(), sort_keys=True).encode()
    if font.exists() and stamp.exists() and stamp.read_bytes() == recipe:
        return []
    _replace(font, _cut())
    _replace(stamp, recipe)
    return [font]


def _recipe() -> dict[str, object]:
    letters = hashlib.sha256(LETTERS.encode()).hexdigest()
    versions = {name: version(name) for name in ("fontpkg-inter", "fonttools")}
    return {"letters": letters, "features": FEATURES, "weights": WEIGHTS, "opsz": OPTICAL_SIZE, **versions}


def _cut() -> bytes:
    """Inter as WOFF2 with one axis, the weight. fontTools is loaded here only: it is slow to import."""
    from io import BytesIO  # noqa: PLC0415  # stands with the slow imports it serves

    import fontpkg_inter  # noqa: PLC0415
    from fontTools import subset  # noqa: PLC0415
    from fontTools.ttLib import TTFont  # noqa: PLC0415
    from fontTools.varLib import instancer  # noqa: PLC0415

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    font = TTFont(fontpkg_inter.ROOT / "files" / "Inter[opsz,wght].ttf")
    options = subset.Options()
    options.layout_features = FEATURES
    cutter = subset.Subsetter(options)
    cutter.populate(text=LETTERS)
    cutter.subset(font)
    font = instancer.instantiateVariableFont(font, {"opsz": OPTICAL_SIZE, "wght": WEIGHTS})
    font.flavor = "woff2"
    out = BytesIO()
    font.save(out)
    return out.getvalue()


def _replace(path: Path, content: bytes) -> bool:
    """Writes ``content`` in one step unless it is there already; two builds at once do no harm."""
    if path.exists() and path.read_bytes() == content:
        return False
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(content)
    beside.replace(path)
    return True
