"""A REST client that holds every answer against the OpenAPI schema, so that the two cannot drift apart."""

import re
from datetime import date, datetime
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator, FormatChecker  # drf-spectacular brings it
from rest_framework.test import APIClient

API = "/api/v1/"
OPEN = {"Problem"}  # a refusal may add members; everything else says all that it has
_formats = FormatChecker(formats=())


@_formats.checks("date-time", raises=ValueError)
def _is_moment(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_formats.checks("date", raises=ValueError)
def _is_day(value: Any) -> bool:
    return not isinstance(value, str) or bool(date.fromisoformat(value))


class Faithful(APIClient):
    """Fails the test when an answer is not what the schema says of this path, method and status."""

    def request(self, **asked):
        answer = super().request(**asked)
        path, method = asked["PATH_INFO"], asked["REQUEST_METHOD"].lower()
        if path.startswith(API) and method not in {"head", "options"} and answer.status_code < 500:
            complaints = complain(path, method, answer)
            assert not complaints, f"{method.upper()} {path} → {answer.status_code}: {complaints}"
        return answer


def complain(path: str, method: str, answer: Any) -> list[str]:
    """What the schema does not say of this answer."""
    if not answer.content:
        return []
    if answer["Content-Type"].startswith("application/problem+json"):
        return _faults({"$ref": "#/components/schemas/Problem"}, answer.json())
    found = operation(path, method)
    if found is None:
        return []
    declared = found["responses"].get(str(answer.status_code))
    if declared is None:
        return ["the schema does not know this status"]
    shape = declared.get("content", {}).get("application/json", {}).get("schema")
    return ["the schema says that nothing is answered"] if shape is None else _faults(_plain(shape), answer.json())


def operation(path: str, method: str) -> dict[str, Any] | None:
    """What the schema says of an address; None for the schema's own."""
    for pattern, methods in _paths():
        if pattern.fullmatch(path):
            return methods.get(method)
    return None


@cache
def document() -> dict[str, Any]:
    """The schema as it is generated from the code."""
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def _paths() -> list[tuple[re.Pattern[str], dict[str, Any]]]:
    found = sorted(document()["paths"].items(), key=lambda pair: pair[0].count("{"))  # “audit/verify/” before “{key}/”
    return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), methods) for path, methods in found]


@cache
def _shapes() -> dict[str, Any]:
    shapes = document()["components"]["schemas"]
    return {name: _plain(shape, is_open=name in OPEN) for name, shape in shapes.items()}


def _plain(shape: Any, *, is_open: bool = False) -> Any:
    """OpenAPI 3.0 as JSON Schema: null where it is allowed, nothing that is only written, nothing undeclared."""
    if isinstance(shape, list):
        return [_plain(part) for part in shape]
    if not isinstance(shape, dict):
        return shape
    plain = {name: _plain(part) for name, part in shape.items() if name not in {"nullable", "properties"}}
    if "properties" in shape:
        shown = {name: part for name, part in shape["properties"].items() if not part.get("writeOnly")}
        plain["properties"] = {name: _plain(part) for name, part in shown.items()}
        plain["required"] = [name for name in shape.get("required", ()) if name in shown]
        plain.setdefault("additionalProperties", is_open)
    return {"anyOf": [plain, {"type": "null"}]} if shape.get("nullable") else plain


def _faults(shape: dict[str, Any], content: Any) -> list[str]:
    whole = {**shape, "components": {"schemas": _shapes()}}
    faults = Draft202012Validator(whole, format_checker=_formats).iter_errors(content)
    return [f"{'.'.join(map(str, fault.absolute_path))}: {fault.message[:300]}" for fault in faults][:5]
