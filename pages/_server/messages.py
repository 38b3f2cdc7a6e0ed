"""What messages between pages and browsers may be: how large, and for what."""

from __future__ import annotations

from streamlit.runtime import runtime_util
from streamlit.runtime.app_session import AppSession

_MOST_SENT = 200_000_000  # bytes; what Streamlit allows by default


def let_pages_send_more() -> None:
    """Bound what pages send by itself, and what browsers send by `server.maxMessageSize` alone.

    Streamlit has one bound for both. By then its server has read it for what comes in, where a
    message is refused by the size that its first bytes state, before the rest is read.
    """
    runtime_util._max_message_size_bytes = _MOST_SENT


def let_nobody_clear_caches() -> None:
    """Have a message do nothing with which any browser empties the caches of everybody."""
    AppSession._handle_clear_cache_request = _do_nothing  # type: ignore[method-assign]


def _do_nothing(self: AppSession) -> None:
    pass
