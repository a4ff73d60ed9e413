"""Making and revoking the tokens that programs sign in with. Only a hash is kept, and each act is in the history."""

from datetime import datetime
from typing import Final

from django.contrib.auth.models import User
from django.db import transaction
from knox.models import AuthToken

from features.actions.recording import record

_SHOWN: Final = 12


@transaction.atomic
def create_token(*, person: User, by: User | None, now: datetime, by_name: str = "") -> str:
    """Make a token for a person and give its text, which is kept nowhere. It acts with all rights of the person.

    by_name: what made it, when nobody was signed in.
    """
    token, text = AuthToken.objects.create(person)
    body = {"person": person.get_username(), "expires": token.expiry}
    record(act="token.created", subject=_subject(token), by=by, now=now, body=body, by_name=by_name)
    return str(text)


@transaction.atomic
def revoke_token(*, token: AuthToken, by: User | None, now: datetime) -> None:
    """Take a token away: from now on nobody can sign in with it."""
    subject, body = _subject(token), {"person": token.user.get_username()}
    token.delete()
    record(act="token.revoked", subject=subject, by=by, now=now, body=body)


def token_name(token: AuthToken) -> str:
    """What a token is called where people read: the beginning of its hash, never a part of the token."""
    return str(token.digest)[:_SHOWN]


def _subject(token: AuthToken) -> str:
    return f"token:{token_name(token)}"
