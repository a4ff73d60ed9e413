"""The OpenAPI schema says what the public contract promises, and nothing of it is missing."""

import re

import pytest

from tests.answers import document

SCHEMA = "/api/v1/schema/?format=json"

# path → methods; the paths and fields that others build on. They are kept; more may be added.
PROMISED = {
    "tribes/": "get post",
    "squads/": "get post",
    "squads/{slug}/": "get patch",
    "features/": "get post",
    "features/{key}/": "get patch",
    "features/{key}/hypotheses/": "get post",
    "features/{key}/findings/": "get post",
    "features/{key}/evidence/": "get",
    "features/{key}/curve/": "get",
    "features/{key}/story/": "get",
    "features/{key}/ladder/": "get put",
    "features/{key}/ladder/check/": "get",
    "features/{key}/exposure/": "post",
    "features/{key}/removal/": "get put post",
    "metrics/": "get post",
    "metrics/{key}/": "get patch",
    "metrics/{key}/pulls/": "get",
    "sources/": "get post",
    "sources/{key}/": "get patch",
    "sources/{key}/test/": "post",
    "trials/": "get post",
    "trials/{key}/": "get",
    "trials/{key}/results/": "get post",
    "pulls/": "get",
    "pulls/{id}/retry/": "post",
    "investments/": "get post",
    "returns/": "get post",
    "gates/": "get",
    "gates/{id}/": "get",
    "gates/{id}/call/": "post",
    "gates/{id}/consents/": "post",
    "gates/{id}/decision/": "post",
    "decisions/": "get",
    "decisions/{id}/": "get",
    "owed/": "get",
    "audit/": "get",
    "audit/verify/": "get",
}
FINAL = ("decisions/", "decisions/{id}/", "audit/", "audit/verify/", "gates/", "gates/{id}/", "pulls/")

WRITABLE = {
    ("squads/", "post"): "slug name tribe members",
    ("features/", "post"): "key name squad summary owner tags parent time_box_days budget hypothesis",
    (
        "features/{key}/hypotheses/",
        "post",
    ): "change audience reason metric direction minimum_effect effect_scale guardrails",
    ("features/{key}/findings/", "post"): "kind cohort successes trials note url",
    ("features/{key}/ladder/", "put"): "steps holdback_percent",
    ("features/{key}/exposure/", "post"): "percent reason",
    ("investments/", "post"): "feature on category amount currency person_days source external_id note",
    ("returns/", "post"): "feature on amount currency source external_id",
    (
        "trials/{key}/results/",
        "post",
    ): "metric arm stage as_of n mean var sum sum_squares mean_x var_x cov_xy n_assigned n_multi_arm",
    ("gates/{id}/call/", "post"): "reason",
    ("gates/{id}/consents/", "post"): "rules reason",
    ("gates/{id}/decision/", "post"): "outcome reason questions next override",
}
DECIDED = "phase status iteration exposure_percent gate invested undecided_spend verdict"
FILTERS = {
    "features/": "squad tribe phase status gate_state verdict owner tag search parent cursor page_size",
    "gates/": "state phase squad tribe overdue review cursor page_size",
    "decisions/": "feature squad outcome phase since until cursor page_size",
    "features/{key}/evidence/": "as_of",
    "features/{key}/curve/": "interval",
    "features/{key}/ladder/check/": "percent",
}


@pytest.fixture(scope="module")
def schema():
    from django.test import Client

    return Client().get(SCHEMA).json()


def fields(schema, node, *, writable):
    """The properties of a schema node; of one-or-many bodies, those of one row."""
    while "$ref" in node or "oneOf" in node:
        node = node["oneOf"][0] if "oneOf" in node else schema["components"]["schemas"][node["$ref"].rpartition("/")[2]]
    found = node["properties"]
    return {name for name, field in found.items() if not (writable and field.get("readOnly"))}


def test_every_promised_path_and_method_is_there(schema):
    paths = {path.removeprefix("/api/v1/"): set(found) for path, found in schema["paths"].items()}
    for path, methods in PROMISED.items():
        assert set(methods.split()) <= paths.get(path, set()), path


def test_what_is_final_is_only_read(schema):
    for path in FINAL:
        assert set(schema["paths"][f"/api/v1/{path}"]) == {"get"}, path


@pytest.mark.parametrize(("place", "names"), WRITABLE.items(), ids=str)
def test_the_promised_fields_can_be_written(schema, place, names):
    path, method = place
    body = schema["paths"][f"/api/v1/{path}"][method]["requestBody"]["content"]["application/json"]["schema"]
    assert set(names.split()) <= fields(schema, body, writable=True)


def test_what_is_decided_is_shown_and_cannot_be_written(schema):
    operation = schema["paths"]["/api/v1/features/{key}/"]
    body = operation["patch"]["requestBody"]["content"]["application/json"]["schema"]
    shown = operation["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert not set(DECIDED.split()) & fields(schema, body, writable=True)
    assert set(DECIDED.split()) <= fields(schema, shown, writable=False)


def test_a_secret_goes_in_and_never_comes_out(schema):
    secret = schema["components"]["schemas"]["Source"]["properties"]
    assert "secret" not in secret or secret["secret"]["writeOnly"]


@pytest.mark.parametrize(("path", "names"), FILTERS.items())
def test_the_promised_filters_are_there(schema, path, names):
    parameters = schema["paths"][f"/api/v1/{path}"]["get"]["parameters"]
    assert set(names.split()) <= {found["name"] for found in parameters if found["in"] == "query"}


def test_lists_problems_and_retries_are_described(schema):
    listed = schema["paths"]["/api/v1/features/"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert fields(schema, listed, writable=False) == {"next", "previous", "results"}
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert "application/problem+json" in operation["responses"]["default"]["content"], path
            headers = {found["name"] for found in operation.get("parameters", ()) if found["in"] == "header"}
            assert ("Idempotency-Key" in headers) == (method == "post"), path


def test_a_write_that_honours_if_match_says_so(schema):
    honoured = set()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            headers = {found["name"] for found in operation.get("parameters", ()) if found["in"] == "header"}
            assert ("If-Match" in headers) == ("412" in operation["responses"]), (path, method)
            if "If-Match" in headers:
                honoured.add((path.removeprefix("/api/v1/"), method))
                assert "application/problem+json" in operation["responses"]["412"]["content"]
    changes = {(path.removeprefix("/api/v1/"), m) for path, found in schema["paths"].items() for m in found}
    changes = {(path, method) for path, method in changes if method in {"put", "patch"}}
    assert honoured == changes | {("features/{key}/exposure/", "post"), ("features/{key}/removal/", "post")}


def test_every_door_stands_in_the_schema(schema):
    from django.urls import get_resolver

    def walk(patterns, prefix=""):
        for pattern in patterns:
            here = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, here)
            else:
                yield here

    doors = {path for path in walk(get_resolver().url_patterns) if path.startswith("api/v1/")}
    assert len(doors) == len(schema["paths"]) + 1, "the schema itself is the one that it does not describe"


def test_every_set_of_words_has_a_name_of_ours():
    """Where two fields share a name but not their words, drf-spectacular makes names up: `Phase884Enum`."""
    names = [name for name in document()["components"]["schemas"] if name.endswith("Enum")]
    assert {"PhaseEnum", "StatusEnum", "DirectionEnum", "BetterEnum", "DeliveryStateEnum"} <= {*names}
    assert not [name for name in names if re.search("[0-9]", name)]
