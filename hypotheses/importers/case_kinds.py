"""One function for each kind of case: its fields in, the computed fields out. What is expected is never looked at."""

import re
from collections.abc import Callable
from dataclasses import asdict
from math import sqrt
from typing import Any

from hypotheses.enums import Verdict
from hypotheses.importers.case_fields import (
    Fields,
    as_list,
    number,
    numbers,
    optional_table,
    paired,
    proportion,
    stages,
    table,
    whole,
)
from hypotheses.statistics import beta, boundaries, planning, sample_ratio, sequence
from hypotheses.statistics.bounds import require_level
from hypotheses.statistics.case import ALPHA, Guardrail, TrialCase, known_direction
from hypotheses.statistics.corrections import spotify_corrections
from hypotheses.statistics.cuped import adjust, difference
from hypotheses.statistics.diminishing import outlook
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.overlap import overlap
from hypotheses.statistics.planning import GROSS, Accrual
from hypotheses.statistics.ratio import ratio_arm
from hypotheses.statistics.verdict import weigh
from hypotheses.statistics.weighed import Weighed

Computed = dict[str, Any]
"""Computed fields by their name in the file's "expected"; a single result, which has no name there, is called
"expected", and by its own name too."""

FIXED_SIGNIFICANT = 0.05


def diff_verdict(case: Fields) -> Computed:
    """A comparison with its verdict: effect, sample ratio, classical and always-valid intervals."""
    weighed = weigh(trial_case(case))
    effect, ratio = weighed.effect, weighed.sample_ratio
    numbers: Computed = {
        "diff": weighed.estimate,
        "variance": weighed.variance,
        "se": effect.standard_error if effect else None,
        "srm_chi2": ratio.chi2,
        "srm_df": ratio.df,
        "srm_p": ratio.p,
    }
    return numbers | intervals(weighed) | {"verdict": weighed.verdict, "reason": weighed.reason}


def trial_case(case: Fields) -> TrialCase:
    """The case as the engine takes it."""
    return TrialCase(
        stages=stages(case),
        mei=number(case, "mei"),
        direction=known_direction(whole(case, "direction", 1)),
        alpha=number(case, "alpha", ALPHA),
        guardrails=guardrails(case.get("guardrails") or []),
        stale="marked as stale" if case.get("stale") else "",
        contaminated="marked as contaminated" if case.get("contaminated") else "",
        n_multi_arm=number(case, "n_multi_arm", 0),
    )


def guardrails(rows: object) -> tuple[Guardrail, ...]:
    """The guardrails of a case, by their place."""
    return tuple(guardrail(fields, f"guardrail {i}") for i, fields in enumerate(as_list(rows, "guardrails"), 1))


def guardrail(fields: object, name: str) -> Guardrail:
    """One guardrail of a case."""
    if not isinstance(fields, dict):
        raise ValueError(f"The {name} must be an object with stages, margin and direction.")  # noqa: TRY004 - as all bad input
    direction = known_direction(whole(fields, "direction", 1))
    return Guardrail(name, stages(fields), number(fields, "margin", 0), direction, number(fields, "mei", 0))


def intervals(weighed: Weighed) -> Computed:
    """z, classical p and interval, always-valid p and intervals; nothing where no unit differs from another."""
    effect, case = weighed.effect, weighed.case
    if effect is None or not effect.variance:
        return {}
    d, variance = effect.estimate, effect.variance
    return {
        "z": d / sqrt(variance),
        "fixed_p": sequence.fixed_p(d, variance),
        "fixed_ci95": sequence.fixed_interval(d, variance, 0.05),
        "cs_05": sequence.interval(d, variance, case.mei, 0.05),
        "cs_10": sequence.interval(d, variance, case.mei, 0.10),
        "cs_10_harm": sequence.interval(d, variance, GROSS * case.mei, 0.10),
        "anytime_p": weighed.p,
    }


