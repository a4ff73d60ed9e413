"""Who somebody is to a squad."""

from collections.abc import Collection

from django.contrib.auth.models import AnonymousUser, User

from features.enums import Role, Standing
from features.errors import Forbidden
from features.models import Membership, Squad, Tribe

ORDER = (Standing.MEMBER, Standing.LEAD, Standing.LEADER, Standing.ADMINISTRATOR)


def standings(person: User | AnonymousUser, squad: Squad) -> frozenset[Standing]:
    """All that a person is to a squad: member, lead (a lead is also a member), leader of its tribe, administrator."""
    if not person.is_authenticated or not person.is_active:
        return frozenset()
    found = set()
    if person.is_superuser:
        found.add(Standing.ADMINISTRATOR)
    if Tribe.objects.filter(pk=squad.tribe_id, leaders=person.pk).exists():
        found.add(Standing.LEADER)
    role = Membership.objects.filter(squad=squad, person=person.pk).values_list("role", flat=True).first()
    if role:
        found.add(Standing.MEMBER)
    if role == Role.LEAD:
        found.add(Standing.LEAD)
    return frozenset(found)


def may_act_for(person: User | AnonymousUser, squad: Squad, *, at_least: Standing = Standing.MEMBER) -> bool:
    """Whether a person may decide and write for a squad, given the least standing that is asked for."""
    allowed = set(ORDER[ORDER.index(at_least) :])
    return bool(standings(person, squad) & allowed)


def require_may_act_for(by: User | None, squad: Squad, *, at_least: Standing = Standing.MEMBER) -> None:
    """Refuse the act of somebody who may not write for the squad; `by` None is the system itself, which may.

    Raises:
        Forbidden: `not_yours`, with who could do it.
    """
    if by is not None and not may_act_for(by, squad, at_least=at_least):
        raise Forbidden(
            code="not_yours",
            detail=f"This belongs to the squad {squad.name}: its members, tribe leaders and administrators do it.",
        )


def squads_of(person: User | None, squads: Collection[int]) -> frozenset[int]:
    """Those of the squads (by id) that a person may write for, in at most two queries; None may for all of them."""
    if person is None or (person.is_superuser and person.is_active):
        return frozenset(squads)
    if not person.is_active:
        return frozenset()
    own = Membership.objects.filter(person=person, squad__in=squads).values_list("squad_id", flat=True)
    led = Squad.objects.filter(pk__in=squads, tribe__leaders=person).values_list("pk", flat=True)
    return frozenset([*own, *led])


def leads_somebody(person: User) -> bool:
    """Whether a person leads a tribe or is an administrator: leadership, as reviews ask for it."""
    return person.is_active and (person.is_superuser or person.tribes_led.exists())
