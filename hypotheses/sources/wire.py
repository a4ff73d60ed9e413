"""The one wire for HTTP: a hard deadline for the whole answer, a limit on its size, and no address that is not allowed.

The address is judged when it is dialled, for each connection, so that redirects and a name that changes its address
between two questions (DNS rebinding) are judged as well. Retries are not made here; they live in the ledger of pulls.
"""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError

from hypotheses.sources.addresses import Network, permitted
from hypotheses.sources.base import Limits, PassingSourceError, PermanentSourceError, SourceError

CONNECT_SECONDS: Final = 5.0
MOST_REDIRECTS: Final = 5
LONGEST_WAIT: Final = 3600.0
PIECE: Final = 65_536
SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered with a status of success: the whole body, unpacked, and where it came from at last."""

    url: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(slots=True)
class Deadline:
    """The end of one read. When it comes, every socket in use is shut, whatever the server does or does not send."""

    seconds: float
    ends: float = 0.0
    passed: bool = False
    sockets: list[socket.socket] = field(default_factory=list)
    timer: threading.Timer | None = None

    def __enter__(self) -> Self:
        self.ends = time.monotonic() + self.seconds
        self.timer = threading.Timer(self.seconds, self._come)
        self.timer.daemon = True
        self.timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.timer is not None:
            self.timer.cancel()
        for watched in self.sockets:
            watched.close()

    def watch(self, dialled: socket.socket) -> None:
        """Shut this socket too when the time is up; a duplicate is kept, because TLS takes the first one over."""
        self.sockets.append(dialled.dup())
        if self.passed:
            self._come()

    @property
    def left(self) -> float:
        """Seconds until then, never quite none, as sockets understand it."""
        return max(0.001, self.ends - time.monotonic())

    def _come(self) -> None:
        self.passed = True
        for watched in self.sockets:
            with contextlib.suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)


class Wire:
    """HTTP within the limits of an installation, for one read. Used as a context manager."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.deadline = Deadline(limits.seconds)
        self.bytes = 0
        """How much was read in all, unpacked."""

    def __enter__(self) -> Self:
        self.deadline.__enter__()
        self._session = requests.Session()
        self._session.trust_env = False  # no proxies, no .netrc
        adapter = _Guarded(self.deadline, self.limits.networks)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()
        self.deadline.__exit__()

    def get(
        self, url: str, *, headers: Mapping[str, str] | None = None, secret: Mapping[str, str] | None = None
    ) -> Answer:
        """Ask for an address, following redirects; each hop is judged again.

        secret: headers that carry a secret; they are sent to the origin of `url` only, and left out once a redirect
        leads elsewhere.

        Raises:
            PermanentSourceError, PassingSourceError: with a sentence for a person; it holds no header.
        """
        here, origin = url, origin_of(url)
        for _ in range(MOST_REDIRECTS + 1):
            sent = {**(headers or {}), **((secret or {}) if origin_of(here) == origin else {})}
            with self._asked(here, sent) as response:
                if not response.is_redirect:
                    _require_success(response)
                    return Answer(here, self._body(response), dict(response.headers))
                here = _next_hop(here, response)
        raise PermanentSourceError(f"{shown(url)} redirects more than {MOST_REDIRECTS} times. Enter where it ends.")

    @contextlib.contextmanager
    def _asked(self, url: str, headers: Mapping[str, str]) -> Iterator[requests.Response]:
        """One exchange, open while it is read; what goes wrong comes out as a sentence."""
        try:
            response = self._session.get(
                url, headers=headers, allow_redirects=False, stream=True, timeout=self.deadline.left
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise self._why(error, url) from error
        try:
            yield response
        except (requests.RequestException, HTTPError, OSError) as error:
            raise self._why(error, url) from error
        finally:
            response.close()

    def _body(self, response: requests.Response) -> bytes:
        """The whole body, unpacked piece by piece, so that a small packed answer cannot become a large one."""
        pieces = []
        while piece := response.raw.read1(PIECE, decode_content=True):
            self.bytes += len(piece)
            if self.bytes > self.limits.bytes:
                raise PermanentSourceError(
                    f"The answer is larger than {self.limits.bytes:,} bytes. Ask for less: a statistic for each arm, "
                    "not its units."
                )
            pieces.append(piece)
        if self.deadline.passed:
            raise self._late(response.url or "")
        _require_whole(response, sum(map(len, pieces)))
        return b"".join(pieces)

    def _why(self, error: Exception, url: str) -> SourceError:
        if self.deadline.passed:
            return self._late(url)
        refused = _refusal(error)
        if refused is not None:
            return PermanentSourceError(refused.sentence, about_source=True)
        if isinstance(error, ValueError):  # what requests says of an address that is none
            return PermanentSourceError(f"{shown(url)} is not an address that can be asked. It begins with https://.")
        if isinstance(error, requests.exceptions.SSLError):
            return PermanentSourceError(
                f"{shown(url)} does not prove who it is (TLS). Mend its certificate, or its address.", about_source=True
            )
        if isinstance(error, requests.exceptions.Timeout):
            return self._late(url)
        return PassingSourceError(
            f"{shown(url)} could not be reached, or broke off. Is it up, and is the address right?"
        )

    def _late(self, url: str) -> PassingSourceError:
        return PassingSourceError(
            f"{shown(url)} did not finish within {self.limits.seconds:g} seconds. Ask for less, or look at the server."
        )


class Refused(NewConnectionError):  # noqa: N818 (a refusal, as everywhere here)
    """The name leads only to addresses that may not be dialled; `sentence` is for a person."""

    def __init__(self, connection: Any, host: str) -> None:
        self.sentence = (
            f"{host} is an address inside a private network, which sources may not reach. "
            "An operator can allow it with PULL_ALLOWED_NETWORKS."
        )
        super().__init__(connection, self.sentence)


class _Guarded(HTTPAdapter):
    """requests' adapter with connections that judge the address, and that the deadline can shut."""

    def __init__(self, deadline: Deadline, networks: tuple[Network, ...]) -> None:
        self._dial = (deadline, networks)
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **more: Any) -> None:  # noqa: FBT001, FBT002 (the signature that requests calls)
        """A pool whose connections know the deadline and the networks."""
        deadline, networks = self._dial

        class Plain(_Judged, HTTPConnection):
            pass

        class Secured(_Judged, HTTPSConnection):
            pass

        for kind in (Plain, Secured):
            kind.deadline, kind.networks = deadline, networks

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class SecuredPool(HTTPSConnectionPool):
            ConnectionCls = Secured

        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": SecuredPool}


