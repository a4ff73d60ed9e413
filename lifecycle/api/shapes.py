"""What answers look like that are not written back: for the OpenAPI schema."""

from typing import Any

from rest_framework import serializers

from features.enums import Phase
from hypotheses.enums import Readiness, Verdict
from lifecycle.enums import Cause, GateState, Level, Outcome


class CauseSerializer(serializers.Serializer[Any]):
    """One reason why a gate is due."""

    cause = serializers.ChoiceField(choices=[str(cause) for cause in Cause])
    key = serializers.CharField()
    at = serializers.DateTimeField()
    detail = serializers.CharField()


class CauseShownSerializer(CauseSerializer):
    """One reason why a gate is due, who called it, and whether it holds now (null once the gate is decided)."""

    by = serializers.CharField(allow_null=True)
    still = serializers.BooleanField(allow_null=True)
    no_longer = serializers.CharField()


class SpendSerializer(serializers.Serializer[Any]):
    """Money and person-days without a rate, apart."""

    amount = serializers.CharField()
    person_days = serializers.CharField()


class RuleSerializer(serializers.Serializer[Any]):
    """What a rule found; `detail` says how to mend it."""

    code = serializers.CharField()
    level = serializers.ChoiceField(choices=[str(level) for level in Level])
    met = serializers.BooleanField(allow_null=True)
    detail = serializers.CharField()


class RecommendationSerializer(serializers.Serializer[Any]):
    """What is recommended, and why."""

    outcome = serializers.ChoiceField(choices=[str(outcome) for outcome in Outcome], allow_null=True)
    because = serializers.CharField()
    questions = serializers.ListField(child=serializers.CharField())


class EvidenceShape(serializers.Serializer[Any]):
    """What the data say; all its members stand in the reference."""

    feature = serializers.CharField()
    hypothesis_version = serializers.IntegerField(allow_null=True)
    phase = serializers.CharField()
    step = serializers.CharField(allow_null=True)
    as_of = serializers.DateTimeField(allow_null=True)
    state = serializers.ChoiceField(choices=[str(state) for state in Readiness])
    verdict = serializers.ChoiceField(choices=[str(verdict) for verdict in Verdict])
    reason = serializers.CharField()
    days_left = serializers.FloatField(allow_null=True)
    explanation = serializers.CharField()
    primary = serializers.DictField(allow_null=True)
    successes = serializers.ListField(child=serializers.DictField())
    guardrails = serializers.ListField(child=serializers.DictField())
    checks = serializers.ListField(child=serializers.DictField())
    marks = serializers.ListField(child=serializers.DictField())
    stages = serializers.ListField(child=serializers.DictField())
    findings = serializers.ListField(child=serializers.DictField())
    findings_combined = serializers.DictField(allow_null=True)
    others = serializers.ListField(child=serializers.DictField())
    evidence_id = serializers.IntegerField(allow_null=True)
    revision = serializers.IntegerField(allow_null=True)


class EvidenceAnswerShape(EvidenceShape):
    """What the data say now, with what the feature's tweaks brought so far (null before the first has ended)."""

    tweaks = serializers.DictField(allow_null=True)


class PlaceSerializer(serializers.Serializer[Any]):
    """Where something stands in a feature's life."""

    id = serializers.IntegerField()
    feature = serializers.CharField()
    phase = serializers.ChoiceField(choices=[str(phase) for phase in Phase])
    iteration = serializers.IntegerField()
    step = serializers.FloatField(allow_null=True)


