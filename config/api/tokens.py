"""Tokens of programs: `Authorization: Bearer TOKEN`, kept by knox as hashes."""

from hmac import compare_digest

from django.contrib.auth.models import User
from django.utils import timezone
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from knox.models import AuthToken
from knox.settings import CONSTANTS
from rest_framework.exceptions import AuthenticationFailed


class BearerToken(TokenAuthentication):
    """Knox's tokens, read with one query; an expired one is refused and left for its owner to see."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, AuthToken]:
        """The person and the token row of a presented token.

        Raises:
            AuthenticationFailed: no such token, it has expired, or its person is no longer active.
        """
        try:
            text = token.decode("ascii")
            digest = hash_token(text)
        except (UnicodeDecodeError, TypeError, ValueError) as error:
            raise AuthenticationFailed("This token is not valid.", code="token_invalid") from error
        candidates = AuthToken.objects.filter(token_key=text[: CONSTANTS.TOKEN_KEY_LENGTH]).select_related("user")
        for candidate in candidates:
            if compare_digest(digest, candidate.digest):
                return self._usable(candidate)
        raise AuthenticationFailed("This token is not valid.", code="token_invalid")

    @staticmethod
    def _usable(token: AuthToken) -> tuple[User, AuthToken]:
        if token.expiry is not None and token.expiry < timezone.now():
            raise AuthenticationFailed("This token has expired.", code="token_expired")
        if not token.user.is_active:
            raise AuthenticationFailed("The person of this token is no longer active.", code="person_inactive")
        return token.user, token
