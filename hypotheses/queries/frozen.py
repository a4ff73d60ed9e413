"""Whether evidence that was frozen once follows from what is stored: the proof behind a decision, field by field."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from hypotheses.enums import GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.models import Evidence, Finding, Result
from hypotheses.queries.evidence import marks_at
from hypotheses.queries.evidence_view import Part
from hypotheses.queries.findings import found_out
from hypotheses.queries.freshness import STALE, waits_for_minimum
from hypotheses.queries.recomputing import as_kept, recompute, without_names
from hypotheses.statistics.trust import OLDEST

WEIGHED = (
    "feature", "phase", "step", "as_of", "hypothesis_version", "verdict", "reason", "state", "days_left", "primary",
    "successes", "guardrails", "checks", "stages", "others",
)  # fmt: skip
"""What follows from the results. Sentences and units are left out: a metric may be called by another name today."""

FOUND = ("findings", "findings_combined")
BEFORE = re.compile(r"Before: (\w+)\.$")
NEAR = 1e-6
WRITING = timedelta(minutes=1)
"""How long a round of weighing may take to write what it weighed: it waits for whoever decides."""
TOO_EARLY = "Too early to decide: the minimum run has "
EARLY = re.compile(rf"{TOO_EARLY}[\d,]+ days? left\.")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the frozen evidence is not what follows: its name (`primary.interval.0`) and both values."""

    field: str
    saw: Any
    follows: Any


@dataclass(slots=True)
class Retraced:
    """What was compared. stands_on: what the frozen evidence was made from, in words. laid_over: what belonged to the
    reading (the age of the data, the minimum run) and was taken as it was read. differences: empty when all follows.
    """

    stands_on: str
    laid_over: list[str] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    @property
    def follows(self) -> bool:
        """Whether the frozen evidence is reproduced."""
        return not self.differences


def retrace(*, frozen: Part, feature_id: int, stint_id: int, at: datetime) -> Retraced:
    """Make again what was frozen (the shape of docs/reference/evidence.md) for a stint at a moment: from the very
    results that were read, also where they were restated since, and from the findings of then.
    """
    findings = list(
        Finding.objects.filter(stint=stint_id, at__lte=at).select_related("stint__feature").order_by("at", "pk")
    )
    if frozen.get("evidence_id") is None:
        return _without_trial(frozen, findings, stint_id, at)
    row = Evidence.objects.select_related("stint__feature", "hypothesis").filter(pk=frozen["evidence_id"]).first()
    if row is None or row.feature_id != feature_id:
        gone = "no such evidence" if row is None else f"evidence of {row.feature.key}"
        return Retraced(gone, differences=[Difference("evidence_id", frozen["evidence_id"], gone)])
    retraced = _of_trial(frozen, row, findings, at)
    if row.stint_id != stint_id:
        other = f"it is of another stint ({row.stint.phase}, number {row.stint.number})"
        retraced.differences.append(Difference("evidence_id", row.pk, other))
    elif (stood := _stood(stint_id, at)) is not None and not _stands_beside(row, stood, at):
        retraced.differences.append(Difference("evidence_id", row.pk, _told(stood, at)))
    return retraced


def _of_trial(frozen: Part, row: Evidence, findings: list[Finding], at: datetime) -> Retraced:
    read = set(row.body["basis"]["results"]) | set(row.body["basis"]["previous"]) | set(row.body["basis"]["first"])
    found = Result.objects.filter(pk__in=read)
    restated = found.filter(superseded_at__isnull=False).count()
    since = f", {restated} of them restated since" if restated else ""
    retraced = Retraced(f"evidence {row.pk}, revision {row.revision}, and the {len(read)} results that it read{since}")
    if gone := len(read) - found.count():
        retraced.differences.append(Difference("results", f"{len(read)} read", f"{gone} of them are gone"))
        return retraced
    body = recompute(evidence=row).outcome.body
    told = found_out(findings) if findings else None
    follows = {name: as_kept(body[name], row.body.get(name)) for name in WEIGHED if name in body} | {
        "revision": row.revision,
        "findings": list(told.findings) if told else [],
        "findings_combined": told.combined if told else None,
    }
    if "successes" in frozen:
        follows.setdefault("successes", [])
    follows = _laid_over(frozen, follows, row, at, retraced)
    retraced.differences += _compared(without_names(frozen), without_names(follows))
    retraced.differences += _explained(frozen, row)
    retraced.differences += _marks(frozen, marks_at(stint=row.stint, evidence=row, own=body["marks"], moment=at))
    return retraced


