"""Which of the installation's keys the stored secrets stand under; never the secrets themselves."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from hypotheses.models import Source
from hypotheses.models.secret import Under, under


class StoredSecret(NamedTuple):
    """One source's secret as it is stored, encrypted, and the key that opens it."""

    id: int
    source: str
    under: Under


@dataclass(frozen=True, slots=True)
class SecretsStanding:
    """How many secrets are under the first key; the keys of the sources whose secret is not, or cannot be opened."""

    current: int
    earlier: tuple[str, ...]
    unreadable: tuple[str, ...]


def stored_secrets(sources: QuerySet[Source]) -> list[StoredSecret]:
    """The secrets of these sources, in the order of their ids; those without one are left out."""
    rows = sources.exclude(secret="").annotate(stored=Cast("secret", TextField())).order_by("pk")
    return [StoredSecret(pk, key, under(stored)) for pk, key, stored in rows.values_list("pk", "key", "stored")]


def secrets_standing() -> SecretsStanding:
    """Under which keys all secrets are now."""
    return standing_of(stored_secrets(Source.objects.all()))


def standing_of(secrets: list[StoredSecret]) -> SecretsStanding:
    """The same, of secrets that have been looked at."""
    keys = {which: tuple(secret.source for secret in secrets if secret.under == which) for which in Under}
    return SecretsStanding(len(keys[Under.FIRST]), keys[Under.EARLIER], keys[Under.NONE])
