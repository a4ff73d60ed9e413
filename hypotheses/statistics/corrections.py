"""Several metrics, one decision: sharing out the error rates (Schultzberg, Ankargren & Frånberg, arXiv 2402.11609)."""

from dataclasses import dataclass

from hypotheses.statistics.bounds import require_count, require_level


@dataclass(frozen=True, slots=True)
class Corrections:
    """The error rate of each success metric, of each guardrail, and the power each of them must be planned with."""

    alpha_success: float
    alpha_guardrail: float
    power_each: float


def spotify_corrections(*, success_metrics: int, guardrails: int, alpha: float, power: float) -> Corrections:
    """Ship when one success metric is better and every guardrail is shown within its margin.

    Any success metric may pass, so α is shared among them; every guardrail must pass, so its α stays whole; and all the
    shown-within tests must succeed together with one success, so the risk of missing is shared by guardrails + 1.
    """
    require_count(success_metrics, "the number of success metrics")
    require_count(guardrails, "the number of guardrails")
    require_level(alpha, "alpha")
    require_level(power, "the power")
    together = guardrails + (1 if success_metrics else 0)
    return Corrections(alpha / max(success_metrics, 1), alpha, 1 - (1 - power) / max(together, 1))
