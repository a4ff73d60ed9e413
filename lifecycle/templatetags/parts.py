"""The small parts that stand on every page: ``{% load parts %}``. None of them speaks by colour alone."""

from datetime import date
from functools import lru_cache

import lucide
from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from lifecycle.charts import formats
from lifecycle.charts.diamonds import diamond as diamond_svg
from lifecycle.design.tokens import DECISIONS, PHASES, VERDICTS, Named, phase_label

register = template.Library()

NAVIGATION: tuple[tuple[str, str, str], ...] = (
    ("board", "Board", "columns-3"),
    ("owed", "Owed", "bell"),
    ("backlog", "Backlog", "list-ordered"),
    ("my-week", "Week", "calendar-check"),
    ("reviews", "Reviews", "scissors"),
    ("portfolio", "Portfolio", "chart-column-stacked"),
    ("lessons", "Lessons", "book-open"),
    ("calibration", "Promises", "target"),
    ("metrics", "Metrics", "chart-line"),
    ("pulls", "Pulls", "cloud-download"),
    ("imports", "Import", "file-up"),
    ("api-docs", "API", "braces"),
)
"""The doors of the product: name of the URL, word, icon. A door that is not built is not shown."""

_ALSO = {"my-week": ("/squads/",), "backlog": ("/goals/", "/rounds/")}
"""Where else we are behind a door than under its own address."""

_PHASES = {phase.slug: phase for phase in PHASES}
_VERDICTS = {verdict.slug: verdict for verdict in VERDICTS}
_DECISIONS = {decision.slug: decision for decision in DECISIONS}
_VERDICT_TONES = {"validated": "good", "refuted": "bad", "harmful": "solid-bad", "invalid": "warn"}
_MARK_TONES = {"validated": "good", "refuted": "bad", "harmful": "bad", "invalid": "warn"}
_SOON = 7


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, label: str = "") -> SafeString:
    """An icon of Lucide as inline SVG, hidden from screen readers unless it has a ``label`` of its own."""
    said = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    svg = lucide._render_icon(name, None, **{"class": "icon"}, **said)  # noqa: SLF001  # the package has no other door
    return _safe(svg.replace(' width="24"', "", 1).replace(' height="24"', "", 1))


@register.simple_tag
@lru_cache(maxsize=64)
def phase_chip(phase: str, iteration: int = 1) -> SafeString:
    """The name of a phase on its tint, with the iteration from the second on."""
    words = phase_label(str(phase)) + (f" · {iteration}" if iteration > 1 else "")
    title = format_html(' title="Iteration {}"', iteration) if iteration > 1 else ""
    return format_html('<span class="chip chip-phase phase-{}"{}>{}</span>', phase, title, words)


@register.simple_tag
@lru_cache(maxsize=16)
def diamond(outcome: str, *, decorative: bool = False) -> SafeString:
    """The mark of a decision alone, with its name for screen readers; ``decorative`` where the word is beside it."""
    if decorative:
        return format_html(
            '<svg class="c diamond" viewBox="-10 -10 20 20" aria-hidden="true">{}</svg>', _safe(diamond_svg(outcome))
        )
    name = _DECISIONS[outcome].label if outcome in _DECISIONS else outcome
    return format_html(
        '<svg class="c diamond" viewBox="-10 -10 20 20" role="img" aria-label="{}">{}</svg>',
        name,
        _safe(diamond_svg(str(outcome))),
    )


@register.simple_tag
@lru_cache(maxsize=16)
def decision(outcome: str) -> SafeString:
    """The mark of a decision and its word."""
    known = _DECISIONS.get(str(outcome), Named(str(outcome), str(outcome).capitalize(), "x"))
    mark = format_html(
        '<svg class="c diamond" viewBox="-10 -10 20 20" aria-hidden="true">{}</svg>', _safe(diamond_svg(known.slug))
    )
    return format_html('<span class="decision decision-{}">{}{}</span>', known.slug, mark, known.label)


@register.simple_tag
@lru_cache(maxsize=256)
def verdict_badge(verdict: str | None, reason: str = "") -> SafeString:
    """The verdict as icon and word; ``reason`` is what a pointer resting on it is told. None is no evidence."""
    known = _VERDICTS.get(str(verdict or "missing"), _VERDICTS["missing"])
    tone = _VERDICT_TONES.get(known.slug, "quiet")
    title = format_html(' title="{}"', reason.replace("_", " ")) if reason else ""
    return format_html('<span class="chip tone-{}"{}>{}{}</span>', tone, title, icon(known.icon), known.label)


@register.simple_tag
@lru_cache(maxsize=256)
def verdict_mark(verdict: str, reason: str = "") -> SafeString:
    """The verdict as icon and word in its colour, without a chip around it: for lists."""
    known = _VERDICTS.get(str(verdict), _VERDICTS["missing"])
    tone = _MARK_TONES.get(known.slug, "muted")
    title = format_html(' title="{}"', reason.replace("_", " ")) if reason else ""
    return format_html('<span class="verdict {}"{}>{}{}</span>', tone, title, icon(known.icon), known.label)


