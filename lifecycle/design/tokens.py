"""The one table of design tokens: what the style sheet, the charts and the contrast test are made from.

Every colour has a light and a dark value. Solid colours are for marks (contrast 3 or more), text colours
for words (4.5 or more), tints for the ground behind a word. ``TEXT_PAIRS`` and ``MARK_PAIRS`` list what may
stand on what; a test computes each of them in both themes.
"""

from __future__ import annotations

from dataclasses import dataclass

from lifecycle.design.colour import mix


@dataclass(frozen=True)
class Pair:
    """One colour in two themes, each ``#RRGGBB``."""

    light: str
    dark: str


@dataclass(frozen=True)
class Named:
    """A word of the product with the name it is shown by and the icon that stands beside it."""

    slug: str
    label: str
    icon: str


PHASES: tuple[Named, ...] = (
    Named("think_it", "Think It", "lightbulb"),
    Named("build_it", "Build It", "hammer"),
    Named("ship_it", "Ship It", "rocket"),
    Named("tweak_it", "Tweak It", "sliders-horizontal"),
    Named("maintain_it", "Maintain It", "wrench"),
)
DECISIONS: tuple[Named, ...] = (
    Named("advance", "Advance", "chevron-right"),
    Named("iterate", "Iterate", "rotate-ccw"),
    Named("kill", "Kill", "x"),
)
VERDICTS: tuple[Named, ...] = (
    Named("validated", "Validated", "circle-check"),
    Named("refuted", "Refuted", "circle-x"),
    Named("harmful", "Harmful", "octagon-alert"),
    Named("inconclusive", "Inconclusive", "circle-question-mark"),
    Named("invalid", "Invalid", "shield-alert"),
    Named("missing", "No evidence", "circle-dashed"),
)

NEUTRALS: dict[str, Pair] = {
    "page": Pair("#F6F7F9", "#0E0F13"),
    "card": Pair("#FFFFFF", "#16181D"),
    "sunk": Pair("#F1F3F6", "#101216"),
    "raised": Pair("#FFFFFF", "#1E2127"),
    "line": Pair("#E6E9EE", "#272B33"),
    "line-strong": Pair("#D3D8E0", "#363B46"),
    "control": Pair("#848D9B", "#6F7988"),
    "ink": Pair("#12151C", "#F1F3F7"),
    "ink-2": Pair("#414957", "#BEC5D1"),
    "ink-3": Pair("#5F6878", "#98A2B2"),
    "focus": Pair("#3B5BFD", "#9DB0FF"),
    "spark": Pair("#FF7A3D", "#E0591B"),
    "mark-ground": Pair("#12151C", "#F1F3F7"),
    "mark-stroke": Pair("#FFFFFF", "#12151C"),
}

_PHASE_COLOURS: dict[str, tuple[Pair, Pair]] = {
    "think-it": (Pair("#6D33C9", "#C79BFF"), Pair("#5A27AB", "#D3B1FF")),
    "build-it": (Pair("#3B8DF5", "#4A7FDB"), Pair("#1459B8", "#93B8F7")),
    "ship-it": (Pair("#0B6B4F", "#45C99A"), Pair("#085841", "#6FDDB3")),
    "tweak-it": (Pair("#C9772A", "#C4822B"), Pair("#8A4A0C", "#EDB065")),
    "maintain-it": (Pair("#7A8593", "#C3CDD9"), Pair("#4C5663", "#D3DBE4")),
}
_DECISION_COLOURS: dict[str, Pair] = {
    "advance": Pair("#0A6B4E", "#5FD6A9"),
    "iterate": Pair("#8F4A06", "#F0B169"),
    "kill": Pair("#B42336", "#FF8F9B"),
}


def _over_card(colour: Pair, light_share: float, dark_share: float) -> Pair:
    card = NEUTRALS["card"]
    return Pair(mix(colour.light, card.light, light_share), mix(colour.dark, card.dark, dark_share))


def _colours() -> dict[str, Pair]:
    table = dict(NEUTRALS)
    for slug, (solid, text) in _PHASE_COLOURS.items():
        table[slug] = solid
        table[f"{slug}-text"] = text
        table[f"{slug}-tint"] = _over_card(solid, 0.10, 0.17)
        table[f"{slug}-wash"] = _over_card(solid, 0.04, 0.06)
        table[f"{slug}-fill"] = _over_card(solid, 0.30, 0.36)
    for slug, solid in _DECISION_COLOURS.items():
        table[slug] = solid
        table[f"{slug}-tint"] = _over_card(solid, 0.08, 0.15)
        table[f"{slug}-line"] = _over_card(solid, 0.32, 0.40)
    return table


COLOURS: dict[str, Pair] = _colours()
"""Every colour by the name of its custom property, without the two dashes."""

FONT = 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
TYPE: dict[str, int] = {"xs": 12, "sm": 13, "md": 15, "lg": 17, "xl": 21, "2xl": 28, "3xl": 36}
"""Type sizes in pixels at the browser's default; written to the style sheet in rem."""
SPACE: dict[str, int] = {"1": 4, "2": 8, "3": 12, "4": 16, "5": 24, "6": 32, "7": 48}
RADIUS: dict[str, int] = {"s": 6, "m": 10, "l": 14}

_GROUNDS = ("page", "card", "sunk", "raised")
_PHASES = tuple(_PHASE_COLOURS)
_ANSWERS = tuple(_DECISION_COLOURS)

TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3") for ground in _GROUNDS),
    *((f"{phase}-text", ground) for phase in _PHASES for ground in (*_GROUNDS, f"{phase}-tint")),
    *(("ink", f"{phase}-{ground}") for phase in _PHASES for ground in ("tint", "wash", "fill")),
    *(("ink-2", f"{phase}-{ground}") for phase in _PHASES for ground in ("tint", "wash")),
    *(("ink-3", f"{phase}-wash") for phase in _PHASES),
    *((answer, ground) for answer in _ANSWERS for ground in ("page", "card", "sunk", "raised")),
    *((answer, f"{answer}-tint") for answer in _ANSWERS),
    *(("ink", f"{answer}-tint") for answer in _ANSWERS),
    *(("card", answer) for answer in _ANSWERS),
    ("card", "ink"),
    ("focus", "card"),
)
"""(words, ground): contrast 4.5 or more in both themes."""

MARK_PAIRS: tuple[tuple[str, str], ...] = (
    *((phase, ground) for phase in _PHASES for ground in ("page", "card")),
    *((answer, f"{phase}-wash") for answer in _ANSWERS for phase in _PHASES),
    *(("control", ground) for ground in ("page", "card", "sunk")),
    *(("focus", ground) for ground in _GROUNDS),
    ("spark", "mark-ground"),
    ("mark-stroke", "mark-ground"),
)
"""(mark, ground): contrast 3 or more in both themes."""


def resolve(name: str, theme: str) -> str:
    """The ``#RRGGBB`` of a colour in ``theme`` (``light`` or ``dark``). Raises KeyError for an unknown name."""
    pair = COLOURS[name]
    return pair.dark if theme == "dark" else pair.light


def phase_label(slug: str) -> str:
    """The name a phase is shown by; an unknown slug is shown as words."""
    return next((phase.label for phase in PHASES if phase.slug == slug), slug.replace("_", " ").title())
