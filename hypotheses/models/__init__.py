"""The nouns of the floor: what is believed, how it is measured, what came of it."""

from hypotheses.models.backfill import Backfill
from hypotheses.models.evidence import Evidence
from hypotheses.models.finding import Finding
from hypotheses.models.hypothesis import Baseline, Guardrail, Hypothesis, SuccessMetric
from hypotheses.models.mark import Clearance, Unfolding
from hypotheses.models.metric import Metric, Schedule
from hypotheses.models.overlap import ExternalTrial, Overlap
from hypotheses.models.pull import Clock, Pull
from hypotheses.models.source import Source
from hypotheses.models.standing import Standing
from hypotheses.models.trial import Arm, Result, Stage, Trial
from hypotheses.models.unit_value import UnitValue
from hypotheses.models.usage import Usage, UseReading

__all__ = [
    "Arm",
    "Backfill",
    "Baseline",
    "Clearance",
    "Clock",
    "Evidence",
    "ExternalTrial",
    "Finding",
    "Guardrail",
    "Hypothesis",
    "Metric",
    "Overlap",
    "Pull",
    "Result",
    "Schedule",
    "Source",
    "Stage",
    "Standing",
    "SuccessMetric",
    "Trial",
    "Unfolding",
    "UnitValue",
    "Usage",
    "UseReading",
]
