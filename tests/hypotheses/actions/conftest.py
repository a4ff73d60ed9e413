"""A feature with a trial of two arms, a metric, and a CSV source, made through the product's own actions."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from features.enums import Phase
from features.models import Feature, Stint
from hypotheses.actions.metric import create_metric
from hypotheses.actions.source import create_source
from hypotheses.actions.trial import register_trial
from hypotheses.models import Pull, Schedule

DAY = datetime(2026, 3, 2, tzinfo=UTC)
HEADER = "metric,trial,arm,as_of,n,mean,var"


@pytest.fixture
def feature(squad) -> Feature:
    made = Feature.objects.create(key="one-tap-reorder", name="One-tap reorder", squad=squad, created_at=DAY)
    Stint.objects.create(feature=made, number=1, phase=Phase.THINK_IT, started_at=DAY - timedelta(days=30))
    return made


@pytest.fixture
def trial(feature):
    arms = [
        {"name": "control", "role": "control", "share": 0.5},
        {"name": "treatment", "role": "treatment", "share": 0.5},
    ]
    return register_trial(
        key="reorder-1", feature=feature, arms=arms, by=None, now=DAY, started_at=DAY - timedelta(days=1)
    )


@pytest.fixture
def warehouse(settings, tmp_path) -> Path:
    """The file that the source reads; empty of rows until a test writes some."""
    settings.VAR = tmp_path
    path = tmp_path / "warehouse.csv"
    write(path)
    return path


def write(path: Path, *rows: str) -> None:
    path.write_text("\n".join([HEADER, *rows]) + "\n")


def day_rows(
    day: datetime, *, n: int = 100, mean: float = 0.5, var: float = 0.25, arms=("control", "treatment")
) -> list[str]:
    return [f"reorder-rate,reorder-1,{arm},{day.isoformat()},{n},{mean},{var}" for arm in arms]


@pytest.fixture
def source(db, warehouse):
    return create_source(
        key="warehouse", name="Warehouse", kind="file", config={"path": "warehouse.csv"}, by=None, now=DAY
    )


@pytest.fixture
def metric(source):
    return create_metric(
        key="reorder-rate", name="Reorder rate", kind="proportion", source=source, by=None, now=DAY,
        schedule={"start": DAY, "every_seconds": 86_400},
    )  # fmt: skip


@pytest.fixture
def schedule(metric) -> Schedule:
    return metric.schedule


@pytest.fixture
def due(schedule):
    """Makes a pull of one window that is due now: `due()`, `due(day=3, pass_number=1)`."""

    def make(day: int = 0, pass_number: int = 0, schedule=schedule, **fields) -> Pull:
        start = DAY + timedelta(days=day)
        return Pull.objects.create(**{
            "schedule": schedule, "source_id": schedule.metric.source_id, "window_start": start,
            "window_end": start + timedelta(days=1), "pass_number": pass_number,
            "due_at": timezone.now() - timedelta(hours=1), **fields,
        })  # fmt: skip

    return make
