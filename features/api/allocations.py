"""What squads work on, week by week, and the rate card that turns it into investments."""

from collections.abc import Sequence
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.allocating import Allocated, AllocationRow, record_allocations
from features.actions.rate_card import LONGEST_ROLE, Noted, set_rate, set_seat
from features.api.door import Rows, single
from features.api.fields import Day, Exact, Money, Percent, Ref, Text
from features.api.filters import DayFilter
from features.api.ledger import LARGEST_RATE_DIGITS, RecordedSerializer, one_of, one_or_many
from features.api.strict import Strict
from features.errors import Refusal
from features.models import Allocation, Feature, Rate, Seat, Squad

SLUG_LENGTH = 60


class AllocationSerializer(Strict):
    """The share of a squad's week that goes into one feature; `week` is its Monday, 0 takes the share out.

    `booked_at` is when the clock booked it as it stands; null while it has not. What is 0 and never was more has no
    `id`.
    """

    id = serializers.IntegerField(read_only=True, allow_null=True)
    squad = Ref("slug", max_length=SLUG_LENGTH)
    week = Day()
    feature = Ref("key", max_length=80)
    percent = Percent()
    changed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    changed_by = Ref("username", read_only=True, allow_null=True)
    booked_at = serializers.DateTimeField(read_only=True, allow_null=True)


class AllocationFilter(django_filters.FilterSet):
    """By squad, feature and week; `since` and `until` are Mondays, or days after them."""

    squad = django_filters.CharFilter(field_name="squad__slug")
    feature = django_filters.CharFilter(field_name="feature__key")
    week = DayFilter()
    since = DayFilter(field_name="week", lookup_expr="gte")
    until = DayFilter(field_name="week", lookup_expr="lte")


class RateSerializer(Strict):
    """What one person-day of a role costs from a day on; without a squad it is the house's."""

    squad = Ref("slug", read_only=True, allow_null=True)
    role = Text(max_length=LONGEST_ROLE)
    from_on = Day()
    amount = Money()
    currency = Text(max_length=3, required=False)
    rate = Exact(max_digits=LARGEST_RATE_DIGITS, decimal_places=8, required=False)
    set_at = serializers.DateTimeField(read_only=True)
    set_by = Ref("username", read_only=True, allow_null=True)


class SeatSerializer(Strict):
    """How many people of a role a squad has from a day on; 0 ends it."""

    squad = Ref("slug", read_only=True)
    role = Text(max_length=LONGEST_ROLE)
    from_on = Day()
    people = Exact(max_digits=6, decimal_places=2)
    set_at = serializers.DateTimeField(read_only=True)
    set_by = Ref("username", read_only=True, allow_null=True)


class RoleFilter(django_filters.FilterSet):
    """By role."""

    role = django_filters.CharFilter()


class RateFilter(RoleFilter):
    """By squad as well; `house=true` are those of the house."""

    squad = django_filters.CharFilter(field_name="squad__slug")
    house = django_filters.ChoiceFilter(choices=[("true", "true"), ("false", "false")], method="of_the_house")

    def of_the_house(self, rows: Any, name: str, value: str) -> Any:
        """Those without a squad, or those with one."""
        return rows.filter(squad__isnull=value == "true")


