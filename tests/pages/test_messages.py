"""What browsers send to pages, and pages to browsers, against the real server."""

from __future__ import annotations

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosedError
from websockets.frames import CloseCode
from websockets.sync.client import ClientConnection, connect

from pages._ui.live_text import MOST_TYPED
from tests.conftest import Server

MB = 1_000_000
LARGE_PAGE = """
import streamlit as st
st.text("x" * 6_000_000)
"""
APP = """
import streamlit as st
from pages._server.messages import let_pages_send_more
let_pages_send_more()
app = st.App("page.py")
"""


def connected(server: Server, session: str = "") -> ClientConnection:
    """A browser that comes, or comes back to a session."""
    known = ["streamlit", "none", session] if session else ["streamlit"]
    url = f"{server.url.replace('http', 'ws', 1)}/_stcore/stream"
    return connect(url, subprotocols=known, max_size=None, compression=None, open_timeout=60)


def run(browser: ClientConnection, text: str = "") -> list[ForwardMsg]:
    """What a page sends for a run with a text in a widget, its messages in order."""
    script = BackMsg()
    script.rerun_script.page_name = "projects"  # which does little
    script.rerun_script.widget_states.widgets.add(id="text", string_value=text)
    browser.send(script.SerializeToString())
    messages = []
    while not messages or messages[-1].WhichOneof("type") != "script_finished":
        messages.append(ForwardMsg.FromString(browser.recv(timeout=60)))
    return messages


def session_of(messages: list[ForwardMsg]) -> str:
    (new,) = [m.new_session for m in messages if m.WhichOneof("type") == "new_session"]
    return new.initialize.session_id


def head(size: int, *, is_last: bool = True, goes_on: bool = False) -> bytes:
    """The first bytes of a binary message of so many bytes, or of a part of one."""
    opcode = (0x80 if is_last else 0) | (0 if goes_on else 2)
    return bytes([opcode, 0xFF]) + size.to_bytes(8, "big") + bytes(4)


@pytest.mark.parametrize(
    "sent",
    [
        head(150 * MB),
        head(4 * MB + 1),
        head(3 * MB, is_last=False) + bytes(3 * MB) + head(2 * MB, goes_on=True),
    ],
    ids=["large", "just too large", "in parts"],
)
def test_a_message_that_is_too_large_is_refused_unread_and_the_browser_comes_back(server, sent):
    """Of the last part nothing is ever sent, so that whoever waited for it would wait long."""
    with connected(server) as other, connected(server) as browser:
        session = session_of(run(browser))
        browser.socket.sendall(sent)
        with pytest.raises(ConnectionClosedError) as closed:
            while True:  # what was under way comes first
                browser.recv(timeout=20)
        assert closed.value.rcvd.code == CloseCode.MESSAGE_TOO_BIG
        run(other)
    with connected(server, session) as browser:
        assert session_of(run(browser)) == session


def test_what_fields_of_pages_take_is_small_enough(server):
    with connected(server) as browser:
        run(browser, "\N{HERB}" * MOST_TYPED)


def test_pages_may_send_more(tmp_path):
    (tmp_path / "page.py").write_text(LARGE_PAGE)
    (tmp_path / "app.py").write_text(APP)
    server = Server(tmp_path, {}, str(tmp_path / "app.py"))
    try:
        with connected(server) as browser:
            bodies = [message.delta.new_element.text.body for message in run(browser)]
    finally:
        server.stop()
    assert "x" * 6 * MB in bodies
