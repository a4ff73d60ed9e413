"""Drawings with their styles written on each mark, for renderers that bring no style sheet into a drawing.

On a page the classes of a drawing are dressed by the style sheet. WeasyPrint reads neither that sheet nor custom
properties within an SVG, and a sheet of its own in each drawing takes longer than the drawing. So the rules of
``style.py`` become attributes: one look-up a mark.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lifecycle.charts.style import standalone

_DRAWING = re.compile(r'<svg\b[^>]*\bclass="c[ "].*?</svg>', re.DOTALL)
_ROOT = re.compile(r"<svg\b")
_CLASS = re.compile(r' class="([^"]*)"')
_RULE = re.compile(r"\.c(?: \.(?P<name>[\w-]+))?\{(?P<body>[^}]*)\}")
_OVERPRINTED = "paint-order"
"""Who cannot draw a stroke behind its letters draws it over them: such a rule is left out, halo and all."""


def dressed(markup: str, theme: str = "light") -> str:
    """``markup`` with each drawing in it dressed in the colours of ``theme``; all else stays as it is."""
    return _DRAWING.sub(lambda found: _one(found[0], theme), markup)


def _one(drawing: str, theme: str) -> str:
    head, more, rest = drawing.partition(">")
    head = _ROOT.sub(lambda found: f"{found[0]}{_attributes('', theme)}", head, count=1)
    return head + more + _CLASS.sub(lambda found: _attributes(found[1], theme), rest)


@lru_cache(maxsize=1024)
def _attributes(names: str, theme: str) -> str:
    """What the classes of a mark come to; of two that say the same, the later rule holds, as in the style sheet."""
    asked, merged = set(names.split()) or {""}, dict[str, str]()
    for name, attributes in _table(theme):
        if name in asked:
            merged |= attributes
    return "".join(f' {name}="{value}"' for name, value in merged.items())


@lru_cache(maxsize=2)
def _table(theme: str) -> tuple[tuple[str, dict[str, str]], ...]:
    """Each class with its declarations, in the order of the style sheet; the root's has no name."""
    found = []
    for rule in _RULE.finditer(standalone(theme)):
        pairs = (one.split(":", 1) for one in rule["body"].split(";") if one)
        attributes = {name.strip(): value.strip().replace('"', "'") for name, value in pairs}
        found.append((rule["name"] or "", {} if _OVERPRINTED in attributes else attributes))
    return tuple(found)
