"""Files at links that visitors give: by HTTPS, from public addresses, bounded in size and time."""

from __future__ import annotations

import contextlib
import http
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from urllib3 import HTTPResponse
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
)
from urllib3.exceptions import TimeoutError as ReadTimeout
from urllib3.util import Url, parse_url

from core.errors import InvalidInputError
from core.media.source import mib
from core.settings import settings

_PORT = 443
_MOST_REDIRECTS = 5
_MOST_ADDRESSES = 4  # that are tried, one after the other
_CONNECT_S = 5.0  # for one address
_MOST_AT_ONCE = 8
_MOST_LETTERS = 100  # of the name of a file
_CHUNK = 1 << 20  # bytes
_MOVED = frozenset({301, 302, 303, 307, 308})
_UNICAST = ipaddress.IPv6Network("2000::/3")  # https://www.iana.org/assignments/ipv6-address-space
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # an IPv4 address in its last 32 bits, RFC 6052
_NOT_PUBLIC = (
    "Expected a link to a server on the public internet. Received: one that leads to no such "
    "server. Check the address."
)
_turns = threading.BoundedSemaphore(_MOST_AT_ONCE)
_resolvers = ThreadPoolExecutor(_MOST_AT_ONCE, thread_name_prefix="resolver")


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was at a link, and the address where it was in the end."""

    data: bytes
    url: str

    @property
    def name(self) -> str:
        """The last part of the address, or its host where there is none."""
        parts = urlsplit(self.url)
        last = unquote(parts.path).rstrip("/").rpartition("/")[2]
        return "".join(filter(str.isprintable, last))[-_MOST_LETTERS:] or parts.hostname or ""


@dataclass(frozen=True, slots=True)
class Body:
    """An answer whose content is still on its way.

    Attributes
    ----------
    url : where redirects have led to.
    total : int or None
        Its bytes, where the server says how many.
    chunks : iterator of bytes
        Its content; raises `InvalidInputError` as `opened` does.
    """

    url: str
    total: int | None
    chunks: Iterator[bytes]


def _addresses_of(host: str) -> Sequence[str]:
    every = socket.getaddrinfo(host, _PORT, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in every]


@dataclass(frozen=True, slots=True)
class Network:
    """How links become connections. Tests have servers of their own; all else has `INTERNET`.

    Attributes
    ----------
    resolve : from a host to its addresses, which are then checked.
    route : from an address that was found to be public to the host and port that are connected.
    trust : makes the TLS context that certificates are checked with.
    """

    resolve: Callable[[str], Sequence[str]] = _addresses_of
    route: Callable[[str], tuple[str, int]] = lambda address: (address, _PORT)
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context


INTERNET = Network()


def fetch(
    url: str, *, max_bytes: int, seconds: float = 30.0, network: Network = INTERNET
) -> Fetched:
    """The file at a link that a visitor gives; see `opened`, which says what is refused.

    Parameters
    ----------
    max_bytes : int > 0 [bytes]
    seconds : float > 0 [s]
        From here to the last byte, with the wait while many others are fetched.
    """
    start = time.monotonic()
    if not _turns.acquire(timeout=seconds):
        raise _too_slow(seconds)
    try:
        left = seconds - (time.monotonic() - start)
        with opened(url, max_bytes=max_bytes, seconds=left, network=network) as body:
            return Fetched(b"".join(body.chunks), body.url)
    finally:
        _turns.release()


@contextlib.contextmanager
def opened(
    url: str, *, max_bytes: int, seconds: float, network: Network = INTERNET
) -> Iterator[Body]:
    """Ask for the file at a link that a visitor gives, and follow redirects.

    Only HTTPS at its usual port is spoken. The host is resolved once for each request, all its
    addresses have to be public, and one of those that were checked is connected, with the
    certificate of the host. Proxies of the environment are not used: they would resolve the host
    themselves, and they stand where private addresses can be reached.

    Parameters
    ----------
    max_bytes : int > 0 [bytes]
        Of the file; compressed answers are refused.
    seconds : float > 0 [s]
        From here to the last byte.

    Raises
    ------
    InvalidInputError
        For a link that may not be followed or has no such file, and where `GRAFT_OFFLINE` is set.
        What it says of private addresses does not depend on what is there.
    """
    if settings().offline:
        raise InvalidInputError(
            "Expected a network to fetch a link. Received: GRAFT_OFFLINE is set. Upload the file."
        )
    until = time.monotonic() + seconds
    with contextlib.ExitStack() as stack:
        with _explained(seconds):  # which the caller's own errors are not for
            url, response = _followed(url, until, network, stack)
            _check(response, max_bytes)
        yield Body(url, response.length_remaining, _read(response, max_bytes, seconds))


def _followed(
    url: str, until: float, network: Network, stack: contextlib.ExitStack
) -> tuple[str, HTTPResponse]:
    """The first answer that is no redirect, and where it came from; `stack` closes it."""
    context = _timed(network.trust(), until)
    for _ in range(_MOST_REDIRECTS + 1):
        target = _checked(url)
        connection = _connected(target, until, context, network)
        stack.callback(connection.close)
        response = _answer(connection, target)
        stack.callback(response.close)  # which holds the socket where the connection ends with it
        place = response.headers.get("Location")
        if response.status not in _MOVED or not place:
            return target.url, response
        url = urljoin(target.url, place)
    raise InvalidInputError(
        f"Expected at most {_MOST_REDIRECTS} redirects from a link. Received: more."
    )


def _checked(url: str) -> Url:
    try:
        parts = parse_url(url.strip())
    except LocationParseError as err:
        raise InvalidInputError(
            "Expected a link that starts with https://. Received: one that cannot be read."
        ) from err
    if parts.scheme != "https" or not parts.host:
        raise InvalidInputError(
            "Expected a link, and any redirect from it, to start with https:// and a host. "
            "Received: another one."
        )
    if parts.auth is not None:
        raise InvalidInputError(
            "Expected a link without a user name and a password. Received: one that has them."
        )
    if parts.port not in (None, _PORT):
        raise InvalidInputError(
            f"Expected a link to port {_PORT}, that of HTTPS. Received: another port."
        )
    return parts


def _is_public(address: str) -> bool:
    """Whether everybody can reach it: tunnels and translators count by where they lead."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        elif ip not in _UNICAST or ip.sixtofour or ip.teredo:
            return False
    return ip.is_global and not ip.is_multicast


