"""How much features are used: the newest reading of each kind, and the quadrant that they put a feature into.

The quadrants are those of Intercom's feature audit: how many people use it, and how often. The cuts are fixed, so that
a feature does not move because others do.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, Subquery
from django.db.models.functions import TruncDate
from django.utils import timezone

from hypotheses.enums import Quadrant, UseKind, UseState
from hypotheses.models import Usage, UseReading

MANY: Final = 0.2
"""From this share of the audience on, many people use it."""
OFTEN: Final = 1.0
"""From so many uses of a user in a week on, it is used often."""
KEPT: Final = timedelta(days=31)
"""For so long a reading tells how much a feature is used; for two pull intervals, where those are longer."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one metric tells of a feature: the newest reading since the day from which they count, None where there is
    none. `stale`: it is too old to be read as how it is used now.
    """

    kind: str
    metric: str
    name: str
    since: date
    value: float | None = None
    n: int | None = None
    as_of: datetime | None = None
    stale: bool = False

    @property
    def now(self) -> float | None:
        """The value, if it may be read; None: no data."""
        return None if self.stale else self.value

    def as_json(self) -> dict[str, Any]:
        """As the API shows it."""
        return {
            "metric": self.metric,
            "since": self.since.isoformat(),
            "value": self.value,
            "n": self.n,
            "as_of": self.as_of,
            "stale": self.stale,
        }


@dataclass(frozen=True, slots=True)
class Use:
    """How much one feature is used; None where no metric is named."""

    adoption: Told | None = None
    frequency: Told | None = None

    @property
    def state(self) -> UseState:
        """No data is not no use: nothing was measured, or what was measured was nothing."""
        known = [one.now for one in (self.adoption, self.frequency) if one is not None and one.now is not None]
        if not known:
            return UseState.NO_DATA
        return UseState.NO_USE if 0 in known else UseState.USED

    @property
    def quadrant(self) -> Quadrant | None:
        """Where it stands; None unless it is used, and both are known."""
        if self.state is not UseState.USED or self.adoption is None or self.frequency is None:
            return None
        return quadrant_of(adoption=self.adoption.now, frequency=self.frequency.now)

    @property
    def as_of(self) -> datetime | None:
        """As of when the older of its readings is."""
        moments = [one.as_of for one in (self.adoption, self.frequency) if one is not None and one.as_of is not None]
        return min(moments, default=None)

    @property
    def told(self) -> str:
        """The state in a sentence."""
        if self.state is UseState.NO_USE:
            return "No use: it was measured, and nobody used it."
        if self.state is UseState.NO_DATA:
            return f"No data: {self._why}. That is not no use."
        if self.quadrant is None:
            return f"It is used; {self._missing} is not known, so it has no place among the others."
        return f"{self.quadrant.label}: {self.quadrant.told}."

    @property
    def _why(self) -> str:
        named = [one for one in (self.adoption, self.frequency) if one is not None]
        if not named:
            return "no metric is named that tells how much it is used"
        if any(one.stale for one in named):
            return "the last reading is too old"
        return "nothing has been measured yet"

    @property
    def _missing(self) -> str:
        known = self.adoption is not None and self.adoption.now is not None
        return "how often" if known else "how many people use it"

    def as_json(self) -> dict[str, Any]:
        """As the API shows it, and as a review freezes it."""
        return {
            "adoption": self.adoption.as_json() if self.adoption else None,
            "frequency": self.frequency.as_json() if self.frequency else None,
            "state": self.state.value,
            "quadrant": self.quadrant.value if self.quadrant else None,
            "told": self.told,
        }


def quadrant_of(*, adoption: float | None, frequency: float | None) -> Quadrant | None:
    """Many or few, often or rarely; None where either is not known."""
    if adoption is None or frequency is None:
        return None
    if adoption >= MANY:
        return Quadrant.CORE if frequency >= OFTEN else Quadrant.OCCASIONAL
    return Quadrant.NICHE if frequency >= OFTEN else Quadrant.MARGINAL


def use_of(*, features: Collection[int], now: datetime | None = None) -> dict[int, Use]:
    """How much each of these features (by id) is used, as can be said at `now`. One query, however many there are."""
    moment = now or timezone.now()
    found: dict[int, dict[str, Told]] = {feature: {} for feature in features}
    for row in _named(features):
        found[row["feature_id"]][row["kind"]] = _told(row, moment)
    return {
        feature: Use(adoption=told.get(UseKind.ADOPTION), frequency=told.get(UseKind.FREQUENCY))
        for feature, told in found.items()
    }


def _named(features: Collection[int]) -> Any:
    readings = UseReading.objects.filter(
        feature=OuterRef("feature"), metric=OuterRef("metric"), superseded_at__isnull=True
    )
    since = readings.annotate(day=TruncDate("as_of")).filter(day__gte=OuterRef("since")).order_by("-as_of")
    newest = {f"newest_{name}": Subquery(since.values(name)[:1]) for name in ("value", "n", "as_of")}
    rows = Usage.objects.filter(feature__in=features).order_by().annotate(**newest)
    return rows.values(
        "feature_id", "kind", "since", "metric__key", "metric__name", "metric__schedule__every_seconds",
        "metric__schedule__delay_seconds", *newest,
    )  # fmt: skip


def _told(row: Mapping[str, Any], now: datetime) -> Told:
    as_of = row["newest_as_of"]
    every, delay = row["metric__schedule__every_seconds"] or 0, row["metric__schedule__delay_seconds"] or 0
    kept = max(KEPT, timedelta(seconds=2 * every)) + timedelta(seconds=delay)
    return Told(
        kind=row["kind"],
        metric=row["metric__key"],
        name=row["metric__name"],
        since=row["since"],
        value=row["newest_value"],
        n=row["newest_n"],
        as_of=as_of,
        stale=as_of is not None and now - as_of > kept,
    )
