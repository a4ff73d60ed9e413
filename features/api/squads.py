"""Tribes and squads."""

from collections.abc import Mapping
from typing import Any

import django_filters
from django.db.models import Prefetch
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.squad import Member, create_squad, create_tribe, edit_squad, edit_tribe
from features.api.door import Door, Rows
from features.api.fields import Key, OneOf, Ref, Refs, Text
from features.api.strict import Strict
from features.enums import Role
from features.models import Membership, Squad, Tribe

SLUG_LENGTH = 60
NAME_LENGTH = 120


class TribeSerializer(Strict):
    """A tribe, with its leaders and the slugs of its squads."""

    fixed = frozenset({"slug"})
    slug = Key(max_length=SLUG_LENGTH)
    name = Text(max_length=NAME_LENGTH)
    leaders = Refs("username", required=False, max_length=100)
    squads = Refs("slug", read_only=True)


class MemberSerializer(Strict):
    """A person in a squad."""

    username = Ref("username", source="person")
    role = OneOf(Role, default=Role.MEMBER)


class Members(serializers.ListField):
    """The people of a squad."""

    child = MemberSerializer()

    def to_representation(self, data: Any) -> list[dict[str, Any]]:
        """The members of a squad."""
        return [{"username": member.person.username, "role": member.role} for member in data.all()]


class SquadSerializer(Strict):
    """A squad; posted with an unknown tribe slug, it makes the tribe."""

    fixed = frozenset({"slug"})
    slug = Key(max_length=SLUG_LENGTH)
    name = Text(max_length=NAME_LENGTH)
    tribe = Ref("slug", max_length=SLUG_LENGTH)
    members = Members(required=False, source="memberships", max_length=500)


class SquadFilter(django_filters.FilterSet):
    """By tribe and by member."""

    tribe = django_filters.CharFilter(field_name="tribe__slug")
    member = django_filters.CharFilter(field_name="people__username")

    class Meta:
        model = Squad
        fields: tuple[str, ...] = ()


def _squads() -> Any:
    people = Membership.objects.select_related("person").order_by("person__username")
    return Squad.objects.select_related("tribe").prefetch_related(Prefetch("memberships", people))


class Tribes(Rows):
    """All tribes; administrators make them."""

    queryset = Tribe.objects.prefetch_related("leaders", "squads")
    serializer_class = TribeSerializer
    ordering = ("slug",)

    @extend_schema(responses=TribeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The tribes, by slug."""
        return self.page()

    @extend_schema(request=TribeSerializer, responses={201: TribeSerializer})
    def post(self, request: Request) -> Response:
        """Make a tribe."""
        tribe = create_tribe(**self.read(TribeSerializer), by=self.person, now=self.now())
        data = TribeSerializer(tribe).data
        return self.shown(data, version=tribe.version, status=201, location=f"{request.path}{tribe.slug}/")


class TribeDoor(Door):
    """One tribe."""

    queryset = Tribe.objects.prefetch_related("leaders", "squads")
    serializer_class = TribeSerializer
    lookup_field = "slug"

    def get(self, request: Request, slug: str) -> Response:
        """The tribe."""
        tribe = self.get_object()
        return self.shown(TribeSerializer(tribe).data, version=tribe.version)

    def patch(self, request: Request, slug: str) -> Response:
        """Change its name or its leaders. Administrators do."""
        changes = self.read(TribeSerializer, partial=True)
        edit_tribe(slug=slug, by=self.person, now=self.now(), version=self.expected_version(), **changes)
        return self.get(request, slug)


class Squads(Rows):
    """All squads; administrators make them."""

    serializer_class = SquadSerializer
    filterset_class = SquadFilter
    ordering = ("slug",)
    queryset = Squad.objects.all()

    def get_queryset(self) -> Any:
        """With tribes and people, in three queries however many squads."""
        return _squads()

    @extend_schema(responses=SquadSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The squads, by slug."""
        return self.page()

    @extend_schema(request=SquadSerializer, responses={201: SquadSerializer})
    def post(self, request: Request) -> Response:
        """Make a squad, and its tribe if that is new."""
        given = _with_members(self.read(SquadSerializer))
        squad = create_squad(**given, by=self.person, now=self.now())
        data = SquadSerializer(_squads().get(pk=squad.pk)).data
        return self.shown(data, version=squad.version, status=201, location=f"{request.path}{squad.slug}/")


class SquadDoor(Door):
    """One squad."""

    serializer_class = SquadSerializer
    lookup_field = "slug"
    queryset = Squad.objects.all()

    def get(self, request: Request, slug: str) -> Response:
        """The squad with its people."""
        squad = get_object_or_404(_squads(), slug=slug)
        return self.shown(SquadSerializer(squad).data, version=squad.version)

    def patch(self, request: Request, slug: str) -> Response:
        """Change it: administrators everything, leads its members."""
        changes = _with_members(self.read(SquadSerializer, partial=True))
        edit_squad(slug=slug, by=self.person, now=self.now(), version=self.expected_version(), **changes)
        return self.get(request, slug)


def _with_members(given: Mapping[str, Any]) -> dict[str, Any]:
    changes = dict(given)
    if "memberships" in changes:
        rows = changes.pop("memberships")
        changes["members"] = [Member(row["person"], row["role"]) for row in rows]
    return changes
