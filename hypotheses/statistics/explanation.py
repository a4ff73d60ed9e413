"""A verdict in one or two plain sentences: what is known, and what happens next."""

from math import ceil, floor

from hypotheses.enums import GuardrailStatus, Readiness, Reason, Verdict
from hypotheses.statistics.case import FEWEST_UNITS
from hypotheses.statistics.planned import LEAST_STEP
from hypotheses.statistics.successes import SuccessResult
from hypotheses.statistics.weighed import Weighed

SHARE = "share"
"""The unit of proportions: effects are then told in percentage points."""


SENTENCES = {
    Reason.NO_DATA: "There are no data yet; that says nothing, neither good nor bad.",
    Reason.STALE: "{check}",
    Reason.SRM: "{check}",
    Reason.CONTAMINATED: "{check}",
    Reason.COUNTED_TWICE: "{check}",
    Reason.TOO_FEW_UNITS: f"Fewer than {FEWEST_UNITS} units in an arm: too few to say anything.",
    Reason.GUARDRAIL: "Harmful: {harmed} got worse beyond what was agreed.",
    Reason.PRIMARY: "Harmful: {metric} moved the wrong way, by {found}.",
    Reason.SUCCESS_HARMED: "Harmful: {worse} moved the wrong way.",
    Reason.EFFECT_EXCLUDED: "Refuted: {metric} moved by {found}; the {wanted} hoped for is excluded.",
    Reason.REAL_BUT_TOO_SMALL: "Refuted: the effect is real but too small, {found} against the {wanted} hoped for.",
    Reason.OK: "Validated: {metric} moved the right way, by {found}{guarded}.",
    Reason.ZERO_VARIANCE: "Undecided: {metric} has the same value in every unit, so nothing can be compared.",
    Reason.PRIMARY_PENDING: "Undecided: no effect and the effect hoped for are both still possible.",
    Reason.SUCCESS_PENDING: "Undecided: {metric} is refuted, but {open} may still move as hoped.",
    Reason.GUARDRAIL_PENDING: "Undecided: {metric} moved the right way, but {pending} is not yet shown to be safe.",
}
"""One for each reason; evidence that cannot be trusted is explained without any number of its effect."""

BY_ANOTHER = {
    Reason.OK: "Validated: {won} moved the right way{guarded}; {metric} itself is {own}.",
    Reason.GUARDRAIL_PENDING: "Undecided: {won} moved the right way, but {pending} is not yet shown to be safe.",
}
"""The same where a further success metric is validated and the primary is not."""

MUTE = (
    "Undecided: {metric} is refuted, but nothing can be told of {mute}. Send results that tell it, or leave it out of "
    "the next version."
)
"""What is said where only success metrics are open that no further day of the same would decide."""

ELSEWHERE = (
    "There are no data of {metric} yet, only of {known}; what those say is held against it once it has some, and harm "
    "at once."
)
"""What is said while the primary has no data, and further success metrics have."""

HELD_UP = "Undecided: {held_up} moved the right way, but {by} is shown worse, and how much worse is still open."
"""What is said of a success metric that is validated while another one is shown worse."""


def explain(weighed: Weighed, *, metric: str = "the metric", unit: str = "") -> str:
    """The verdict for people. metric: its name within a sentence; unit: "share" is told in percentage points."""
    sentence = _template(weighed).format(
        metric=metric,
        won=successes(weighed, Verdict.VALIDATED),
        worse=successes(weighed, Verdict.HARMFUL),
        open=successes(weighed, Verdict.INCONCLUSIVE),
        own="refuted" if weighed.own[0] is Verdict.REFUTED else "still open",
        found=found(weighed, unit),
        wanted=amount(weighed.case.direction * weighed.case.mei, unit),
        harmed=names(weighed, GuardrailStatus.HARMED),
        pending=names(weighed, GuardrailStatus.UNKNOWN),
        held_up=_validated(weighed, metric),
        by=_shown_worse(weighed, metric),
        mute=_mute(weighed),
        known=listed([one.success.name for one in weighed.successes if one.effect]),
        guarded=", and every guardrail is safe" if weighed.guardrails else "",
        check=next((check.detail for check in weighed.checks if check.code is weighed.reason), ""),
    )
    told = (sentence, *weighed.unreadable, of_several(weighed), of_plan(weighed), outlook(weighed))
    return " ".join(filter(None, told))


def _template(weighed: Weighed) -> str:
    if weighed.is_held_up:
        return HELD_UP
    if weighed.waits_for_mute:
        return MUTE
    if weighed.reason is Reason.NO_DATA and any(one.effect for one in weighed.successes):
        return ELSEWHERE
    by_another = weighed.successes and weighed.own[0] is not Verdict.VALIDATED and weighed.reason in BY_ANOTHER
    return (BY_ANOTHER if by_another else SENTENCES)[weighed.reason]


