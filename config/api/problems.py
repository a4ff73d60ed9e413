"""Refusals as problem documents (RFC 9457), all made in this one place.

`{"type", "title", "status", "detail", "code", "errors": [{"field", "code", "detail"}]}`, and whatever a refusal adds
(for example the decision that stands already). `code` is stable, for programs; `detail` is for people.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from http import HTTPStatus
from typing import Any, Final

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error

from features.errors import FieldError, Refusal

log = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"
API: Final = "/api/"
NAMED: Final = 3  # so many errors stand in the sentence, all in the list
LOUDEST: Final = ("decided_at_gates", "unknown_field", "unknown_parameter")


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal, ready to be told: `extra` are further members, `headers` go beside the document."""

    status: int
    code: str
    detail: str
    title: str = ""
    errors: tuple[FieldError, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """The members of the problem document."""
        return {
            **self.extra,
            "type": f"urn:fourstroke:problem:{self.code}",
            "title": self.title or HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "errors": [asdict(error) for error in self.errors],
        }


def problem(exc: Exception, context: Mapping[str, Any]) -> Response | None:  # noqa: ARG001  (DRF passes it)
    """DRF's exception handler. None for what nobody foresaw: it is logged, and `config.urls` answers."""
    found = told(exc)
    if found is None:
        return None
    response = Response(found.document(), status=found.status, content_type=MEDIA_TYPE)
    for name, value in found.headers.items():
        response[name] = value
    return response


def told(exc: Exception) -> Problem | None:
    """The problem that an exception stands for, if it is one that we foresee."""
    if isinstance(exc, Refusal):
        return Problem(exc.status, exc.code, exc.detail, exc.title, tuple(exc.errors), dict(exc.extra))
    if isinstance(exc, ValidationError):
        return _of_fields(as_serializer_error(exc))
    if isinstance(exc, drf.ValidationError):
        return _of_fields(exc.detail)
    if isinstance(exc, drf.APIException):
        return _of_rest(exc)
    return _of_database(exc) or _of_django(exc)


def _of_database(exc: Exception) -> Problem | None:
    if isinstance(exc, OperationalError):
        log.warning("The database could not answer: %s", exc)
        detail = "The database is busy; nothing was written. Send the request again."
        return Problem(503, "busy", detail, headers={"Retry-After": "2"})
    if isinstance(exc, IntegrityError):
        log.warning("The database refused a write: %s", exc)
        detail = "Somebody else wrote the same at this moment; nothing of yours was written. Look again, then decide."
        return Problem(409, "conflict", detail)
    return None


def _of_django(exc: Exception) -> Problem | None:
    match exc:
        case Http404():
            return Problem(404, "not_found", _sentence(exc, "There is nothing at this address."))
        case PermissionDenied():
            return Problem(403, "forbidden", _sentence(exc, "This is not yours to do."))
        case RequestDataTooBig():
            return Problem(413, "too_large", "The body is too large. Send it in several requests.")
        case SuspiciousOperation():
            return Problem(400, "invalid", "The request cannot be read.")
        case _:
            return None


def _sentence(exc: Exception, otherwise: str) -> str:
    words = exc.args[0] if exc.args else ""
    return words if isinstance(words, str) and words else otherwise


CODES: Final[dict[type[drf.APIException], str]] = {
    drf.PermissionDenied: "forbidden",
    drf.MethodNotAllowed: "method_not_allowed",
    drf.NotAcceptable: "not_acceptable",
    drf.UnsupportedMediaType: "unsupported_media_type",
    drf.Throttled: "throttled",
}


def _of_rest(exc: drf.APIException) -> Problem:
    code = CODES.get(type(exc)) or str(exc.get_codes())
    detail = str(exc.detail)
    if detail.startswith("CSRF Failed"):
        code = "csrf_failed"
    if isinstance(exc, drf.NotAuthenticated):
        detail = "Sign in, or send a token: “Authorization: Bearer TOKEN”."
    return Problem(exc.status_code, code, detail, headers=_headers(exc))


def _headers(exc: drf.APIException) -> dict[str, str]:
    headers = {}
    if challenge := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(int(wait))
    return headers


def _of_fields(detail: Any) -> Problem:
    errors = tuple(flat(detail))
    codes = {error.code for error in errors}
    code = next((loud for loud in LOUDEST if loud in codes), "invalid")
    sentence = "; ".join(f"{e.field}: {e.detail}" if e.field else e.detail for e in errors[:NAMED])
    if len(errors) > NAMED:
        sentence += f"; and {len(errors) - NAMED} more"
    return Problem(400, code, sentence, "The input is not valid", errors)


def flat(detail: Any) -> Iterator[FieldError]:
    """Nested errors of serializers, one by one: the fields dotted, the rows of a posted list as `rows.3.amount`."""
    by_place = isinstance(detail, dict) and any(isinstance(name, int) for name in detail)
    if by_place or (isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail)):
        yield from _walk(detail, ("rows",))
    else:
        yield from _walk(detail, ())


def _walk(detail: Any, path: tuple[str, ...]) -> Iterator[FieldError]:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            here = path if name == "non_field_errors" else (*path, str(name))
            yield from _walk(inner, here)
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            here = (*path, str(place)) if isinstance(inner, dict | list) else path
            yield from _walk(inner, here)
    else:
        yield FieldError(".".join(path), str(getattr(detail, "code", None) or "invalid"), str(detail))


def answer(found: Problem) -> HttpResponse:
    """A problem told outside of REST framework's own doors."""
    return JsonResponse(found.document(), status=found.status, content_type=MEDIA_TYPE)
