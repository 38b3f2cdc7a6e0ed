"""How large messages between pages and browsers may be."""

from __future__ import annotations

from streamlit.runtime import runtime_util

_MOST_SENT = 200_000_000  # bytes; what Streamlit allows by default


def let_pages_send_more() -> None:
    """Bound what pages send by itself, and what browsers send by `server.maxMessageSize` alone.

    Streamlit has one bound for both. By then its server has read it for what comes in, where a
    message is refused by the size that its first bytes state, before the rest is read.
    """
    runtime_util._max_message_size_bytes = _MOST_SENT
