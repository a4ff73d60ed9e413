"""What the answers of the portfolio look like, for the OpenAPI schema."""

from typing import Any

from rest_framework import serializers

from features.enums import Phase, Status
from lifecycle.api.shapes import SpendSerializer

PHASES = [str(phase) for phase in Phase]


def _periodical(name: str) -> serializers.DateField:
    return serializers.DateField(allow_null=True, help_text=f"The {name} day that is counted; null: all of time.")


class PeriodShape(serializers.Serializer[Any]):
    """The days that are counted, whole months; and the currency of all amounts."""

    to = _periodical("last")
    currency = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python, so it is added here."""
        return {"from": _periodical("first"), **super().get_fields()}


class AmountPointShape(SpendSerializer):
    """What was spent in one month or quarter."""

    start = serializers.DateField()


class SeriesShape(serializers.Serializer[Any]):
    """One layer of the stack; `key` is empty for what stands outside of any phase."""

    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    total = SpendSerializer()
    points = AmountPointShape(many=True)


class ComparedShape(serializers.Serializer[Any]):
    """Two periods and their difference."""

    now = SpendSerializer()
    before = SpendSerializer()
    difference = SpendSerializer()


class ComparedSeriesShape(ComparedShape):
    """One layer in two periods."""

    key = serializers.CharField(allow_blank=True)
    name = serializers.CharField()


class ComparisonShape(serializers.Serializer[Any]):
    """The period against another one, whose days these are."""

    to = serializers.DateField()
    total = ComparedShape()
    series = ComparedSeriesShape(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """`from` is a word of Python, so it is added here."""
        return {"from": serializers.DateField(), **super().get_fields()}


class StackShape(PeriodShape):
    """Investment over time."""

    by = serializers.ChoiceField(choices=["phase", "squad", "tribe", "category"])
    interval = serializers.ChoiceField(choices=["month", "quarter"])
    total = SpendSerializer()
    series = SeriesShape(many=True)
    comparison = ComparisonShape(allow_null=True)


class SpreadShape(serializers.Serializer[Any]):
    """How numbers lie: the ends, the quartiles and the median, as decimal text."""

    count = serializers.IntegerField()
    low = serializers.CharField()
    lower = serializers.CharField()
    median = serializers.CharField()
    upper = serializers.CharField()
    high = serializers.CharField()


class BinShape(serializers.Serializer[Any]):
    """One bar of a histogram, from `low` up to `high`."""

    low = serializers.CharField()
    high = serializers.CharField()
    count = serializers.IntegerField()


class ShadedShape(serializers.Serializer[Any]):
    """Spend before return of the features released in the period, and what is in those still on their way."""

    unit = serializers.ChoiceField(choices=["money", "days"])
    released = serializers.IntegerField()
    distribution = SpreadShape(allow_null=True)
    histogram = BinShape(many=True)
    running = serializers.IntegerField()
    so_far = SpendSerializer()


class SpentShape(serializers.Serializer[Any]):
    """One feature: what it cost before its release (so far, while `released_on` is null), and in all."""

    feature = serializers.CharField()
    name = serializers.CharField()
    squad = serializers.CharField()
    phase = serializers.ChoiceField(choices=PHASES)
    status = serializers.ChoiceField(choices=[str(status) for status in Status])
    released_on = serializers.DateField(allow_null=True)
    before_return = SpendSerializer()
    invested = SpendSerializer()


class BeforeReturnShape(PeriodShape, ShadedShape):
    """The same with every feature."""

    features = SpentShape(many=True)


class AnsweredShape(SpendSerializer):
    """What had been spent undecided at the gates that were answered in one month."""

    month = serializers.DateField()


class UndecidedShape(serializers.Serializer[Any]):
    """What was spent while gates waited: at those that wait now, and at those that were answered in the period."""

    gates = serializers.IntegerField()
    now = SpendSerializer()
    answered = AnsweredShape(many=True)


class TimeShape(serializers.Serializer[Any]):
    """Days in one phase: of whole visits, and of single stints, that ended in the period."""

    phase = serializers.ChoiceField(choices=PHASES)
    visits = SpreadShape(allow_null=True)
    stints = SpreadShape(allow_null=True)
    running = serializers.IntegerField()


class FlowShape(serializers.Serializer[Any]):
    """How many features came into each phase and left it in one quarter, ended and landed."""

    quarter = serializers.CharField()
    entered = serializers.DictField(child=serializers.IntegerField())
    left = serializers.DictField(child=serializers.IntegerField())
    ended = serializers.IntegerField()
    landed = serializers.IntegerField()


class AnswersShape(serializers.Serializer[Any]):
    """How the gates of one phase were answered, in percent; null where none was."""

    phase = serializers.ChoiceField(choices=PHASES)
    count = serializers.IntegerField()
    imported = serializers.IntegerField()
    iterate = serializers.FloatField(allow_null=True)
    kill = serializers.FloatField(allow_null=True)
    advance = serializers.FloatField(allow_null=True)


class MonthShareShape(serializers.Serializer[Any]):
    """The share of one month in percent; null where nothing was spent."""

    start = serializers.DateField()
    percent = serializers.FloatField(allow_null=True)


class DriftShape(serializers.Serializer[Any]):
    """Points a month along the line through the shares; `clear` when it is told from chance."""

    points_a_month = serializers.FloatField()
    clear = serializers.BooleanField()


class UpkeepShape(serializers.Serializer[Any]):
    """Tweak It and Maintain It as a share of all that was spent."""

    unit = serializers.ChoiceField(choices=["money", "days"])
    percent = serializers.FloatField(allow_null=True)
    maintenance = SpendSerializer()
    outside_of_phases = SpendSerializer()
    months = MonthShareShape(many=True)
    drift = DriftShape(allow_null=True)
    told = serializers.CharField()


class EarnedShape(serializers.Serializer[Any]):
    """What came back since the releases, of all time; factor and days are of the priced ones."""

    returned = serializers.CharField()
    released = serializers.IntegerField()
    priced = serializers.IntegerField()
    unpriced = serializers.IntegerField()
    repaid = serializers.IntegerField()
    return_factor = serializers.CharField(allow_null=True)
    days_to_first_return = SpreadShape(allow_null=True)
    days_to_break_even = SpreadShape(allow_null=True)


class SummaryShape(PeriodShape):
    """The portfolio over a period."""

    invested = SpendSerializer()
    comparison = ComparisonShape(allow_null=True)
    before_return = ShadedShape()
    undecided = UndecidedShape()
    time_in_phase = TimeShape(many=True)
    throughput = FlowShape(many=True)
    answers = AnswersShape(many=True)
    maintenance = UpkeepShape()
    returns = EarnedShape()


class DeathsShape(serializers.Serializer[Any]):
    """The features that were killed in one phase, and all that they had cost."""

    phase = serializers.ChoiceField(choices=PHASES)
    count = serializers.IntegerField()
    cost = SpendSerializer()


class EarlyShape(serializers.Serializer[Any]):
    """The early kills: how many, of how many a saving can be told, and their sum."""

    count = serializers.IntegerField()
    counted = serializers.IntegerField()
    saved = SpendSerializer()


class SavingShape(serializers.Serializer[Any]):
    """`saved` is `typical` minus `spent`, never below zero; null with a `why` where nothing can be said."""

    unit = serializers.ChoiceField(choices=["money", "days"])
    saved = serializers.CharField(allow_null=True)
    typical = serializers.CharField(allow_null=True)
    spent = serializers.CharField(allow_null=True)
    group = serializers.CharField(allow_blank=True)
    group_name = serializers.CharField(allow_blank=True)
    group_count = serializers.IntegerField()
    why = serializers.CharField(allow_blank=True)


class KilledShape(serializers.Serializer[Any]):
    """A feature that was killed; `saving` is null for one killed later than in Ship It."""

    feature = serializers.CharField()
    name = serializers.CharField()
    squad = serializers.CharField()
    tweak = serializers.BooleanField()
    status = serializers.ChoiceField(choices=[str(status) for status in Status])
    phase = serializers.ChoiceField(choices=PHASES)
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    imported = serializers.BooleanField()
    cost = SpendSerializer()
    saving = SavingShape(allow_null=True)


class EndingsShape(PeriodShape):
    """What failure cost by phase of death, and what early kills saved."""

    count = serializers.IntegerField()
    cost = SpendSerializer()
    by_phase = DeathsShape(many=True)
    early = EarlyShape()
    killed = KilledShape(many=True)
    without_decision = serializers.IntegerField()
