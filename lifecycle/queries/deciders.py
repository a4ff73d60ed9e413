"""Who may decide at a gate."""

from collections.abc import Callable
from decimal import Decimal

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q

from features.enums import Role, Standing
from features.errors import Forbidden
from features.models import Feature, Membership, Squad
from features.queries.people import ORDER, may_act_for
from lifecycle.models import NarrowedDeciders


def standing_needed(*, phase: str, step_percent: Decimal | None) -> Standing:
    """The least standing that decides here: a member's, unless the phase, or more closely the step, was narrowed."""
    step = Q(step_percent__isnull=True)
    if step_percent is not None:
        step |= Q(step_percent=step_percent)
    narrowed = dict(NarrowedDeciders.objects.filter(step, phase=phase).values_list("step_percent", "standing"))
    return Standing(narrowed.get(step_percent) or narrowed.get(None) or Standing.MEMBER)


def may_decide(person: User | AnonymousUser, *, feature: Feature, phase: str, step_percent: Decimal | None) -> bool:
    """Whether a person may decide at a gate of this feature in this phase and on this step."""
    return may_act_for(person, feature.squad, at_least=standing_needed(phase=phase, step_percent=step_percent))


def deciders_of(*, squad: Squad, standing: Standing) -> tuple[User, ...]:
    """Everybody active who decides for a squad, given the least standing, by username."""
    allowed = set(ORDER[ORDER.index(standing) :])
    who = Q(is_superuser=True)
    if Standing.LEADER in allowed:
        who |= Q(tribes_led=squad.tribe_id)
    if Standing.LEAD in allowed:
        who |= Q(memberships__squad=squad, memberships__role=Role.LEAD)
    if Standing.MEMBER in allowed:
        who |= Q(memberships__squad=squad)
    return tuple(User.objects.filter(who, is_active=True).distinct().order_by("username"))


def require_decider(
    person: User | AnonymousUser, *, feature: Feature, phase: str, step_percent: Decimal | None
) -> None:
    """Refuse somebody who may not decide at a gate.

    Raises:
        Forbidden: `not_a_decider`, with who is one.
    """
    standing = standing_needed(phase=phase, step_percent=step_percent)
    if may_act_for(person, feature.squad, at_least=standing):
        return
    who = {
        Standing.MEMBER: f"Members of {feature.squad.name}, leaders of its tribe and administrators",
        Standing.LEAD: f"Leads of {feature.squad.name}, leaders of its tribe and administrators",
        Standing.LEADER: f"Leaders of {feature.squad.name}'s tribe and administrators",
        Standing.ADMINISTRATOR: "Administrators",
    }[standing]
    raise Forbidden(code="not_a_decider", detail=f"{who} decide here.")


def deciding_for(person: User) -> Callable[[Squad, str], bool]:
    """Whether a person may decide for a squad in a phase without steps, however often it is asked.

    Three queries.
    """
    if not person.is_active:
        return lambda _squad, _phase: False
    roles = dict(Membership.objects.filter(person=person).values_list("squad_id", "role"))
    led = set(person.tribes_led.values_list("pk", flat=True))
    narrowed = dict(NarrowedDeciders.objects.filter(step_percent__isnull=True).values_list("phase", "standing"))

    def decides(squad: Squad, phase: str) -> bool:
        role = roles.get(squad.pk)
        held = {
            Standing.ADMINISTRATOR: person.is_superuser,
            Standing.LEADER: squad.tribe_id in led,
            Standing.LEAD: role == Role.LEAD,
            Standing.MEMBER: bool(role),
        }
        needed = Standing(narrowed.get(phase) or Standing.MEMBER)
        return any(held[standing] for standing in ORDER[ORDER.index(needed) :])

    return decides
