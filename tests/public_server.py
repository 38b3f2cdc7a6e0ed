"""Servers on this machine that links reach under public names, with certificates of their own."""

from __future__ import annotations

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import trustme

from core.media.fetching import Network

PUBLIC = "93.184.215.14"
"""A public address, which leads to the server here."""
HOST = "photos.example"


@dataclass
class PublicServer:
    """A server of HTTPS with a certificate for `HOST`.

    Attributes
    ----------
    answers : by path, a function that answers the request.
    names : addresses by host.
    asked : host and path of the requests.
    resolved : hosts that were resolved.
    connected : addresses that were connected.
    """

    port: int = 0
    authority: trustme.CA = field(default_factory=trustme.CA)
    answers: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = field(
        default_factory=dict
    )
    names: dict[str, Sequence[str]] = field(default_factory=lambda: {HOST: [PUBLIC]})
    asked: list[tuple[str, str]] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)

    @property
    def network(self) -> Network:
        """What reaches this server alone; which addresses are public is what Graft itself says."""
        return Network(self._resolve, self._route, self._trust)

    def _resolve(self, host: str) -> Sequence[str]:
        self.resolved.append(host)
        if host not in self.names:
            raise OSError("no such host")
        return self.names[host]

    def _route(self, address: str) -> tuple[str, int]:
        self.connected.append(address)
        return ("127.0.0.1", 9 if address in self.dead else self.port)  # 9: nobody listens

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self.authority.configure_trust(context)
        return context


@contextmanager
def public_server() -> Iterator[PublicServer]:
    """A `PublicServer` that runs in threads."""
    server = PublicServer()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            self.request.settimeout(20)
            super().setup()

        def do_GET(self) -> None:
            self.close_connection = True
            server.asked.append((self.headers["Host"], self.path))
            try:
                server.answers[self.path](self)
                self.wfile.flush()
            except (OSError, ssl.SSLError):  # the visitor has left
                pass

        def log_message(self, *_: object) -> None:
            pass

    class Quiet(http.server.ThreadingHTTPServer):
        def finish_request(self, request: object, client_address: object) -> None:
            try:
                with context.wrap_socket(request, server_side=True) as secured:
                    super().finish_request(secured, client_address)
            except OSError:  # the certificate was refused, or nothing came
                pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.authority.issue_cert(HOST).configure_cert(context)
    with Quiet(("127.0.0.1", 0), Handler) as httpd:
        server.port = httpd.server_port
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        httpd.shutdown()
        thread.join()


def sends(
    data: bytes, status: int = 200, **headers: str
) -> Callable[[http.server.BaseHTTPRequestHandler], None]:
    """An answer with its length, unless `Content_Length` says another one."""

    def answer(handler: http.server.BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content_Length": str(len(data)), **headers}.items():
            if value:
                handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer
