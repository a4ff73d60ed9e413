"""A service that answers with JSON: rows, columns and pages by JSONPath."""

import json

import pytest

from hypotheses.sources import http
from hypotheses.sources.base import ConfigError, Limits, PermanentSourceError
from hypotheses.sources.registry import open_plug

ROW = {"trial": "t", "arm": "control", "as_of": "2026-01-02T00:00:00Z", "n": 10, "mean": 0.5, "var": 0.25}


@pytest.fixture
def read(service, ask):
    def asked(query=None, *, secret="", header="Authorization", **limits):
        config = {"url": f"{service.url}/api", "header": header}
        return ask("http", config, "" if query is None else json.dumps(query), secret=secret, **limits)

    return asked


def test_a_list_of_rows_with_our_names_needs_no_query(service, read):
    service.answers["/api"] = [ROW, {**ROW, "arm": "new", "colour": "green"}]
    reading = read()
    assert [(row.trial, row.arm, row.n, row.mean) for row in reading.rows] == [
        ("t", "control", 10, 0.5), ("t", "new", 10, 0.5),
    ]  # fmt: skip
    assert reading.bytes > 100


def test_paths_lead_to_rows_columns_and_what_all_rows_share(service, read):
    service.answers["/api/v2/results"] = {
        "data": {
            "variants": [{"name": "A", "users": {"count": 12}, "paid": 3.25}, {"name": "B", "users": {"count": 9}}]
        }
    }
    query = {
        "path": "/v2/results",
        "params": {"metric": ":metric", "until": ":window_end", "limit": 50},
        "rows": "$.data.variants[?@.name]",
        "columns": {
            "trial": "checkout", "arm": "$.name", "as_of": ":window_end", "n": "$.users.count",
            "sum": "$.paid", "sum_squares": "$.paid",
        },
    }  # fmt: skip
    rows = read(query).rows
    assert [(row.trial, row.arm, row.n, row.sum) for row in rows] == [
        ("checkout", "A", 12, "3.25"),
        ("checkout", "B", 9, None),
    ]
    assert rows[0].as_of.isoformat() == "2026-01-02T00:00:00+00:00"
    assert service.asked[0].path == "/api/v2/results?metric=m&until=2026-01-02T00%3A00%3A00%2B00%3A00&limit=50"


def test_sums_keep_every_digit(service, read):
    service.answers["/api"] = (
        b'[{"trial":"t","arm":"a","as_of":"2026-01-02","n":2,"sum":12345678901234567.25,"sum_squares":1e3}]'
    )
    [row] = read().rows
    assert (row.sum, float(row.sum_squares)) == ("12345678901234567.25", 1000.0)


def test_pages_are_followed_by_their_address(service, read):
    service.answers["/api/r"] = {"rows": [ROW], "next": "/api/r2?page=2"}
    service.answers["/api/r2?page=2"] = {"rows": [{**ROW, "arm": "new"}], "next": None}
    reading = read({"path": "r", "rows": "$.rows[*]", "next": "$.next"})
    assert [row.arm for row in reading.rows] == ["control", "new"]


def test_pages_are_followed_by_a_token(service, read):
    service.answers["/api?size=1"] = {"rows": [ROW], "cursor": "a b"}
    service.answers["/api?size=1&after=a+b"] = {"rows": [{**ROW, "arm": "new"}], "cursor": ""}
    query = {"params": {"size": 1}, "rows": "$.rows[*]", "next": "$.cursor", "page_parameter": "after"}
    assert [row.arm for row in read(query).rows] == ["control", "new"]


def test_pages_that_never_end_do(service, read, monkeypatch):
    monkeypatch.setattr(http, "MOST_PAGES", 3)
    service.answers["/api"] = {"rows": [], "next": "/api"}
    query = {"rows": "$.rows[*]", "next": "$.next"}
    with pytest.raises(PermanentSourceError, match="is its own next page"):
        read(query)
    service.answers["/api"] = lambda request: request.give(
        200, json.dumps({"rows": [], "next": len(service.asked)}).encode()
    )
    with pytest.raises(PermanentSourceError, match="more than 3 pages"):
        read({**query, "page_parameter": "page"})


