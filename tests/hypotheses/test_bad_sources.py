"""What a source can do wrong: a failed pull with a sentence that says what to do, and what landed earlier stays."""

import re
import sqlite3
import time
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from hypotheses.actions.landing import land_results
from hypotheses.actions.metric import create_metric
from hypotheses.actions.pulling import drain
from hypotheses.actions.source import create_source
from hypotheses.models import Pull, Result
from hypotheses.queries import plug
from hypotheses.sources.base import Row
from tests.hypotheses.actions.conftest import DAY, due, feature, trial  # noqa: F401 (fixtures)
from tests.hypotheses.sources.conftest import service  # noqa: F401 (the same)

SECRET = "hunter2-and-more"
AT = (DAY + timedelta(days=1)).isoformat()
GOOD = {"trial": "reorder-1", "arm": "control", "as_of": AT, "n": 100, "mean": 0.5, "var": 0.25}
CSV = "metric,trial,arm,as_of,n,mean,var\nrate,reorder-1,control,{at},{n},{mean},{var}\n"
UNWRITABLE = ("\x00", "\ud800", "\udfff")
"""What JSON can bring and no database takes."""
VECTOR = '{{"columns": {{"n": "n", "mean": "{mean}"}}, "labels": {{"trial": "t", "arm": "a"}}}}'


@pytest.fixture(autouse=True)
def small(settings, tmp_path, monkeypatch):
    """Limits that a test can reach: a second, 10,000 bytes, and this machine only."""
    settings.VAR = tmp_path
    allowed = replace(plug.limits(), networks=(ip_network("127.0.0.1/32"),), seconds=1.0, bytes=10_000)
    monkeypatch.setattr(plug, "limits", lambda: allowed)


@pytest.fixture
def pulled(trial, service, tmp_path):  # noqa: F811
    """Has good results land, then a pull of a bad source, and gives that pull; {url} is filled in."""

    def run(kind, config, query="", *, secret=""):
        config = {name: value.format(url=service.url) for name, value in config.items()}
        source = create_source(key="bad", name="Bad", kind=kind, config=config, secret=secret, by=None, now=DAY)
        metric = create_metric(
            key="rate", name="Rate", kind="mean", source=source, query=query, by=None, now=DAY, schedule={"start": DAY}
        )
        good = [
            Row(trial="reorder-1", metric="rate", arm=arm, as_of=DAY, n=90, mean=0.5, var=0.25)
            for arm in ("control", "treatment")
        ]
        land_results(rows=good, now=DAY + timedelta(days=1))
        before = list(Result.objects.order_by("pk").values())
        Pull.objects.create(
            schedule=metric.schedule, source=source, window_start=DAY, window_end=DAY + timedelta(days=1),
            pass_number=0, due_at=DAY,
        )  # fmt: skip
        began = time.monotonic()
        assert drain(worker="w").failed == 1
        assert time.monotonic() - began < 5, "a bad source keeps no worker"
        assert list(Result.objects.order_by("pk").values()) == before, "what landed earlier stays"
        found = Pull.objects.get()
        assert SECRET not in found.error
        return found

    return run


def sqlite_file(folder):
    with sqlite3.connect(folder / "w.db") as db:
        db.execute("CREATE TABLE facts (trial TEXT, arm TEXT, n INTEGER)")
    db.close()


def row(**changed):
    values = {**GOOD, **changed}
    return ", ".join(f"'{value}' AS {name}" if isinstance(value, str) else f"{value} AS {name}"
                     for name, value in values.items())  # fmt: skip


@pytest.mark.parametrize(
    ("query", "state", "sentence"),
    [
        ("SELEC", "dead", "does not work.*Correct it, then retry"),
        ("SELECT nope FROM facts", "dead", "nope.*Correct it, then retry"),
        ("SELECT trial, arm FROM facts", "dead", "Missing columns: as_of, n, mean.*Name the columns"),
        ("DELETE FROM facts", "dead", "Correct it, then retry|one SELECT"),
        (f"SELECT {row(n=-5)}", "dead", "Row 1, n: "),
        (f"SELECT {row(mean='NaN')}", "dead", "Row 1, column mean: “NaN” is not a number.*Leave out"),
        (f"SELECT {row(var=-1)}", "dead", "Row 1, var: "),
        (f"SELECT {row(arm='aX')}".replace("'aX'", "'a' || char(0)"), "dead", "Row 1, column arm: “a\ufffd” has a"),
        ("WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a) SELECT sum(n) AS n FROM a", "failed",
         "took longer than 1 seconds. Make it cheaper"),
    ],
)  # fmt: skip
def test_an_engine_of_sql(pulled, tmp_path, query, state, sentence):
    sqlite_file(tmp_path)
    expect(pulled("sql", {"url": "sqlite:///w.db"}, query), state, sentence)


@pytest.mark.parametrize(("kind", "config"), [
    ("sql", {"url": "postgresql://x@127.0.0.1:1/d"}),
    ("http", {"url": "http://127.0.0.1:1"}),
    ("prometheus", {"url": "http://127.0.0.1:1"}),
    pytest.param("spark", {"remote": "sc://127.0.0.1:1"}, marks=pytest.mark.spark),
])  # fmt: skip
def test_a_refused_connection(pulled, kind, config):
    query = VECTOR.format(mean="m") if kind == "prometheus" else "SELECT 1" if kind in ("sql", "spark") else ""
    expect(
        pulled(kind, config, query, secret=SECRET),
        "failed",
        r"127\.0\.0\.1.* (cannot be reached: .* Check that it is up|could not be reached.* Is it up)",
    )


@pytest.mark.parametrize(
    ("content", "query", "state", "sentence"),
    [
        (CSV, "SELECT nope FROM source", "dead", "nope.*Correct the query, then retry"),
        (CSV, "SELEC", "dead", "Correct the query, then retry"),
        ("no,file\nof,ours,at,all\n", "", "dead", "Write the file again, then retry"),
        ("trial,arm,n,mean\nreorder-1,control,5,1\n", "", "dead", "Missing column: as_of"),
        (CSV.format(at=AT, n=-5, mean=0.5, var=0.25), "", "dead", "Row 1, n: "),
        (CSV.format(at=AT, n=5, mean="NaN", var=0.25), "", "dead", "Row 1, column mean: “nan” .*Leave out"),
        (CSV + "#" * 20_000, "", "dead", "at most 10,000 are read. Aggregate it"),
        (None, "", "failed", "does not exist. Put it there"),
        ("", "", "failed", "is empty"),
    ],
)
def test_a_file(pulled, tmp_path, content, query, state, sentence):
    if content is not None:
        (tmp_path / "w.csv").write_text(content)
    expect(pulled("file", {"path": "w.csv"}, query), state, sentence)


def drip(request):
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    for _ in range(60):
        request.wfile.write(b" ")
        time.sleep(0.1)


BAD_ANSWERS = [
    (b"x" * 20_000, "dead", "10,000 bytes"),
    (drip, "failed", "1 second"),
    (b'[{"trial": ', "dead", "did not answer with JSON"),
    (lambda request: request.give(302, Location="http://169.254.169.254/latest"), "dead",
     "169.254.169.254.*PULL_ALLOWED"),
    (lambda request: request.give(401, b"no"), "dead", "secret|token|sign"),
    (lambda request: request.give(500, b"no"), "failed", "500"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "state", "sentence"),
    [
        *BAD_ANSWERS,
        (b"[{}]", "dead", "Row 1, column trial: it is empty"),
        (b'[{"x": 1}]', "dead", "Row 1, column trial: it is empty"),
        ([{**GOOD, "n": -5}], "dead", "Row 1, n: "),
        (b'[{"trial": "reorder-1", "arm": "control", "n": NaN}]', "dead", "NaN is not a number.*leave out"),
        ([{**GOOD, "mean": "NaN"}], "dead", "Row 1, column mean: “NaN” .*Leave out"),
        *[([{**GOOD, name: f"a{character}b"}], "dead", f"Row 1, column {name}: “a\ufffdb” (has a character|is not a)")
          for name in GOOD for character in UNWRITABLE],
        ([{**GOOD, "stage": "5\x00"}], "dead", "Row 1, column stage: “5\ufffd” has a character .*Leave it out in the"),
        ([{**GOOD, "sum": "1\ud800", "sum_squares": "1"}], "dead", "Row 1, column sum: “1\ufffd” has a character"),
        ([{**GOOD, "metric": "other\x00"}], "dead", "column metric: “other\ufffd” came for"),
        ([{"a\x00b": 1}], "dead", "Row 1, column trial: it is empty"),
    ],
)  # fmt: skip
def test_a_service_over_http(pulled, service, answer, state, sentence):  # noqa: F811
    service.answers["/"] = answer
    expect(pulled("http", {"url": "{url}/"}, secret=SECRET), state, sentence)


@pytest.mark.parametrize(
    ("answer", "state", "sentence"),
    [
        *BAD_ANSWERS,
        ({"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": {"t": "reorder-1", "a": "control"}, "value": [1, "-5"]}]}}, "dead", "Row 1, n: "),
        ({"status": "success", "data": {"resultType": "vector", "result": [
            {"metric": {"t": "reorder-1", "a": "control"}, "value": [1, "NaN"]}]}}, "dead", "NaN|nan"),
    ],
)  # fmt: skip
def test_a_prometheus(pulled, service, answer, state, sentence):  # noqa: F811
    service.answers["/api/v1/query"] = answer
    expect(pulled("prometheus", {"url": "{url}"}, VECTOR.format(mean="m"), secret=SECRET), state, sentence)


def expect(pull, state, sentence):
    assert pull.state == state, pull.error
    assert re.search(sentence, pull.error), pull.error
