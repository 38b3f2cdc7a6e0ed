"""Links of visitors: what is fetched, and what is refused, from real servers with certificates."""

from __future__ import annotations

import gzip
import itertools
import socket
import threading
import time

import pytest

from core.errors import InvalidInputError
from core.media import fetching
from core.media.fetching import fetch
from tests.public_server import HOST, PUBLIC, PublicServer, public_server, sends

URL = f"https://{HOST}/cats/grey%20cat.jpg?size=2"
PATH = "/cats/grey%20cat.jpg?size=2"
PHOTO = bytes(range(256)) * 1000
NOT_PUBLIC = "Expected a link to a server on the public internet."


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("GRAFT_OFFLINE", raising=False)
    with public_server() as started:
        started.answers[PATH] = sends(PHOTO)
        yield started


def fetched(server: PublicServer, url: str = URL, **options):
    bounds = {"max_bytes": 1 << 20, "seconds": 20.0}
    return fetch(url, network=server.network, **bounds | options)


def refusal(server: PublicServer, url: str = URL, **options) -> str:
    with pytest.raises(InvalidInputError) as caught:
        fetched(server, url, **options)
    message = str(caught.value)
    assert message.startswith("Expected ") and "Received: " in message
    return message


# What is fetched


def test_a_file_is_fetched_from_the_host_of_the_link(server):
    file = fetched(server)
    assert (file.data, file.name) == (PHOTO, "grey cat.jpg")
    assert server.asked == [(HOST, PATH)]
    assert server.connected == [PUBLIC]


def test_spaces_and_letters_of_other_scripts_may_stand_in_a_link(server):
    server.answers["/gr%C3%BCn%20a.jpg"] = sends(b"x")
    assert fetched(server, f" https://{HOST}/grün a.jpg\n").name == "grün a.jpg"


@pytest.mark.parametrize("path", ["", "/", "/?a.jpg"])
def test_without_a_name_the_file_is_called_after_its_host(server, path):
    server.answers[f"/{path.strip('/')}"] = sends(b"x")
    assert fetched(server, f"https://{HOST}{path}").name == HOST


def test_a_name_is_short_and_holds_no_control_characters(server):
    server.answers["/a%0A%00" + "b" * 500 + ".jpg"] = sends(b"x")
    name = fetched(server, f"https://{HOST}/a%0A%00{'b' * 500}.jpg").name
    assert len(name) == 100 and name.isprintable() and name.endswith("b.jpg")


def test_an_answer_in_pieces_without_a_length_is_read(server):
    def answer(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()
        for piece in (b"3\r\nabc\r\n", b"2\r\nde\r\n", b"0\r\n\r\n"):
            handler.wfile.write(piece)

    server.answers[PATH] = answer
    assert fetched(server).data == b"abcde"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_resolved_again(server, status):
    server.answers["/a"] = sends(b"", status, Location="b/../cats/grey%20cat.jpg?size=2")
    file = fetched(server, f"https://{HOST}/a")
    assert (file.data, file.name) == (PHOTO, "grey cat.jpg")
    assert server.resolved == [HOST, HOST]


def test_another_address_is_tried_where_nobody_listens(server):
    server.names[HOST] = ["93.184.215.15", PUBLIC]
    server.dead.add("93.184.215.15")
    assert fetched(server).data == PHOTO
    assert server.connected == ["93.184.215.15", PUBLIC]


def test_proxies_of_the_environment_are_not_used(server, monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens
    assert fetched(server).data == PHOTO


# Links that are not followed


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (f"http://{HOST}/a.jpg", "https://"),
        (f"ftp://{HOST}/a.jpg", "https://"),
        ("file:///etc/passwd", "https://"),
        ("data:image/png;base64,AAAA", "https://"),
        (f"{HOST}/a.jpg", "https://"),
        (f"//{HOST}/a.jpg", "https://"),
        ("https:///a.jpg", "https://"),
        ("https://", "https://"),
        ("", "https://"),
        ("https://[::1", "https://"),
        ("https://exa mple/", "https://"),
        (f"https://anna@{HOST}/a.jpg", "user name"),
        (f"https://anna:secret@{HOST}/a.jpg", "user name"),
        (f"https://{HOST}:22/a.jpg", "port"),
        (f"https://{HOST}:80/a.jpg", "port"),
        (f"https://{HOST}:8443/a.jpg", "port"),
    ],
)
def test_only_https_at_its_port_without_a_password_is_asked(server, url, says):
    assert says in refusal(server, url)
    assert server.resolved == server.connected == []