def _public_addresses(host: str, until: float, network: Network) -> list[str]:
    """One sentence for all that is not public, whether there is such a host or not."""
    resolving = _resolvers.submit(network.resolve, host)
    try:
        addresses = list(dict.fromkeys(resolving.result(_left(until))))
        if addresses and all(map(_is_public, addresses)):
            return addresses[:_MOST_ADDRESSES]
    except TimeoutError:
        resolving.cancel()
        raise
    except (OSError, ValueError) as err:  # ValueError: a name that no server can have
        raise InvalidInputError(_NOT_PUBLIC) from err
    raise InvalidInputError(_NOT_PUBLIC)


def _connected(
    target: Url, until: float, context: ssl.SSLContext, network: Network
) -> HTTPSConnection:
    """The first address that takes the connection; the certificate has to be the host's."""
    host = str(target.host).strip("[]")
    for address in _public_addresses(host, until, network):
        place, port = network.route(address)
        connection = HTTPSConnection(
            place,
            port,
            timeout=min(_CONNECT_S, _left(until)),
            ssl_context=context,
            server_hostname=host,
        )
        try:
            connection.connect()
            return connection
        except (NewConnectionError, ConnectTimeoutError):
            connection.close()
        except BaseException:
            connection.close()
            raise
    raise ConnectionError


def _answer(connection: HTTPSConnection, target: Url) -> HTTPResponse:
    headers = {
        "Host": str(target.host),
        "User-Agent": "graft",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    connection.request(
        "GET", target.request_uri, headers=headers, preload_content=False, decode_content=False
    )
    return connection.getresponse()


def _check(response: HTTPResponse, max_bytes: int) -> None:
    if response.status != http.HTTPStatus.OK:
        raise InvalidInputError(
            "Expected a file at the link. Received: the server's answer "
            f"{response.status}{_phrase(response.status)}."
        )
    if response.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise InvalidInputError(
            "Expected a file as it is. Received: a compressed answer. "
            "Download the file and upload it."
        )
    if (response.length_remaining or 0) > max_bytes:
        raise _too_large(max_bytes)


def _phrase(status: int) -> str:
    """What HTTP calls a status; the server's own words are not shown."""
    try:
        return f" ({http.HTTPStatus(status).phrase})"
    except ValueError:
        return ""


def _read(response: HTTPResponse, max_bytes: int, seconds: float) -> Iterator[bytes]:
    size = 0
    with _explained(seconds):
        while chunk := response.read(_CHUNK, decode_content=False):
            size += len(chunk)
            if size > max_bytes:
                raise _too_large(max_bytes)
            yield chunk


def _timed(context: ssl.SSLContext, until: float) -> ssl.SSLContext:
    """The context, whose sockets wait until that time in all, and not for each piece."""

    class TimedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            self.settimeout(_left(until))
            super().do_handshake(block)

        def recv_into(self, *arguments: Any) -> int:  # what is read of an answer comes by it
            self.settimeout(_left(until))
            return super().recv_into(*arguments)

    context.sslsocket_class = TimedSocket
    return context


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


@contextlib.contextmanager
def _explained(seconds: float) -> Iterator[None]:
    """What goes wrong with a public server, in a sentence."""
    try:
        yield
    except (TimeoutError, ReadTimeout) as err:
        raise _too_slow(seconds) from err
    except ssl.SSLError as err:
        raise InvalidInputError(
            "Expected a server with a valid certificate for its name. Received: another one."
        ) from err
    except (OSError, HTTPError, http.client.HTTPException) as err:
        raise InvalidInputError(
            "Expected a file at the link. Received: a connection that failed. "
            "Check the link, and try again."
        ) from err


def _too_slow(seconds: float) -> InvalidInputError:
    return InvalidInputError(
        f"Expected the file within {seconds:.0f} seconds. Received: not all of it. "
        "Try again, or download the file and upload it."
    )


def _too_large(max_bytes: int) -> InvalidInputError:
    return InvalidInputError(
        f"Expected a file of at most {mib(max_bytes)} at the link. Received: more."
    )
