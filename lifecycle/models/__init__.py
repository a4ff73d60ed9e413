"""The nouns of the floor: what was decided, what must be decided next."""

from lifecycle.models.decision import Decision
from lifecycle.models.gate import Consent, Gate, GateCause, NarrowedDeciders, StricterRule
from lifecycle.models.ladder import ExposureChange, Ladder, LadderStep
from lifecycle.models.lesson import Lesson, LessonEvidence
from lifecycle.models.notice import Notice
from lifecycle.models.removal import Removal, RemovalStep
from lifecycle.models.retrospective import KinReading, Retrospective, RetrospectiveRevision
from lifecycle.models.review import Review, ReviewItem, SignOff

__all__ = [
    "Consent",
    "Decision",
    "ExposureChange",
    "Gate",
    "GateCause",
    "KinReading",
    "Ladder",
    "LadderStep",
    "Lesson",
    "LessonEvidence",
    "NarrowedDeciders",
    "Notice",
    "Removal",
    "RemovalStep",
    "Retrospective",
    "RetrospectiveRevision",
    "Review",
    "ReviewItem",
    "SignOff",
    "StricterRule",
]
