"""What a browser may ask Streamlit for, beside what the pages draw: nothing that touches other visitors.

Any browser can send Streamlit's message `clear_cache`, which empties the caches of all sessions, and can upload files
that no page has asked for. Streamlit has no option against either, so its handlers are replaced here.
"""

import sys

from streamlit import config
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from pages.shell.settings import broken_settings

_CLEAR_CACHE = "_handle_clear_cache_request"
_BOUNDED = "has_upload_bounds"
_UPLOAD_SIZE = "server.maxUploadSize"


def guard_sessions() -> None:
    """Take the message away from browsers, and bound the uploads of this server; every page calls it as it begins."""
    setattr(AppSession, _CLEAR_CACHE, clear_own_session)
    if Runtime.exists() and not broken_settings():
        _bound_uploads(Runtime.instance().uploaded_file_mgr)


def clear_own_session(session: AppSession) -> None:
    """Do what `clear_cache` may do: forget what the session itself remembers, and nothing of others."""
    session.session_state.clear()


def _bound_uploads(manager: object) -> None:
    """Let no browser fill the memory; the library is there by then, or this waits for the next page."""
    if "masking.runtime.settings" not in sys.modules or not isinstance(manager, MemoryUploadedFileManager):
        return
    from pages.shell.settings import operator_settings
    from pages.shell.upload_memory import UploadBounds

    limits = operator_settings().limits
    if "upload_megabytes" in limits.model_fields_set or operator_settings().public:
        config.set_option(_UPLOAD_SIZE, limits.upload_megabytes)
    if not getattr(manager, _BOUNDED, False):
        setattr(manager, _BOUNDED, True)
        manager.add_file = UploadBounds(manager, operator_settings).add_file