def _explained(frozen: Part, row: Evidence) -> Iterator[Difference]:
    """Whether the sentence is the one that was kept with the evidence, or what the reading makes of it. It is not made
    again: a metric may have another name today.
    """
    said, kept = str(frozen.get("explanation")), str(row.body.get("explanation", ""))
    stale = f"{_detail(frozen, Reason.STALE)} Mend the source, or end the trial if it is over. Before: {row.verdict}."
    more = said.removeprefix(f"{kept} ")
    defined_anew = row.reason == Reason.STALE and more != said
    if said not in (kept, stale) and not EARLY.fullmatch(more) and not defined_anew:
        yield Difference("explanation", said, kept)


def _laid_over(frozen: Part, follows: Part, row: Evidence, at: datetime, retraced: Retraced) -> Part:
    """What follows, with what the reading laid over it, as far as the frozen evidence tells and the clock allows."""
    if frozen.get("reason") == Reason.STALE != follows["reason"] and _was_old(frozen, row, at):
        retraced.laid_over.append(_detail(frozen, Reason.STALE))
        return _as_stale(follows, frozen)
    early = frozen.get("state") == Readiness.TOO_EARLY and waits_for_minimum(follows["verdict"])
    if early and TOO_EARLY in str(frozen.get("explanation")):
        retraced.laid_over.append("The step's minimum run was not served.")
        return follows | {"state": str(Readiness.TOO_EARLY), "days_left": _waits(frozen, follows["days_left"], row)}
    return follows


def _was_old(frozen: Part, row: Evidence, at: datetime) -> bool:
    """Whether the data could be too old at the time, or another definition was told, which may have been changed back
    since.
    """
    told = _detail(frozen, Reason.STALE)
    ends = [datetime.fromisoformat(text) for text in row.body["basis"]["watermarks"].values()]
    return "definition changed" in told or any(at - end > OLDEST for end in ends)


def _detail(frozen: Part, code: Reason) -> str:
    return next((str(check["detail"]) for check in frozen.get("checks", ()) if check["code"] == code), "")


def _as_stale(follows: Part, frozen: Part) -> Part:
    """As `freshness.with_staleness` shows evidence that may no longer be read."""
    said = BEFORE.search(str(frozen.get("explanation")))
    parts: Part = {}
    if follows.get("successes"):
        parts = {
            "successes": [{**one, **STALE} for one in follows["successes"]],
            "primary": {**follows["primary"], **STALE},
        }
    return (
        follows
        | parts
        | {
            "verdict": str(Verdict.INVALID) if said and said[1] == follows["verdict"] else follows["verdict"],
            "reason": str(Reason.STALE),
            "state": str(Readiness.TOO_EARLY),
            "days_left": None,
            "guardrails": [{**rail, "status": str(GuardrailStatus.UNKNOWN)} for rail in follows["guardrails"]],
            "checks": [
                {**check, "ok": False} if check["code"] == Reason.STALE else check for check in follows["checks"]
            ],
        }
    )


def _waits(frozen: Part, own: float | None, row: Evidence) -> float | None:
    """The days that were left: the evidence's own, or what the minimum run had left where that was more. Minimum runs
    are whole days, so the one that is implied has to be one; which it was, only the ladder of then knows.
    """
    saw = frozen.get("days_left")
    if not isinstance(saw, int | float) or own == saw:
        return own
    run = (row.as_of - datetime.fromisoformat(row.body["basis"]["run_from"])).total_seconds() / 86_400
    left = max(own or 0.0, round(saw + run) - run)
    return saw if abs(saw - left) < NEAR else left


