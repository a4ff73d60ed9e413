"""How lessons, their evidence and retrospectives are shown over REST."""

from typing import Any

from rest_framework import serializers

from features.api.fields import Text
from features.api.strict import Strict
from hypotheses.enums import Verdict
from lifecycle.enums import Ending, LessonKind, LessonStatus, Outcome, Side


class LessonShape(serializers.Serializer[Any]):
    """One lesson. `outcome`: the ending it was learnt from; `repeats`: the lesson that the library had already."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=[str(kind) for kind in LessonKind])
    statement = serializers.CharField()
    detail = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=[str(status) for status in LessonStatus])
    feature = serializers.CharField(source="feature.key")
    squad = serializers.CharField(source="feature.squad.slug")
    tribe = serializers.CharField(source="feature.squad.tribe.slug")
    outcome = serializers.ChoiceField(choices=[str(ending) for ending in Ending], source="retrospective.ending")
    repeats = serializers.IntegerField(source="repeats_id", allow_null=True)
    learnt_at = serializers.DateTimeField()


class EvidenceSerializer(Strict):
    """One piece of evidence: at least one of feature, decision and url is given. A decision names its feature."""

    id = serializers.IntegerField(read_only=True)
    side = serializers.ChoiceField(choices=[str(side) for side in Side])
    feature = Text(max_length=80, source="feature.key", required=False, allow_null=True)
    decision = serializers.IntegerField(source="decision_id", required=False, allow_null=True)
    url = Text(max_length=500, required=False, allow_blank=True)
    note = Text()
    by = serializers.CharField(source="by.username", read_only=True)
    at = serializers.DateTimeField(read_only=True)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """As it is shown; a link alone names no feature."""
        shown = super().to_representation(instance)
        return {**shown, "feature": instance.feature.key if instance.feature else None}


class KinLessonShape(serializers.Serializer[Any]):
    """A lesson of the kin, and why it is kin."""

    lesson = LessonShape()
    because = serializers.ListField(child=serializers.CharField())
    read = serializers.BooleanField()


class KinShape(serializers.Serializer[Any]):
    """The lessons of the kin; `unread`: how many of them nobody of the squad has acknowledged."""

    lessons = KinLessonShape(many=True)
    unread = serializers.IntegerField()
    read_by = serializers.CharField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)


class OwedRetrospectiveShape(serializers.Serializer[Any]):
    """A feature that owes a retrospective; `begun`: a draft was saved."""

    feature = serializers.CharField()
    feature_name = serializers.CharField()
    squad = serializers.CharField()
    squad_name = serializers.CharField()
    tribe = serializers.CharField()
    ending = serializers.ChoiceField(choices=[str(ending) for ending in Ending])
    since = serializers.DateField()
    begun = serializers.BooleanField()


class SeenShape(serializers.Serializer[Any]):
    """What the evidence said."""

    verdict = serializers.ChoiceField(choices=[str(verdict) for verdict in Verdict])
    metric = serializers.CharField(allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    estimate = serializers.FloatField(allow_null=True)
    interval = serializers.ListField(child=serializers.FloatField(allow_null=True), allow_null=True)
    harmed = serializers.ListField(child=serializers.CharField())


class CameOutShape(serializers.Serializer[Any]):
    """How a decision came out: what was seen and answered `days` later, or what the feature came to."""

    days = serializers.IntegerField(allow_null=True)
    seen = SeenShape(allow_null=True)
    answered = serializers.ChoiceField(choices=[str(outcome) for outcome in Outcome], allow_null=True)
    fate = serializers.ChoiceField(choices=["removing", "ended", "landed", "goes_on"], allow_null=True)
    on = serializers.DateField(allow_null=True)
    delivered = serializers.FloatField(allow_null=True)
    within = serializers.BooleanField(allow_null=True)


class ChapterShape(serializers.Serializer[Any]):
    """One decision of the story. Who decided is left out."""

    decision = serializers.IntegerField()
    gate = serializers.IntegerField()
    at = serializers.DateTimeField()
    phase = serializers.CharField()
    iteration = serializers.IntegerField()
    step = serializers.FloatField(allow_null=True)
    outcome = serializers.ChoiceField(choices=[str(outcome) for outcome in Outcome])
    reason = serializers.CharField()
    questions = serializers.ListField(child=serializers.CharField())
    recommended = serializers.CharField(allow_null=True)
    followed = serializers.BooleanField(allow_null=True)
    seen = SeenShape()
    unmet = serializers.ListField(child=serializers.CharField())
    overridden = serializers.BooleanField()
    came_out = CameOutShape()


class DraftLessonShape(serializers.Serializer[Any]):
    """A lesson that is not published yet."""

    kind = serializers.CharField(allow_blank=True)
    statement = serializers.CharField(allow_blank=True)
    detail = serializers.CharField(allow_blank=True)
    in_library = serializers.BooleanField(allow_null=True)
    repeats = serializers.IntegerField(allow_null=True)


class RevisionShape(serializers.Serializer[Any]):
    """What stood published from a moment on, whole."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by__username")
    body = serializers.DictField()


class WarningShape(serializers.Serializer[Any]):
    """A sentence that may read as blame of somebody; nothing is refused for it."""

    field = serializers.CharField()
    sentence = serializers.CharField()
    name = serializers.CharField()
    detail = serializers.CharField()


class RetrospectiveShape(serializers.Serializer[Any]):
    """The latest end of a feature, looked back on. `draft`: lessons while it is owed; `lessons`: what was published."""

    feature = serializers.CharField()
    ending = serializers.ChoiceField(choices=[str(ending) for ending in Ending])
    decision = serializers.IntegerField(allow_null=True)
    owed = serializers.BooleanField()
    opened_at = serializers.DateTimeField()
    story = ChapterShape(many=True)
    went_well = serializers.CharField(allow_blank=True)
    went_wrong = serializers.CharField(allow_blank=True)
    could_go_better = serializers.CharField(allow_blank=True)
    draft = DraftLessonShape(many=True)
    lessons = LessonShape(many=True)
    written_at = serializers.DateTimeField(allow_null=True)
    written_by = serializers.CharField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)
    published_by = serializers.CharField(allow_null=True)
    revisions = RevisionShape(many=True)
    warnings = WarningShape(many=True)


class LearningShape(serializers.Serializer[Any]):
    """How the period has learnt. `repeat_rate`: `repeated` / `lessons`; null where none was published."""

    published = serializers.IntegerField()
    owed = serializers.IntegerField()
    lessons = serializers.IntegerField()
    repeated = serializers.IntegerField()
    read_before = serializers.IntegerField()
    repeat_rate = serializers.FloatField(allow_null=True)
