"""The nouns of the floor: what exists, whose it is, what it has cost."""

from features.models.allocation import Allocation
from features.models.audit import AuditEntry, AuditHead
from features.models.draft import Draft
from features.models.envelope import Envelope
from features.models.feature import Feature, Tag
from features.models.investment import Investment
from features.models.rate_card import Rate, Seat
from features.models.reply import Reply
from features.models.returns import Return
from features.models.rollup import CellCost, CellReturn, MonthCost, StintCost
from features.models.signal import Signal
from features.models.squad import Membership, Squad, Tribe
from features.models.stint import Stint

__all__ = [
    "Allocation",
    "AuditEntry",
    "AuditHead",
    "CellCost",
    "CellReturn",
    "Draft",
    "Envelope",
    "Feature",
    "Investment",
    "Membership",
    "MonthCost",
    "Rate",
    "Reply",
    "Return",
    "Seat",
    "Signal",
    "Squad",
    "Stint",
    "StintCost",
    "Tag",
    "Tribe",
]
