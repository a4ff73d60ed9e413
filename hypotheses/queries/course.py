"""How evidence went over time, for the chart."""

from dataclasses import dataclass
from datetime import datetime

from features.models import Feature, Stint
from hypotheses.models import Evidence, Stage


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One moment: the effect in the metric's unit with its interval (None where there is none), and the verdict of
    then.
    """

    as_of: datetime
    estimate: float | None
    low: float | None
    high: float | None
    verdict: str
    stint: int


@dataclass(frozen=True, slots=True)
class StageChange:
    """A stage began: its trial, its label and percentage (None where no exposure is known)."""

    at: datetime
    trial: str
    label: str
    percent: float | None


@dataclass(frozen=True, slots=True)
class Course:
    """Points oldest first, and the changes of stage between them."""

    points: tuple[CoursePoint, ...]
    stages: tuple[StageChange, ...]


def course_of(*, feature: Feature, stint: Stint | None = None, until: datetime | None = None) -> Course:
    """The course of a feature's evidence, or of one stint, up to a time. As stored: staleness is a matter of reading.
    Two queries.
    """
    rows = Evidence.objects.filter(feature=feature, superseded_at__isnull=True)
    stages = Stage.objects.filter(trial__feature=feature)
    if stint is not None:
        rows, stages = rows.filter(stint=stint), stages.filter(stint=stint)
    if until is not None:
        rows, stages = rows.filter(as_of__lte=until), stages.filter(started_at__lte=until)
    points = rows.order_by("as_of", "stint__number").values_list(
        "as_of", "estimate", "low", "high", "verdict", "stint_id"
    )
    changes = stages.order_by("started_at", "pk").values_list("started_at", "trial__key", "label", "percent")
    return Course(
        points=tuple(CoursePoint(*row) for row in points),
        stages=tuple(
            StageChange(at, trial, label, float(percent) if percent is not None else None)
            for at, trial, label, percent in changes
        ),
    )
