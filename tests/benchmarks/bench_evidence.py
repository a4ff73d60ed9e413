"""The evidence engine beside its bounds: `python -m tests.benchmarks.bench_evidence`.

Speed of one evaluation, and the simulation that the engine is held to, in reduced form (seeded; fewer trials, the same
questions). Every figure stands beside its bound; only where a plan spends exactly the bound may chance add to it. The
exit code is 1 on a miss.
"""

import sys
from dataclasses import dataclass
from math import ceil, sqrt
from time import process_time

import numpy as np

from hypotheses.enums import Verdict
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.case import ALPHA, Guardrail, Success, TrialCase
from hypotheses.statistics.corrections import spotify_corrections
from hypotheses.statistics.effect import Stage, combine, guarded_variance
from hypotheses.statistics.planned import Plan, past_after
from hypotheses.statistics.planning import fixed_sample_size
from hypotheses.statistics.sample_ratio import MISMATCH_BELOW, sample_ratio
from hypotheses.statistics.sequence import half_width
from hypotheses.statistics.verdict import weigh

SEED, DAYS, TRIALS = 20261120, 28, 2_000
MEI = 0.005
LADDER = [(0.01, 3), (0.05, 4), (0.10, 4), (0.25, 5), (0.50, 8), (0.99, 4)]
"""Treated share and days of each stage."""


@dataclass(frozen=True)
class Figure:
    """One measured figure beside its bound; `slack` is what chance may add where the truth is the bound itself."""

    what: str
    got: float
    bound: float
    at_most: bool
    unit: str
    slack: float = 0.0

    @property
    def holds(self) -> bool:
        return self.got <= self.bound + self.slack if self.at_most else self.got >= self.bound - self.slack

    def line(self) -> str:
        sign = "≤" if self.at_most else "≥"
        allowed = f" (chance: {self.slack:.1f})" if self.slack else ""
        word = "ok  " if self.holds else "MISS"
        return f"{word}  {self.what:<66} {self.got:>9.4g}  {sign} {self.bound:g} {self.unit}{allowed}"


def main() -> int:
    figures = []
    for figure in (*speed(), *simulation(), *planned_mode(), *several(), *small_arm(), *splits()):
        print(figure.line(), flush=True)
        figures.append(figure)
    return 0 if all(figure.holds for figure in figures) else 1


# --- speed ------------------------------------------------------------------------------------------------------------


def best(evaluate, *, times=100_000, rounds=5):
    """Seconds of CPU for so many evaluations, the best of a few rounds: neighbours count as little as can be."""
    seconds = []
    for _ in range(rounds):
        start = process_time()
        for _ in range(times):
            evaluate()
        seconds.append(process_time() - start)
    return min(seconds)


def speed():
    arms = ArmStats(50_000, 0.1, 0.09), ArmStats(50_000, 0.11, 0.0979)
    stage = Stage(*arms, (50_000, 50_000), (1, 1))
    rail = Guardrail("errors", (Stage(*arms),), 0.05, -1)

    def core():
        variance = guarded_variance(50_000, 0.09, 50_000, 0.0979, 0.01)
        half_width(variance, MEI, 0.1)

    one, six = TrialCase((stage,), MEI), TrialCase((stage,) * 6, MEI)
    railed = TrialCase((stage,), MEI, guardrails=(rail,) * 3)
    yield rate("difference, guarded variance, always-valid interval", best(core), 0.2)
    yield rate("whole verdict: one stage, sample ratio", best(lambda: weigh(one)), 1.0)
    yield rate("whole verdict: six stages", best(lambda: weigh(six), times=20_000) * 5, 6.0)
    yield rate("whole verdict: three guardrails", best(lambda: weigh(railed), times=20_000) * 5, 6.0)


def rate(what, seconds, bound):
    return Figure(f"{what} ({100_000 / seconds:,.0f}/s)", seconds, bound, at_most=True, unit="CPU s per 100,000")


# --- the verdict under daily looks ------------------------------------------------------------------------------------