class GateBriefSerializer(PlaceSerializer):
    """A gate in a list."""

    feature_name = serializers.CharField()
    squad = serializers.CharField()
    state = serializers.ChoiceField(choices=[str(state) for state in GateState])
    opened_at = serializers.DateTimeField()
    due_on = serializers.DateField(allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    overdue_days = serializers.IntegerField(allow_null=True)
    due_because = CauseSerializer(many=True)
    held = serializers.BooleanField()


class ConsentShownSerializer(serializers.Serializer[Any]):
    """A second person's consent to an override."""

    id = serializers.IntegerField()
    by = serializers.CharField()
    rules = serializers.ListField(child=serializers.CharField())
    reason = serializers.CharField()
    at = serializers.DateTimeField()


class _OrNothing(serializers.Serializer[Any]):
    """What was seen at a decision; of an imported one nobody wrote it down, and it is empty."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """All members, or none."""
        fields: dict[str, serializers.Field[Any, Any, Any, Any]] = super().get_fields()
        for field in fields.values():
            field.required = False
        return fields


class RecommendationSeen(_OrNothing, RecommendationSerializer):
    """What was recommended; empty for an imported decision."""


class EvidenceSeen(_OrNothing, EvidenceShape):
    """What the data said; empty for an imported decision."""


class LearningSerializer(serializers.Serializer[Any]):
    """One percentage: days to a decision from here, units treated until then, and what they are expected to lose."""

    percent = serializers.FloatField()
    days = serializers.FloatField()
    exposed = serializers.FloatField()
    expected_loss = serializers.FloatField()
    worst_loss = serializers.FloatField()
    unit = serializers.CharField(allow_blank=True)
    expected_money = serializers.CharField(allow_null=True, required=False)
    worst_money = serializers.CharField(allow_null=True, required=False)


class CriterionSerializer(serializers.Serializer[Any]):
    """One criterion of an imported assessment, in its own words; `met` is null where it did not apply."""

    number = serializers.CharField()
    result = serializers.CharField()
    met = serializers.BooleanField(allow_null=True)


class DecisionShownSerializer(PlaceSerializer):
    """A decision with what was seen when it was made."""

    gate = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=[str(outcome) for outcome in Outcome])
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    policy = serializers.CharField()
    at = serializers.DateTimeField()
    moved_to = serializers.DictField()
    questions = serializers.ListField(child=serializers.CharField())
    next = serializers.DictField()
    evidence = EvidenceSeen()
    rules = RuleSerializer(many=True)
    recommendation = RecommendationSeen()
    cost_of_learning = LearningSerializer(many=True)
    followed = serializers.BooleanField(allow_null=True)
    invested = serializers.CharField()
    invested_days = serializers.CharField(allow_null=True)
    undecided_spend = serializers.CharField()
    undecided_days = serializers.CharField(allow_null=True)
    overridden = serializers.BooleanField()
    override = serializers.DictField(allow_null=True)
    criteria = CriterionSerializer(many=True)
    imported = serializers.BooleanField()
    native = serializers.DictField()


class GateShownSerializer(GateBriefSerializer):
    """One gate with what is computed for it, or what was seen when it was decided."""

    due_because = CauseShownSerializer(many=True)
    rules = RuleSerializer(many=True)
    recommendation = RecommendationSeen()
    evidence = EvidenceSeen()
    deciders = serializers.ListField(child=serializers.CharField())
    may_decide = serializers.BooleanField()
    time_box_days = serializers.IntegerField(allow_null=True)
    budget = serializers.DictField(allow_null=True)
    spent = SpendSerializer()
    undecided_spend = SpendSerializer()
    currency = serializers.CharField()
    consents = ConsentShownSerializer(many=True)
    decision = DecisionShownSerializer(allow_null=True)
    cost_of_learning = LearningSerializer(many=True)


class OwedSerializer(serializers.Serializer[Any]):
    """A gate that waits for its answer."""

    gate = serializers.IntegerField()
    feature = serializers.CharField()
    feature_name = serializers.CharField()
    squad = serializers.CharField()
    tribe = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    phase = serializers.CharField()
    iteration = serializers.IntegerField()
    step = serializers.FloatField(allow_null=True)
    due_at = serializers.DateTimeField()
    waiting_days = serializers.IntegerField()
    overdue_days = serializers.IntegerField(allow_null=True)
    escalation = serializers.CharField()
    due_because = serializers.ListField(child=serializers.CharField())
    undecided_spend = SpendSerializer()


class EventSerializer(serializers.Serializer[Any]):
    """One thing that happened."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    what = serializers.CharField()
    by = serializers.CharField()
    links = serializers.DictField()


class LadderAnswerSerializer(serializers.Serializer[Any]):
    """Whether a feature may be shown to so many percent, and why."""

    allowed = serializers.BooleanField()
    because = serializers.CharField()
    gate = serializers.IntegerField(allow_null=True)


class ForecastSerializer(serializers.Serializer[Any]):
    """The net position at the rates of the last quarter since the release: `net` on `until`."""

    since = serializers.DateField()
    invested_a_week = serializers.CharField()
    returned_a_week = serializers.CharField()
    until = serializers.DateField()
    net = serializers.CharField()
    break_even_on = serializers.DateField(allow_null=True)


class CurveSerializer(serializers.Serializer[Any]):
    """What a feature cost and earned; all its members stand in the reference."""

    interval = serializers.CharField()
    unit = serializers.CharField()
    currency = serializers.CharField()
    as_of = serializers.DateField()
    points = serializers.ListField(child=serializers.DictField())
    bands = serializers.ListField(child=serializers.DictField())
    decisions = serializers.ListField(child=serializers.DictField())
    exposure = serializers.ListField(child=serializers.DictField())
    released_on = serializers.DateField(allow_null=True)
    shaded_area = serializers.CharField()
    shaded_days = serializers.CharField()
    first_return_on = serializers.DateField(allow_null=True)
    break_even_on = serializers.DateField(allow_null=True)
    return_factor = serializers.CharField(allow_null=True)
    priced = serializers.BooleanField()
    unknown_months = serializers.ListField(child=serializers.DateField())
    invested_total = serializers.CharField()
    invested_days_total = serializers.CharField()
    returned_total = serializers.CharField(allow_null=True)
    undecided_total = serializers.CharField()
    early_returns = serializers.CharField()
    days_to_first_return = serializers.IntegerField(allow_null=True)
    days_to_break_even = serializers.IntegerField(allow_null=True)
    days_to_break_even_after_release = serializers.IntegerField(allow_null=True)
    forecast = ForecastSerializer(allow_null=True)


class SignOffShape(serializers.Serializer[Any]):
    """Somebody who answers for a review."""

    by = serializers.CharField()
    at = serializers.DateTimeField()
    note = serializers.CharField(allow_blank=True)


class ReviewPromiseShape(serializers.Serializer[Any]):
    """What the review before decided of a feature, and what has become of it."""

    feature = serializers.CharField()
    outcome = serializers.CharField()
    saved = serializers.CharField(allow_null=True)
    since = serializers.CharField(allow_null=True)
    kept = serializers.BooleanField()
    told = serializers.CharField()


class ReviewShape(serializers.Serializer[Any]):
    """A review: `state` is prepared, open or closed; `promised` on its own address only."""

    quarter = serializers.CharField()
    state = serializers.CharField()
    prepared_at = serializers.DateTimeField()
    opened_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    items = serializers.IntegerField()
    decided = serializers.IntegerField()
    proposed = serializers.IntegerField()
    keep = serializers.IntegerField()
    tweak = serializers.IntegerField()
    kill = serializers.IntegerField()
    signoffs = SignOffShape(many=True)
    promised = ReviewPromiseShape(many=True, required=False)


class RecommendedShape(serializers.Serializer[Any]):
    """What follows from worth and upkeep."""

    outcome = serializers.CharField()
    because = serializers.CharField()


class ProposalShape(serializers.Serializer[Any]):
    """What the squad proposes."""

    outcome = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)


class ItemDecisionShape(serializers.Serializer[Any]):
    """The answer."""

    id = serializers.IntegerField()
    outcome = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField(allow_null=True)
    at = serializers.DateTimeField()


class ReviewItemShape(serializers.Serializer[Any]):
    """One feature in a review. Money is of the twelve months before; null is unknown."""

    feature = serializers.CharField()
    name = serializers.CharField()
    squad = serializers.CharField()
    tribe = serializers.CharField()
    gate = serializers.IntegerField()
    rank = serializers.IntegerField()
    recommended = RecommendedShape()
    value = serializers.CharField(allow_null=True)
    value_low = serializers.CharField(allow_null=True)
    value_high = serializers.CharField(allow_null=True)
    cost = serializers.CharField(allow_null=True)
    cost_with_estimate = serializers.CharField(allow_null=True)
    person_days = serializers.CharField()
    doubts = serializers.IntegerField()
    facts = serializers.DictField()
    proposal = ProposalShape(allow_null=True)
    critical_reason = serializers.CharField(allow_blank=True)
    decision = ItemDecisionShape(allow_null=True)
    version = serializers.IntegerField()
