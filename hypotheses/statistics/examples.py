"""One worked example for each verdict and reason, as docs/how-a-verdict-is-made.md tells them."""

from dataclasses import dataclass, replace

from hypotheses.enums import Direction, Reason
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.case import ALPHA, Guardrail, Success, TrialCase
from hypotheses.statistics.corrections import spotify_corrections
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.planned import Plan, past_after
from hypotheses.statistics.planning import POWER, Accrual
from hypotheses.statistics.verdict import weigh

METRIC, SHARE, EUR = "reorder rate", "share", "EUR"
BASKETS, RETURNING = "basket value", "return rate"
NOBODY = ArmStats(0, 0.0, 0.0)
PLAN = Accrual(units_per_day=4_000, treated_share=0.5, plan_days=28)


@dataclass(frozen=True, slots=True)
class Example:
    """A case with its story. says: what happened, in a sentence; guardrail_units: in the order of the guardrails."""

    title: str
    says: str
    reason: Reason
    case: TrialCase
    guardrail_units: tuple[str, ...] = ()


def half_and_half(n: int, control: int, treatment: int, *, assigned: tuple[float, float] | None = None) -> Stage:
    """A stage of n units in each arm, of whom so many ordered again."""
    arms = ArmStats.of_proportion(n=n, successes=control), ArmStats.of_proportion(n=n, successes=treatment)
    return Stage(*arms, assigned or (n, n), (0.5, 0.5))


def baskets(mean: float, n: int) -> Guardrail:
    """The basket value, which may fall by half a euro at most; single baskets differ by 9 euros (√81)."""
    stage = Stage(ArmStats(n, 30.0, 81.0), ArmStats(n, mean, 81.0))
    return Guardrail(BASKETS, (stage,), 0.5, Direction.UP)


def one_tap(*stages: Stage, guardrail: Guardrail | None = None, **more: object) -> TrialCase:
    """The hypothesis of all examples: one tap to order again lifts the reorder rate by half a point at least."""
    rails = (guardrail,) if guardrail else ()
    return TrialCase(stages, 0.005, Direction.UP, guardrails=rails, accrual=PLAN, **more)  # type: ignore[arg-type]


def examples() -> tuple[Example, ...]:
    """All of them, in the order of the verdict table turned round: from what is shown to what cannot be read."""
    return (*_shown(), *_harmful(), *_open(), *_distrusted())


def with_several() -> tuple[Example, ...]:
    """The same hypothesis with a further success metric, at half of α each."""
    return (
        Example(
            "Validated by the other metric",
            "As many order again as before, but more of them came back within a month.",
            Reason.OK,
            also(half_and_half(40_000, 4_000, 4_040), half_and_half(40_000, 8_000, 8_600)),
        ),
        Example(
            "Harmful: another success metric",
            "The rate is better for sure, yet fewer come back within a month. What is to succeed must not suffer.",
            Reason.SUCCESS_HARMED,
            also(half_and_half(40_000, 4_000, 4_400), half_and_half(40_000, 8_000, 7_400)),
        ),
        Example(
            "Inconclusive: another success metric is pending",
            "After 100,000 customers in each arm nothing came of the rate; of those who come back too little is known.",
            Reason.SUCCESS_PENDING,
            also(half_and_half(100_000, 10_000, 10_010), half_and_half(20_000, 4_000, 4_080)),
        ),
    )


def also(primary: Stage, returning: Stage) -> TrialCase:
    """The hypothesis with one more chance: or that at least half a point more come back."""
    share = spotify_corrections(success_metrics=2, guardrails=0, alpha=ALPHA, power=POWER)
    other = Success(RETURNING, (returning,), 0.005, Direction.UP)
    return replace(one_tap(primary), alpha=share.alpha_success, guardrail_alpha=ALPHA, successes=(other,))


def with_plan() -> Example:
    """The same hypothesis with a plan of 40,000 units, at its end; it was looked at half-way."""
    half_way = weigh(one_tap(half_and_half(10_000, 1_000, 1_060), plan=Plan(40_000, 0.5)))
    past = past_after(None, half_way.planned) if half_way.planned else None
    return Example(
        "Validated by a plan",
        "The plan had 40,000 customers. Half-way it was still open; now all of them are in.",
        Reason.OK,
        one_tap(half_and_half(20_000, 2_000, 2_130), plan=Plan(40_000, 0.5, past)),
    )


