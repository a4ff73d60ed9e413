"""The page docs/how-a-verdict-is-made.md: written by the engine, so that it says what the engine does."""

from collections.abc import Iterator

from hypotheses.enums import Verdict
from hypotheses.statistics.arms import ArmStats
from hypotheses.statistics.beta import judged, probability_at_least
from hypotheses.statistics.case import ALPHA, FEWEST_UNITS
from hypotheses.statistics.effect import Stage
from hypotheses.statistics.examples import EUR, METRIC, SHARE, Example, examples, with_plan, with_several
from hypotheses.statistics.explanation import explain
from hypotheses.statistics.figures import figures
from hypotheses.statistics.finding_reasoning import finding_reasoning
from hypotheses.statistics.planning import GROSS, POWER, required_ratio
from hypotheses.statistics.reasoning import TABLE, Reasoning, Step, is_read, reasoning
from hypotheses.statistics.verdict import weigh

INTRODUCTION = f"""# How a verdict is made

For whoever decides, and for whoever has to believe it. This page is written by the engine itself
(`manage.py explain_verdicts --write docs/how-a-verdict-is-made.md`), and a test fails when the two differ.
The formulas with their sources stand in [statistics](reference/statistics.md), the words in
[evidence](reference/evidence.md).

## The hypothesis comes first

“We believe that one tap to order again, for returning customers, will move the **reorder rate** up by at least
**0.5 percentage points**, because they order the same things. The **basket value** may fall by half a euro at most.”

That sentence is all that the arithmetic is told, and it is locked before the first number is seen:

* the **primary metric** and which way is better;
* the **minimum effect**: the least that would make the feature worth having. Less is a no, even if it is real;
* the **guardrails**: what must not suffer, each with its **margin**, the harm that is accepted at most.

## The interval that may be looked at every day

Control and treatment differ by some amount, the **estimate**. The true effect may be somewhat more or less; the
**interval** says between what. The usual interval is right for one look that was planned in advance. Whoever looks
every day, and stops when it pleases, finds effects that are not there. Ours is wider, and is right at all looks
together: over the whole life of a trial it misses the truth in at most {100 * ALPHA:.0f} % of cases, half of that in
each direction. So no look spoils the trial, however many there are.

Its ends in the good direction are called **L** (the lower) and **U** (the upper). **U_h** is the upper end of a second
interval, tuned for an effect {GROSS} times as large: it finds gross harm early. A trial is planned to have decided with
a chance of {100 * POWER:.0f} % when the truth is the minimum effect; that takes
r = τ² / V = {required_ratio(ALPHA):.4g}.

## Trust comes before numbers

Before any number is read: are the data fresh, do the arms have the sizes that were designed (the **sample ratio**),
was each unit in one arm of one trial only, was it counted once, are there {FEWEST_UNITS} units in each arm? If not,
the verdict is *invalid* (or too few), and what is wrong is named. Harm comes next, before any hope.

## The table: the first row that matches decides

"""
WAITING = """## Why a number may be folded away

The interval is right at every look, but the first days are not like all days: whoever comes first is keen, and a
Monday is no Sunday. So each step of Ship It has a **minimum run**, a week unless its ladder says otherwise. Until it
is served, and while an open question has less than half of its information, it is **too early**: the verdict is told
and decides nothing, and the page folds the effect away, so that nobody decides on it. Whoever looks all the same is
named on the card. Harm waits for nothing, and is never folded away.
"""
METHOD = """They are all about the same feature. Half of the customers get the button, 4,000 a day come in, and the plan
has 28 days left. Each shows what came in, what the page says, the rows of the table that were asked, the arithmetic,
and what would change it. Effects on a rate are told in percentage points (pp).
"""


PLANNED = """## With a plan

A trial that may run as long as it likes needs about twice the units of one that has an end. Who can say before the
first number how many **units at most** the trial may take, may state that in the hypothesis. Each look then spends
a part of the 10 %: next to nothing early, the rest at the end. So an early look decides only on what is very plain,
and at the end the interval is nearly as narrow as that of a single look. Between two looks that count (1 % of the
plan apart) the interval of the earlier one stands. At the end it is over: what is open then stays open, however
long the trial goes on. Harm and guardrails are not part of the plan; they are looked for at any time, in the same
way as without one.
"""