def srm_sequential(case: Fields) -> Computed:
    """Assigned units in batches, looked at after each; for the chi-square, batches of one design are one stage."""
    counts, weights = table(case, "batches"), table(case, "weights")
    if len(counts) != len(weights):
        raise ValueError(f"There are {len(counts)} batches but {len(weights)} rows of weights.")
    batches = list(zip(counts, weights, strict=True))
    ratio = sample_ratio.sample_ratio(by_design(batches))
    p = sample_ratio.sequential_p(batches, concentration=number(case, "concentration", 10_000))
    return {"sequential_p": p, "chi2": ratio.chi2, "df": ratio.df, "chi2_p": ratio.p}


def by_design(batches: list[tuple[list[float], list[float]]]) -> list[sample_ratio.Cells]:
    """Batches that follow each other under the same design weights, added up."""
    merged: list[tuple[list[float], list[float]]] = []
    for counts, weights in batches:
        if merged and merged[-1][1] == weights and len(merged[-1][0]) == len(counts):
            merged[-1] = ([a + b for a, b in zip(merged[-1][0], counts, strict=True)], weights)
        else:
            merged.append((counts, weights))
    return list(merged)


def srm_chi2(case: Fields) -> Computed:
    """Assigned units of one stage against the design weights, any number of arms."""
    ratio = sample_ratio.sample_ratio([(numbers(case, "observed"), numbers(case, "weights"))])
    return {"chi2": ratio.chi2, "df": ratio.df, "p": ratio.p, "srm": ratio.mismatch}


def group_sequential_boundaries(case: Fields) -> Computed:
    """A boundary table known by its name, such as "KimDeMets power rho=2 two-sided .05 K=4", or "classical K=5 …"."""
    name = case.get("id")
    if not isinstance(name, str):
        raise ValueError("A table is known by its name, such as LD-OBF two-sided .05 K=4.")  # noqa: TRY004 - as all bad input
    looks, alpha = named(name, "K"), level(name)
    if looks is None or looks != int(looks) or not 1 <= looks <= boundaries.MOST_LOOKS:
        raise ValueError(f"The table's name must tell the number of looks as K=…, 1 to {boundaries.MOST_LOOKS}.")
    if "classical" in name.lower():
        return {
            "pocock_C": boundaries.pocock_constant(int(looks), alpha=alpha),
            "obf_C": boundaries.obrien_fleming_constant(int(looks), alpha=alpha),
        }
    spending, shape = spending_of(name)
    fractions = [look / looks for look in range(1, int(looks) + 1)]
    table = heights(fractions, name, alpha, spending, shape)
    return {"expected": table, "boundaries": table}


def heights(
    fractions: list[float], name: str, alpha: float, spending: boundaries.Spending, shape: float
) -> list[float]:
    """The boundary of a table whose name tells its sides."""
    two_sided = re.search(r"one[-_ ]?sided", name, re.IGNORECASE) is None
    return boundaries.spending_boundaries(fractions, alpha=alpha, two_sided=two_sided, spending=spending, shape=shape)


def spending_of(name: str) -> tuple[boundaries.Spending, float]:
    """The spending function that a table's name tells, with its shape."""
    lowered = name.lower()
    if "obf" in lowered or "brien" in lowered:
        return boundaries.Spending.OBRIEN_FLEMING, 0.0
    if "pocock" in lowered:
        return boundaries.Spending.POCOCK, 0.0
    if "power" in lowered or "demets" in lowered:
        return boundaries.Spending.POWER, named(name, "rho") or 2.0
    if "hsd" in lowered or "hwang" in lowered:
        return boundaries.Spending.HWANG_SHIH_DECANI, named(name, "gamma") or 0.0
    raise ValueError(f"{name!r} names no spending function (OBF, Pocock, power rho=…, HSD gamma=…).")


