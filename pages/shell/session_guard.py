"""What a browser may ask Streamlit for, beside what the pages draw: nothing that touches other visitors or the machine.

Any browser can send Streamlit's message `clear_cache`, which empties the caches of all sessions, can ask for the names
of files in the project's git repository, can have files written beside the program, and can upload what no page has
asked for. Streamlit has no options against these. So messages pass only if the pages need their kind, and the handlers
of two are replaced.

A browser also says which large parts of the page it still has, so that the server need not send them again. It may
forget one of them before the answer is there, when it moves on quickly; then it stops for ever, with "Cached ForwardMsg
MISS" (streamlit 1.67). So the server does not listen to that, and always sends whole parts.
"""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import PurePath
from typing import Any

from streamlit import config
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from pages.shell.settings import broken_settings

MESSAGES = frozenset({"rerun_script", "stop_script", "clear_cache", "file_urls_request", "app_heartbeat"})
"""The kinds of messages that pages need, beside operations; another kind is not answered."""
OPERATIONS = frozenset({"deferred_file", "dataframe_chunk"})
"""What pages need of the kind `backend_operation_request`: files that are made when somebody asks for them."""
_OPERATION = "backend_operation_request"
_CLEAR_CACHE, _RECEIVE = "_handle_clear_cache_request", "handle_backmsg"
_GREET = "_create_new_session_message"
_GUARDED = "is_guarded"
_BOUNDED = "has_upload_bounds"
_UPLOAD_SIZE = "server.maxUploadSize"


def guard_sessions() -> None:
    """Let pass what pages need, and bound the uploads of this server; it starts with this, and so does every page."""
    setattr(AppSession, _CLEAR_CACHE, clear_own_session)
    _wrap_once(_RECEIVE, _pass_what_pages_need)
    _wrap_once(_GREET, _without_the_folder)
    if Runtime.exists() and not broken_settings():
        _bound_uploads(Runtime.instance().uploaded_file_mgr)


def clear_own_session(session: AppSession) -> None:
    """Do what `clear_cache` may do: forget what the session itself remembers, and nothing of others."""
    session.session_state.clear()


def is_needed(message: BackMsg) -> bool:
    """Return whether pages need what a browser has sent."""
    kind = message.WhichOneof("type")
    if kind == _OPERATION:
        return message.backend_operation_request.WhichOneof("payload") in OPERATIONS
    return kind in MESSAGES


def _wrap_once(name: str, wrap: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    handler = getattr(AppSession, name)
    if not hasattr(handler, _GUARDED):
        wrapped = wrap(handler)
        setattr(wrapped, _GUARDED, True)
        setattr(AppSession, name, wrapped)


def _pass_what_pages_need(receive: Callable[..., None]) -> Callable[..., None]:
    @wraps(receive)
    def receive_needed(session: AppSession, message: BackMsg) -> None:
        if is_needed(message):
            if message.WhichOneof("type") == "rerun_script":
                message.rerun_script.ClearField("cached_message_hashes")
            receive(session, message)

    return receive_needed


def _without_the_folder(greet: Callable[..., ForwardMsg]) -> Callable[..., ForwardMsg]:
    """Name the program without the folder that it lies in, which Streamlit tells every browser."""

    @wraps(greet)
    def greet_without_the_folder(*arguments: Any, **options: Any) -> ForwardMsg:
        message = greet(*arguments, **options)
        message.new_session.main_script_path = PurePath(message.new_session.main_script_path).name
        return message

    return greet_without_the_folder


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