def simulation():
    settings = {
        "truth 0": {"lift": 0.0},
        "truth = MEI": {"lift": MEI},
        "truth = -2 MEI": {"lift": -2 * MEI},
        "drift 8→12 %": {"lift": 0.0, "drift": True},
    }
    seen = {name: ever(np.random.default_rng(SEED), **more) for name, more in settings.items()}
    for name, verdict, bound, at_most in (
        ("truth 0", Verdict.VALIDATED, 5, True),
        ("truth 0", Verdict.HARMFUL, 5, True),
        ("truth = MEI", Verdict.VALIDATED, 95, False),
        ("truth = MEI", Verdict.REFUTED, 5, True),
        ("truth = -2 MEI", Verdict.HARMFUL, 99, False),
        ("drift 8→12 %", Verdict.VALIDATED, 5, True),
    ):
        yield chance(
            f"{name}: ever {verdict} ({TRIALS} trials, 28 daily looks)", seen[name][verdict], TRIALS, bound, at_most
        )


def chance(what, share, trials, bound, at_most, *, exact=False):
    """A share in per cent. exact: the engine spends the whole bound, so three standard errors are left to chance."""
    slack = 3 * sqrt(bound * (100 - bound) / trials) if exact else 0.0
    return Figure(what, 100 * share, bound, at_most=at_most, unit="%", slack=slack)


def ever(chance, *, lift, drift=False, units=20_000):
    """The share of trials in which each verdict was seen on any day."""
    counts = dict.fromkeys(Verdict, 0)
    for _ in range(TRIALS):
        for verdict in {weigh(case).verdict for case in looks(chance, lift, drift, units)}:
            counts[verdict] += 1
    return {verdict: count / TRIALS for verdict, count in counts.items()}


def looks(chance, lift, drift, units):
    """One trial's case on each of its days, up the ladder."""
    done, day = [], 0
    for share, days in LADDER:
        totals = np.zeros(4, dtype=int)
        for _ in range(days):
            base = 0.08 + 0.04 * day / (DAYS - 1) if drift else 0.10
            n_t = int(chance.binomial(units, share))
            n_c = units - n_t
            totals += (n_c, chance.binomial(n_c, base), n_t, chance.binomial(n_t, base + lift))
            yield TrialCase((*done, stage_of(*map(int, totals), share)), MEI)
            day += 1
        done.append(stage_of(*map(int, totals), share))


def stage_of(n_c, k_c, n_t, k_t, share):
    arms = ArmStats.of_proportion(n=n_c, successes=k_c), ArmStats.of_proportion(n=n_t, successes=k_t)
    return Stage(*arms, (n_c, n_t), (1 - share, share))


# --- the planned mode -------------------------------------------------------------------------------------------------


def planned_mode(trials=TRIALS * 4):
    """A plan of as many units as a classical test needs, reached in 28 daily looks: what it decides, and how often
    wrongly; beside it, the same trials looked at without a plan.
    """
    units = 2 * ceil(fixed_sample_size(baseline=0.10, mei=MEI, alpha=ALPHA, power=0.9) / DAYS) * DAYS
    drawn = {
        "truth = MEI": {"lift": MEI},
        "truth 0": {"lift": 0.0},
        "ladder, truth 0": {"lift": 0.0, "ladder": LADDER},
        "ladder, drift 8→12 %, truth 0": {"lift": 0.0, "ladder": LADDER, "drift": True},
    }
    seen = {
        name: planned_ever(np.random.default_rng(SEED + at), trials, units, **more)
        for at, (name, more) in enumerate(drawn.items(), start=3)
    }
    told = f"{trials} trials, {units:,} units"
    open_end = seen["truth = MEI"]["always valid", Verdict.VALIDATED]
    yield chance(f"always valid, truth = MEI: ever validated ({told})", open_end, trials, 75, True)
    for name, verdict, bound, at_most in (
        ("truth = MEI", Verdict.VALIDATED, 85, False),
        ("truth = MEI", Verdict.REFUTED, 5, True),
        *((name, verdict, 5, True) for name in list(drawn)[1:] for verdict in (Verdict.VALIDATED, Verdict.HARMFUL)),
    ):
        spent = at_most and verdict is not Verdict.HARMFUL  # α goes to what decides; harm is looked for beside it
        got = seen[name]["planned", verdict]
        yield chance(f"planned, {name}: ever {verdict}", got, trials, bound, at_most, exact=spent)


