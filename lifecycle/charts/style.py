"""The classes that charts are drawn with, as one style sheet, and the same with its colours resolved inside.

On a page the rules stand in the product's style sheet and the theme changes their custom properties; nothing
is written into the SVG. ``standalone`` resolves every ``var(--name)`` for a file, a mail or a PDF, where no
style sheet is at hand. Only class selectors and plain properties are used: renderers other than browsers
know no more.
"""

from __future__ import annotations

import re

from lifecycle.design.tokens import DECISIONS, FONT, PHASES, resolve

TEXT: dict[str, tuple[float, bool]] = {
    "t-axis": (12, False),
    "t-note": (12, False),
    "t-strong": (12, True),
    "t-phase": (12, True),
    "t-big": (16, True),
    "t-count": (10, True),
}
"""Text classes: type size in pixels of the view box, and whether it is semibold. The canvas measures with these."""

_BASE = """
.c{font-family:FONT;font-variant-numeric:tabular-nums;overflow:visible}
.t-axis{font-size:12px;fill:var(--ink-3)}
.t-note{font-size:12px;fill:var(--ink-2)}
.t-strong{font-size:12px;font-weight:600;fill:var(--ink)}
.t-phase{font-size:12px;font-weight:600}
.t-big{font-size:16px;font-weight:600;fill:var(--ink)}
.t-count{font-size:10px;font-weight:600;fill:var(--card)}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}
.n{fill:none}
.grid{stroke:var(--line);stroke-width:1}
.base{stroke:var(--line-strong);stroke-width:1}
.mark{stroke:var(--ink-3);stroke-width:1}
.whisk{fill:none;stroke:var(--ink);stroke-opacity:.28;stroke-width:1}
.dots{stroke:var(--ink-2);stroke-width:1;stroke-dasharray:2 3}
.dash{stroke:var(--ink-2);stroke-width:1.25;stroke-dasharray:5 4}
.ink{fill:none;stroke:var(--ink);stroke-width:2;stroke-linejoin:round;stroke-linecap:round}
.thin{fill:none;stroke:var(--ink-2);stroke-width:1.25}
.ring{fill:var(--card);stroke:var(--ink);stroke-width:2}
.dot{fill:var(--ink)}
.soft{fill:var(--ink);fill-opacity:.09}
.faint{fill:var(--ink);fill-opacity:.05}
.hatch-line{stroke:var(--ink);stroke-opacity:.34;stroke-width:1}
.hatch-dot{fill:var(--ink)}
.below{fill:var(--kill);fill-opacity:.1}
.above{fill:var(--advance);fill-opacity:.16}
.good{fill:var(--advance)}
.bad{fill:var(--kill)}
.warn{fill:var(--iterate)}
.s-good{stroke:var(--advance)}
.s-bad{stroke:var(--kill)}
.lace{fill:none;stroke:var(--card);stroke-opacity:.42;stroke-width:1.5}
.lace-dot{fill:var(--card);fill-opacity:.55}
.layer{stroke:var(--card);stroke-width:1.25;stroke-linejoin:round}
.box{fill:var(--ink);fill-opacity:.12;stroke:var(--ink-2);stroke-width:1.25}
.plain{fill:var(--ink-2)}
.track{fill:var(--line)}
.paper{fill:var(--card)}
.glyph{fill:none;stroke:var(--card);stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.tear{fill:none;stroke:var(--card);stroke-width:3}
.unknown{fill:var(--card);fill-opacity:.7;stroke:var(--ink-3);stroke-width:1;stroke-dasharray:2 2}
.cluster{fill:var(--ink-2)}
.hit{fill:transparent;stroke:transparent;stroke-width:14}
.m-advance{fill:none;stroke:var(--advance);stroke-width:1.75}
.m-iterate{fill:none;stroke:var(--iterate);stroke-width:1.75;stroke-linejoin:round}
.m-kill{fill:none;stroke:var(--kill);stroke-width:2;stroke-linecap:round}
.m-faded{stroke-opacity:.55}
"""


def _family(slug: str) -> str:
    name = slug.replace("_", "-")
    return (
        f".f-{slug}{{fill:var(--{name})}}.s-{slug}{{fill:none;stroke:var(--{name});stroke-width:2;"
        f"stroke-linejoin:round;stroke-linecap:round}}.x-{slug}{{fill:var(--{name}-text)}}"
        f".tint-{slug}{{fill:var(--{name}-tint)}}.wash-{slug}{{fill:var(--{name}-wash)}}"
        f".g-{slug}{{stop-color:var(--{name})}}.gf-{slug}{{stop-color:var(--{name}-fill)}}\n"
    )


def _decision(slug: str) -> str:
    return f".d-{slug}{{fill:var(--{slug})}}\n"


def style_sheet() -> str:
    """All chart rules, with custom properties for the colours."""
    phases = "".join(_family(phase.slug) for phase in PHASES)
    decisions = "".join(_decision(decision.slug) for decision in DECISIONS)
    rules = (_BASE.replace("FONT", "inherit") + phases + decisions).replace("}.", "}\n.")
    return "\n".join(_scoped(rule) for rule in rules.split("\n") if rule)


def _scoped(rule: str) -> str:
    return rule if rule.startswith(".c{") else f".c {rule}"


def standalone(theme: str) -> str:
    """All chart rules with the colours of ``theme`` (``light`` or ``dark``) written out."""
    rules = style_sheet().replace("font-family:inherit", f"font-family:{FONT}")
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: resolve(found[1], theme), rules)