PRIVATE = [
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",
    "100.64.0.1", "169.254.169.254", "192.0.0.1", "198.18.0.1", "203.0.113.9", "224.0.0.1",
    "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:93.184.215.14", "::7f00:1", "64:ff9b::7f00:1",
    "64:ff9b::a01:203", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:5db8:d70e::80ff:fffe",
    "::ffff:0:127.0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_of_an_address_that_is_not_public_is_refused_before_a_connection(server, address):
    server.names[HOST] = [address]
    assert refusal(server).startswith(NOT_PUBLIC)
    assert server.connected == []


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1::1", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_connected(server, address):
    server.names[HOST] = [address]
    assert fetched(server).data == PHOTO


def test_one_private_address_among_public_ones_is_enough(server):
    server.names[HOST] = [PUBLIC, "10.0.0.1"]
    assert refusal(server).startswith(NOT_PUBLIC)
    assert server.connected == []


def test_what_is_said_does_not_tell_what_there_is(server):
    server.names |= {"here": ["127.0.0.1"], "there": ["10.0.0.1"], "nowhere": []}
    hosts = ["here", "there", "nowhere", "unknown", f"{'a' * 70}.example"]
    assert len({refusal(server, f"https://{host}/") for host in hosts}) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost",
        "LOCALHOST.", "[::1]", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[::ffff:7f00:1]",
        "169.254.169.254", "2852039166", "①②⑦.0.0.1",
    ],
)  # fmt: skip
def test_no_way_to_write_a_private_address_leads_to_it(server, host, monkeypatch):
    monkeypatch.setattr("urllib3.connection.HTTPSConnection.connect", lambda _: pytest.fail())
    with pytest.raises(InvalidInputError, match="Expected"):
        fetch(f"https://{host}/", max_bytes=99)


def test_a_name_is_resolved_once_and_what_was_checked_is_connected(server):
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])

    class Rebinding(dict):
        def __getitem__(self, host):
            return next(answers)

    server.names = Rebinding({HOST: None})
    assert fetched(server).data == PHOTO
    assert server.resolved == [HOST]
    assert server.connected == [PUBLIC]


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (f"http://{HOST}/a.jpg", "https://"),
        ("file:///etc/passwd", "https://"),
        (f"https://{HOST}:22/", "port"),
        (f"https://a:b@{HOST}/", "user name"),
        ("https://inside/", NOT_PUBLIC),
        ("//inside/", NOT_PUBLIC),
        ("https://127.0.0.1/", NOT_PUBLIC),
    ],
)
def test_redirects_keep_to_the_same_rules(server, place, says):
    server.names |= {"inside": ["10.0.0.1"], "127.0.0.1": ["127.0.0.1"]}
    server.answers["/a"] = sends(b"", 302, Location=place)
    assert says in refusal(server, f"https://{HOST}/a")
    assert server.connected == [PUBLIC]


def test_redirects_end(server):
    server.answers["/a"] = sends(b"", 302, Location="/a")
    assert "redirects" in refusal(server, f"https://{HOST}/a")
    assert len(server.asked) == 6


def test_nobody_is_asked_offline(server, monkeypatch):
    monkeypatch.setenv("GRAFT_OFFLINE", "1")
    assert "GRAFT_OFFLINE" in refusal(server)
    assert server.resolved == []


# Answers that are not taken


@pytest.mark.parametrize(("status", "says"), [(404, "404 (Not Found)"), (500, "500"), (299, "299")])
def test_another_answer_than_a_file_is_said(server, status, says):
    server.answers[PATH] = sends(b"secret", status)
    message = refusal(server)
    assert says in message and "secret" not in message


def test_a_file_that_says_that_it_is_too_large_is_not_read(server):
    server.answers[PATH] = sends(b"x", Content_Length=str(1 << 40))
    assert "at most 1 MiB" in refusal(server)