class Allocations(Rows):
    """What squads work on."""

    queryset = Allocation.objects.all()
    serializer_class = AllocationSerializer
    filterset_class = AllocationFilter
    ordering = ("-week", "-id")

    def get_queryset(self) -> Any:
        """What was taken out is not listed."""
        return Allocation.objects.filter(percent__gt=0).select_related("squad", "feature", "changed_by")

    @extend_schema(responses=AllocationSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The shares, newest week first."""
        return self.page()

    @extend_schema(
        request=one_or_many(AllocationSerializer),
        responses=dict.fromkeys((200, 201), one_of("AllocationOrCounts", AllocationSerializer(), RecordedSerializer())),
    )
    def post(self, request: Request) -> Response:
        """Set one share, or a list of them: all or nothing. Other shares of these weeks stay as they are."""
        given, is_list = self.read_rows(AllocationSerializer)
        rows = [AllocationRow(**row) for row in given]
        try:
            done = record_allocations(rows=rows, by=self.person, now=self.now())
        except Refusal as refused:
            raise refused if is_list else single(refused) from refused
        status = 201 if done.new or done.revised else 200
        shown = RecordedSerializer(done) if is_list else self.get_serializer(_standing(rows, done))
        return Response(shown.data, status=status)


def _standing(rows: Sequence[AllocationRow], done: Allocated) -> Allocation:
    """The row that stands for the only one that was sent; a share of 0 that never was more stands nowhere."""
    if done.ids[0] is not None:
        return Allocation.objects.select_related("squad", "feature", "changed_by").get(pk=done.ids[0])
    [row] = rows
    squad, feature = Squad.objects.get(slug=row.squad), Feature.objects.get(key=row.feature)
    return Allocation(squad=squad, week=row.week, feature=feature, percent=row.percent)


class HouseRates(Rows):
    """The rates of the house and of all squads."""

    queryset = Rate.objects.all()
    serializer_class = RateSerializer
    filterset_class = RateFilter
    ordering = ("role", "-from_on", "-id")

    def get_queryset(self) -> Any:
        """With the squads' slugs."""
        return Rate.objects.select_related("squad", "set_by")

    @extend_schema(responses=RateSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The rates, by role, newest first."""
        return self.page()

    @extend_schema(request=RateSerializer, responses=dict.fromkeys((200, 201), RateSerializer))
    def post(self, request: Request) -> Response:
        """Set a rate of the house. Administrators do."""
        return _noted(RateSerializer, set_rate(squad=None, by=self.person, now=self.now(), **self.read(RateSerializer)))


class SquadRates(Rows):
    """The rates of one squad."""

    queryset = Rate.objects.all()
    serializer_class = RateSerializer
    filterset_class = RoleFilter
    ordering = ("role", "-from_on", "-id")

    def get_queryset(self) -> Any:
        """Its own; the house's are listed at `rates/`."""
        return Rate.objects.filter(squad=_squad(self)).select_related("squad", "set_by")

    @extend_schema(responses=RateSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The squad's own rates, by role, newest first."""
        return self.page()

    @extend_schema(request=RateSerializer, responses=dict.fromkeys((200, 201), RateSerializer))
    def post(self, request: Request, slug: str) -> Response:
        """Set a rate of the squad. Its leads, its tribe's leaders and administrators do."""
        given = self.read(RateSerializer)
        return _noted(RateSerializer, set_rate(squad=_squad(self), by=self.person, now=self.now(), **given))


class SquadSeats(Rows):
    """How many people of each role a squad has."""

    queryset = Seat.objects.all()
    serializer_class = SeatSerializer
    filterset_class = RoleFilter
    ordering = ("role", "-from_on", "-id")

    def get_queryset(self) -> Any:
        """Those of the squad."""
        return Seat.objects.filter(squad=_squad(self)).select_related("squad", "set_by")

    @extend_schema(responses=SeatSerializer(many=True))
    def get(self, request: Request, slug: str) -> Response:
        """The seats, by role, newest first."""
        return self.page()

    @extend_schema(request=SeatSerializer, responses=dict.fromkeys((200, 201), SeatSerializer))
    def post(self, request: Request, slug: str) -> Response:
        """Set how many people of a role there are. Its leads, its tribe's leaders and administrators do."""
        given = self.read(SeatSerializer)
        return _noted(SeatSerializer, set_seat(squad=_squad(self), by=self.person, now=self.now(), **given))


def _squad(door: Rows) -> Squad:
    return get_object_or_404(Squad, slug=door.kwargs["slug"])


def _noted(form: type[Strict], noted: Noted) -> Response:
    """201 when something was written, 200 when it stood already."""
    return Response(form(noted.row).data, status=201 if noted.changed else 200)