SEVERAL = """## With several success metrics

A change may be worth having for more than one reason. A hypothesis may name further **success metrics**, each with its
own minimum effect: any of them may validate it, so each of two has half of the 10 %. Harm of any is harm, while one is
shown worse nothing is validated, and only when all are refuted is it refuted. Here the second one is the share of
customers who return within a month; half a point more would do.
"""
FINDING = """## Without a trial

In Think It there are no customers in two arms yet; ten people are shown a prototype. The **Beta rule** asks how likely
the share of all customers who would succeed is at least the target. From 95 % on that is validated, up to 5 % refuted.
It is weaker than a trial, and said so.
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [INTRODUCTION + _table(), WAITING, "## A worked example of each\n", METHOD]
    parts += [_example(each) for each in examples()]
    parts += [SEVERAL, *(_example(each) for each in with_several())]
    parts += [PLANNED, _example(with_plan()), FINDING, _finding(successes=8, trials=10, target=0.5)]
    return "\n".join(parts).rstrip("\n") + "\n"


def _finding(*, successes: int, trials: int, target: float) -> str:
    chance = probability_at_least(successes=successes, units=trials, target=target)
    told = finding_reasoning(successes=successes, trials=trials, target=target, probability=chance)
    parts = [
        f"### {str(judged(chance).value).capitalize()} by a finding\n",
        f"{successes} of {trials} people could order again without help; half of them was the target.\n",
        _asked(told.steps),
        _arithmetic(told),
        _listed("What would change it", told.changes),
        f"**When to look again.** {told.again}\n",
    ]
    return "\n".join(part for part in parts if part)


def _table() -> str:
    rows = ["| row | verdict | reason | asked |", "| --- | --- | --- | --- |"]
    for number, (verdict, reasons, asks, _) in enumerate(TABLE, start=1):
        names = ", ".join(f"`{reason}`" for reason in reasons)
        rows.append(f"| {number} | **{verdict}** | {names} | {asks} |")
    return "\n".join(rows) + "\n"


def _example(example: Example) -> str:
    weighed = weigh(example.case)
    units = {"guardrail_units": example.guardrail_units, "success_units": (SHARE,) * len(example.case.successes)}
    seen = figures(weighed, metric=METRIC, unit=SHARE, **units)
    told = reasoning(seen)
    sentence = explain(weighed, metric=METRIC, unit=SHARE)
    parts = [
        f"### {example.title}\n",
        f"{example.says}\n",
        _arms(example),
        f"> {sentence}\n",
        _asked(told.steps),
        _arithmetic(told),
        _listed("Why not the neighbour", told.neighbours),
        _listed("What would change it", told.changes),
        f"**When to look again.** {told.again}\n",
    ]
    if not is_read(seen) and seen.verdict is not Verdict.MISSING:
        parts.insert(5, "The numbers of the effect are not read.\n")
    return "\n".join(part for part in parts if part)


def _arms(example: Example) -> str:
    rows = ["| metric | arm | units | mean | variance |", "| --- | --- | ---: | ---: | ---: |"]
    for stage in example.case.stages:
        rows += _arm_rows(METRIC, stage, SHARE)
    for success in example.case.successes:
        for stage in success.stages:
            rows += _arm_rows(success.name, stage, SHARE)
    for rail in example.case.guardrails:
        for stage in rail.stages:
            rows += _arm_rows(rail.name, stage, EUR)
    return "\n".join(rows) + "\n"


def _arm_rows(metric: str, stage: Stage, unit: str) -> Iterator[str]:
    for name, arm in (("control", stage.control), ("treatment", stage.treatment)):
        yield f"| {metric} | {name} | {arm.n:,.0f} | {_mean(arm, unit)} | {f'{arm.var:.4g}' if arm.n else '–'} |"


def _mean(arm: ArmStats, unit: str) -> str:
    if not arm.n:
        return "–"
    return f"{100 * arm.mean:.4g} %" if unit == SHARE else f"{arm.mean:.2f} {unit}"


def _asked(steps: tuple[Step, ...]) -> str:
    rows = ["| row | asked | numbers | |", "| ---: | --- | --- | --- |"]
    for number, step in enumerate(steps, start=1):
        if step.matched is not None:
            answer = f"**yes: {step.verdict} · `{step.reason}`**" if step.matched else "no"
            rows.append(f"| {number} | {step.asks} | {step.says} | {answer} |")
    return "\n".join(rows) + "\n"


def _arithmetic(told: Reasoning) -> str:
    if not told.arithmetic:
        return ""
    rows = ["| | | |", "| --- | --- | ---: |"]
    rows += [f"| {line.name} | {line.formula} | {line.value} |" for line in told.arithmetic]
    return "\n".join(rows) + "\n"


def _listed(title: str, sentences: tuple[str, ...]) -> str:
    return f"**{title}.** {' '.join(sentences)}\n" if sentences else ""
