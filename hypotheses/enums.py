"""The words of the floor: what is believed, how it is measured, and what the data say."""

from enum import IntEnum
from typing import Self

from features.enums import Word


class MetricKind(Word):
    """What one unit contributes: yes or no, a number, a numerator over a denominator, or one number for all units."""

    PROPORTION = "proportion"
    MEAN = "mean"
    RATIO = "ratio"
    VALUE = "value"


class UseKind(Word):
    """How much a feature is used: the share of its audience that uses it, and how often each of those does a week."""

    ADOPTION = "adoption"
    FREQUENCY = "frequency"


class UseState(Word):
    """`no_data`: never measured, or too long ago. `no_use`: it was measured, and was nothing. Not the same."""

    USED = "used"
    NO_USE = "no_use"
    NO_DATA = "no_data"


class Quadrant(Word):
    """How many use a feature, and how often: many and often, few and often, many and rarely, few and rarely."""

    CORE = "core"
    NICHE = "niche"
    OCCASIONAL = "occasional"
    MARGINAL = "marginal"

    @property
    def told(self) -> str:
        """The place in plain words."""
        return {
            "core": "many people, often",
            "niche": "few people, often",
            "occasional": "many people, rarely",
            "marginal": "few people, rarely",
        }[self.value]


class Better(Word):
    """Which way a metric, or a hypothesis, wants to go."""

    UP = "up"
    DOWN = "down"


class SourceKind(Word):
    """Where results come from."""

    FILE = "file"
    SQL = "sql"
    SPARK = "spark"
    PROMETHEUS = "prometheus"
    HTTP = "http"
    PUSH = "push"


class PullState(Word):
    """`failed` pulls are due again after a pause; `dead` ones wait for a person, `held` ones for their backfill."""

    DUE = "due"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    DEAD = "dead"
    SKIPPED = "skipped"
    HELD = "held"


class BackfillState(Word):
    """Whether a past range is being read, waits for a person to go on, or has been read."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class ArmRole(Word):
    """What an arm of a trial is for."""

    CONTROL = "control"
    TREATMENT = "treatment"
    HOLDBACK = "holdback"


class EffectScale(Word):
    """Whether a minimum effect is a share of the baseline or in the metric's own unit."""

    RELATIVE = "relative"
    ABSOLUTE = "absolute"


class FindingKind(Word):
    """Evidence without a trial."""

    PROTOTYPE_TEST = "prototype_test"
    INTERVIEWS = "interviews"
    ANALYSIS = "analysis"
    BETA = "beta"
    INTERNAL_RELEASE = "internal_release"


class Population(Word):
    """Who was looked at."""

    CUSTOMERS = "customers"
    PROSPECTS = "prospects"
    EMPLOYEES = "employees"
    PANEL = "panel"


class Verdict(Word):
    """What the data say, in one word. `missing`: no data at all, which is not zero."""

    VALIDATED = "validated"
    REFUTED = "refuted"
    HARMFUL = "harmful"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"
    MISSING = "missing"


class Reason(Word):
    """Why a verdict is what it is; each belongs to one row of the table in docs/reference/statistics.md.

    The last three are not of that table: results without a yardstick, numbers that cannot be compared, and the
    Beta rule where there is no trial (docs/reference/evidence.md).
    """

    STALE = "stale"
    SRM = "srm"
    CONTAMINATED = "contaminated"
    COUNTED_TWICE = "counted_twice"
    TOO_FEW_UNITS = "too_few_units"
    GUARDRAIL = "guardrail"
    PRIMARY = "primary"
    SUCCESS_HARMED = "success_harmed"
    REAL_BUT_TOO_SMALL = "real_but_too_small"
    EFFECT_EXCLUDED = "effect_excluded"
    OK = "ok"
    ZERO_VARIANCE = "zero_variance"
    PRIMARY_PENDING = "primary_pending"
    SUCCESS_PENDING = "success_pending"
    GUARDRAIL_PENDING = "guardrail_pending"
    NO_DATA = "no_data"
    HYPOTHESIS_INCOMPLETE = "hypothesis_incomplete"
    UNREADABLE = "unreadable"
    FINDINGS = "findings"


class MarkCode(Word):
    """What qualifies evidence. It keeps its verdict, but may not satisfy a must rule until a person clears the mark."""

    BUNDLED = "bundled"
    TRANSFER = "transfer"
    MOVED_GOALPOSTS = "moved_goalposts"


class Direction(IntEnum):
    """The sign that turns an effect into the good direction, for arithmetic."""

    UP = 1
    DOWN = -1

    @classmethod
    def of(cls, better: Better) -> Self:
        """The sign of a word."""
        return cls[better.name]


class Readiness(Word):
    """Whether a result may decide yet."""

    TOO_EARLY = "too_early"
    TREND = "trend"
    DECISION_READY = "decision_ready"
    UNDER_POWERED = "under_powered"


class GuardrailStatus(Word):
    """Whether a guardrail metric is shown within its margin."""

    SAFE = "safe"
    UNKNOWN = "unknown"
    HARMED = "harmed"


__all__ = [
    "ArmRole", "BackfillState", "Better", "Direction", "EffectScale", "FindingKind", "GuardrailStatus", "MarkCode",
    "MetricKind", "Population", "PullState", "Readiness", "Reason", "SourceKind", "Verdict",
]  # fmt: skip
