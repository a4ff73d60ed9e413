"""The doors of this floor under `/api/v1/`."""

from django.urls import path

from hypotheses.api.backfills import BackfillDoor, BackfillResume, BackfillStop, MetricBackfills
from hypotheses.api.beliefs import Findings
from hypotheses.api.metrics import MetricDoor, MetricPreview, MetricPulls, Metrics, PullRetry, Pulls, PullSkip
from hypotheses.api.pricing import UnitValues
from hypotheses.api.qualifying import ExternalTrials, Looks, Marks, Overlaps
from hypotheses.api.sources import SourceDoor, SourceRetry, Sources, SourceTest
from hypotheses.api.trials import TrialDoor, TrialResults, Trials
from hypotheses.api.use import UseDoor, UseReadings

urlpatterns = [
    path("sources/", Sources.as_view(), name="api-sources"),
    path("sources/<slug:key>/", SourceDoor.as_view(), name="api-source"),
    path("sources/<slug:key>/test/", SourceTest.as_view(), name="api-source-test"),
    path("sources/<slug:key>/retry/", SourceRetry.as_view(), name="api-source-retry"),
    path("metrics/", Metrics.as_view(), name="api-metrics"),
    path("metrics/<slug:key>/", MetricDoor.as_view(), name="api-metric"),
    path("metrics/<slug:key>/preview/", MetricPreview.as_view(), name="api-metric-preview"),
    path("metrics/<slug:key>/pulls/", MetricPulls.as_view(), name="api-metric-pulls"),
    path("metrics/<slug:key>/backfills/", MetricBackfills.as_view(), name="api-metric-backfills"),
    path("metrics/<slug:key>/values/", UnitValues.as_view(), name="api-metric-values"),
    path("backfills/<int:pk>/", BackfillDoor.as_view(), name="api-backfill"),
    path("backfills/<int:pk>/stop/", BackfillStop.as_view(), name="api-backfill-stop"),
    path("backfills/<int:pk>/resume/", BackfillResume.as_view(), name="api-backfill-resume"),
    path("pulls/", Pulls.as_view(), name="api-pulls"),
    path("pulls/<int:pk>/retry/", PullRetry.as_view(), name="api-pull-retry"),
    path("pulls/<int:pk>/skip/", PullSkip.as_view(), name="api-pull-skip"),
    path("trials/", Trials.as_view(), name="api-trials"),
    path("trials/<slug:key>/", TrialDoor.as_view(), name="api-trial"),
    path("trials/<slug:key>/results/", TrialResults.as_view(), name="api-trial-results"),
    path("trials/<slug:key>/overlaps/", Overlaps.as_view(), name="api-trial-overlaps"),
    path("external-trials/", ExternalTrials.as_view(), name="api-external-trials"),
    path("features/<slug:key>/marks/", Marks.as_view(), name="api-marks"),
    path("features/<slug:key>/looks/", Looks.as_view(), name="api-looks"),
    path("features/<slug:key>/use/", UseDoor.as_view(), name="api-use"),
    path("features/<slug:key>/use/readings/", UseReadings.as_view(), name="api-use-readings"),
    path("features/<slug:key>/findings/", Findings.as_view(), name="api-findings"),
]
