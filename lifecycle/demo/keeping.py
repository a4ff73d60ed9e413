"""What keeping the shipped features went into, what tells of it, and how much they are used."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from django.contrib.auth.models import User

from features.actions.signalling import SignalRow, record_signals
from features.enums import Phase, SignalKind, Status, Upkeep
from features.models import Feature
from hypotheses.actions.metric import create_metric
from hypotheses.actions.using import PREFIX, land_use, name_use
from hypotheses.enums import MetricKind, UseKind
from hypotheses.sources.base import Row

KEPT: Final = frozenset({Phase.TWEAK_IT, Phase.MAINTAIN_IT})
USUAL: Final = (
    *(Upkeep.BUGS,) * 4, *(Upkeep.UPGRADES,) * 3, *(Upkeep.SUPPORT,) * 2, Upkeep.DOCUMENTATION, Upkeep.INTERFACE,
    Upkeep.SLOWDOWN,
)  # fmt: skip
"""Of twelve weeks of upkeep, what they went into."""
SILENT: Final[Mapping[str, tuple[int, int]]] = {"quiet-hours": (24, 14)}
"""Weeks before the demo was made in which nobody wrote down what was done: from, to."""
REACH, USES = "feature-reach", "feature-uses"
USED: Final[Mapping[str, tuple[float, float]]] = {
    "blend-for-two": (0.31, 1.6),
    "device-handover": (0.12, 3.4),
    "family-rooms": (0.09, 0.5),
    "guest-checkout": (0.44, 0.3),
    "one-tap-reorder": (0.38, 1.2),
    "quiet-hours": (0.07, 4.8),
    "referral-bonus": (0.02, 0.1),
    "store-finder-map": (0.0, 0.0),
    "win-back-letter": (0.05, 0.2),
}
"""Adoption and uses a week, as they are now. The map was measured, and nobody opens it; of the student check nothing
was ever measured."""
UNMEASURED: Final = "student-check"
STOPPED: Final[Mapping[str, int]] = {"win-back-letter": 8}
"""So many weeks ago the readings ended."""
WEEKS: Final = 12
WEEK: Final = timedelta(days=7)
COUNTED: Final[Mapping[str, tuple[int, int, int, int, int, int]]] = {
    "blend-for-two": (46, 12, 5_210, 0, 3, 1),
    "device-handover": (88, 31, 9_870, 1, 7, 0),
    "guest-checkout": (31, 9, 3_940, 0, 2, 2),
    "one-tap-reorder": (112, 27, 6_480, 0, 4, 1),
    "quiet-hours": (24, 11, 2_150, 0, 5, 3),
    "referral-bonus": (9, 7, 4_420, 2, 11, 6),
    "store-finder-map": (14, 13, 7_730, 2, 9, 8),
    "student-check": (6, 4, 1_880, 1, 2, 2),
}
"""Commits, fixes, lines, owners who left, open bugs, files with the flag."""
KINDS: Final = (
    SignalKind.COMMITS, SignalKind.FIX_COMMITS, SignalKind.CODE_SIZE, SignalKind.OWNERS_LEFT, SignalKind.OPEN_BUGS,
    SignalKind.FLAG_IN_CODE,
)  # fmt: skip


def kind_of(*, key: str, feature: Feature, on: date) -> str:
    """What the upkeep of a week went into; empty for features that are not out, and for some weeks that nobody told."""
    if Phase(feature.phase) not in KEPT or feature.status != Status.ACTIVE:
        return ""
    week = on.isocalendar()
    chance = Random(f"{key} keeps {week.year} {week.week}")  # noqa: S311 (a demo, not a secret)
    return chance.choice((*USUAL, "")) or ""


def is_silent(*, key: str, weeks: float) -> bool:
    """Whether nobody wrote down what was done on a feature, so many weeks before the demo was made."""
    first, last = SILENT.get(key, (0, 0))
    return last < weeks <= first


def tell(*, people: Mapping[str, User], eve: datetime, now: datetime) -> None:
    """Name how use is measured, bring its readings of the last weeks, and count the signals."""
    features = {one.key: one for one in Feature.objects.filter(key__in={*USED, UNMEASURED, *COUNTED})}
    reach = create_metric(
        key=REACH, name="Reach of a feature", kind=MetricKind.PROPORTION, unit="share", by=people["admin"], now=now,
        description="Of the people a feature is for, the share that used it within a week.",
    )  # fmt: skip
    uses = create_metric(
        key=USES, name="Uses a week", kind=MetricKind.MEAN, unit="uses", by=people["admin"], now=now,
        description="How often somebody who uses a feature does so in a week.",
    )  # fmt: skip
    metrics = {UseKind.ADOPTION: reach, UseKind.FREQUENCY: uses}
    for key in sorted({*USED, UNMEASURED} & features.keys()):
        name_use(feature=features[key], metrics=metrics, since=None, by=people["admin"], now=now)
    rows = [row for key in USED if key in features for row in _readings(key, eve)]
    land_use(rows=rows, now=now, source="product-analytics")
    counted = [
        SignalRow(feature=key, kind=kind, on=eve.date(), value=value, source="git:demo")
        for key, values in COUNTED.items()
        if key in features
        for kind, value in zip(KINDS, values, strict=True)
    ]
    record_signals(rows=counted, by=None, now=now)


def _readings(key: str, eve: datetime) -> list[Row]:
    """Of each week one reading of both, a little up and down; what is nothing stays nothing."""
    chance = Random(f"{key} is used")  # noqa: S311 (a demo, not a secret)
    rows = []
    for weeks in range(WEEKS, STOPPED.get(key, 0) - 1, -1):
        at = eve - weeks * WEEK
        for metric, value in zip((REACH, USES), USED[key], strict=True):
            said = round(value * chance.uniform(0.93, 1.07), 3) if weeks else value
            n = 40_000 if metric == REACH else max(round(40_000 * USED[key][0]), 1)
            rows.append(
                Row(trial=f"{PREFIX}{key}", metric=metric, arm="all", as_of=at, n=n, mean=said, var=_var(metric))
            )
    return rows


def _var(metric: str) -> float | None:
    return None if metric == REACH else 0.0
