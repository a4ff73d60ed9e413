"""Lists in pages: `{"next", "previous", "results"}`, by the place in the order and not by counting (keyset)."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

USUAL: Final = 50
LARGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a list: the values of its order at the last row seen, and whether to read backwards from there."""

    place: tuple[str, ...]
    backwards: bool = False

    def text(self) -> str:
        """As it stands in an address."""
        content = json.dumps([int(self.backwards), *self.place], separators=(",", ":"))
        return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The cursor of an address.

        Raises:
            ValidationError: it was not made by us.
        """
        try:
            content = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
            backwards, *place = content
            whole = "".join(place)
            whole.encode()  # no halves of surrogate pairs
        except (ValueError, TypeError, RecursionError) as error:
            raise bad_cursor() from error
        if backwards not in (0, 1) or not place or "\x00" in whole:
            raise bad_cursor()
        return cls(tuple(place), bool(backwards))


def bad_cursor() -> ValidationError:
    """A cursor that does not lead anywhere."""
    message = "This is not a cursor of this list. Follow the addresses in “next” and “previous”."
    return ValidationError({"cursor": [message]}, code="invalid_cursor")


class Pages(BasePagination):
    """Cuts a query, or a finished list, in pages. Its order is the view's `ordering`, whose last part is unique."""

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """The rows of the page that the request asks for; one more is read, to know whether there is a next page."""
        self.request = request
        self.size = page_size(request)
        text = request.query_params.get("cursor")
        self.cursor = Cursor.read(text) if text else None
        if not isinstance(queryset, QuerySet):
            return self._cut(queryset)
        self.order = tuple(getattr(view, "ordering", ()) or queryset.model._meta.ordering or ("id",))
        return self._read(queryset)

    def _read(self, queryset: QuerySet[Any]) -> list[Any]:
        backwards = self.cursor is not None and self.cursor.backwards
        order = tuple(_turned(name) for name in self.order) if backwards else self.order
        if self.cursor:
            queryset = queryset.filter(beyond(queryset.model, order, self.cursor.place))
        rows = list(queryset.order_by(*order)[: self.size + 1])
        more = len(rows) > self.size
        rows = rows[: self.size]
        if backwards:
            rows.reverse()
        self.after = Cursor(self._place(rows[-1])) if rows and (more or backwards) else None
        self.before = Cursor(self._place(rows[0]), backwards=True) if rows and self._has_before(more=more) else None
        return rows

    def _has_before(self, *, more: bool) -> bool:
        if self.cursor is None:
            return False
        return more if self.cursor.backwards else True

    def _place(self, row: Any) -> tuple[str, ...]:
        names = [name.lstrip("-") for name in self.order]
        return tuple(str(row[name] if isinstance(row, dict) else getattr(row, name)) for name in names)

    def _cut(self, rows: Sequence[Any]) -> list[Any]:
        try:
            start = int(self.cursor.place[0]) if self.cursor else 0
        except ValueError as error:
            raise bad_cursor() from error
        start = min(max(start, 0), len(rows))
        end = start + self.size
        self.after = Cursor((str(end),)) if end < len(rows) else None
        self.before = Cursor((str(max(0, start - self.size)),)) if start > 0 else None
        return list(rows[start:end])

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        return Response({"next": self._link(self.after), "previous": self._link(self.before), "results": data})

    def _link(self, cursor: Cursor | None) -> str | None:
        if cursor is None:
            return None
        return str(replace_query_param(self.request.build_absolute_uri(), "cursor", cursor.text()))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope, for the OpenAPI schema."""
        link = {"type": "string", "format": "uri", "nullable": True}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {"next": link, "previous": link, "results": schema},
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """The parameters of every list, for the OpenAPI schema."""
        size = {"type": "integer", "minimum": 1, "maximum": LARGEST, "default": USUAL}
        return [
            {
                "name": "cursor",
                "in": "query",
                "schema": {"type": "string"},
                "description": "From `next` or `previous`.",
            },
            {"name": "page_size", "in": "query", "schema": size, "description": "How many rows a page has at most."},
        ]


def page_size(request: Request) -> int:
    """How many rows are asked for.

    Raises:
        ValidationError: not a whole number from 1 to `LARGEST`.
    """
    text = request.query_params.get("page_size")
    if text is None:
        return USUAL
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    if not (digits and 1 <= int(text) <= LARGEST):
        raise ValidationError({"page_size": [f"Give a whole number from 1 to {LARGEST}."]}, code="invalid")
    return int(text)


def beyond(model: type[Model], order: Sequence[str], place: Sequence[str]) -> Q:
    """The rows that come after a place in an order: a > x, or a = x and b > y, and so on.

    Raises:
        ValidationError: the place does not fit the order.
    """
    if len(place) != len(order):
        raise bad_cursor()
    after, same = Q(), Q()
    for name, text in zip(order, place, strict=True):
        column = name.lstrip("-")
        value = _value(model, column, text)
        after |= same & Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        same &= Q(**{column: value})
    first = order[0]
    # the first column alone, once more and plainly, so that the index of the order is entered at the place
    edge = Q(
        **{
            f"{first.lstrip('-')}__{'lte' if first.startswith('-') else 'gte'}": _value(
                model, first.lstrip("-"), place[0]
            )
        }
    )
    return edge & after


def _value(model: type[Model], column: str, text: str) -> Any:
    try:
        return model._meta.get_field(column).to_python(text)  # type: ignore[union-attr]  # a column, not a relation
    except (DjangoValidationError, ValueError, OverflowError, ArithmeticError) as error:
        raise bad_cursor() from error


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"
