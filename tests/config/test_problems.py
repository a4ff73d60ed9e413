"""Every refusal has one form, whoever refuses."""

import json

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import IntegrityError, OperationalError
from django.http import Http404
from django.test import Client
from rest_framework import exceptions as drf

from config.api.problems import flat, problem
from config.urls import forged
from features.errors import Conflict, FieldError, RulesUnmet

FEATURES = "/api/v1/squads/"


def told(exc):
    response = problem(exc, {})
    return response.status_code, response.data["code"]


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (drf.ParseError("no", code="malformed_json"), 400, "malformed_json"),
        (drf.NotAuthenticated(), 401, "not_authenticated"),
        (drf.AuthenticationFailed("no", code="token_invalid"), 401, "token_invalid"),
        (drf.PermissionDenied(), 403, "forbidden"),
        (drf.PermissionDenied("CSRF Failed: CSRF token missing."), 403, "csrf_failed"),
        (drf.NotFound(), 404, "not_found"),
        (drf.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (drf.NotAcceptable(), 406, "not_acceptable"),
        (drf.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (drf.Throttled(wait=7), 429, "throttled"),
        (drf.ValidationError({"name": ["no"]}), 400, "invalid"),
        (ValidationError({"name": "no"}), 400, "invalid"),
        (Http404(), 404, "not_found"),
        (PermissionDenied(), 403, "forbidden"),
        (RequestDataTooBig(), 413, "too_large"),
        (OperationalError("locked"), 503, "busy"),
        (IntegrityError("twice"), 409, "conflict"),
        (RulesUnmet(code="rules_unmet", detail="No."), 422, "rules_unmet"),
    ],
)
def test_each_refusal_has_its_status_and_code(exc, status, code):
    assert told(exc) == (status, code)
    assert problem(exc, {}).content_type == "application/problem+json"


def test_what_nobody_foresaw_is_left_to_be_logged():
    assert problem(ZeroDivisionError(), {}) is None


def test_a_refusal_brings_what_it_adds_but_never_overwrites_the_form():
    refused = Conflict(
        code="already_decided",
        detail="Decided.",
        errors=[FieldError("gate", "decided", "It is decided.")],
        extra={"decision": {"id": 7}, "status": "shadow"},
    )
    assert problem(refused, {}).data == {
        "type": "urn:fourstroke:problem:already_decided",
        "title": "Not in this state",
        "status": 409,
        "detail": "Decided.",
        "code": "already_decided",
        "errors": [{"field": "gate", "code": "decided", "detail": "It is decided."}],
        "decision": {"id": 7},
    }


def test_nested_errors_are_told_with_dotted_names():
    nested = {"arms": [{}, {"share": ["no"]}], "cohort": {"population": ["who"]}, "non_field_errors": ["both"]}
    detail = drf.ValidationError(nested).detail
    assert [error.field for error in flat(detail)] == ["arms.1.share", "cohort.population", ""]
    rows = drf.ValidationError([{}, {"amount": ["no"]}]).detail
    assert [error.field for error in flat(rows)] == ["rows.1.amount"]


def test_a_throttled_caller_is_told_how_long_to_wait():
    assert problem(drf.Throttled(wait=7), {})["Retry-After"] == "7"


@pytest.mark.django_db
def test_nobody_is_asked_to_sign_in(api):
    answer = api().get(FEATURES)
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/nothing/", "/api/v1/squads", "/api/v2/", "/api/v1/squads/%00/"])
def test_a_wrong_address_is_a_problem_and_never_a_redirect(api, alice, path):
    for send in (api(alice).get, api(alice).post):
        answer = send(path)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/features", "/api/v1/nothing/", "/api/nothing"])
def test_a_write_to_a_wrong_address_is_told_that_and_not_asked_for_a_token_of_browsers(path):
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(Client(enforce_csrf_checks=True), method)(path, {}, content_type="application/json")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db
def test_a_write_without_its_token_is_a_problem_under_api_and_a_page_elsewhere(rf, client, alice):
    told = forged(rf.post("/api/v1/features/"), reason="CSRF cookie not set.")
    assert (told.status_code, told["Content-Type"]) == (403, "application/problem+json")
    assert json.loads(told.content)["code"] == "csrf_failed"
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    page = browser.post("/features/new/", {})
    assert (page.status_code, page["Content-Type"].split(";")[0]) == (403, "text/html")


@pytest.mark.django_db
def test_methods_and_media_types_that_we_do_not_speak(api, alice):
    person = api(alice)
    assert (answer := person.delete(FEATURES)).status_code == 405
    assert "GET" in answer["Allow"]
    assert person.get(FEATURES, headers={"Accept": "text/csv"}).status_code == 406
    assert person.post(FEATURES, "a,b", content_type="text/csv").status_code == 415
    assert person.options(FEATURES).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"nonsense", b"\xff\xfe", b'{"name": NaN}', b'{"name": Infinity}', b'{"name": 1e400}',
        b'{"name": "\\u0000"}', b'{"\\u0000": 1}', b'{"name": "\\ud800"}', b"[" * 50_000, b"[" * 40 + b"]" * 40,
        b'{"name": ' + b"9" * 5000 + b"}", b"null", b"5", b'"text"', b"[[]]", b"true",
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused_and_says_why(api, root, body):
    for path in (FEATURES, "/api/v1/investments/"):
        answer = api(root).post(path, body, content_type="application/json")
        assert answer.status_code == 400, answer.content
        assert answer.json()["detail"]


@pytest.mark.django_db
def test_a_body_beyond_all_measure_is_refused(api, root, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    answer = api(root).post(FEATURES, {"name": "x" * 200}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert api(root).post(FEATURES, {"name": "x" * 200}).status_code == 413


@pytest.mark.django_db
def test_unknown_parameters_are_errors(api, alice):
    answer = api(alice).get(FEATURES + "?colour=red")
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")
    assert answer.json()["errors"][0]["field"] == "colour"


@pytest.mark.django_db
def test_when_we_fail_the_api_says_so_in_its_own_form(api, alice, monkeypatch):
    def fails(self, *args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("features.api.squads.Squads.get", fails)
    client = api(alice)
    client.raise_request_exception = False
    answer = client.get(FEATURES)
    assert (answer.status_code, answer.json()["code"]) == (500, "server_error")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_a_browser_session_needs_its_csrf_token(root):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(root)
    assert client.get(FEATURES).status_code == 200
    answer = client.post(FEATURES, {"slug": "x", "name": "X", "tribe": "y"})
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
