"""Which rule asks what, where: the rule table of docs/reference/gates.md, as data. The only door to the rules.

A new rule is a file in `rules/` and one line here (docs/how-to/add-a-gate-rule.md).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from lifecycle.enums import Level
from lifecycle.gates.facts import GateFacts
from lifecycle.gates.finding import Answer, RuleFinding
from lifecycle.gates.rules.budget_left import budget_left
from lifecycle.gates.rules.earns_its_keep import earns_its_keep
from lifecycle.gates.rules.evidence_trusted import evidence_trusted
from lifecycle.gates.rules.finding_from_customers import finding_from_customers
from lifecycle.gates.rules.hypothesis_complete import hypothesis_complete
from lifecycle.gates.rules.kin_lessons_read import kin_lessons_read
from lifecycle.gates.rules.ladder_ready import ladder_ready
from lifecycle.gates.rules.local_maximum import local_maximum
from lifecycle.gates.rules.metric_has_source import metric_has_source
from lifecycle.gates.rules.minimum_run import minimum_run
from lifecycle.gates.rules.mvp_stated import mvp_stated
from lifecycle.gates.rules.not_harmful import not_harmful
from lifecycle.gates.rules.removal_plan import removal_plan
from lifecycle.gates.rules.systems_hold import systems_hold
from lifecycle.gates.rules.validated import validated
from lifecycle.phases import Place


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its code, what it asks, and its level at each place (absent: not asked there)."""

    code: str
    ask: Callable[[GateFacts], Answer]
    levels: dict[Place, Level]


M: Final = Level.MUST
s: Final = Level.SHOULD
o: Final = None
"""Must, should, not asked: the letters of the table."""


def rule(ask: Callable[[GateFacts], Answer], *levels: Level | None) -> Rule:
    """One line of the table: the levels stand in the order of the places; the code is the function's name."""
    by_place = zip(Place, levels, strict=True)
    return Rule(code=ask.__name__, ask=ask, levels={place: level for place, level in by_place if level is not None})


# fmt: off
RULES: Final[tuple[Rule, ...]] = (
    #                          Think Build early proving last Tweak Maintain
    rule(hypothesis_complete,    M,    M,    M,    M,    M,    o,    o),
    rule(finding_from_customers, M,    s,    o,    o,    o,    o,    o),
    rule(mvp_stated,             M,    s,    o,    o,    o,    o,    o),
    rule(kin_lessons_read,       s,    o,    o,    o,    o,    o,    o),
    rule(metric_has_source,      s,    M,    M,    M,    M,    s,    s),
    rule(ladder_ready,           o,    M,    o,    o,    o,    o,    o),
    rule(removal_plan,           o,    M,    o,    o,    o,    o,    o),
    rule(minimum_run,            o,    o,    M,    M,    M,    o,    o),
    rule(evidence_trusted,       o,    s,    M,    M,    M,    s,    o),
    rule(not_harmful,            s,    M,    M,    M,    M,    M,    s),
    rule(validated,              o,    o,    s,    M,    M,    o,    o),
    rule(systems_hold,           o,    o,    M,    M,    M,    o,    o),
    rule(local_maximum,          o,    o,    o,    o,    o,    s,    o),
    rule(earns_its_keep,         o,    o,    o,    o,    o,    s,    s),
    rule(budget_left,            s,    s,    s,    s,    s,    s,    s),
)
# fmt: on


def codes() -> frozenset[str]:
    """The codes of all rules, for those who make one stricter."""
    return frozenset(rule.code for rule in RULES)


def asked(facts: GateFacts) -> tuple[RuleFinding, ...]:
    """What every rule that is asked at this gate finds; musts first, in the order of the table."""
    found = [
        RuleFinding(code=rule.code, level=level, met=answer.met, detail=answer.detail)
        for rule in RULES
        if (level := _level(rule, facts)) is not None
        for answer in (rule.ask(facts),)
    ]
    return tuple(sorted(found, key=lambda finding: finding.level is not Level.MUST))


def refusing(findings: Iterable[RuleFinding]) -> tuple[RuleFinding, ...]:
    """The must rules that refuse an advance."""
    return tuple(finding for finding in findings if finding.refuses)


def _level(rule: Rule, facts: GateFacts) -> Level | None:
    """The house's level; a squad or a tribe can only turn a should into a must."""
    level = rule.levels.get(facts.place)
    return Level.MUST if level is not None and rule.code in facts.stricter else level
