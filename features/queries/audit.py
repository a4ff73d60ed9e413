"""Reading the history, and proving that nobody rewrote it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Subquery
from django.db.models.functions import Coalesce

from features.models import AuditEntry, AuditHead


@dataclass(frozen=True, slots=True)
class Chain:
    """What the proof found: how many entries are sound from the first on, and where and why the chain breaks."""

    unbroken: bool
    entries: int
    digest: str
    first_broken: int | None = None
    because: str = ""


def chain(*, previous: str, number: int, at: datetime, by: str, act: str, subject: str, body: dict[str, Any]) -> str:
    """The digest of an entry: SHA-256 in hex over the previous digest and the entry's own content as canonical JSON."""
    content = [previous, number, at.timestamp(), by, act, subject, _plain(body)]
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _plain(value: Any) -> Any:
    """Whole floats as integers: a database may hand 1e22 back as an integer, and -0.0 as 0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


def verify_chain() -> Chain:
    """Walk the whole history, oldest first: no gap, each digest made from the one before, the head at the end."""
    head = AuditHead.objects.filter(pk=1).first() or AuditHead(number=0, digest="")
    number, digest = 0, ""
    for entry in AuditEntry.objects.filter(number__lte=head.number).order_by("number").iterator(chunk_size=2_000):
        number += 1
        fault = _fault(entry, number, digest)
        if fault:
            return Chain(False, number - 1, digest, number, fault)
        digest = entry.digest
    if (number, digest) != (head.number, head.digest):
        return Chain(False, number, digest, number + 1, "The end of the history is missing, or its head was changed.")
    return _beyond_head(Chain(True, number, digest))


def _fault(entry: AuditEntry, number: int, previous: str) -> str:
    if entry.number != number:
        return "The entry is missing."
    if entry.previous != previous:
        return "The entry does not follow from the one before it."
    digest = chain(
        previous=previous,
        number=number,
        at=entry.at,
        by=entry.by_name,
        act=entry.act,
        subject=entry.subject,
        body=entry.body,
    )
    return "" if digest == entry.digest else "The entry was changed after it was written."


def _beyond_head(sound: Chain) -> Chain:
    """Entries past the head were not appended by us. One statement: an append meanwhile is none."""
    last = Coalesce(Subquery(AuditHead.objects.filter(pk=1).values("number")), 0)
    stray = AuditEntry.objects.filter(number__gt=last).order_by("number").values_list("number", flat=True).first()
    if stray is None:
        return sound
    return Chain(False, sound.entries, sound.digest, stray, "The entry stands beyond the end of the history.")
