"""How a feature reaches people, and how it is taken out again: ladder, exposure, removal."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from django.db import transaction
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.feature import owner_of
from features.api.door import IF_MATCH, Door
from features.api.fields import Percent, Text, Whole
from features.api.strict import Strict
from features.enums import Phase
from features.errors import wrong
from features.models import Feature
from features.numbers import percentage
from hypotheses.api.naming import feature_at
from lifecycle.actions.holding import locked_feature
from lifecycle.actions.removing import confirm_removal_step, plan_removal
from lifecycle.actions.rolling_out import lower_exposure, read_percent, restore_exposure, set_ladder
from lifecycle.api.shapes import LadderAnswerSerializer
from lifecycle.enums import RemovalWork
from lifecycle.models import ExposureChange, Ladder, Removal
from lifecycle.queries.gates import may_rise
from lifecycle.queries.ladders import ladder_facts


class StepSerializer(Strict):
    """One step. `status`: passed, current or ahead."""

    percent = Percent()
    purpose = Text(max_length=200, required=False, allow_blank=True)
    minimum_days = Whole(max_value=3650, required=False)
    full_course_days = Whole(max_value=3650, required=False, allow_null=True)
    status = serializers.ChoiceField(choices=["passed", "current", "ahead"], read_only=True)


class LadderSerializer(Strict):
    """The steps of Ship It, lowest first, and the holdback that is left out at the end."""

    steps = serializers.ListField(child=StepSerializer(), min_length=1, max_length=100)
    holdback_percent = Percent(required=False)
    holdback_owner = serializers.CharField(read_only=True, allow_null=True)
    holdback_ends_on = serializers.DateField(read_only=True, allow_null=True)
    is_default = serializers.BooleanField(read_only=True)


ONLY_SHOWN: Final = ("holdback_owner", "holdback_ends_on", "is_default")
"""What of a ladder cannot be written."""


class ExposureSerializer(Strict):
    """How many percent get the feature from now on, and why."""

    percent = Percent()
    reason = Text()


class ExposureChangeSerializer(serializers.Serializer[Any]):
    """One move of the exposure."""

    from_percent = Percent()
    to_percent = Percent()
    cause = serializers.CharField()
    reason = serializers.CharField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.username", default=None, allow_null=True)


class ExposureShownSerializer(serializers.Serializer[Any]):
    """The exposure, the decided ceiling, and how the exposure moved."""

    exposure_percent = Percent()
    ceiling_percent = Percent()
    changes = ExposureChangeSerializer(many=True)


class RemovalSerializer(Strict):
    """How the feature is taken out again, and who owns that."""

    plan = Text()
    owner = Text(max_length=150, required=False, allow_null=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    completed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    steps = serializers.ListField(child=serializers.DictField(), read_only=True)


class RemovalStepSerializer(Strict):
    """One part of the work that is done."""

    work = serializers.ChoiceField(choices=[str(work) for work in RemovalWork])
    note = Text(required=False, allow_blank=True)


def _stored(feature: Feature) -> Ladder | None:
    return Ladder.objects.select_related("holdback_owner").prefetch_related("steps").filter(feature=feature).first()


def _status(feature: Feature, step: Any) -> str:
    if feature.phase in {Phase.THINK_IT, Phase.BUILD_IT}:
        return "ahead"
    if feature.step_percent is None or step < feature.step_percent:
        return "passed"
    return "current" if step == feature.step_percent else "ahead"


def _ladder(feature: Feature, stored: Ladder | None) -> dict[str, Any]:
    """The ladder as it is shown."""
    facts = ladder_facts(stored)
    steps = [
        {
            "percent": percentage(rung.percent),
            "purpose": rung.purpose,
            "minimum_days": rung.minimum_days,
            "full_course_days": rung.full_course_days,
            "status": _status(feature, rung.percent),
        }
        for rung in facts.rungs
    ]
    owner = stored.holdback_owner if stored else None
    ends_on = stored.holdback_ends_on if stored else None
    return {
        "steps": steps,
        "holdback_percent": percentage(facts.holdback_percent),
        "holdback_owner": owner.get_username() if owner else None,
        "holdback_ends_on": ends_on.isoformat() if ends_on else None,
        "is_default": stored is None,
    }


def _as_written(sent: Any, shown: Mapping[str, Any]) -> Any:
    """A body without what is only shown, where it says just that: what was read can be sent back."""
    if not isinstance(sent, Mapping):
        return sent
    body = _unshown(sent, shown, ONLY_SHOWN)
    if isinstance(steps := body.get("steps"), list):
        body["steps"] = [_step_as_written(step, shown["steps"]) for step in steps]
    return body


def _step_as_written(sent: Any, shown: Sequence[Mapping[str, Any]]) -> Any:
    if not isinstance(sent, Mapping):
        return sent
    same = next((step for step in shown if step["percent"] == sent.get("percent")), {})
    return _unshown(sent, same, ("status",))


def _unshown(sent: Mapping[str, Any], shown: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    same = {name for name in names if name in sent and name in shown and sent[name] == shown[name]}
    return {name: value for name, value in sent.items() if name not in same}


class LadderDoor(Door):
    """A feature's ladder: its own, or the house's default until the squad lays one out."""

    queryset = Ladder.objects.all()
    serializer_class = LadderSerializer

    @extend_schema(responses=LadderSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The steps with their status."""
        feature = feature_at(key)
        stored = _stored(feature)
        return self.shown(_ladder(feature, stored), version=stored.version if stored else 0)

    @extend_schema(request=LadderSerializer, responses=LadderSerializer)
    def put(self, request: Request, key: str) -> Response:
        """Lay out the steps that are not reached yet, while the gate is not due. Takes what `get` shows."""
        feature = feature_at(key)
        body = LadderSerializer(data=_as_written(request.data, _ladder(feature, _stored(feature))))
        body.is_valid(raise_exception=True)
        given = body.validated_data
        steps = [{**step, "percent": float(step["percent"])} for step in given["steps"]]
        with transaction.atomic():
            locked_feature(feature)  # nobody changes it between look and act
            stored = Ladder.objects.filter(feature=feature).first()
            self.require_version(stored.version if stored else 0)
            set_ladder(
                feature=feature,
                steps=steps,
                holdback_percent=given.get("holdback_percent"),
                by=self.person,
                now=self.now(),
            )
        return self.get(request, key)