def test_a_next_page_of_another_service_is_not_asked(service, elsewhere, read):
    service.answers["/api"] = {"rows": [ROW], "next": f"{elsewhere.url}/api"}
    with pytest.raises(PermanentSourceError, match="another service"):
        read({"rows": "$.rows[*]", "next": "$.next"}, secret="hush")
    assert elsewhere.asked == []


@pytest.mark.parametrize(("header", "sent"), [("Authorization", "Bearer hush"), ("X-Api-Key", "hush")])
def test_the_secret_travels_in_its_header(service, read, header, sent):
    service.answers["/api"] = [ROW]
    read(secret="hush", header=header)
    assert service.asked[0].headers[header] == sent


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"<html>Sign in</html>", "did not answer with JSON"),
        (b"[" * 100_000, "did not answer with JSON"),
        (b'[{"trial": "t", "arm": "a", "as_of": "2026-01-02", "n": NaN, "mean": 1}]', "NaN is not a number"),
        (b'[{"trial": "t", "arm": "a", "as_of": "2026-01-02", "n": 1e400, "mean": 1}]', "column n"),
        (b'[{"trial": "t", "arm": "a", "as_of": "2026-01-02", "n": ' + b"9" * 5000 + b', "mean": 1}]', "JSON"),
        ([1, 2], "not an object"),
        ([{**ROW, "arm": ["a"]}], "column arm holds a list"),
        ([{**ROW, "metric": "another"}], "came for the metric"),
        ([{"trial": "t"}], "Missing columns: arm, as_of, n"),
        ([ROW] * 6, "more than 5 rows"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said(service, read, answer, words):
    service.answers["/api"] = answer
    with pytest.raises(PermanentSourceError, match=words):
        read(rows=5)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("{", "is not JSON"),
        ("[]", "is an object with path"),
        ('{"route": "/x"}', "“route” is not a part of a query"),
        ('{"path": 5}', "“path” in the metric's query has to be a text"),
        ('{"rows": "$.["}', "is not a JSONPath"),
        ('{"columns": {"users": "$.n"}}', "“users” is not a column"),
        ('{"columns": {"n": "$..n"}}', "finds 2 values"),
    ],
)
def test_a_wrong_query_is_said(service, ask, query, words):
    service.answers["/api"] = [{**ROW, "more": {"n": 5}}]
    with pytest.raises(PermanentSourceError, match=words):
        ask("http", {"url": f"{service.url}/api"}, query)


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({}, "url"), ({"url": "ftp://host/x"}, "url"), ({"url": "https://"}, "url"),
        ({"url": "https://a:b@host/"}, "url"),
        ({"url": "https://host/?token=1"}, "url"), ({"url": "https://host:99999/"}, "url"),
        ({"url": "https://host", "header": "X: y"}, "header"), ({"url": "https://host", "colour": "green"}, "colour"),
    ],
)  # fmt: skip
def test_wrong_settings_are_named(config, field):
    with pytest.raises(ConfigError) as refused:
        open_plug(kind="http", config=config, secret="", limits=Limits())
    assert refused.value.field == field


def test_a_secret_that_no_header_can_carry_is_said_and_not_shown(service, read):
    with pytest.raises(PermanentSourceError, match="no header can carry") as refused:
        read(secret="hush\r\nX-Evil: 1")
    assert "hush" not in str(refused.value)


def test_trying_it_says_what_came(service):
    from tests.hypotheses.sources.conftest import HERE

    service.answers["/api"] = []
    plug = open_plug(kind="http", config={"url": f"{service.url}/api"}, secret="", limits=Limits(networks=HERE))
    assert plug.check() == f"{service.url}/api answers, with 2 bytes."
