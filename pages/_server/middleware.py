"""What every request passes on its way to the pages."""

from __future__ import annotations

from typing import cast

from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.api.departures import Departures
from core.api.headers import SecurityHeaders
from core.api.uploads import UploadBounds
from core.memory.held import count_held
from core.sign_in import Login
from pages._server.after_sign_in import AfterSignIn
from pages._ui.inline_scripts import inline_scripts
from pages._ui.person import may_use


def middleware(login: Login | None) -> list[Middleware]:
    """From the outside in.

    Parameters
    ----------
    login : how people sign in, where they do.
    """
    count_held("Uploaded files", lambda: [file for files in _uploads().values() for file in files])
    count_held("Pictures, sounds and downloads on pages", _media)
    around = [
        Middleware(Departures),
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
    return known is not None and may_use(known._user_info)


def _held() -> dict[str, int]:
    """Bytes of uploads by session."""
    return {name: sum(map(len, files)) for name, files in _uploads().items()}


def _uploads() -> dict[str, list[bytes]]:
    """The files that each session has uploaded."""
    if not runtime.exists():
        return {}
    manager = cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)
    sessions = list(manager.file_storage.items())
    return {name: [file.data for file in list(files.values())] for name, files in sessions}


def _media() -> list[bytes]:
    """What pages show or hand out at the moment."""
    if not runtime.exists():
        return []
    storage = runtime.get_instance().media_file_mgr._storage
    files = storage._files_by_id if isinstance(storage, MemoryMediaFileStorage) else {}
    return [file.content for file in list(files.values())]
