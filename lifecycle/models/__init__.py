"""The nouns of the floor: what was decided, what must be decided next."""

from lifecycle.models.decision import Decision
from lifecycle.models.gate import Consent, Gate, GateCause, NarrowedDeciders, StricterRule
from lifecycle.models.ladder import ExposureChange, Ladder, LadderStep
from lifecycle.models.lesson import Lesson, LessonEvidence
from lifecycle.models.notice import Notice
from lifecycle.models.removal import Removal, RemovalStep
from lifecycle.models.retrospective import KinReading, Retrospective, RetrospectiveRevision
from lifecycle.models.review import Review, ReviewItem, SignOff
from lifecycle.models.scorecard import AskedGoal, AskedPerson, Goal, GoalWeight, Play, Round

__all__ = [
    "AskedGoal",
    "AskedPerson",
    "Consent",
    "Decision",
    "ExposureChange",
    "Gate",
    "GateCause",
    "Goal",
    "GoalWeight",
    "KinReading",
    "Ladder",
    "LadderStep",
    "Lesson",
    "LessonEvidence",
    "NarrowedDeciders",
    "Notice",
    "Play",
    "Removal",
    "RemovalStep",
    "Retrospective",
    "RetrospectiveRevision",
    "Review",
    "ReviewItem",
    "Round",
    "SignOff",
    "StricterRule",
]
