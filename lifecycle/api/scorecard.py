"""Goals, rounds of scoring, and the order of the backlog."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from features.api.door import Door, Rows
from features.api.fields import Day, Text, Whole
from features.api.strict import Strict
from features.errors import Missing
from hypotheses.api.naming import feature_at
from lifecycle.actions.aiming import LONGEST_NAME, change_goal, owner_called, set_goal
from lifecycle.actions.scoring import open_round, play, reveal
from lifecycle.models import Goal, Round
from lifecycle.models.scorecard import MOST_WEIGHT
from lifecycle.poker import MOST
from lifecycle.queries.goals import GoalNow, goal_json, goals_on
from lifecycle.queries.rounds import round_at, round_json, round_seen, rounds_of, rounds_seen
from lifecycle.queries.scorecard import backlog, scored_json


def _ends() -> serializers.ListField:
    return serializers.ListField(child=serializers.FloatField(), allow_null=True)


class GoalSerializer(Strict):
    """A goal that is set or changed. `from_on` is the first day of the weight, today where it is left out."""

    name = Text(max_length=LONGEST_NAME)
    why = Text()
    weight = Whole(min_value=1, max_value=MOST_WEIGHT)
    from_on = Day(required=False, allow_null=True)
    owner = Text(max_length=150, required=False, allow_null=True)
    ended_on = Day(required=False, allow_null=True)


class WeightShape(serializers.Serializer[Any]):
    """What a goal weighs from a day on."""

    weight = serializers.IntegerField()
    from_on = serializers.DateField()
    set_at = serializers.DateTimeField()
    set_by = serializers.CharField(allow_null=True)


class GoalShape(serializers.Serializer[Any]):
    """A goal as it stands today; `weight` is null before its first day and once it has ended."""

    key = serializers.CharField()
    name = serializers.CharField()
    why = serializers.CharField()
    owner = serializers.CharField(allow_null=True)
    weight = serializers.IntegerField(allow_null=True)
    share_percent = serializers.FloatField(allow_null=True)
    state = serializers.ChoiceField(choices=["asked", "ahead", "ended"])
    ended_on = serializers.DateField(allow_null=True)
    weights = WeightShape(many=True)


class OpenSerializer(Strict):
    """`why`: what was talked about since the last round; a repeat needs it."""

    why = Text(required=False, allow_blank=True)


class PlaysSerializer(Strict):
    """By goal, its points; null is “cannot say”."""

    plays = serializers.DictField(child=Whole(max_value=MOST, allow_null=True))


class RevealSerializer(Strict):
    """Why it is revealed before all have played."""

    reason = Text()


class CardShape(serializers.Serializer[Any]):
    """One card; null points are “cannot say”."""

    person = serializers.CharField()
    points = serializers.IntegerField(allow_null=True)


class GoalScoredShape(serializers.Serializer[Any]):
    """A goal of a round; without a number, and without plays, before the round is revealed."""

    goal = serializers.CharField()
    name = serializers.CharField()
    weight = serializers.IntegerField()
    median = serializers.FloatField(allow_null=True)
    middle_half = _ends()
    range = _ends()
    adds = serializers.FloatField(allow_null=True)
    far_apart = serializers.BooleanField()
    plays = CardShape(many=True)


class OwnCardShape(serializers.Serializer[Any]):
    """A card of who asks."""

    goal = serializers.CharField()
    points = serializers.IntegerField(allow_null=True)


class RoundShape(serializers.Serializer[Any]):
    """A round. Before the reveal it tells how many have played, and the cards of who asks; `left`: the feature went on
    from Think It before it was revealed.
    """

    id = serializers.IntegerField()
    feature = serializers.CharField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=["open", "revealed", "left"])
    why = serializers.CharField()
    opened_at = serializers.DateTimeField()
    opened_by = serializers.CharField()
    revealed_at = serializers.DateTimeField(allow_null=True)
    revealed_by = serializers.CharField(allow_null=True)
    reveal_reason = serializers.CharField()
    asked = serializers.IntegerField()
    played = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    score_interval = _ends()
    goals = GoalScoredShape(many=True)
    own = OwnCardShape(many=True)


class PartShape(serializers.Serializer[Any]):
    """What one goal adds to a score."""

    goal = serializers.CharField()
    share_percent = serializers.FloatField()
    median = serializers.FloatField(allow_null=True)
    adds = serializers.FloatField(allow_null=True)
    far_apart = serializers.BooleanField()


class OpenRoundShape(serializers.Serializer[Any]):
    """A round that waits for cards."""

    id = serializers.IntegerField()
    asked = serializers.IntegerField()
    played = serializers.IntegerField()


class ScoredShape(serializers.Serializer[Any]):
    """A feature in Think It; without a place while it has no score. `outdated`: scored by other goals or weights than
    those of today.
    """

    place = serializers.IntegerField(allow_null=True)
    feature = serializers.CharField()
    feature_name = serializers.CharField()
    squad = serializers.CharField()
    tribe = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    score_interval = _ends()
    score_by_weights_of_today = serializers.FloatField(allow_null=True)
    outdated = serializers.BooleanField()
    round = serializers.IntegerField(allow_null=True)
    rounds = serializers.IntegerField()
    revealed_at = serializers.DateTimeField(allow_null=True)
    goals = PartShape(many=True)
    open_round = OpenRoundShape(allow_null=True)


class Goals(Rows):
    """The goals of the house; tribe leaders and administrators set them."""

    queryset = Goal.objects.none()
    serializer_class = GoalSerializer

    @extend_schema(responses=GoalShape(many=True))
    def get(self, request: Request) -> Response:
        """Those that are asked for first, the weightiest first; then those ahead, and those that have ended."""
        page = self.paginate_queryset(goals_on(timezone.localdate(self.now()))) or []
        return self.get_paginated_response([goal_json(one) for one in page])

    @extend_schema(request=GoalSerializer, responses={201: GoalShape})
    def post(self, request: Request) -> Response:
        """Set a goal."""
        goal = set_goal(**_with_owner(self.read(GoalSerializer)), by=self.person, now=self.now())
        location = f"{request.path}{goal.key}/"
        return self.shown(goal_json(_goal(goal.key, self.now())), version=goal.version, status=201, location=location)


class GoalDoor(Door):
    """One goal."""

    queryset = Goal.objects.all()
    serializer_class = GoalSerializer

    @extend_schema(responses=GoalShape)
    def get(self, request: Request, key: str) -> Response:
        """The goal with all that it weighed."""
        found = _goal(key, self.now())
        return self.shown(goal_json(found), version=found.goal.version)

    @extend_schema(request=GoalSerializer, responses=GoalShape)
    def patch(self, request: Request, key: str) -> Response:
        """Change it: its weight from a day on, its words, its owner, its last day. Rounds keep what they were opened
        with.
        """
        changes = _with_owner(self.read(GoalSerializer, partial=True))
        change_goal(key=key, by=self.person, now=self.now(), changes=changes, version=self.expected_version())
        return self.get(request, key)


def _with_owner(given: dict[str, Any]) -> dict[str, Any]:
    return {**given, "owner": owner_called(given["owner"])} if "owner" in given else given


def _goal(key: str, now: Any) -> GoalNow:
    found = next((one for one in goals_on(timezone.localdate(now)) if one.goal.key == key), None)
    if found is None:
        raise Missing(code="not_found", detail=f"There is no goal “{key}”.")
    return found


class Rounds(Rows):
    """The rounds of one feature."""

    queryset = Round.objects.none()
    serializer_class = OpenSerializer

    @extend_schema(responses=RoundShape(many=True))
    def get(self, request: Request, key: str) -> Response:
        """The rounds, newest first; what is hidden stays hidden."""
        feature = feature_at(key)
        page = self.paginate_queryset(rounds_of(feature)) or []
        return self.get_paginated_response([round_json(one) for one in rounds_seen(feature, page, self.person)])

    @extend_schema(request=OpenSerializer, responses={201: RoundShape})
    def post(self, request: Request, key: str) -> Response:
        """Open a round: everybody of the squad is asked. Leads do; after a revealed round it is a repeat."""
        made = open_round(feature=feature_at(key), **self.read(OpenSerializer), by=self.person, now=self.now())
        view = round_seen(round_at(made.pk), self.person)
        return self.shown(round_json(view), status=201, location=f"/api/v1/rounds/{made.pk}/")


class RoundDoor(Door):
    """One round."""

    queryset = Round.objects.none()
    serializer_class = serializers.Serializer

    @extend_schema(responses=RoundShape)
    def get(self, request: Request, pk: int) -> Response:
        """The round as who asks may see it."""
        return self.shown(round_json(round_seen(round_at(pk), self.person)))


class RoundPlays(Door):
    """Putting down cards."""

    queryset = Round.objects.none()
    serializer_class = PlaysSerializer

    @extend_schema(request=PlaysSerializer, responses=RoundShape)
    def post(self, request: Request, pk: int) -> Response:
        """Play for one goal or several; until the reveal a card can be put down anew. The last one reveals."""
        play(round_id=pk, **self.read(PlaysSerializer), by=self.person, now=self.now())
        return self.shown(round_json(round_seen(round_at(pk), self.person)))


class RoundReveal(Door):
    """Revealing early."""

    queryset = Round.objects.none()
    serializer_class = RevealSerializer

    @extend_schema(request=RevealSerializer, responses=RoundShape)
    def post(self, request: Request, pk: int) -> Response:
        """Reveal it before all have played, with the reason. Leads do."""
        reveal(round_id=pk, **self.read(RevealSerializer), by=self.person, now=self.now())
        return self.shown(round_json(round_seen(round_at(pk), self.person)))


class BacklogDoor(Rows):
    """The order of what is in Think It."""

    queryset = Round.objects.none()
    serializer_class = serializers.Serializer
    parameters = frozenset({"squad", "tribe"})

    @extend_schema(
        parameters=[OpenApiParameter("squad", OpenApiTypes.STR), OpenApiParameter("tribe", OpenApiTypes.STR)],
        responses=ScoredShape(many=True),
    )
    def get(self, request: Request) -> Response:
        """The scored, best first; then those without a score, the longest waiting first."""
        asked = request.query_params
        found = backlog(now=self.now(), squad=asked.get("squad", ""), tribe=asked.get("tribe", ""))
        page = self.paginate_queryset([*found.ordered, *found.unscored]) or []
        return self.get_paginated_response([scored_json(row) for row in page])
