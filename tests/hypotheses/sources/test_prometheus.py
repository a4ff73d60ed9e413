"""Prometheus: the real server over a day of samples, and one that answers strangely."""

import json
import shutil
import socket
import subprocess
import time
import urllib.request

import pytest

from hypotheses.sources.base import PermanentSourceError
from tests.hypotheses.sources.conftest import WINDOW

BY_ARM = "sum by (experiment, variant)"
LABELS = {"trial": "experiment", "arm": "variant"}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Prometheus with two arms counted each hour of the window: 10 and 20 exposed an hour, 1 and 4 of them bought."""
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        pytest.skip("needs Prometheus: apt-get install prometheus")
    folder = tmp_path_factory.mktemp("prometheus")
    samples = folder / "samples.txt"
    lines = []
    for name, counts in (("exposed_total", (10, 20)), ("bought_total", (1, 4))):
        lines.append(f"# TYPE {name.removesuffix('_total')} counter")
        for variant, count in zip(("control", "new"), counts, strict=True):
            for hour in range(25):
                moment = WINDOW.start.timestamp() + hour * 3600
                for pod in ("a", "b"):
                    told = f'experiment="reorder",variant="{variant}",pod="{pod}"'
                    lines.append(f"{name}{{{told}}} {count * hour / 2} {moment:.0f}")
    samples.write_text("\n".join([*lines, "# EOF", ""]))
    data = folder / "data"
    made = ["promtool", "tsdb", "create-blocks-from", "openmetrics", str(samples), str(data)]
    subprocess.run(made, check=True, capture_output=True)  # noqa: S603 (our own arguments)
    (folder / "prometheus.yml").write_text("global: {}\n")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flags = [
        f"--config.file={folder}/prometheus.yml",
        f"--storage.tsdb.path={data}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    flags.append("--storage.tsdb.retention.time=100y")
    running = subprocess.Popen(["prometheus", *flags], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603, S607
    _await(f"http://127.0.0.1:{port}/-/ready", running)
    yield f"http://127.0.0.1:{port}"
    running.terminate()
    running.wait(20)


def _await(url, running):
    for _ in range(200):
        assert running.poll() is None, "Prometheus did not start"
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 (our own address)
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Prometheus is not ready")


@pytest.fixture
def read(ask):
    def asked(url, columns, **more):
        return ask("prometheus", {"url": url}, json.dumps({"columns": columns, "labels": LABELS, **more}))

    return asked


def test_the_counters_of_each_arm_at_the_windows_end(server, read):
    reading = read(server, {"n": f"{BY_ARM} (exposed_total)", "sum": f"{BY_ARM} (bought_total)"})
    assert [(row.trial, row.arm, row.n, row.sum, row.as_of) for row in reading.rows] == [
        ("reorder", "control", 240, "24", WINDOW.end),
        ("reorder", "new", 480, "96", WINDOW.end),
    ]
    assert 0 < reading.bytes < 2_000


def test_along_the_window_with_its_length_in_the_expression(server, read):
    columns = {"n": f"{BY_ARM} (exposed_total)", "mean": f"{BY_ARM} (bought_total) / {BY_ARM} (exposed_total)"}
    rows = read(server, columns, step="6h").rows
    assert [(row.as_of.hour, row.arm, row.n, row.mean) for row in rows] == [
        (6, "control", 60, 0.1), (6, "new", 120, 0.2), (12, "control", 120, 0.1), (12, "new", 240, 0.2),
        (18, "control", 180, 0.1), (18, "new", 360, 0.2), (0, "control", 240, 0.1), (0, "new", 480, 0.2),
    ]  # fmt: skip
    within = {"n": f"{BY_ARM} (delta(exposed_total[:window]))"}
    [control, new] = read(server, {**within, "mean": f"{BY_ARM} (bought_total) * 0"}).rows
    assert (control.n, new.n) == (240, 480)


def test_what_prometheus_says_of_a_wrong_expression_is_passed_on(server, read):
    with pytest.raises(PermanentSourceError, match="answered 400: invalid parameter") as refused:
        read(server, {"n": "sum by (("})
    assert "Look at the address and at the metric's query" in str(refused.value)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"n": "sum(exposed_total)", "mean": "vector(1)"}, "no label “experiment”"),
        ({"n": "exposed_total", "mean": "exposed_total"}, "several series are of the trial reorder, arm control"),
        ({"n": "scalar(sum(exposed_total))", "mean": "vector(1)"}, "gives one scalar, without labels"),
        (
            {"n": f"{BY_ARM} (exposed_total)", "mean": f"{BY_ARM} (bought_total) / 0 * 0"},
            "column mean: .* not a number",
        ),
        ({"n": f"{BY_ARM} (exposed_total)", "sum": f"{BY_ARM} (bought_total) / 0"}, "column sum: .* not a number"),
        ({"n": f"{BY_ARM} (exposed_total) / 7", "sum": f"{BY_ARM} (bought_total)"}, "column n: .* not a whole number"),
        ({"mean": f"{BY_ARM} (bought_total)"}, "Missing column: n"),
    ],
)
def test_series_that_do_not_fit_are_said(server, read, columns, words):
    with pytest.raises(PermanentSourceError, match=words):
        read(server, columns)


def test_no_series_is_no_rows(server, read):
    assert read(server, {"n": "nothing_of_that_name", "sum": "nothing_else"}).rows == ()


@pytest.mark.parametrize(
    "query", ["", "up", "[]", '{"n": "up"}', '{"columns": {}}', '{"columns": {"users": "up"}}', '{"columns": {"n": 5}}',
              '{"columns": {"n": "up"}, "labels": {"pod": "pod"}}'],
)  # fmt: skip
def test_a_wrong_query_is_said_with_an_example(service, ask, query):
    with pytest.raises(PermanentSourceError, match="has to be JSON like"):
        ask("prometheus", {"url": service.url}, query)


@pytest.mark.parametrize("answer", [[], {"status": "success"}, {"data": 5}])
def test_a_server_that_is_no_prometheus_is_said(service, read, answer):
    service.answers["/api/v1/query"] = answer
    with pytest.raises(PermanentSourceError, match="does not answer as Prometheus does"):
        read(service.url, {"n": "up"})
