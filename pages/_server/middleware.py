"""What every request passes on its way to the pages."""

from __future__ import annotations

from typing import cast

from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.api.headers import SecurityHeaders
from core.api.uploads import UploadBounds
from core.sign_in import Login
from pages._server.after_sign_in import AfterSignIn
from pages._ui.inline_scripts import inline_scripts


def middleware(login: Login | None) -> list[Middleware]:
    """From the outside in.

    Parameters
    ----------
    login : how people sign in, where they do.
    """
    around = [
        Middleware(SecurityHeaders, inline_scripts=inline_scripts()),
    ]
    if login is None:
        return [*around, Middleware(UploadBounds, held=_held)]
    return [
        *around,
        Middleware(UploadBounds, held=_held, may_upload=_is_signed_in),
        Middleware(AfterSignIn, is_encrypted=login.url.startswith("https://")),
    ]


def _is_signed_in(session: str) -> bool:
    known = runtime.get_instance().get_app_session(session)
    return known is not None and bool(known._user_info.get("is_logged_in"))


def _held() -> dict[str, int]:
    """Bytes of uploads by session."""
    manager = cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)
    sessions = list(manager.file_storage.items())
    return {name: sum(len(file.data) for file in list(files.values())) for name, files in sessions}
