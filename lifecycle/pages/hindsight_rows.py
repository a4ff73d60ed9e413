"""The story of a feature as those read it who look back: what informed each decision, and how it came out."""

from dataclasses import dataclass

from django.urls import reverse

from lifecycle.charts import formats
from lifecycle.pages.feature_parts import place_of_decision
from lifecycle.queries.hindsight import CameOut, Chapter, Seen

ENDINGS = {
    "killed": "It was killed",
    "landed": "It landed in its parent",
    "moved_on": "Its squad moved on",
    "removed": "It was taken out",
}
"""What is looked back on."""
FATES = {
    "removing": "It is being taken out of the product{since}.",
    "ended": "It is gone{on}.",
    "landed": "It landed{on}: its parent’s baseline moved.",
    "goes_on": "It runs on, and stands in each quarter’s review.",
}


@dataclass(frozen=True, slots=True)
class StoryRow:
    """One decision in sentences."""

    chapter: Chapter
    place: str
    href: str
    seen: str
    advice: str
    against: bool
    came_out: str


def story_row(chapter: Chapter) -> StoryRow:
    """The sentences of one decision."""
    return StoryRow(
        chapter=chapter,
        place=place_of_decision(chapter.decision),
        href=reverse("gate", args=[chapter.decision.gate_id]),
        seen=effect_seen(chapter.seen),
        advice=_advice(chapter),
        against=chapter.followed is False,
        came_out=_came_out(chapter.came_out, chapter.seen.unit),
    )


def effect_seen(seen: Seen) -> str:
    """The effect with its interval, and what was harmed; empty where no trial had told."""
    harmed = f"harm to {', '.join(seen.harmed)}" if seen.harmed else ""
    if seen.estimate is None:
        return harmed
    within = formats.interval(seen.low, seen.high, unit=seen.unit)
    return f"{formats.effect(seen.estimate, unit=seen.unit)}, interval {within}{f'; {harmed}' if harmed else ''}"


def _advice(chapter: Chapter) -> str:
    if chapter.followed is None:
        return "Nothing was recommended."
    return "As recommended." if chapter.followed else f"Recommended was: {chapter.recommended}."


def _came_out(told: CameOut, unit: str) -> str:
    parts = []
    if told.seen is not None:
        when = formats.plural(told.days or 0, "day") + " later" if told.days else "The same day"
        effect = effect_seen(told.seen)
        verdict = told.seen.verdict.replace("missing", "no evidence")
        parts.append(f"{when}: {verdict}{f' ({effect})' if effect else ''}, and the answer was {told.answered}.")
    if told.fate:
        day = f" {formats.day(told.on)}" if told.on else ""
        parts.append(FATES[told.fate].format(since=f" since{day}" if day else "", on=f" since{day}" if day else ""))
    if told.delivered is not None:
        kept = "inside" if told.within else "outside"
        measured = formats.effect(told.delivered, unit=unit)
        parts.append(f"After release {measured} was measured, {kept} the interval it was decided on.")
    return " ".join(parts)
