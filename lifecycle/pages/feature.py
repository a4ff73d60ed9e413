"""The feature page: its story in a sentence, a picture and a table, and what has to happen next."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from features.enums import Status
from features.models import Feature, Stint
from features.queries.people import may_act_for
from hypotheses.enums import Verdict
from hypotheses.models import Finding, Hypothesis, SuccessMetric
from hypotheses.queries.course import course_of
from hypotheses.queries.unfolded import looks_at
from lifecycle.charts.curve_from import curve_chart
from lifecycle.charts.diamonds import DecisionMark
from lifecycle.curves.marks import Mark
from lifecycle.enums import GateState
from lifecycle.models import Decision, Gate, Removal
from lifecycle.pages.evidence_acts import is_unfolded
from lifecycle.pages.evidence_card import evidence_card
from lifecycle.pages.feature_acts import feature_called
from lifecycle.pages.feature_parts import ladder_chart, next_step, past, same_yardstick, tiles, undecided
from lifecycle.pages.gate_words import CHECKS, RULES
from lifecycle.pages.promises_card import promises_card
from lifecycle.pages.review_card import review_card
from lifecycle.pages.scorecard_card import scorecard_card
from lifecycle.pages.units import shown_unit
from lifecycle.pages.upkeep_card import upkeep_card
from lifecycle.queries.curve import curve_of
from lifecycle.queries.deciders import may_decide
from lifecycle.queries.evidence import evidence_seen
from lifecycle.queries.kin import kin_of
from lifecycle.queries.ladders import ladder_of
from lifecycle.queries.promises import promises_of
from lifecycle.queries.retrospectives import latest_of
from lifecycle.queries.spend import undecided_spend
from lifecycle.queries.story import story_of
from lifecycle.queries.tweaks import tweak_outlook

SHOWN_EVENTS: Final = 8
SHOWN_FINDINGS: Final = 20


@require_safe
def feature_page(request: HttpRequest, key: str) -> HttpResponse:
    """`/features/<key>/`; `?by=month` draws the curve by month."""
    feature, now = feature_called(key), timezone.now()
    gate = Gate.objects.filter(feature=feature).exclude(state=GateState.DECIDED).select_related("stint").first()
    stints = list(Stint.objects.filter(feature=feature).order_by("number"))
    versions = _versions(feature)
    hypothesis = versions[0] if versions else None
    curve = curve_of(feature=feature, interval="month" if request.GET.get("by") == "month" else "week", now=now)
    chart = curve_chart(curve, _gate_address)
    body, earlier = _evidence(feature, now)
    looks = looks_at(stint_id=stints[-1].pk if stints else None)
    course = same_yardstick(course_of(feature=feature), versions=versions, stints=stints)
    decisions = list(
        Decision.objects.filter(feature=feature).select_related("by", "consent__by").order_by("-at", "-pk")
    )
    events = story_of(feature=feature, now=now)[::-1]
    decides = gate is not None and may_decide(
        request.user, feature=feature, phase=gate.stint.phase, step_percent=gate.stint.step_percent
    )
    today = timezone.localdate(now)
    context: dict[str, Any] = {
        "feature": feature,
        "crumbs": _crumbs(feature),
        "gate": gate,
        "today": today,
        "next": next_step(feature=feature, gate=gate, hypothesis=hypothesis, may_decide=decides, today=today),
        "may": may_act_for(request.user, feature.squad),
        "owner_name": _name(feature.owner),
        "tiles": tiles(feature=feature, curve=curve, body=body, metric=hypothesis.metric if hypothesis else None),
        "curve": chart,
        "by": curve.interval,
        "waits": undecided(undecided_spend(gate=gate)) if gate and gate.state == GateState.DUE else "",
        **_hypothesis(versions),
        "evidence": evidence_card(
            body=body,
            course=course,
            direction=hypothesis.direction if hypothesis else "up",
            decisions=_marks(decisions),
            unfolded=bool(earlier) or is_unfolded(request, looks=looks, body=body),
        ),
        "looks": looks,
        "earlier": earlier,
        "checks": CHECKS,
        "rule_names": RULES,
        "ladder": ladder_chart(feature=feature, ladder=ladder_of(feature=feature), stints=stints),
        "history": past(decisions),
        "promises": promises_card(promises_of(feature=feature, now=now)),
        "scorecard": scorecard_card(feature=feature, person=request.user),
        "upkeep": upkeep_card(feature=feature, now=now),
        "findings": _findings(feature),
        "tweaks": list(feature.tweaks.order_by("-created_at")),
        "outlook": tweak_outlook(feature=feature),
        "in_review": review_card(feature, request.user) if isinstance(request.user, User) else None,
        "removal": _removal(feature),
        "kin": kin_of(feature=feature),
        "retrospective": latest_of(feature=feature),
        "events": events[:SHOWN_EVENTS],
        "more_events": events[SHOWN_EVENTS:],
    }
    return render(request, "lifecycle/feature.html", context)


def _hypothesis(versions: Sequence[Hypothesis]) -> dict[str, Any]:
    """What the page says of the hypothesis that holds, and of its earlier versions."""
    now = versions[0] if versions else None
    return {
        "hypothesis": now,
        "unit": shown_unit(now.metric.kind, now.metric.unit) if now and now.metric else "",
        "successes": _successes(now),
        "versions": versions[1:],
    }


def _versions(feature: Feature) -> list[Hypothesis]:
    """The versions of its hypothesis, newest first."""
    rows = Hypothesis.objects.filter(feature=feature).select_related("metric", "stint", "created_by")
    return list(rows.prefetch_related("success_metrics__metric", "guardrails__metric").order_by("-version"))


def _successes(hypothesis: Hypothesis | None) -> list[tuple[SuccessMetric, str]]:
    """The further success metrics, each with the unit that its effects are shown in."""
    rows = hypothesis.success_metrics.all() if hypothesis else ()
    return [(row, shown_unit(row.metric.kind, row.metric.unit)) for row in rows]


def _gate_address(mark: Mark) -> str:
    return reverse("gate", args=[mark.gate]) if mark.gate else ""


def _evidence(feature: Feature, now: datetime) -> tuple[dict[str, Any], str]:
    """The evidence of the running stint; while it has none, the last there was, and the phase it is from."""
    view = evidence_seen(feature=feature, now=now)
    if view.verdict == Verdict.MISSING and view.as_of is None:
        last = evidence_seen(feature=feature, now=now, as_of=now)
        if last.as_of is not None:
            return last.as_json(), last.phase
    return view.as_json(), ""


def _marks(decisions: list[Decision]) -> tuple[DecisionMark, ...]:
    return tuple(
        DecisionMark(timezone.localdate(one.at), one.outcome, "", reverse("gate", args=[one.gate_id]))
        for one in reversed(decisions)
        if not one.imported
    )


def _crumbs(feature: Feature) -> list[tuple[str, str]]:
    parent = [(feature.parent.name, reverse("feature", args=[feature.parent.key]))] if feature.parent else []
    return [("Board", "/"), *parent]


def _name(person: Any) -> str:
    return (person.get_full_name() or person.get_username()) if person else ""


def _findings(feature: Feature) -> list[Finding]:
    return list(
        Finding.objects.filter(feature=feature).select_related("by", "stint").order_by("-at", "-pk")[:SHOWN_FINDINGS]
    )


def _removal(feature: Feature) -> Removal | None:
    rows = Removal.objects.select_related("owner").prefetch_related("steps__done_by")
    removal = rows.filter(feature=feature).first()
    return removal if removal and (feature.status != Status.ACTIVE or removal.plan) else None