def _without_trial(frozen: Part, findings: list[Finding], stint_id: int, at: datetime) -> Retraced:
    """The Beta rule once more where there were findings; else that nothing was known indeed."""
    stood = _stood(stint_id, at)
    if stood is not None:
        what = _told(stood, at)
        return Retraced(what, differences=[Difference("evidence_id", None, what)])
    if not findings:
        known = frozen.get("verdict") not in {None, Verdict.MISSING, Verdict.INVALID} or frozen.get("findings")
        nothing = [Difference("verdict", frozen.get("verdict"), str(Verdict.MISSING))] if known else []
        return Retraced("nothing: no result had been weighed, and there was no finding", differences=nothing)
    told = found_out(findings)
    follows: Part = {
        "verdict": str(told.verdict),
        "reason": str(Reason.FINDINGS),
        "state": str(told.state),
        "as_of": findings[-1].at.isoformat(),
        "findings": list(told.findings),
        "findings_combined": told.combined,
        "explanation": told.explanation,
        "primary": None,
        "days_left": None,
    }
    count = f"{len(findings)} finding{'s' if len(findings) != 1 else ''} up to then, by the Beta rule"
    marks = marks_at(stint=findings[-1].stint, evidence=None, own=told.marks, moment=at)
    return Retraced(count, differences=[*_compared(frozen, follows), *_marks(frozen, marks)])


def _stands_beside(row: Evidence, stood: Evidence, at: datetime) -> bool:
    """Whether it is what stood at the moment, or what that replaced in this very moment: the clock tells no order."""
    replaced_now = row.as_of == stood.as_of and row.superseded_at is not None and row.superseded_at >= at
    return row.pk == stood.pk or replaced_now


def _told(stood: Evidence, at: datetime) -> str:
    """Which evidence stood at a moment, and that it may not have been there yet where it was weighed just before."""
    what = f"evidence {stood.pk} stood already"
    if at - stood.weighed_at > WRITING:
        return what
    seconds = (at - stood.weighed_at).total_seconds()
    return f"{what}, weighed {seconds:.1f} s before; another process may have written it after the decision had read"


def _stood(stint_id: int, at: datetime) -> Evidence | None:
    """The newest evidence of a stint that stood then, which is what a decision sees. A round of weighing keeps the time
    at which it began, so what it made of results that landed later was not there yet.
    """
    stood = Q(superseded_at__isnull=True) | Q(superseded_at__gt=at)
    rows = Evidence.objects.filter(stood, stint=stint_id, weighed_at__lte=at).order_by("-as_of", "-pk")
    later = Result.objects.filter(recorded_at__gt=at)
    return next((row for row in rows if not later.filter(pk__in=row.body["basis"]["results"]).exists()), None)


def _compared(frozen: Part, follows: Part) -> Iterator[Difference]:
    for name, value in follows.items():
        yield from differences(frozen.get(name), value, name)


def _marks(frozen: Part, follows: Iterable[Part]) -> Iterator[Difference]:
    """The marks that were seen are those that the data of then give, and the same of them were cleared."""
    seen, given = (Counter(_named(mark) for mark in marks) for marks in (frozen.get("marks", ()), follows))
    for mark in (given - seen).elements():
        yield Difference("marks", sorted(seen), mark)
    for mark in (seen - given).elements():
        yield Difference("marks", mark, sorted(given))


def _named(mark: Part) -> str:
    """A mark by what it is about, which a rename does not change, and whether somebody had cleared it."""
    about = f" {mark['facts']}" if mark.get("facts") else ""
    return f"{mark['code']}{about}{', cleared' if mark['cleared_by'] is not None else ''}"


def differences(saw: Any, follows: Any, name: str) -> Iterator[Difference]:
    """Each place where two JSON values differ, by its path."""
    if isinstance(saw, dict) and isinstance(follows, dict):
        for key in [*follows, *(key for key in saw if key not in follows)]:
            yield from differences(saw.get(key), follows.get(key), f"{name}.{key}")
    elif isinstance(saw, list) and isinstance(follows, list) and len(saw) == len(follows):
        for at, (one, other) in enumerate(zip(saw, follows, strict=True)):
            yield from differences(one, other, f"{name}.{at}")
    elif saw != follows:
        yield Difference(name, saw, follows)
