"""The people of the demo: three tribes, six squads, and four who can sign in."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import User

from features.actions.squad import Member, create_squad, create_tribe
from features.enums import Role


@dataclass(frozen=True, slots=True)
class SignIn:
    """Somebody a visitor can be. The password is public on purpose: it opens the demo and must open nothing else."""

    username: str
    password: str
    role: str


SIGN_INS: Final = (
    SignIn("alma", "one-tap-and-it-is-yours", "squad member (Checkout, Discovery)"),
    SignIn("bo", "seven-rungs-to-everybody", "squad lead (Checkout)"),
    SignIn("cleo", "stop-early-learn-much", "leader (tribe Commerce)"),
    SignIn("admin", "four-strokes-one-engine", "administrator"),
)

NAMES: Final = {
    "admin": "Astrid Falk", "alma": "Alma Berg", "bo": "Bo Lindqvist", "cleo": "Cleo Marchand", "dario": "Dario Conti",
    "emeka": "Emeka Obi", "hugo": "Hugo Nyman", "ines": "Inês Duarte", "jonas": "Jonas Weber", "kaya": "Kaya Demir",
    "liv": "Liv Halvorsen", "mads": "Mads Kjær", "nora": "Nora Sandvik", "otto": "Otto Brandt", "pia": "Pia Virtanen",
    "quinn": "Quinn O’Neill", "rosa": "Rosa Jiménez", "sami": "Sami Haddad", "tove": "Tove Ek", "uma": "Uma Krishnan",
    "viggo": "Viggo Dahl", "wanda": "Wanda Nowak", "zoe": "Zoë van Dijk",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Team:
    """A squad: its name, its tribe, its lead and its members by username."""

    name: str
    tribe: str
    lead: str
    members: tuple[str, ...]


LEADERS: Final = {"commerce": "cleo", "listening": "hugo", "membership": "zoe"}
TEAMS: Final = {
    "checkout": Team("Checkout", "commerce", "bo", ("alma", "dario", "emeka")),
    "storefront": Team("Storefront", "commerce", "ines", ("jonas", "kaya")),
    "player": Team("Player", "listening", "liv", ("mads", "nora")),
    "discovery": Team("Discovery", "listening", "otto", ("alma", "pia", "quinn")),
    "plans": Team("Plans", "membership", "rosa", ("sami", "tove")),
    "outreach": Team("Outreach", "membership", "uma", ("viggo", "wanda")),
}


def hire(*, now: datetime) -> dict[str, User]:
    """Make the people, tribes and squads; the people by username. Those without a sign-in have no usable password.

    Nobody has a mail address: what they are to be told is seen on the list of what is owed, and no mail is sent.
    """
    passwords = {person.username: person.password for person in SIGN_INS}
    people = {name: _person(name, full, passwords.get(name)) for name, full in NAMES.items()}
    admin = people["admin"]
    for slug, leader in LEADERS.items():
        create_tribe(slug=slug, name=slug.capitalize(), leaders=[leader], by=admin, now=now)
    for slug, team in TEAMS.items():
        members = [Member(team.lead, Role.LEAD), *(Member(name) for name in team.members)]
        create_squad(slug=slug, name=team.name, tribe=team.tribe, members=members, by=admin, now=now)
    return people


def _person(username: str, full_name: str, password: str | None) -> User:
    first, _, last = full_name.partition(" ")
    is_admin = username == "admin"
    return User.objects.create_user(
        username,
        password=password,
        first_name=first,
        last_name=last,
        is_staff=is_admin,
        is_superuser=is_admin,
    )


def sign_in_lines() -> list[str]:
    """One line for each person who can sign in: username, password, role."""
    widest = max(len(person.password) for person in SIGN_INS)
    return [f"  {person.username:<6} {person.password:<{widest}}  {person.role}" for person in SIGN_INS]