def test_a_body_without_an_end_is_cut(server):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        for _ in itertools.count():
            handler.wfile.write(bytes(1 << 16))

    server.answers[PATH] = answer
    assert "at most 1 MiB" in refusal(server)


def test_a_file_of_just_the_bound_is_taken_and_one_byte_more_is_not(server):
    assert fetched(server, max_bytes=len(PHOTO)).data == PHOTO
    for length in (str(len(PHOTO)), ""):
        server.answers[PATH] = sends(PHOTO, Content_Length=length)
        assert "at most" in refusal(server, max_bytes=len(PHOTO) - 1)


def test_a_body_shorter_than_it_says_is_no_file(server):
    server.answers[PATH] = sends(PHOTO, Content_Length=str(len(PHOTO) + 1))
    assert "connection that failed" in refusal(server)


def test_of_a_body_longer_than_it_says_only_that_much_is_taken(server):
    server.answers[PATH] = sends(PHOTO, Content_Length="10")
    assert fetched(server).data == PHOTO[:10]


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_compressed_answers_are_refused_before_they_are_unpacked(server, encoding):
    server.answers[PATH] = sends(gzip.compress(bytes(9 << 20)), Content_Encoding=encoding)
    assert "compressed" in refusal(server)


def test_compressed_answers_that_do_not_say_so_stay_as_they_are(server):
    bomb = gzip.compress(bytes(9 << 20))
    server.answers[PATH] = sends(bomb, Content_Type="application/gzip")
    assert fetched(server).data == bomb


def test_a_certificate_of_another_name_is_refused(server):
    server.names["other.example"] = [PUBLIC]
    assert "certificate" in refusal(server, "https://other.example/")
    assert server.asked == []


def test_a_certificate_of_an_unknown_authority_is_refused(server):
    with public_server() as stranger:
        server.port = stranger.port
        assert "certificate" in refusal(server)
        assert stranger.asked == []


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.", b"220 smtp.example\r\n\r\n"])
def test_a_connection_that_ends_before_an_answer_is_said(server, sent):
    server.answers[PATH] = lambda handler: handler.wfile.write(sent)
    assert "connection that failed" in refusal(server)


def test_a_host_where_nobody_listens_is_said(server):
    server.dead.add(PUBLIC)
    assert "connection that failed" in refusal(server)


# Time


def drips(head: bytes):
    """An answer of which a byte comes now and then, without an end."""

    def answer(handler):
        handler.wfile.write(head)
        for _ in itertools.count():
            handler.wfile.write(b"x")
            time.sleep(0.05)

    return answer


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA: ", b"HTTP/1.1 200 "],
    ids=["body", "headers", "status"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_cut(server, head):
    server.answers[PATH] = drips(head)
    assert "within 1 seconds" in refusal(server, seconds=1.0)


def test_a_server_that_never_begins_tls_is_cut(server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server.port = silent.getsockname()[1]
        assert "within 1 seconds" in refusal(server, seconds=1.0)


def test_redirects_share_the_time(server):
    def answer(handler):
        time.sleep(0.4)
        sends(b"", 302, Location="/a")(handler)

    server.answers["/a"] = answer
    assert "within 1 seconds" in refusal(server, f"https://{HOST}/a", seconds=1.0)


def test_a_name_that_takes_long_to_resolve_is_cut(server, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr(PublicServer, "_resolve", lambda *_: [PUBLIC] * ended.wait(20))
    try:
        assert "within" in refusal(server, seconds=0.2)
    finally:
        ended.set()


def test_so_many_are_fetched_at_once_and_others_wait_no_longer_than_they_may(server, monkeypatch):
    monkeypatch.setattr(fetching, "_turns", threading.BoundedSemaphore(1))
    with fetching._turns:
        assert "within" in refusal(server, seconds=0.2)
    assert fetched(server).data == PHOTO


def test_an_error_of_the_caller_stays_its_own(server):
    with (
        pytest.raises(OSError, match="disk"),
        fetching.opened(URL, max_bytes=99999999, seconds=20, network=server.network),
    ):
        raise OSError("disk")
