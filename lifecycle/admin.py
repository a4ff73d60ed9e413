"""Django's admin for this floor: the house's policies are managed here; what was decided is only read (law 1)."""

from django.contrib import admin

from features.admin import Audited, ReadOnly
from lifecycle.models import (
    Consent,
    Decision,
    ExposureChange,
    Gate,
    GateCause,
    KinReading,
    Ladder,
    Lesson,
    LessonEvidence,
    NarrowedDeciders,
    Notice,
    Removal,
    Retrospective,
    RetrospectiveRevision,
    StricterRule,
)


@admin.register(StricterRule)
class StricterRuleAdmin(Audited):
    """What a squad or a tribe asks of itself beyond the house."""

    list_display = ("rule", "squad", "tribe", "level")


@admin.register(NarrowedDeciders)
class NarrowedDecidersAdmin(Audited):
    """Where only people of a higher standing decide."""

    list_display = ("phase", "step_percent", "standing")


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """The answers. They are final."""

    list_display = ("at", "feature", "phase", "outcome", "by", "policy", "imported")
    list_filter = ("outcome", "phase", "imported")
    list_select_related = ("feature", "by")


@admin.register(Gate)
class GateAdmin(ReadOnly):
    """The questions."""

    list_display = ("id", "feature", "state", "due_on", "due_at", "decided_at")
    list_filter = ("state",)
    list_select_related = ("feature",)


@admin.register(Lesson)
class LessonAdmin(ReadOnly):
    """What was learnt. Its standing follows from the evidence."""

    list_display = ("id", "statement", "kind", "status", "feature", "learnt_at")
    list_filter = ("kind", "status")
    list_select_related = ("feature",)


@admin.register(Retrospective)
class RetrospectiveAdmin(ReadOnly):
    """The ends that are looked back on."""

    list_display = ("feature", "ending", "opened_at", "published_at")
    list_filter = ("ending",)
    list_select_related = ("feature",)


@admin.register(
    GateCause,
    Consent,
    Ladder,
    ExposureChange,
    Removal,
    Notice,
    KinReading,
    LessonEvidence,
    RetrospectiveRevision,
)
class RecordAdmin(ReadOnly):
    """What came of acts."""
