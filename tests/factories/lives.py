"""Named lives: features that reach each state through their real past, by the product's own actions only."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import User

from features.enums import Phase
from features.models import Feature, Squad, Stint
from hypotheses.actions.finding import add_finding
from hypotheses.actions.landing import land_results
from hypotheses.actions.trial import register_trial
from hypotheses.actions.weighing import weigh_stint
from hypotheses.models import Metric, Trial
from hypotheses.sources.base import Row
from lifecycle.actions.aiming import set_goal
from lifecycle.actions.calling import call_gate
from lifecycle.actions.deciding import decide
from lifecycle.actions.judging import judge_gate
from lifecycle.actions.registering import register_feature
from lifecycle.actions.removing import plan_removal
from lifecycle.actions.rolling_out import set_ladder
from lifecycle.actions.scoring import open_round, play
from lifecycle.models import Decision, Gate, Goal, Round
from lifecycle.queries.ladders import ladder_of, rung_at
from tests.factories.remembering import once

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
UNITS = 40_000
GOOD, BAD, FLAT = 0.13, 0.07, 0.1
BASELINE = 0.10
SHORT_LADDER = [{"percent": percent, "minimum_days": 7, "full_course_days": 21} for percent in (5, 99)]


def metric(key: str, **fields) -> Metric:
    values = {"name": key.replace("-", " ").capitalize(), "kind": "proportion", "created_at": START, **fields}
    return Metric.objects.get_or_create(key=key, defaults=values)[0]


def hypothesis(**fields) -> dict:
    """Reorders go up by at least half a point; baskets shrink by half a euro at most."""
    metric("reorder-rate")
    metric("basket-value", kind="mean", unit="EUR")
    return {
        "change": "one tap to order again",
        "audience": "returning customers",
        "reason": "they order the same things",
        "metric": "reorder-rate",
        "direction": "up",
        "minimum_effect": 0.005,
        "mvp": "one button on the last order; no editing",
        "guardrails": [{"metric": "basket-value", "margin": 0.5}],
        **fields,
    }


@dataclass
class Life:
    """One feature, who works on it, and what time it is for them. also: what else each snapshot measures, as shares."""

    feature: Feature
    by: User
    now: datetime = START
    trial: Trial | None = None
    decisions: list[Decision] = field(default_factory=list)
    also: dict[str, float] = field(default_factory=dict)

    @property
    def gate(self) -> Gate:
        return Gate.objects.exclude(state="decided").get(feature=self.feature)

    @property
    def last_gate(self) -> Gate:
        return Gate.objects.filter(feature=self.feature).order_by("-pk").first()

    @property
    def stint(self) -> Stint:
        return Stint.objects.select_related("feature").get(feature=self.feature, ended_at__isnull=True)

    def refresh(self) -> Feature:
        self.feature = Feature.objects.select_related("squad", "owner", "parent").get(pk=self.feature.pk)
        return self.feature

    def wait(self, days: float) -> "Life":
        self.now += timedelta(days=days)
        return self

    def judge(self) -> Gate:
        judge_gate(gate_id=self.gate.pk, now=self.now)
        return self.gate

    def call(self, reason: str = "We know enough.") -> Gate:
        return call_gate(gate_id=self.gate.pk, by=self.by, now=self.now, reason=reason)

    def decide(self, outcome: str, *, by: User | None = None, **answer) -> Decision:
        answer = {"reason": "That is what the evidence says.", **answer}
        if outcome == "iterate":
            answer.setdefault("questions", ["mvp"])
        decision = decide(gate_id=self.gate.pk, by=by or self.by, now=self.now, outcome=outcome, **answer)
        self.decisions.append(decision)
        self.refresh()
        return decision

    def find(self, **fields) -> None:
        """8 of 10 customers could do it, against half: the Beta rule says validated."""
        cohort = {"population": fields.pop("population", "customers")}
        fields = {"kind": "prototype_test", "successes": 8, "trials": 10, **fields}
        add_finding(feature=self.feature, by=self.by, now=self.now, cohort=cohort, **fields)

    def measure(self, rate: float = GOOD, *, basket: float = 20.0, units: int = UNITS, weigh: bool = True) -> None:
        """One snapshot of the running trial, as of now: half the units had the feature, and this share reordered."""
        given = {"rate": rate, "basket": basket, "units": units, "weigh": weigh}
        self._once("measure", given, lambda: self._measure(**given))

    def _measure(self, *, rate: float, basket: float, units: int, weigh: bool) -> None:
        if self.trial is None:
            arms = [{"name": "control", "role": "control"}, {"name": "new", "role": "treatment"}]
            key = f"{self.feature.key[:70]}-trial"
            self.trial = register_trial(
                key=key, feature=self.feature, arms=arms, by=self.by, now=self.now, started_at=self.stint.started_at
            )
        rows = []
        for arm, mean, value in (("control", BASELINE, 20.0), ("new", rate, basket)):
            rows.append(self._row(arm, "reorder-rate", units, mean, mean * (1 - mean)))
            rows.append(self._row(arm, "basket-value", units, value, 4.0))
            for key, share in self.also.items():
                told = BASELINE if arm == "control" else share
                rows.append(self._row(arm, key, units, told, told * (1 - told)))
        land_results(rows=rows, now=self.now)
        if weigh:
            weigh_stint(stint=self.stint, now=self.now)

    def _row(self, arm: str, key: str, n: int, mean: float, var: float) -> Row:
        return Row(trial=self.trial.key, metric=key, arm=arm, as_of=self.now, stage=None, n=n, mean=mean, var=var)

    def meet_rules(self) -> None:
        """Do the work that the must rules of the present gate ask for."""
        phase = self.refresh().phase
        if phase == Phase.THINK_IT:
            self.wait(1).find()
        elif phase == Phase.BUILD_IT:
            self.wait(1).measure(units=50)
            plan_removal(
                feature=self.feature,
                plan="Turn off the flag, delete the module.",
                owner=self.by,
                by=self.by,
                now=self.now,
            )
        elif phase == Phase.SHIP_IT:
            rung = rung_at(ladder_of(feature=self.feature), self.feature.step_percent)
            self.wait(rung.minimum_days).measure()
        else:
            self.wait(1)

    def advance(self, **answer) -> Decision:
        """Meet the rules, ask for the decision, and advance."""

        def do() -> int:
            self.meet_rules()
            self.call()
            return self.decide("advance", **answer).pk

        known = len(self.decisions)
        decision = self._once("advance", answer, do)
        if len(self.decisions) == known:
            self.decisions.append(Decision.objects.get(pk=decision))
        return self.decisions[-1]

    def _once(self, act: str, given: dict, do: Callable[[], int | None]) -> int | None:
        """Do an act, or write what it wrote when it was done in the same state; see `remembering`."""

        def told() -> dict:
            answer = do()
            trial = self.trial.pk if self.trial else None
            return {"answer": answer, "now": self.now.isoformat(), "trial": trial}

        trial = self.trial.pk if self.trial else None
        who = {"feature": self.feature.pk, "by": self.by.pk, "now": self.now.isoformat(), "trial": trial}
        done = once(act, {**who, "also": self.also, "given": given}, told)
        self.now = datetime.fromisoformat(done["now"])
        if done["trial"] != trial and self.trial is None:
            self.trial = Trial.objects.get(pk=done["trial"])
        self.refresh()
        return done["answer"]

    def reach(self, phase: Phase | str, step: float | None = None) -> "Life":
        """Advance until the feature is in this phase (and on this step)."""
        for _ in range(20):
            feature = self.refresh()
            if feature.phase == phase and (step is None or feature.step_percent == Decimal(str(step))):
                return self
            self.advance()
        raise AssertionError(f"never reached {phase} {step}")


def thinking(squad: Squad, by: User, *, now: datetime = START, **fields) -> Life:
    """A feature in Think It, on its first day, with a complete hypothesis."""

    def do() -> int:
        given = {"name": f"One-tap reorder {Feature.objects.count() + 1}", "hypothesis": hypothesis(), **fields}
        return register_feature(squad=squad, by=by, now=now, **given).pk

    given = {"squad": squad.pk, "by": by.pk, "now": now.isoformat(), **fields}
    made = Feature.objects.select_related("squad", "owner", "parent").get(pk=once("thinking", given, do))
    return Life(made, by=by, now=now)


def building(squad: Squad, by: User, **fields) -> Life:
    """A feature in Build It."""
    return thinking(squad, by, **fields).reach(Phase.BUILD_IT)


def shipping(squad: Squad, by: User, step: float = 1, **fields) -> Life:
    """A feature in Ship It, on this step of the default ladder."""
    return thinking(squad, by, **fields).reach(Phase.SHIP_IT, step)


def tweaking(squad: Squad, by: User, **fields) -> Life:
    """A released feature in Tweak It, after a short ladder."""
    return _soon_released(squad, by, **fields).reach(Phase.TWEAK_IT)


def maintaining(squad: Squad, by: User, **fields) -> Life:
    """A released feature in Maintain It, after a short ladder."""
    return _soon_released(squad, by, **fields).reach(Phase.MAINTAIN_IT)


def _soon_released(squad: Squad, by: User, **fields) -> Life:
    life = thinking(squad, by, **fields)
    set_ladder(feature=life.feature, steps=SHORT_LADDER, by=by, now=life.now)
    return life


def running_tweak(parent: Life, name: str = "Bigger button", **stated) -> Life:
    """A tweak of a feature in Tweak It, started by its iterate decision; in Think It. stated: of its hypothesis."""

    def do() -> int:
        parent.call()
        return parent.decide("iterate", next={"tweak": {"name": name, "hypothesis": hypothesis(**stated)}}).pk

    known = len(parent.decisions)
    decision = parent._once("running_tweak", {"name": name, **stated}, do)
    if len(parent.decisions) == known:
        parent.decisions.append(Decision.objects.get(pk=decision))
    tweak = Feature.objects.select_related("squad", "parent").get(key=parent.decisions[-1].moved_to["tweak"])
    return Life(tweak, by=parent.by, now=parent.now)


def scored(life: Life, by: User, *, goals: Mapping[str, int] | None = None, plays: Sequence[int] = (5, 3)) -> Round:
    """A revealed round of a feature in Think It: each of the squad plays the same points for all goals, in turn.

    by: the squad's lead; the goals are those of the house, or set here where there are none.
    """
    if not Goal.objects.exists():
        for name, weight in (goals or {"Reach": 60, "Money": 40}).items():
            set_goal(name=name, why="The board says so.", weight=weight, by=None, now=START)
    made = open_round(feature=life.feature, by=by, now=life.now, why="Once more.")
    keys = [asked.goal.key for asked in made.goals.select_related("goal")]
    for place, asked in enumerate(made.people.select_related("person")):
        points = plays[place % len(plays)]
        play(round_id=made.pk, plays=dict.fromkeys(keys, points), by=asked.person, now=life.now)
    return Round.objects.get(pk=made.pk)
