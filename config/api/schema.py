"""What the OpenAPI schema cannot see by itself: how a token is sent, and how a refusal looks."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from config.api.problems import MEDIA_TYPE
from features.api.door import IF_MATCH


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # it registers itself
    """`Authorization: Bearer TOKEN`."""

    target_class = "config.api.tokens.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """The scheme as OpenAPI names it."""
        return {"type": "http", "scheme": "bearer"}


PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "detail")},
            },
        },
    },
}


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Drf-spectacular's hook: every operation may answer with a problem, each POST takes an `Idempotency-Key`, each PUT
    and PATCH an `If-Match`; what takes that may answer 412.
    """
    result["components"]["schemas"]["Problem"] = PROBLEM
    refusal = {
        "description": "A refusal, RFC 9457.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    key = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 200}}
    match = {
        "name": IF_MATCH.name,
        "in": "header",
        "schema": {"type": "string"},
        "description": IF_MATCH.description,
    }
    for operations in result["paths"].values():
        for verb, operation in operations.items():
            operation["responses"]["default"] = refusal
            taken = operation.setdefault("parameters", [])
            taken += [key] if verb == "post" else [match] if verb in {"put", "patch"} else []
            if any(parameter["name"] == IF_MATCH.name for parameter in taken):
                operation["responses"]["412"] = {**refusal, "description": "It has changed meanwhile."}
    return result