@register.simple_tag
def gate_badge(state: str, due_on: date | None = None, today: date | None = None, *, brief: bool = False) -> SafeString:
    """How near a gate is: ``open`` (in N days), ``due`` (today, or since when it is late), ``decided``.

    ``due_on`` is the day the gate will be due at the latest, or, once it is due, the day it fell due. ``brief`` shows
    the shortest words ("6 d late"); what they leave out is told to screen readers.
    """
    away = (due_on - today).days if due_on and today else None
    return _gate_badge(str(state), away, brief)


@lru_cache(maxsize=512)
def _gate_badge(state: str, away: int | None, brief: bool) -> SafeString:  # noqa: FBT001
    tone, mark, words = _gate_words(state, away)
    if not brief:
        return format_html('<span class="chip {}">{}{}</span>', tone, icon(mark), words)
    return format_html(
        '<span class="chip {}" title="{}">{}<span aria-hidden="true">{}</span><span class="sr">{}</span></span>',
        tone, words, icon(mark), _brief(state, away), words,
    )  # fmt: skip


def _brief(state: str, away: int | None) -> str:
    """``6 d late``, ``due``, ``in 6 d``, ``open``."""
    if state == "due":
        return f"{-away} d late" if away is not None and away < 0 else "due"
    if state == "decided" or away is None:
        return state
    return f"in {max(away, 0)} d"


def _gate_words(state: str, away: int | None) -> tuple[str, str, str]:
    """The tone, the icon and the words of a gate that is ``away`` days off (negative: late)."""
    if state == "decided":
        return "tone-quiet", "check", "Decided"
    if state == "due":
        if away is not None and away < 0:
            return "tone-bad", "alarm-clock", f"Gate {formats.days_away(away)}"
        return "tone-warn", "bell-ring", "Gate due today"
    if away is None:
        return "chip-line", "diamond", "Gate open"
    soon = "tone-warn" if away <= _SOON else "chip-line"
    return soon, "diamond", f"Gate {formats.days_away(max(away, 0))}"


_LESSONS = {
    "emerging": ("chip-line", "sprout", "Emerging"),
    "supported": ("tone-quiet", "thumbs-up", "Supported"),
    "confirmed": ("tone-good", "badge-check", "Confirmed"),
    "rejected": ("tone-bad", "circle-x", "Rejected"),
}


@register.simple_tag
@lru_cache(maxsize=8)
def lesson_status(status: str) -> SafeString:
    """How well a lesson stands, as icon and word."""
    tone, mark, word = _LESSONS[str(status)]
    return format_html('<span class="chip {}">{}{}</span>', tone, icon(mark), word)


@register.simple_tag
@lru_cache(maxsize=1024)
def avatar(name: str, size: str = "") -> SafeString:
    """A person's initials in a circle. The name has to stand beside it: the circle is hidden from screen readers."""
    words = [word for word in name.replace(".", " ").replace("_", " ").split() if word]
    initials = (words[0][:1] + (words[-1][:1] if len(words) > 1 else words[0][1:2])).upper() if words else "?"
    kind = " avatar-l" if size == "l" else ""
    return format_html('<span class="avatar{}" aria-hidden="true">{}</span>', kind, initials)


@register.simple_tag
def not_known(reason: str = "", words: str = formats.NOT_KNOWN) -> SafeString:
    """What is not known, said so, with the reason for a pointer and for screen readers."""
    if not reason:
        return format_html('<span class="not-known">{}</span>', words)
    return format_html('<span class="not-known" title="{0}">{1}<span class="sr"> ({0})</span></span>', reason, words)


@register.filter
def entry(names: dict[str, str], key: str) -> str:
    """What a dictionary holds under a key; the key itself where it holds nothing: ``{{ people|entry:username }}``."""
    return names.get(key, key)


@register.inclusion_tag("_parts/navigation.html", takes_context=True)
def navigation(context: template.Context) -> dict[str, object]:
    """The doors of the product, the one we are behind marked. ``owed_count`` of the context stands beside Owed."""
    path = context["request"].path if "request" in context else ""
    doors = [door for door in map(_door, NAVIGATION) if door]
    inside = [door for door in doors if path.startswith((str(door["href"]), *_ALSO.get(str(door["name"]), ())))]
    here = max(inside, key=lambda door: len(str(door["href"])), default=None)
    return {"doors": doors, "here": here, "path": path, "owed_count": context.get("owed_count")}


def _door(entry: tuple[str, str, str]) -> dict[str, object] | None:
    name, label, mark = entry
    try:
        return {"href": reverse(name), "label": label, "icon": mark, "name": name}
    except NoReverseMatch:
        return None


def _safe(markup: str) -> SafeString:
    """Only for markup of this package and of Lucide, in which no text of a user stands."""
    return mark_safe(markup)  # noqa: S308  # see above
