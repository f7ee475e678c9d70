"""What has been uploaded and not yet taken: held in memory by Streamlit, within bounds and only until it is taken.

Streamlit keeps every uploaded file for as long as its session lives. A page takes a file once, through `take_upload`,
which then releases it.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import streamlit as st
from starlette.exceptions import HTTPException
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile, UploadedFileRec

from masking.runtime.settings import Settings

T = TypeVar("T")
MEGABYTE = 2**20
MOST_REMEMBERED = 16
_TAKEN = "uploads_taken"
"""Session key: what was made of uploaded files, by their ids."""


def take_upload(uploaded: Any, take: Callable[[UploadedFile], T], remember: bool = False) -> T | None:
    """Return what `take` makes of an uploader's file, and release the file; None if there is no new file.

    What `take` raises is raised, and the file is released.

    Args:
        uploaded: what the uploader holds; a file that was taken before is no new one.
        take: reads the file.
        remember: give what was made of a file again for as long as the uploader shows it; for small results only.
    """
    taken: dict[str, Any] = st.session_state.setdefault(_TAKEN, {}) if remember else {}
    if isinstance(uploaded, DeletedFile):
        return taken.get(uploaded.file_id)
    if not isinstance(uploaded, UploadedFile):
        return None
    if uploaded.file_id not in taken:
        try:
            taken[uploaded.file_id] = take(uploaded)
        finally:
            _release(uploaded)
    while len(taken) > MOST_REMEMBERED:
        del taken[next(iter(taken))]
    return taken[uploaded.file_id]


def _release(uploaded: UploadedFile) -> None:
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)


class UploadBounds:
    """Bounds on what Streamlit holds in memory of files that nobody has taken yet.

    Args:
        manager: Streamlit's store of uploaded files.
        settings: returns the operator's settings.
    """

    def __init__(self, manager: MemoryUploadedFileManager, settings: Callable[[], Settings]):
        self._manager = manager
        self._settings = settings
        self._add = manager.add_file

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Hold a file; a session's own oldest files give way to it.

        Raises:
            HTTPException: it is too large, or the server holds too much; the browser shows the status.
        """
        try:
            limits = self._settings().limits
        except ValueError:
            raise HTTPException(503, "The operator's settings are broken.") from None
        if len(file.data) > limits.upload_megabytes * MEGABYTE:
            raise HTTPException(413, f"At most {limits.upload_megabytes} MB are taken at once.")
        files = self._manager.file_storage.get(session_id, {})
        for file_id in list(files):
            held = sum(len(each.data) for each in list(files.values()))
            if held + len(file.data) <= limits.uploads_per_visitor_megabytes * MEGABYTE:
                break
            self._manager.remove_file(session_id, file_id)
        everything = sum(
            len(each.data) for held in list(self._manager.file_storage.values()) for each in list(held.values())
        )
        if everything + len(file.data) > limits.uploads_megabytes * MEGABYTE:
            raise HTTPException(507, "The server holds too many uploads; try again later.")
        self._add(session_id, file)