def planned_ever(chance, trials, units, *, lift, ladder=((0.5, DAYS),), drift=False):
    """The share of trials in which each verdict was seen on any day, with a plan of so many units and without one."""
    counts = dict.fromkeys(((mode, verdict) for mode in ("planned", "always valid") for verdict in Verdict), 0)
    for _ in range(trials):
        past, seen = None, set()
        for stages, share in days_of(chance, lift, units // DAYS, ladder, drift):
            planned = weigh(TrialCase(stages, MEI, plan=Plan(units, share, past)))
            past = past_after(past, planned.planned)
            seen |= {("planned", planned.verdict), ("always valid", weigh(TrialCase(stages, MEI)).verdict)}
        for key in seen:
            counts[key] += 1
    return {key: count / trials for key, count in counts.items()}


def days_of(chance, lift, units, ladder, drift):
    """One trial's stages on each of its days, so many units a day in fixed shares, and the share of the newest."""
    done, day = [], 0
    for share, days in ladder:
        n_t = round(units * share)
        totals = np.zeros(4, dtype=int)
        for _ in range(days):
            n_c, base = units - n_t, 0.08 + 0.04 * day / (DAYS - 1) if drift else 0.10
            totals += (n_c, chance.binomial(n_c, base), n_t, chance.binomial(n_t, base + lift))
            yield (*done, stage_of(*map(int, totals), share)), share
            day += 1
        done.append(stage_of(*map(int, totals), share))


# --- several success metrics ------------------------------------------------------------------------------------------


def several(trials=TRIALS, metrics=3):
    """Three success metrics, any of which may validate, that have nothing to do with each other: the worst case."""
    seen = several_ever(np.random.default_rng(SEED + 20), trials, metrics)
    told = f"{metrics} success metrics, truth 0"
    yield chance(f"{told}: ever validated ({trials} trials)", seen[Verdict.VALIDATED], trials, 5, True)
    yield chance(f"{told}: ever harmful", seen[Verdict.HARMFUL], trials, 5, True)


def several_ever(chance, trials, metrics):
    """The share of trials in which each verdict was seen on any day, α shared among the metrics."""
    share = spotify_corrections(success_metrics=metrics, guardrails=0, alpha=ALPHA, power=0.8).alpha_success
    counts = dict.fromkeys(Verdict, 0)
    for _ in range(trials):
        days = zip(*(days_of(chance, 0.0, 20_000, LADDER, drift=False) for _ in range(metrics)), strict=True)
        seen = set()
        for (primary, _), *others in days:
            further = tuple(Success("another", stages, MEI, 1) for stages, _ in others)
            seen.add(weigh(TrialCase(primary, MEI, alpha=share, successes=further)).verdict)
        for verdict in seen:
            counts[verdict] += 1
    return {verdict: count / trials for verdict, count in counts.items()}


def small_arm(trials=TRIALS):
    """A 1 % arm of 10 units a day, 2 % baseline, no effect: harm must not be cried, not even below 100 units."""
    chance_of, alarms = np.random.default_rng(SEED + 1), 0
    for _ in range(trials):
        daily = np.stack([chance_of.binomial(n, 0.02, DAYS) for n in (990, 10)]).cumsum(axis=1)
        for day in range(1, DAYS + 1):
            case = TrialCase(
                (stage_of(990 * day, int(daily[0, day - 1]), 10 * day, int(daily[1, day - 1]), 0.01),), MEI
            )
            effect = combine(case.stages)
            if effect and effect.variance and effect.estimate + half_width(effect.variance, 4 * MEI, 0.1) < 0:
                alarms += 1
                break
    yield chance(
        f"1 % arm of 10 units a day, truth 0: ever harmful ({trials} trials)", alarms / trials, trials, 1, True
    )


def splits(trials=TRIALS, units=2_000):
    """The sample ratio at 28 daily looks: how often it cries without cause, and finds 49/51."""
    chance_of = np.random.default_rng(SEED + 2)

    def found(share):
        first = chance_of.binomial(units, share, (trials, DAYS)).cumsum(axis=1)
        totals = units * np.arange(1, DAYS + 1)
        p = [
            [sample_ratio([((int(a), int(n - a)), (1, 1))]).p for a, n in zip(row, totals, strict=True)]
            for row in first
        ]
        return (np.array(p) < MISMATCH_BELOW).any(axis=1).mean()

    yield chance(f"sample ratio: false alarms ({trials} trials)", found(0.5), trials, 1.5, True)
    yield chance("sample ratio: 49/51 found within 28 days at 2,000 a day", found(0.49), trials, 90, False)


if __name__ == "__main__":
    sys.exit(main())
