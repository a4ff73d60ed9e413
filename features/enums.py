"""The words of the floor: what can exist, and in which state. The meaning of each stands in docs/reference/words.md."""

from enum import StrEnum


class Word(StrEnum):
    """A word of the design with a label that people read."""

    @property
    def label(self) -> str:
        """The word as it is shown: `think_it` → `Think It`."""
        return " ".join(part.capitalize() for part in self.value.split("_"))


class Phase(Word):
    """The five strokes of a feature's life, in order. None is ever skipped."""

    THINK_IT = "think_it"
    BUILD_IT = "build_it"
    SHIP_IT = "ship_it"
    TWEAK_IT = "tweak_it"
    MAINTAIN_IT = "maintain_it"


class Status(Word):
    """`removing`: killed, but users or code still have it. `landed`: a tweak that became part of its parent."""

    ACTIVE = "active"
    REMOVING = "removing"
    ENDED = "ended"
    LANDED = "landed"


class Role(Word):
    """What a person is in a squad."""

    MEMBER = "member"
    LEAD = "lead"


class Category(Word):
    """What an investment went into."""

    PEOPLE = "people"
    MATERIAL = "material"
    EQUIPMENT = "equipment"
    INFRASTRUCTURE = "infrastructure"
    OPPORTUNITY = "opportunity"
    OTHER = "other"


class Upkeep(Word):
    """What keeping a shipped feature went into. `interface`: its slots in the interface, and the care they take;
    `slowdown`: what it makes others slower.
    """

    BUGS = "bugs"
    UPGRADES = "upgrades"
    SUPPORT = "support"
    DOCUMENTATION = "documentation"
    INFRASTRUCTURE = "infrastructure"
    INTERFACE = "interface"
    SLOWDOWN = "slowdown"

    @property
    def label(self) -> str:
        """The word as it is shown."""
        return {"interface": "Slots in the interface", "slowdown": "Slowdown of others"}.get(
            self.value, self.value.capitalize()
        )


class Standing(Word):
    """Who may decide: members for their squad; leads and their tribe's leaders as well, and administrators for all."""

    MEMBER = "member"
    LEAD = "lead"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
