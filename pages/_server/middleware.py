"""What every request passes on its way to the pages."""

from __future__ import annotations

from typing import cast

from starlette.middleware import Middleware
from streamlit import runtime
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from core.api.headers import SecurityHeaders
from core.api.uploads import UploadBounds
from pages._ui.inline_scripts import inline_scripts


def middleware() -> list[Middleware]:
    """From the outside in."""
    return [
        Middleware(SecurityHeaders, inline_scripts=inline_scripts()),
        Middleware(UploadBounds, held=_held),
    ]


def _held() -> dict[str, int]:
    """Bytes of uploads by session."""
    manager = cast(MemoryUploadedFileManager, runtime.get_instance().uploaded_file_mgr)
    sessions = list(manager.file_storage.items())
    return {name: sum(len(file.data) for file in list(files.values())) for name, files in sessions}