def named(name: str, parameter: str) -> float | None:
    """The number behind "parameter=" in a table's name."""
    found = re.search(rf"\b{parameter}\s*=\s*([-+]?\d*\.?\d+)", name, re.IGNORECASE)
    return float(found[1]) if found else None


def level(name: str) -> float:
    """The error rate in a table's name: behind "alpha=", or the number that stands alone."""
    found = named(name, "alpha")
    alone = re.search(r"(?<![=\d.\w-])(0?\.\d+)\b", name)
    if found is None and alone is None:
        raise ValueError(f"{name!r} tells no error rate, such as .05.")
    return found if found is not None else float(alone[1]) if alone else 0.0


def lan_demets_obf_unequal(case: Fields) -> Computed:
    """O'Brien-Fleming-type boundaries at given information fractions."""
    fractions = numbers(case, "information_fractions")
    alpha, two_sided = number(case, "alpha", 0.05), bool(case.get("two_sided", True))
    spending = boundaries.Spending.OBRIEN_FLEMING
    table = boundaries.spending_boundaries(fractions, alpha=alpha, two_sided=two_sided, spending=spending)
    return {"expected": table, "boundaries": table}


def think_it_beta_binomial(case: Fields) -> Computed:
    """The Beta rule: x of n succeeded."""
    prior = numbers(case, "prior") if case.get("prior") is not None else [1, 1]
    if len(prior) != len(("successes", "failures")):
        raise ValueError('"prior" must hold two numbers: the Beta distribution\'s parameters.')
    probability = beta.probability_at_least(
        successes=whole(case, "x"), units=whole(case, "n"), target=number(case, "target"), prior=(prior[0], prior[1])
    )
    return {"prob_at_least_target": probability, "verdict": beta.judged(probability)}


def required_information(case: Fields) -> Computed:
    """r* of the always-valid interval beside that of one planned look."""
    alpha, power = number(case, "alpha"), number(case, "power", planning.POWER)
    needed, fixed = planning.required_ratio(alpha, power), planning.fixed_ratio(alpha, power)
    return {"r_star": needed, "fixed_horizon_information": fixed, "inflation": needed / fixed}


def days_to_decision(case: Fields) -> Computed:
    """Days until the planned information is in."""
    accrual = Accrual(number(case, "units_per_day"), number(case, "treated_share"))
    known = case.get("variance_now") is not None
    days = planning.days_to_decision(
        mei=number(case, "mei"),
        unit_variance=number(case, "unit_variance"),
        accrual=accrual,
        alpha=number(case, "alpha", ALPHA),
        power=number(case, "power", planning.POWER),
        variance=number(case, "variance_now") if known else None,
    )
    return {"expected": days, "days": days}


def fixed_sample_size(case: Fields) -> Computed:
    """Units per arm of one planned look."""
    size = planning.fixed_sample_size(
        baseline=number(case, "baseline"),
        mei=number(case, "mei"),
        alpha=number(case, "alpha", 0.05),
        power=number(case, "power", planning.POWER),
    )
    return {"expected_n_per_arm": size}


def cuped(case: Fields) -> Computed:
    """Two arms with a covariate."""
    adjusted = adjust(paired(case, "control"), paired(case, "treatment"))
    control, treatment = adjusted.control, adjusted.treatment
    if not (control.n and treatment.n):
        raise ValueError("An arm has no unit, so there is nothing to compare.")
    gap, variance = difference(adjusted)
    return {
        "theta": adjusted.theta,
        "diff": gap,
        "variance_welch": control.var / control.n + treatment.var / treatment.n,
        "variance": variance,
        "variance_reduction": adjusted.variance_reduction,
    }


def ratio(case: Fields) -> Computed:
    """Two arms of a ratio metric."""
    control, treatment = ratio_arm(paired(case, "control")), ratio_arm(paired(case, "treatment"))
    if not (control.n and treatment.n):
        raise ValueError("An arm has no unit, so there is nothing to compare.")
    return {
        "ratio_c": control.mean,
        "ratio_t": treatment.mean,
        "diff": treatment.mean - control.mean,
        "variance_welch": control.var / control.n + treatment.var / treatment.n,
    }


