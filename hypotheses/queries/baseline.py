"""What a relative minimum effect is a share of."""

from features.models import Stint
from hypotheses.enums import ArmRole, MetricKind
from hypotheses.models import Baseline, Hypothesis, Metric, Result


def baseline_of(*, hypothesis: Hypothesis, stint: Stint) -> float | None:
    """Of a tweak the parent's last frozen baseline; else the metric's own stated baseline, else the control arm's mean
    in the stint's first snapshot; None when none is known.
    """
    metric = hypothesis.metric
    if metric is None:
        return None
    frozen = frozen_baseline(metric=metric, stint=stint)
    if frozen is not None:
        return frozen
    return metric.baseline if metric.baseline is not None else first_control_mean(metric=metric, stint=stint)


def frozen_baseline(*, metric: Metric, stint: Stint) -> float | None:
    """What a tweak is measured against: the metric at its parent's release, or after the last tweak that landed before
    the stint began. None for what is no tweak, and where nothing was frozen.
    """
    rows = Baseline.objects.filter(feature__tweaks=stint.feature_id, metric=metric, frozen_at__lte=stint.started_at)
    return rows.order_by("-frozen_at", "-pk").values_list("value", flat=True).first()


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
