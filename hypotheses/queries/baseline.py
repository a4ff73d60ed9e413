"""What a relative minimum effect is a share of."""

from features.models import Stint
from hypotheses.enums import ArmRole, MetricKind
from hypotheses.models import Hypothesis, Metric, Result


def baseline_of(*, hypothesis: Hypothesis, stint: Stint) -> float | None:
    """The metric's own stated baseline, else the control arm's mean in the stint's first snapshot; None when neither is
    known.
    """
    metric = hypothesis.metric
    if metric is None:
        return None
    return metric.baseline if metric.baseline is not None else first_control_mean(metric=metric, stint=stint)


def first_control_mean(*, metric: Metric, stint: Stint) -> float | None:
    """The control arm's mean (for a ratio: of the ratio) in the first snapshot that has units, in the metric's unit."""
    controls = Result.objects.filter(
        stage__stint=stint, metric=metric, arm__role=ArmRole.CONTROL, superseded_at__isnull=True, n__gt=0
    )
    first = controls.order_by("as_of", "stage__number", "id").only("mean", "mean_x").first()
    if first is None:
        return None
    if metric.kind != MetricKind.RATIO:
        return first.mean
    return first.mean / first.mean_x if first.mean_x else None