def overlapping(case: Fields) -> Computed:
    """Two trials that share units."""
    shared = overlap(
        n_arms=numbers(case, "n_arms"),
        cells=table(case, "cells"),
        means=optional_table(case, "means"),
        variances=optional_table(case, "variances"),
        exclusive=bool(case.get("exclusive")),
    )
    return asdict(shared)


def diminishing_returns(case: Fields) -> Computed:
    """The outlook of the next tweak."""
    effects, variances = numbers(case, "effects"), numbers(case, "variances")
    return asdict(
        outlook(effects=effects, variances=variances, mei=number(case, "mei"), alpha=number(case, "alpha", ALPHA))
    )


def s_value(case: Fields) -> Computed:
    """Shannon information of a p-value."""
    p = number(case, "p")
    if p == 0:
        raise ValueError("A p-value of 0 carries endless information; there is no s-value for it.")
    information = sequence.s_value(p)
    return {"expected": information, "s_value": information}


def corrections(case: Fields) -> Computed:
    """Error rates shared out among metrics."""
    shares = spotify_corrections(
        success_metrics=whole(case, "success_metrics"),
        guardrails=whole(case, "guardrails"),
        alpha=number(case, "alpha"),
        power=number(case, "power"),
    )
    return asdict(shares)


def daily_paths(case: Fields) -> Computed:
    """A verdict a day over growing counts, beside the classical p-value of each day."""
    alpha = number(case, "alpha", ALPHA)
    require_level(alpha, "alpha")
    days = [weigh(day) for day in daily_cases(case, alpha)]
    verdicts = [day.verdict for day in days]
    fixed = [
        sequence.fixed_p(day.effect.estimate, day.effect.variance) if day.variance and day.effect else 1.0
        for day in days
    ]
    decided = [(i, verdict) for i, verdict in enumerate(verdicts, 1) if verdict is not Verdict.INCONCLUSIVE]
    significant = [i for i, p in enumerate(fixed, 1) if p < FIXED_SIGNIFICANT]
    return {
        "verdicts": verdicts,
        "fixed_p": fixed,
        "first_day_fixed_p_below_05": significant[0] if significant else None,
        "first_verdict": decided[0] if decided else None,
    }


def daily_cases(case: Fields, alpha: float) -> list[TrialCase]:
    """Each day's case, cumulative."""
    daily, mei = number(case, "n_per_arm_per_day"), number(case, "mei")
    direction = known_direction(whole(case, "direction", 1))
    paths = numbers(case, "cum_control"), numbers(case, "cum_treatment")
    if len(paths[0]) != len(paths[1]):
        raise ValueError(f"There are {len(paths[0])} days of control but {len(paths[1])} of treatment.")
    arms = zip(*([proportion(daily * day, k) for day, k in enumerate(path, 1)] for path in paths), strict=True)
    return [TrialCase((Stage(control, treatment),), mei, direction, alpha) for control, treatment in arms]


KINDS: dict[str, Callable[[Fields], Computed]] = {
    "diff_verdict": diff_verdict,
    "srm_sequential": srm_sequential,
    "srm_chi2": srm_chi2,
    "group_sequential_boundaries": group_sequential_boundaries,
    "lan_demets_obf_unequal": lan_demets_obf_unequal,
    "think_it_beta_binomial": think_it_beta_binomial,
    "required_information": required_information,
    "days_to_decision": days_to_decision,
    "fixed_sample_size": fixed_sample_size,
    "cuped": cuped,
    "ratio": ratio,
    "overlap": overlapping,
    "diminishing_returns": diminishing_returns,
    "s_value": s_value,
    "spotify_corrections": corrections,
    "daily_paths": daily_paths,
}
