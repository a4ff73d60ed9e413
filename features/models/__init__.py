"""The nouns of the floor: what exists, whose it is, what it has cost."""

from features.models.audit import AuditEntry, AuditHead
from features.models.feature import Feature, Tag
from features.models.investment import Investment
from features.models.reply import Reply
from features.models.returns import Return
from features.models.squad import Membership, Squad, Tribe
from features.models.stint import Stint

__all__ = [
    "AuditEntry",
    "AuditHead",
    "Feature",
    "Investment",
    "Membership",
    "Reply",
    "Return",
    "Squad",
    "Stint",
    "Tag",
    "Tribe",
]
