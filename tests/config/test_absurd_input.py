"""Whatever is sent to any door, the answer is a problem and never a failure of ours."""

import itertools
import json

import pytest
from django.urls import get_resolver

from features.models import Feature
from hypotheses.models import Metric, Source
from lifecycle.models import Gate
from tests.factories.rows import saved

pytestmark = pytest.mark.django_db
RAW = (
    b"", b"null", b"[]", b"[{}]", b"[[1]]", b"{}", b"5", b'"x"', b"{", b"NaN", b'{"a": Infinity}', b"\xff", b"[" * 9000,
    b'{"reason": "\\u0000"}', b'{"reason": "\\udfff"}',
)  # fmt: skip
VALUES = (
    None, True, 0, -1, 10**30, -(10**400), 1e308, "", " ", "x", "x" * 30_000, "NaN", "Infinity", "1e999999", "9" * 4000,
    "😀", "﷽" * 50, "'; DROP TABLE feature; --", "../../etc/passwd", "2026-02-30", "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00", [], [None], [[[]]], {}, {"a": {"b": []}}, [{"percent": 1e400}],
)  # fmt: skip
QUERIES = ("cursor", "page_size")
ABSURD_TEXTS = ("", "x", "%00", "😀", "9" * 5000, "NaN", "-1", "1e999", "%ff", "'", "2026-13-45", "[]")
ABSURD_HEADERS = ("", "x", '"', 'W/"1"', '"9999999999999999999"', "*", "a, b", "\x01")


def doors():
    def walk(patterns, prefix=""):
        for pattern in patterns:
            here = prefix + str(pattern.pattern)
            if hasattr(pattern, "url_patterns"):
                yield from walk(pattern.url_patterns, here)
            elif here.startswith("api/v1/") and "schema" not in here:
                yield here, pattern.callback.view_class

    return list(walk(get_resolver().url_patterns))


def written_fields(view):
    from rest_framework.serializers import Serializer

    names = {"reason", "colour"}
    form = view.serializer_class
    if form is not None and issubclass(form, Serializer):
        names |= set(form().fields)
    return sorted(names)


def bodies(view, *, one_by_one):
    """Every value in all fields at once; for a change also in fields alone (each of
    them gets a third of the values), because nothing else is asked for."""
    fields = written_fields(view)
    for turn, value in enumerate(VALUES):
        told = as_json(value)
        yield "{" + ", ".join(f'"{name}": {told}' for name in fields) + "}"
        if one_by_one:
            yield from (f'{{"{name}": {told}}}' for name in fields[turn % 3 :: 3])


def as_json(value):
    try:
        return json.dumps(value)
    except ValueError:  # more digits than Python writes
        return "1" + "0" * 400


@pytest.fixture
def world(squad, root, life_gate):
    saved(Source, key="it", kind="push")
    saved(Metric, key="it")
    return life_gate


@pytest.fixture
def life_gate(api, squad, root):
    made = api(root).post("/api/v1/features/", {"key": "it", "name": "It", "squad": "checkout"})
    assert made.status_code == 201, made.content
    gate = Gate.objects.get()
    assert Feature.objects.get().key == "it"
    api(root).post(f"/api/v1/gates/{gate.pk}/call/", {"reason": "To be decided."})
    return gate


def address(path, gate):
    return "/" + path.replace("<slug:key>", "it").replace("<slug:slug>", "checkout").replace("<int:pk>", str(gate.pk))


@pytest.mark.parametrize(("path", "view"), doors(), ids=lambda x: x if isinstance(x, str) else "")
def test_no_door_falls_over(api, root, world, path, view):
    client = api(root)
    client.raise_request_exception = False
    here = address(path, world)
    methods = [name for name in ("post", "put", "patch") if hasattr(view, name)]
    for method in methods:
        for body in (*RAW, *bodies(view, one_by_one=method == "patch")):
            answer = getattr(client, method)(here, body, content_type="application/json")
            assert answer.status_code < 500, (method, here, body[:80], answer.content[:300])
            if answer.status_code >= 400:
                assert answer["Content-Type"] == "application/problem+json"
                assert answer.json()["detail"], (method, here, body[:80])
    known = getattr(view, "filterset_class", None)
    names = {*QUERIES, *(known.base_filters if known else ()), *view.parameters}
    for name, value in itertools.product(sorted(names), ABSURD_TEXTS):
        answer = client.get(f"{here}?{name}={value}")
        assert answer.status_code < 500, (here, name, value[:20])
    for name, value in itertools.product(("If-Match", "If-None-Match", "Idempotency-Key", "Accept"), ABSURD_HEADERS):
        send = getattr(client, methods[0] if methods else "get")
        answer = send(here, **({"data": {}} if methods else {}), headers={name: value})
        assert answer.status_code < 500, (here, name, value)


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "-1", "x", "1.5"])
def test_absurd_numbers_in_an_address_are_not_there(api, root, pk):
    for path in ("gates/{}/", "decisions/{}/", "gates/{}/decision/"):
        here, body = "/api/v1/" + path.format(pk), {"outcome": "kill", "reason": "x"}
        answer = api(root).post(here, body) if path.endswith("decision/") else api(root).get(here)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
