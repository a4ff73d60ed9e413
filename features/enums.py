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


class SignalKind(Word):
    """What tells of upkeep and costs nothing to collect; docs/how-to/know-what-upkeep-costs.md has the rules."""

    COMMITS = "commits"
    FIX_COMMITS = "fix_commits"
    CODE_SIZE = "code_size"
    OWNERS_LEFT = "owners_left"
    OPEN_BUGS = "open_bugs"
    FLAG_IN_CODE = "flag_in_code"
    DEPENDENCY_PINS = "dependency_pins"

    @property
    def label(self) -> str:
        """The word as it is shown, with what it counts."""
        return {
            "commits": "Commits in a year",
            "fix_commits": "Fixes among them",
            "code_size": "Lines of code",
            "owners_left": "Owners who have left",
            "open_bugs": "Open bugs",
            "flag_in_code": "Files with its flag",
            "dependency_pins": "Pinned dependencies",
        }[self.value]


class Standing(Word):
    """Who may decide: members for their squad; leads and their tribe's leaders as well, and administrators for all."""

    MEMBER = "member"
    LEAD = "lead"
    LEADER = "leader"
    ADMINISTRATOR = "administrator"
