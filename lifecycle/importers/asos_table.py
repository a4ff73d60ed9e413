"""What the replay of the ASOS experiments came to: one row a series, and the sums."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from math import erfc, sqrt
from typing import Any, Final

from hypotheses.enums import Verdict
from hypotheses.models import Evidence, Result
from lifecycle.importers.asos import DAY, STARTS, Series
from lifecycle.models import Gate

DECIDES: Final = frozenset({Verdict.VALIDATED, Verdict.REFUTED, Verdict.HARMFUL})
FIXED_ALPHA: Final = 0.05
NO_SHARE: Final = frozenset(
    {"experiments", "treatments", "series", "snapshots", "looks", "treatments with broken sample ratio"}
)
"""Sums that do not count series with data."""


@dataclass(frozen=True, slots=True)
class Course:
    """How one series went. Days count from the experiment's start.

    `snapshots` stand in the file; `looks` were weighed (a snapshot without a variance is left out).
    `decided_day` is the first snapshot with a verdict that decides, `decided` that verdict; `verdict` and `reason` are
    those of the last snapshot, `low` and `high` its interval. `gate_due_day`, `gate_cause`: when and why its gate first
    fell due. `fixed_ever`, `fixed_last`: a fixed test at 5 % called it significant at some look, at the last look;
    `always_valid`: our interval excluded zero at some look. `falls`: snapshots at which a count had fallen.
    """

    experiment: str
    variant: str
    metric: str
    snapshots: int
    looks: int
    decided_day: float | None
    decided: str
    verdict: str
    reason: str
    estimate: float | None
    low: float | None
    high: float | None
    gate_due_day: float | None
    gate_cause: str
    fixed_ever: bool
    fixed_last: bool
    always_valid: bool
    falls: int

    def as_json(self) -> dict[str, Any]:
        """The row as plain values."""
        return asdict(self)


def courses(series: Sequence[Series]) -> list[Course]:
    """The course of each series, from what the product stored. Three queries."""
    evidence: dict[str, list[Evidence]] = defaultdict(list)
    rows = Evidence.objects.filter(superseded_at__isnull=True).select_related("feature").defer("body")
    for row in rows.order_by("as_of"):
        evidence[row.feature.key].append(row)
    gates = {gate.feature.key: gate for gate in Gate.objects.select_related("feature").prefetch_related("causes")}
    looks = _looks()
    return [_course(one, evidence[one.key], looks.get(one.key, {}), gates[one.key]) for one in series]


Arms = dict[str, tuple[int, float, float]]


def _looks() -> dict[str, dict[datetime, Arms]]:
    """Count, mean and variance of each arm, by trial and moment."""
    found: dict[str, dict[datetime, Arms]] = defaultdict(lambda: defaultdict(dict))
    rows = Result.objects.filter(superseded_at__isnull=True).order_by("as_of")
    for key, as_of, arm, n, mean, var in rows.values_list(
        "stage__trial__key", "as_of", "arm__name", "n", "mean", "var"
    ).iterator():
        found[key][as_of][arm] = (n, mean, var)
    return found


def _course(one: Series, rows: Sequence[Evidence], looks: Mapping[datetime, Arms], gate: Gate) -> Course:
    first = next((row for row in rows if row.verdict in DECIDES), None)
    last = rows[-1] if rows else None
    fixed = [fixed_p(arms) < FIXED_ALPHA for arms in looks.values()]
    causes = sorted(gate.causes.all(), key=lambda cause: cause.at)
    return Course(
        experiment=one.experiment,
        variant=one.variant,
        metric=one.metric,
        snapshots=one.snapshots,
        looks=len(rows),
        decided_day=_day(first.as_of) if first else None,
        decided=first.verdict if first else "",
        verdict=last.verdict if last else str(Verdict.MISSING),
        reason=last.reason if last else "",
        estimate=last.estimate if last else None,
        low=last.low if last else None,
        high=last.high if last else None,
        gate_due_day=_day(gate.due_at) if gate.due_at else None,
        gate_cause=f"{causes[0].cause} {causes[0].key}".strip() if causes else "",
        fixed_ever=any(fixed),
        fixed_last=bool(fixed) and fixed[-1],
        always_valid=any(row.low is not None and row.high is not None and not row.low <= 0 <= row.high for row in rows),
        falls=_falls(list(looks.values())),
    )


def fixed_p(arms: Arms) -> float:
    """The two-sided p of a z-test on the difference of means, as if this were the only look; 1 where there is none."""
    (nc, mc, vc), (nt, mt, vt) = arms.get("control", (0, 0.0, 0.0)), arms.get("treatment", (0, 0.0, 0.0))
    if min(nc, nt) < 2 or vc + vt <= 0:  # noqa: PLR2004 (a variance needs two)
        return 1.0
    return erfc(abs(mt - mc) / sqrt(vc / nc + vt / nt) / sqrt(2))


def _falls(looks: Sequence[Arms]) -> int:
    return sum(
        any(after[arm][0] < before[arm][0] for arm in after if arm in before) for before, after in pairwise(looks)
    )


def _day(moment: datetime) -> float:
    return round((moment - STARTS) / DAY, 2)


def summary(rows: Sequence[Course]) -> dict[str, Any]:
    """The sums over all series; where a name does not say what is counted, it is series."""
    treatments = {(row.experiment, row.variant) for row in rows}
    broken = {(row.experiment, row.variant) for row in rows if row.reason == "srm"}
    return {
        "experiments": len({row.experiment for row in rows}),
        "treatments": len(treatments),
        "series": len(rows),
        "series_with_data": sum(row.looks > 0 for row in rows),
        "snapshots": sum(row.snapshots for row in rows),
        "looks": sum(row.looks for row in rows),
        "decided_at_some_look": sum(bool(row.decided) for row in rows),
        "decided_first": dict(sorted(Counter(row.decided for row in rows if row.decided).items())),
        "verdict_at_the_end": dict(sorted(Counter(_final(row) for row in rows).items())),
        "fixed_test_significant_at_some_look": sum(row.fixed_ever for row in rows),
        "fixed_test_significant_at_the_end": sum(row.fixed_last for row in rows),
        "always_valid_interval_excludes_zero": sum(row.always_valid for row in rows),
        "treatments_with_broken_sample_ratio": len(broken),
        "series_with_a_falling_count": sum(row.falls > 0 for row in rows),
        "gates_due": dict(sorted(Counter(row.gate_cause or "not due" for row in rows).items())),
    }


def _final(row: Course) -> str:
    return f"{row.verdict} ({row.reason})" if row.reason and row.reason != "ok" else row.verdict


def as_markdown(rows: Sequence[Course], sums: Mapping[str, Any]) -> str:
    """The sums, what cannot be trusted by its name, and the table, as they stand in docs/asos.md."""
    whole = sums["series_with_data"]
    lines = ["| what | number | of the series with data |", "| --- | ---: | ---: |"]
    for name, value in _flat(sums):
        apart = name in NO_SHARE or not whole
        lines.append(f"| {name} | {value} | {'' if apart else f'{100 * value / whole:.1f} %'} |")
    columns = ("experiment", "variant", "metric", "looks", "first decided", "on day", "at the end", "reason")
    lines += [
        "",
        *_distrusted(rows),
        "",
        f"| {' | '.join(columns)} | gate due on day, because |",
        "| --- | --- | --- | ---: | --- | ---: |",
    ]
    lines[-1] += " --- | --- | --- |"
    for row in rows:
        due = "" if row.gate_due_day is None else f"{row.gate_due_day:g}, {row.gate_cause}"
        day = "" if row.decided_day is None else f"{row.decided_day:g}"
        lines.append(
            f"| {row.experiment} | {row.variant} | {row.metric} | {row.looks} | {row.decided} | {day} "
            f"| {row.verdict} | {row.reason} | {due} |"
        )
    return "\n".join(lines)


def _distrusted(rows: Sequence[Course]) -> list[str]:
    """Which series had a count that fell, and which treatments do not have the designed sizes."""
    falls = [f"{row.experiment} · {row.variant} · metric {row.metric} ({row.falls}×)" for row in rows if row.falls]
    broken = sorted({f"{row.experiment} · {row.variant}" for row in rows if row.reason == "srm"})
    return [
        f"Series with a falling count (experiment · variant · metric): {'; '.join(falls) or 'none'}.",
        "",
        f"Treatments with a broken sample ratio at the end (experiment · variant): {'; '.join(broken) or 'none'}.",
    ]


def _flat(sums: Mapping[str, Any]) -> Iterable[tuple[str, int]]:
    for name, value in sums.items():
        words = name.replace("_", " ")
        if isinstance(value, Mapping):
            yield from ((f"{words}: {part}", count) for part, count in value.items())
        else:
            yield words, value