class _Judged:
    """A connection that dials only what is permitted, at the moment it dials."""

    deadline: Deadline
    networks: tuple[Network, ...]

    def _new_conn(self: Any) -> socket.socket:
        try:
            found = socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise NewConnectionError(self, f"the name {self._dns_host} is not known") from error
        allowed = [info for info in found if permitted(str(info[4][0]), self.networks)]
        if not allowed:
            raise Refused(self, self._dns_host)
        for family, kind, protocol, _, address in allowed:
            dialled = socket.socket(family, kind, protocol)
            dialled.settimeout(min(CONNECT_SECONDS, self.deadline.left))
            try:
                dialled.connect(address)
            except OSError:
                dialled.close()
                continue
            self.deadline.watch(dialled)
            dialled.settimeout(self.deadline.left)
            return dialled
        raise NewConnectionError(self, "none of its addresses takes the call")


def origin_of(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port: what a secret is bound to.

    Raises:
        PermanentSourceError: it is no address.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        raise PermanentSourceError(f"{shown(url)} is not an address that can be asked.") from None
    return parts.scheme, (parts.hostname or "").lower(), port


def shown(url: str) -> str:
    """An address as it may be shown: without the person in it and without its query, which may hold a secret."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "The address"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:SHOWN] if parts.netloc else "The address"


def _next_hop(here: str, response: requests.Response) -> str:
    there = urljoin(here, response.headers.get("Location", ""))
    if urlsplit(there).scheme not in ("http", "https"):
        raise PermanentSourceError(f"{shown(here)} redirects to something that is not HTTP. Enter where it ends.")
    if urlsplit(here).scheme == "https" and urlsplit(there).scheme == "http":
        raise PermanentSourceError(f"{shown(here)} redirects from https to http. Enter an address that stays safe.")
    return there


def _require_success(response: requests.Response) -> None:
    status = response.status_code
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    where = f"{shown(response.url)} answered {status}"
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise PermanentSourceError(
            f"{where}: the secret is missing, wrong, or may not read this. Enter it again.", about_source=True
        )
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS) or status >= 500:  # noqa: PLR2004
        wait = _retry_after(response.headers.get("Retry-After", ""))
        raise PassingSourceError(f"{where}. It is asked again later.", retry_after=wait)
    raise PermanentSourceError(f"{where}{_said(response)}. Look at the address and at the metric's query.")


def _said(response: requests.Response) -> str:
    """What a JSON answer gives as its error, in a few words; nothing for other answers."""
    try:
        told = json.loads(response.raw.read1(PIECE, decode_content=True))
        told = next((told[name] for name in ("error", "message", "detail", "title") if told.get(name)), "")
    except (ValueError, AttributeError, HTTPError, OSError):
        return ""
    return f": {' '.join(str(told).split())[:SHOWN]}".rstrip(". :")


def _retry_after(text: str) -> float | None:
    """Seconds, from the number or the date of the header; none when it says nothing sensible."""
    try:
        if text.strip().isdigit() and len(text) < 10:  # noqa: PLR2004 (digits)
            wait = float(text)
        else:
            wait = parsedate_to_datetime(text).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(wait, LONGEST_WAIT) if wait > 0 else None


def _require_whole(response: requests.Response, arrived: int) -> None:
    said = response.headers.get("Content-Length", "")
    packed = response.headers.get("Content-Encoding", "identity") != "identity"
    if said.isdigit() and not packed and arrived < int(said):
        raise PassingSourceError(f"{shown(response.url)} broke off after {arrived:,} of {int(said):,} bytes.")


def _refusal(error: BaseException | None) -> Refused | None:
    """The refusal within an error, however deep it was wrapped."""
    while error is not None and not isinstance(error, Refused):
        inner = [*error.args, getattr(error, "reason", None)]
        error = next((each for each in inner if isinstance(each, BaseException)), None)
    return error
