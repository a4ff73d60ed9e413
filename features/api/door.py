"""What every door of the REST API does: it knows its parameters, reads bodies strictly, answers each write once."""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, Final, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import RequestDataTooBig
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.generics import GenericAPIView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from features.actions.replying import claim_reply, keep_reply
from features.actions.squad import changed_meanwhile, require_version
from features.api.strict import Strict
from features.errors import BadInput, FieldError, LostRace, Refusal
from features.models import Reply

MOST_ROWS: Final = 10_000
LONGEST_KEY: Final = 200
TAG: Final = re.compile(r'"([0-9]{1,9})(?:\.[^"]*)?"')
"""An ETag of ours: the version, and a digest of what is shown."""
PAGING: Final = frozenset({"cursor", "page_size"})
KEPT_HEADERS: Final = ("Location", "ETag")
IF_MATCH: Final = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The ETag that was read: 412 when it changed."
)
"""For a POST that honours `If-Match`; every PUT and PATCH does, and the schema says so by itself."""


class Door(GenericAPIView[Any]):
    """One address. `parameters` are those that a GET may carry, besides the filters of a list."""

    parameters: ClassVar[frozenset[str]] = frozenset()
    paged: ClassVar[bool] = False
    ordering: ClassVar[Sequence[str]] = ()
    keeps_replies: ClassVar[bool] = True

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As REST framework does it; a POST that carries an `Idempotency-Key` is carried out at most once."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        response: Any
        try:
            self.initial(self.request, *args, **kwargs)
            response = self._answer(self._handler())
        except Exception as refused:  # noqa: BLE001  (the one handler decides what is a refusal and what goes on)
            response = self.handle_exception(refused)
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return cast("HttpResponseBase", self.response)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, may they, and do we know every parameter."""
        super().initial(request, *args, **kwargs)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig
        known = self._known_parameters() if request.method in {"GET", "HEAD", "OPTIONS"} else frozenset()
        errors: dict[str, Any] = {}
        for name, values in request.query_params.lists():
            if name not in known:
                errors[name] = [serializers.ErrorDetail("There is no such parameter here.", "unknown_parameter")]
            elif len(values) > 1:
                errors[name] = [serializers.ErrorDetail("This parameter is given more than once.", "repeated")]
            elif "\x00" in values[0]:
                errors[name] = [serializers.ErrorDetail("This holds the NUL character.", "invalid")]
        if errors:
            raise ValidationError(errors)

    def _known_parameters(self) -> frozenset[str]:
        filters = getattr(self, "filterset_class", None)
        named = frozenset(filters.base_filters) if filters else frozenset()
        return self.parameters | named | (PAGING if self.paged else frozenset())

    def _handler(self) -> Callable[..., Any]:
        name = (self.request.method or "").lower()
        known = name in self.http_method_names
        return cast(
            "Callable[..., Any]",
            getattr(self, name, self.http_method_not_allowed) if known else self.http_method_not_allowed,
        )

    def _answer(self, handler: Callable[..., Any]) -> Any:
        key = self.request.headers.get("Idempotency-Key")
        if key is None or self.request.method != "POST" or not self.keeps_replies:
            return handler(self.request, *self.args, **self.kwargs)
        return self._answer_once(_checked_key(key), handler)

    def _answer_once(self, key: str, handler: Callable[..., Any]) -> Any:
        """The write and the note of its answer are committed together, or neither is."""
        with transaction.atomic():
            reply, is_new = claim_reply(person=self.person, key=key, fingerprint=self._fingerprint(), now=self.now())
            if not is_new:
                return _replayed(reply)
            response = self._tried(handler)
            if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
                transaction.set_rollback(True)
                return response
            body = "" if response.data is None else JSONRenderer().render(response.data).decode()
            headers = {name: response[name] for name in KEPT_HEADERS if response.has_header(name)}
            headers["Content-Type"] = response.content_type or "application/json"
            keep_reply(reply=reply, status=response.status_code, body=body, headers=headers)
            return response

    def _tried(self, handler: Callable[..., Any]) -> Response:
        try:
            with transaction.atomic():
                return cast("Response", handler(self.request, *self.args, **self.kwargs))
        except Exception as refused:  # noqa: BLE001  (as in dispatch: what the handler does not know is raised again)
            return self.handle_exception(refused)

    def _fingerprint(self) -> str:
        asked: HttpRequest = self.request._request  # noqa: SLF001  (the body as it was sent)
        content = f"{asked.method} {asked.get_full_path()}\n".encode() + asked.body
        return hashlib.sha256(content).hexdigest()

    @property
    def person(self) -> User:
        """Who asks; always somebody, because nobody is refused before."""
        return cast("User", self.request.user)

    @staticmethod
    def now() -> Any:
        """The clock: doors are where it is read."""
        return timezone.now()

    def read(self, form: type[serializers.Serializer[Any]], *, partial: bool = False) -> dict[str, Any]:
        """The values of the body, one row.

        Raises:
            ValidationError: what is wrong with it.
        """
        given = form(data=self.request.data, partial=partial)
        given.is_valid(raise_exception=True)
        return cast("dict[str, Any]", given.validated_data)

    def read_rows(self, form: type[serializers.Serializer[Any]]) -> tuple[list[dict[str, Any]], bool]:
        """The values of the body, one row or a list of rows, and whether it was a list.

        Raises:
            ValidationError: what is wrong with which row.
            BadInput: more rows than one request may carry, or none.
        """
        data = self.request.data
        if not isinstance(data, list):
            return [self.read(form)], False
        if not 0 < len(data) <= MOST_ROWS:
            raise BadInput(
                code="invalid", detail=f"Send 1 to {MOST_ROWS:,} rows in one request; these are {len(data):,}."
            )
        given = form(data=data, many=True)
        given.is_valid(raise_exception=True)
        return cast("list[dict[str, Any]]", given.validated_data), True

    def read_nothing(self) -> None:
        """The body of an act that needs none: empty, or an empty object.

        Raises:
            ValidationError: it names fields.
        """
        if self.request.data:
            self.read(Nothing)

    def shown(self, data: Any, *, version: int = 0, status: int = 200, location: str = "") -> Response:
        """One row with its ETag: the version, and a digest of what is shown. 304 when the reader has just that.

        `version`: 0 for what keeps none; there `require_shown` compares what is shown.
        """
        tag = _tag(data, version)
        headers = {"ETag": tag} | ({"Location": location} if location else {})
        if self.request.method == "GET" and tag in _tags(self.request.headers.get("If-None-Match", "")):
            return Response(status=304, headers=headers)
        return Response(data, status=status, headers=headers)

    def require_version(self, current: int) -> None:
        """Refuse when `If-Match` asks for another version than the current one; for acts that do not ask themselves.

        Raises:
            LostRace: `changed_meanwhile`.
        """
        require_version(current, self.expected_version())

    def require_shown(self, data: Any) -> None:
        """Refuse when `If-Match` carries another ETag than that of `data`: for what keeps no version of its own.

        Raises:
            LostRace: `changed_meanwhile`, also when the header names no version of ours.
        """
        header = self.request.headers.get("If-Match", "*").strip()
        if header == "*":
            return
        asked = _tags(header)
        if not any(TAG.match(tag) for tag in asked):
            raise _no_tag()
        if _tag(data, 0) not in asked:
            raise changed_meanwhile()

    def expected_version(self) -> int | None:
        """The version that `If-Match` asks for, None when any will do.

        Raises:
            LostRace: the header names no version of ours.
        """
        header = self.request.headers.get("If-Match", "*").strip()
        if header == "*":
            return None
        if not (tag := TAG.match(header)):
            raise _no_tag()
        return int(tag[1])


class Nothing(Strict):
    """A body without fields."""


class Rows(Door):
    """A list in pages. `filterset_class` names its filters; those that it does not know are refused."""

    paged = True

    def page(self, rows: Any = None) -> Response:
        """One page of the list, each row through the serializer."""
        found = self.paginate_queryset(self.filter_queryset(self.get_queryset()) if rows is None else rows)
        return self.get_paginated_response(self.get_serializer(found, many=True).data)


def single(refused: Refusal) -> Refusal:
    """A refusal of a batch told to somebody who sent one row: its fields without `rows.0.`."""
    errors = [FieldError(e.field.removeprefix("rows.0."), e.code, e.detail) for e in refused.errors]
    return type(refused)(
        code=refused.code, detail=refused.detail.replace("rows.0.", ""), errors=errors, extra=refused.extra
    )


def named(values: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Those of the values that were given."""
    return {name: values[name] for name in names if name in values}


def _tag(data: Any, version: int) -> str:
    digest = hashlib.sha256(JSONRenderer().render(data)).hexdigest()[:16]
    return f'"{version}.{digest}"'


def _no_tag() -> LostRace:
    detail = "If-Match carries the ETag of one row, as it was answered. Read the row, then send its ETag."
    return LostRace(code="changed_meanwhile", detail=detail)


def _tags(header: str) -> set[str]:
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}


def _checked_key(key: str) -> str:
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        detail = "An Idempotency-Key has 1 to 200 printable ASCII characters, for example a UUID."
        raise BadInput(code="idempotency_key_invalid", detail=detail)
    return key


def _replayed(reply: Reply) -> HttpResponse:
    response = HttpResponse(reply.body, status=reply.status)
    for name, value in reply.headers.items():
        response[name] = value
    response["Idempotent-Replayed"] = "true"
    return response
