"""The one wire: a real server that misbehaves, and what a person is told."""

import gzip
import socket
import time

import pytest

from hypotheses.sources import wire as wires
from hypotheses.sources.base import Limits, PassingSourceError, PermanentSourceError
from hypotheses.sources.wire import Wire
from tests.hypotheses.sources.conftest import HERE

SECRET = {"Authorization": "Bearer hush"}


@pytest.fixture
def get():
    def read(url, *, networks=HERE, **limits):
        with Wire(Limits(networks=networks, **limits)) as wire:
            return wire.get(url, secret=SECRET)

    return read


def drip(request, *, seconds=20.0, head=b""):
    """One byte every tenth of a second, as if there were always more to come."""
    ends = time.monotonic() + seconds
    try:
        request.wfile.write(head)
        while time.monotonic() < ends:
            request.wfile.write(b"x")
            request.wfile.flush()
            time.sleep(0.1)
    except OSError:
        pass


def test_an_answer_comes_whole_with_its_headers(service, get):
    service.answers["/a"] = {"rows": [1]}
    answer = get(f"{service.url}/a")
    assert (answer.url, answer.body) == (f"{service.url}/a", b'{"rows": [1]}')
    assert service.asked[0].headers["Authorization"] == "Bearer hush"


def test_nothing_inside_the_network_is_dialled_unless_it_is_allowed(service, get):
    service.answers["/"] = {}
    port = service.server.server_port
    for host in ("127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"):
        with pytest.raises(PermanentSourceError, match="PULL_ALLOWED_NETWORKS") as refused:
            get(f"http://{host}:{port}/", networks=())
        assert refused.value.about_source
    assert service.asked == []


def test_a_name_that_changes_its_address_is_judged_when_it_is_dialled(service, get, monkeypatch):
    """DNS rebinding: the first question is answered harmlessly, the one that counts is not."""
    answers = iter(["93.184.215.14", "127.0.0.1"])
    monkeypatch.setattr(
        wires.socket,
        "getaddrinfo",
        lambda host, port, **_: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))],
    )
    wires.socket.getaddrinfo("rebound.example", 80)
    with pytest.raises(PermanentSourceError, match="private network"):
        get(f"http://rebound.example:{service.server.server_port}/", networks=())
    assert service.asked == []


def test_a_redirect_is_followed_and_judged_again(service, elsewhere, get):
    service.answers["/a"] = lambda request: request.give(302, Location="/b")
    service.answers["/b"] = {"here": True}
    assert get(f"{service.url}/a").body == b'{"here": true}'
    service.answers["/inside"] = lambda request: request.give(302, Location="http://169.254.169.254/latest/meta-data/")
    with pytest.raises(PermanentSourceError, match=r"169\.254\.169\.254 is an address inside a private network"):
        get(f"{service.url}/inside")
    service.answers["/file"] = lambda request: request.give(302, Location="file:///etc/passwd")
    with pytest.raises(PermanentSourceError, match="not HTTP"):
        get(f"{service.url}/file")
    service.answers["/round"] = lambda request: request.give(302, Location="/round")
    with pytest.raises(PermanentSourceError, match="redirects more than 5 times"):
        get(f"{service.url}/round")


def test_a_secret_stays_with_the_origin_it_was_entered_for(service, elsewhere, get):
    service.answers["/a"] = lambda request: request.give(307, Location=f"{elsewhere.url}/b")
    elsewhere.answers["/b"] = {}
    get(f"{service.url}/a")
    assert service.asked[0].headers["Authorization"] == "Bearer hush"
    assert elsewhere.asked[0].headers["Authorization"] is None


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
    ],
    ids=["body", "endless body", "chunk", "headers"],
)
def test_a_slow_drip_ends_at_the_deadline_of_the_whole_answer(service, get, head):
    service.answers["/a"] = lambda request: drip(request, head=head)
    began = time.monotonic()
    with pytest.raises(PassingSourceError, match=r"did not finish within 0\.5 seconds") as late:
        get(f"{service.url}/a", seconds=0.5)
    assert time.monotonic() - began < 3
    assert late.value.about_source


def test_a_server_that_says_nothing_ends_at_the_deadline_too(get):
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(PassingSourceError, match="did not finish"):
        get(f"http://127.0.0.1:{silent.getsockname()[1]}/", seconds=0.5)


def test_an_answer_that_is_too_large_is_cut_off_also_when_it_is_packed_small(service, get):
    service.answers["/plain"] = b"x" * 2_000_000
    packed = gzip.compress(b"0" * 50_000_000)
    assert len(packed) < 100_000
    service.answers["/packed"] = lambda request: request.give(200, packed, Content_Encoding="gzip")
    for path in ("/plain", "/packed"):
        with pytest.raises(PermanentSourceError, match="larger than 1,000,000 bytes"):
            get(service.url + path, bytes=1_000_000)


def test_an_answer_that_breaks_off_is_not_taken_for_whole(service, get):
    def half(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it")
        request.close_connection = True

    service.answers["/a"] = half
    with pytest.raises(PassingSourceError, match="broke off"):
        get(f"{service.url}/a")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (400, PermanentSourceError, "answered 400: no such metric. Look at the address"),
        (401, PermanentSourceError, "the secret is missing, wrong, or may not read this"),
        (403, PermanentSourceError, "the secret is missing"),
        (404, PermanentSourceError, "answered 404"),
        (408, PassingSourceError, "asked again later"),
        (429, PassingSourceError, "asked again later"),
        (500, PassingSourceError, "answered 500"),
        (503, PassingSourceError, "answered 503"),
    ],
)
def test_each_status_says_what_to_do(service, get, status, kind, words):
    service.answers["/a"] = lambda request: request.give(status, b'{"error": "no such metric."}', Retry_After="7")
    with pytest.raises(kind) as refused:
        get(f"{service.url}/a?token=hush")
    assert words in str(refused.value)
    assert "hush" not in str(refused.value)
    assert refused.value.retry_after == (7 if kind is PassingSourceError else None)


@pytest.mark.parametrize("wait", ["soon", "-5", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 400])
def test_a_senseless_wait_is_not_kept(service, get, wait):
    service.answers["/a"] = lambda request: request.give(503, Retry_After=wait)
    with pytest.raises(PassingSourceError) as refused:
        get(f"{service.url}/a")
    assert refused.value.retry_after is None


def test_nobody_there_may_pass(get):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(PassingSourceError, match="could not be reached"):
        get(f"http://127.0.0.1:{port}/")
    with pytest.raises(PassingSourceError, match="could not be reached"):
        get("http://no-such-host.invalid/")


@pytest.mark.parametrize("url", ["ftp://host/x", "nonsense", "http://", "http://[::1", "http://host:99999/"])
def test_what_is_no_address_is_said_so(get, url):
    with pytest.raises(PermanentSourceError, match="not an address"):
        get(url)
