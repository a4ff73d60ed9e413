"""Putting the stored secrets under the installation's first key, so that earlier keys can be thrown away."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from features.actions.recording import record
from hypotheses.models import Source
from hypotheses.models.secret import Under
from hypotheses.queries.secrets import standing_of, stored_secrets


@dataclass(frozen=True, slots=True)
class Rotated:
    """What was done: how many were encrypted anew, how many were current; which sources' secrets no key opens."""

    rotated: int
    current: int
    unreadable: tuple[str, ...]


@transaction.atomic
def rotate_secrets(*, by: User | None, now: datetime, by_name: str = "") -> Rotated:
    """Encrypt each stored secret anew with the first key; what is under it already, or cannot be opened, stays.

    The rows are locked, so whoever edits a source at the same time comes before or after. The history keeps how many
    and of which sources; when there was nothing to do, nothing. by_name: what did it, when nobody was signed in.
    """
    secrets = stored_secrets(Source.objects.select_for_update(of=("self",), no_key=True))
    standing = standing_of(secrets)
    for secret in secrets:
        if secret.under == Under.EARLIER:
            source = Source.objects.only("secret").get(pk=secret.id)
            Source.objects.filter(pk=source.pk).update(secret=source.secret)
    if standing.earlier:
        record(
            act="secrets.rotated",
            subject="secrets:sources",
            by=by,
            now=now,
            body={"sources": standing.earlier, "current": standing.current, "unreadable": standing.unreadable},
            by_name=by_name,
        )
    return Rotated(len(standing.earlier), standing.current, standing.unreadable)