def _shown() -> tuple[Example, ...]:
    return (
        Example(
            "Validated",
            "Of 40,000 customers in each arm, 4,000 and 4,400 ordered again, and baskets stayed as they were.",
            Reason.OK,
            one_tap(half_and_half(40_000, 4_000, 4_400), guardrail=baskets(30.05, 40_000)),
            (EUR,),
        ),
        Example(
            "Refuted: the effect is excluded",
            "After 100,000 customers in each arm there is next to no difference.",
            Reason.EFFECT_EXCLUDED,
            one_tap(half_and_half(100_000, 10_000, 10_010)),
        ),
        Example(
            "Refuted: real, but too small",
            "With 1,000,000 customers in each arm a lift of a fifth of a point is sure, and less than was asked for.",
            Reason.REAL_BUT_TOO_SMALL,
            one_tap(half_and_half(1_000_000, 100_000, 102_000)),
        ),
    )


def _harmful() -> tuple[Example, ...]:
    return (
        Example(
            "Harmful: the primary metric",
            "The rate fell from 10 % to 8.8 % within 20,000 customers in each arm.",
            Reason.PRIMARY,
            one_tap(half_and_half(20_000, 2_000, 1_760)),
        ),
        Example(
            "Harmful: a guardrail",
            "More customers order again, but their baskets are smaller by 1.20 euros; half a euro was accepted.",
            Reason.GUARDRAIL,
            one_tap(half_and_half(40_000, 4_000, 4_400), guardrail=baskets(28.8, 40_000)),
            (EUR,),
        ),
    )


def _open() -> tuple[Example, ...]:
    return (
        Example(
            "Inconclusive: the primary metric is pending",
            "After 10,000 customers in each arm the rate looks better, and may as well be no better.",
            Reason.PRIMARY_PENDING,
            one_tap(half_and_half(10_000, 1_000, 1_050)),
        ),
        Example(
            "Inconclusive: a guardrail is pending",
            "The rate is better for sure; of the baskets too few have been seen to exclude a loss of half a euro.",
            Reason.GUARDRAIL_PENDING,
            one_tap(half_and_half(40_000, 4_000, 4_400), guardrail=baskets(29.95, 4_000)),
            (EUR,),
        ),
        Example(
            "Inconclusive: too few units",
            "On the first day 80 customers were in each arm. Whatever they did, it is too few.",
            Reason.TOO_FEW_UNITS,
            one_tap(half_and_half(80, 8, 16)),
        ),
        Example(
            "Inconclusive: no variance",
            "Not one of 5,000 customers in each arm ordered again; the query may look for the wrong event.",
            Reason.ZERO_VARIANCE,
            one_tap(half_and_half(5_000, 0, 0)),
        ),
    )


def _distrusted() -> tuple[Example, ...]:
    good = half_and_half(40_000, 4_000, 4_400)
    return (
        Example(
            "Invalid: stale",
            "The same numbers as in the first example, but nothing has arrived for three days.",
            Reason.STALE,
            one_tap(good, stale="the data end 72 hours ago, more than the 48 hours allowed"),
        ),
        Example(
            "Invalid: sample ratio",
            "Half of 80,000 customers were to get the button; 40,000 and 41,000 were assigned.",
            Reason.SRM,
            one_tap(half_and_half(40_000, 4_000, 4_400, assigned=(40_000, 41_000))),
        ),
        Example(
            "Invalid: contaminated",
            "1,200 customers changed their device and saw both versions.",
            Reason.CONTAMINATED,
            one_tap(good, n_multi_arm=1_200),
        ),
        Example(
            "Invalid: counted twice",
            "The exposure rose from 5 % to 25 %, and the totals of the new stage began with those of the old one.",
            Reason.COUNTED_TWICE,
            one_tap(good, counted_twice="control ended with 9,000 units and begins with 9,400 an hour later"),
        ),
        Example(
            "Missing: no data",
            "The trial is registered; no result has arrived.",
            Reason.NO_DATA,
            one_tap(Stage(NOBODY, NOBODY)),
        ),
    )
