"""What findings say where there is no trial: the Beta rule, customers apart from employees."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypotheses.enums import FindingKind, Population, Readiness, Verdict
from hypotheses.models import Finding
from hypotheses.queries.evidence_view import Part
from hypotheses.statistics.beta import judged, probability_at_least

WEAKER = "Findings are weaker evidence than a trial."
EMPLOYEES_ONLY = {
    "code": "transfer",
    "cleared_by": None,
    "reason": "",
    "detail": "Only employees were looked at; customers may differ.",
}


@dataclass(frozen=True, slots=True)
class FoundOut:
    """All findings of a stint together: verdict, sentence and marks, each finding, and the counts combined."""

    verdict: Verdict
    state: Readiness
    explanation: str
    findings: tuple[Part, ...]
    combined: Part
    marks: tuple[Part, ...]


def found_out(findings: Sequence[Finding]) -> FoundOut:
    """Weigh findings, oldest first; at least one.

    Counted ones combine when they were held against the target of the newest of their group. Customers (with prospects
    and panels) decide; employees only where nobody else was looked at, and then the evidence is marked.
    """
    groups = {name: _combined(findings, employees=name == "employees") for name in ("customers", "employees")}
    name = "customers" if groups["customers"] else "employees"
    group = groups[name]
    verdict = Verdict(group["verdict"]) if group else Verdict.INCONCLUSIVE
    decided = verdict in {Verdict.VALIDATED, Verdict.REFUTED}
    only_employees = all(finding.population == Population.EMPLOYEES for finding in findings)
    return FoundOut(
        verdict=verdict,
        state=Readiness.DECISION_READY if decided else Readiness.TREND if group else Readiness.TOO_EARLY,
        explanation=_sentence(findings, name, group),
        findings=tuple(_part(finding) for finding in findings),
        combined=groups,
        marks=(dict(EMPLOYEES_ONLY),) if only_employees or (group and name == "employees") else (),
    )


def _combined(findings: Sequence[Finding], *, employees: bool) -> Part | None:
    counted = [
        finding
        for finding in findings
        if finding.trials is not None and (finding.population == Population.EMPLOYEES) == employees
    ]
    if not counted:
        return None
    same = [finding for finding in counted if finding.target == counted[-1].target]
    successes, trials = sum(finding.successes or 0 for finding in same), sum(finding.trials or 0 for finding in same)
    return {"findings": len(same), **_weighed(successes, trials, counted[-1].target)}


def _weighed(successes: int, trials: int, target: float) -> Part:
    """The Beta rule for one count. Without a probability where there are too many units for it."""
    try:
        probability = probability_at_least(successes=successes, units=trials, target=target)
    except ValueError:
        probability = None
    verdict = judged(probability) if probability is not None else Verdict.INCONCLUSIVE
    counts = {"successes": successes, "trials": trials, "target": target}
    return {**counts, "probability": probability, "verdict": str(verdict)}


def _part(finding: Finding) -> Part:
    counted = finding.successes is not None and finding.trials is not None
    nothing = {"successes": None, "trials": None, "target": None, "probability": None, "verdict": None}
    return {
        "id": finding.pk,
        "kind": finding.kind,
        "cohort": {"market": finding.market, "population": finding.population},
        **(_weighed(finding.successes or 0, finding.trials or 0, finding.target) if counted else nothing),
        "note": finding.note,
        "url": finding.url,
        "at": finding.at.isoformat(),
    }


def _sentence(findings: Sequence[Finding], name: str, group: Part | None) -> str:
    if group is None:
        kinds = ", ".join(sorted({FindingKind(finding.kind).label.lower() for finding in findings}))
        return f"There are findings ({kinds}), but none with counts, so there is nothing to weigh. {WEAKER}"
    word = {
        Verdict.VALIDATED: "Validated", Verdict.REFUTED: "Refuted", Verdict.INCONCLUSIVE: "Undecided",
    }[Verdict(group["verdict"])]  # fmt: skip
    sentence = (
        f"{word}: {group['successes']} of {group['trials']} {name} succeeded, against a target of {group['target']:.0%}"
    )
    if group["probability"] is not None:
        sentence += f" (the rate reaches it with probability {_percent(group['probability'])})"
    employees = " Only employees were counted; customers may differ." if name == "employees" else ""
    return f"{sentence}.{employees} {WEAKER}"


def _percent(probability: float) -> str:
    """A probability that is never rounded to certainty."""
    if probability > 0.999:  # noqa: PLR2004
        return "above 99.9 %"
    return "below 0.1 %" if probability < 0.001 else f"{100 * probability:.1f} %"  # noqa: PLR2004