def of_several(weighed: Weighed) -> str:
    """That there are several success metrics, and what that asks of each; nothing where no number was read."""
    unread = weighed.verdict in {Verdict.INVALID, Verdict.MISSING} or weighed.reason is Reason.TOO_FEW_UNITS
    if not weighed.successes or unread:
        return ""
    number = 1 + len(weighed.successes)
    if weighed.verdict is Verdict.REFUTED:
        return f"All {number} success metrics are refuted, each at 1/{number} of α."
    return f"One of its {number} success metrics is enough, so each has 1/{number} of α."


def successes(weighed: Weighed, verdict: Verdict) -> str:
    """The further success metrics of a verdict, in words."""
    called = [result.success.name for result in weighed.successes if result.verdict is verdict]
    return listed(called) or "a success metric"


def of_plan(weighed: Weighed) -> str:
    """How far the plan is, and which look the interval is of; nothing without a plan, or where no number was read."""
    planned = weighed.planned
    if planned is None or weighed.verdict is Verdict.INVALID or weighed.reason is Reason.TOO_FEW_UNITS:
        return ""
    if weighed.ended_undecided:
        return (
            "The plan is at its end, and α is spent: no further look can decide this. Decide at the gate without a "
            "proof, or iterate with a new plan."
        )
    told = "All of the plan is in" if planned.is_over else f"{in_percent(planned.fraction)} of the plan is in"
    if planned.look is None:
        why = "α is spent" if planned.is_over else f"the next look counts {in_percent(LEAST_STEP)} later"
        return f"{told}; the interval is that of the last look that counted: {why}."
    return f"{told}; the interval is {planned.stands.boundary:.3g} standard errors wide on either side."


def in_percent(share: float) -> str:
    """A part of a whole, rounded down so that what is not all is not called all: "64 %", "0.3 %"."""
    part = 100 * share
    return f"{floor(part + 1e-9)} %" if part >= 1 else f"{part:.1g} %"


def outlook(weighed: Weighed) -> str:
    """When it will be decided, where that is not now."""
    days, accrual = weighed.days_left, weighed.case.accrual
    if weighed.state is Readiness.UNDER_POWERED and days is not None and accrual is not None:
        return (
            f"Under-powered: it needs about {in_days(days)}, and the plan has {in_days(accrual.plan_days or 0)} left."
        )
    if days is not None:
        return f"About {in_days(days)} left."
    if not weighed.case.minimum_run_served and weighed.verdict in {Verdict.VALIDATED, Verdict.REFUTED}:
        return "It may decide once the minimum run is served."
    return ""


def in_days(days: float) -> str:
    """Days, rounded up: "1 day", "12 days"."""
    whole = ceil(days - 1e-9)
    return f"{whole:,} day" if whole == 1 else f"{whole:,} days"


def found(weighed: Weighed, unit: str) -> str:
    """The estimate with its interval: "+0.71 pp (between +0.42 pp and +1 pp)"."""
    if weighed.estimate is None or weighed.interval is None:
        return "an unknown amount"
    low, high = (amount(end, unit) for end in weighed.interval)
    return f"{amount(weighed.estimate, unit)} (between {low} and {high})"


def amount(number: float, unit: str, *, digits: int = 3) -> str:
    """A signed number in its unit, to three digits unless told."""
    return f"{100 * number:+.{digits}g} pp" if unit == SHARE else f"{number:+.{digits}g} {unit}".rstrip()


def _validated(weighed: Weighed, metric: str) -> str:
    """All success metrics that are validated, the primary too."""
    own = [metric] if weighed.own[0] is Verdict.VALIDATED else []
    return listed(own + [one.success.name for one in weighed.successes if one.verdict is Verdict.VALIDATED])


def _shown_worse(weighed: Weighed, metric: str) -> str:
    """All that are shown worse."""
    own = [metric] if weighed.is_worse else []
    return listed(own + [one.success.name for one in weighed.successes if one.is_worse])


def _mute(weighed: Weighed) -> str:
    """Of which success metrics nothing can be told, and why not."""
    return listed([
        f"{one.success.name} ({_why_mute(one)})" for one in weighed.successes if one.is_mute
    ])  # fmt: skip


def _why_mute(result: SuccessResult) -> str:
    if result.success.unreadable:
        return "its numbers cannot be compared"
    return "no unit differs from another" if result.effect else "no results in this stint"


def names(weighed: Weighed, status: GuardrailStatus) -> str:
    """The guardrails of a status, in words: "a", "a and b", "a, b and c"."""
    called = [result.guardrail.name for result in weighed.guardrails if result.status is status]
    return listed(called) or "a guardrail"


def listed(called: list[str]) -> str:
    """Names in words: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(called[:-1]), called[-1] if called else "")))