class LadderCheck(Door):
    """What flag services and pipelines ask."""

    queryset = Ladder.objects.all()
    serializer_class = serializers.Serializer
    parameters = frozenset({"percent"})

    @extend_schema(
        parameters=[OpenApiParameter("percent", OpenApiTypes.NUMBER, required=True)], responses=LadderAnswerSerializer
    )
    def get(self, request: Request, key: str) -> Response:
        """Whether the feature may be shown to so many percent now, and why."""
        feature = feature_at(key)
        asked = request.query_params.get("percent")
        if asked is None:
            raise wrong("percent", "Say how many percent are asked about, for example ?percent=25.", code="required")
        return Response(may_rise(feature=feature, percent=read_percent(asked), now=self.now()).as_json())


class ExposureDoor(Door):
    """Who gets the feature."""

    queryset = ExposureChange.objects.all()
    serializer_class = ExposureSerializer

    @extend_schema(responses=ExposureShownSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The exposure, the decided ceiling, and how the exposure moved."""
        return self.shown(_exposure(feature_at(key)))

    @extend_schema(parameters=[IF_MATCH], request=ExposureSerializer, responses={201: ExposureChangeSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Lower it now, for a reason; or come back up to the decided ceiling while the gate is not due."""
        given = self.read(ExposureSerializer)
        with transaction.atomic():
            feature = locked_feature(feature_at(key))  # nobody changes it between look and act
            self.require_shown(_exposure(feature))
            act = restore_exposure if given["percent"] > feature.exposure_percent else lower_exposure
            change = act(feature=feature, **given, by=self.person, now=self.now())
        return Response(ExposureChangeSerializer(change).data, status=201)


def _exposure(feature: Feature) -> dict[str, Any]:
    changes = ExposureChange.objects.filter(feature=feature).select_related("by")
    return {
        "exposure_percent": percentage(feature.exposure_percent),
        "ceiling_percent": percentage(feature.ceiling_percent),
        "changes": ExposureChangeSerializer(changes, many=True).data,
    }


class RemovalDoor(Door):
    """Taking a feature out: the plan before, the work after."""

    queryset = Removal.objects.all()
    serializer_class = RemovalSerializer

    @extend_schema(responses=RemovalSerializer)
    def get(self, request: Request, key: str) -> Response:
        """The plan and what of it is done; an empty plan where none was made."""
        return self.shown(_removal(feature_at(key)))

    @extend_schema(request=RemovalSerializer, responses=RemovalSerializer)
    def put(self, request: Request, key: str) -> Response:
        """Write how the feature would be taken out, and who owns that."""
        feature = feature_at(key)
        given = self.read(RemovalSerializer)
        owner = owner_of(given.get("owner"))
        with transaction.atomic():
            self.require_shown(_removal(locked_feature(feature)))
            plan_removal(feature=feature, plan=given["plan"], owner=owner, by=self.person, now=self.now())
        return self.get(request, key)

    @extend_schema(
        parameters=[IF_MATCH], request=RemovalStepSerializer, responses={200: RemovalSerializer, 201: RemovalSerializer}
    )
    def post(self, request: Request, key: str) -> Response:
        """Confirm that one part of the work is done; with the last one the feature ends. 200: you did so before."""
        feature, given = feature_at(key), self.read(RemovalStepSerializer)
        with transaction.atomic():
            before = _removal(locked_feature(feature))
            self.require_shown(before)
            confirm_removal_step(feature=feature, **given, by=self.person, now=self.now())
            after = _removal(feature)
        return self.shown(after, status=200 if after == before else 201)


def _removal(feature: Feature) -> dict[str, Any]:
    removal = Removal.objects.select_related("owner").filter(feature=feature).first()
    if removal is None:
        return {"plan": "", "owner": None, "started_at": None, "completed_at": None, "steps": []}
    steps = [
        {
            "work": step.work,
            "done_at": step.done_at,
            "done_by": step.done_by.get_username() if step.done_by else None,
            "note": step.note,
        }
        for step in removal.steps.select_related("done_by")
    ]
    return {
        "plan": removal.plan,
        "owner": removal.owner.get_username() if removal.owner else None,
        "started_at": removal.started_at,
        "completed_at": removal.completed_at,
        "steps": steps,
    }
