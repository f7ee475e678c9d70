"""What browsers may ask of Streamlit: nothing that touches other visitors."""

import inspect

import pytest
import streamlit as st
from starlette.exceptions import HTTPException
from streamlit.proto.BackMsg_pb2 import (
    BackendOperationRequest,
    BackMsg,
    DeferredFileRequestPayload,
    InstallSkillsRequestPayload,
)
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime import app_session
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.state.session_state import SessionState
from streamlit.runtime.uploaded_file_manager import UploadedFileRec
from streamlit.testing.v1 import AppTest

from masking.runtime.limits import read_limits
from masking.runtime.settings import Settings
from pages.shell import upload_memory
from pages.shell.session_guard import _without_the_folder, guard_sessions, is_needed
from pages.shell.upload_memory import UploadBounds


class QuietSession(AppSession):
    """A session as far as messages need it: no script runs."""

    def __init__(self):
        self._session_state = SessionState()
        self._session_state["choice"] = "mine"

    def __del__(self):
        pass


def test_streamlit_still_has_the_handler_that_is_replaced():
    """Another version may call it otherwise; then nothing would be replaced."""
    source = inspect.getsource(app_session)
    assert "def _handle_clear_cache_request(self)" in source
    assert "self._handle_clear_cache_request()" in source


def test_a_browser_that_clears_the_caches_clears_its_own_session_only():
    guard_sessions()
    calls = []

    @st.cache_resource(show_spinner=False)
    def resource():
        calls.append("resource")
        return object()

    @st.cache_data(show_spinner=False)
    def data():
        calls.append("data")
        return 1

    resource(), data()
    first, second = QuietSession(), QuietSession()
    first.handle_backmsg(BackMsg(clear_cache=True))
    resource(), data()
    assert calls == ["resource", "data"]
    assert "choice" not in first.session_state
    assert second.session_state["choice"] == "mine"


NOT_NEEDED = {
    "_handle_git_information_request": BackMsg(load_git_info=True),
    "_handle_set_run_on_save_request": BackMsg(set_run_on_save=True),
    "_handle_backend_operation_request": BackMsg(
        backend_operation_request=BackendOperationRequest(request_id="1", install_skills=InstallSkillsRequestPayload())
    ),
}


@pytest.mark.parametrize("handler", NOT_NEEDED)
def test_messages_that_no_page_needs_are_not_answered(monkeypatch, handler):
    """They would tell the names of files in the repository, or write files beside the program."""
    guard_sessions()
    calls = []
    monkeypatch.setattr(AppSession, handler, lambda *_: calls.append(handler))
    session = QuietSession()
    session.handle_backmsg(NOT_NEEDED[handler])
    assert calls == []
    monkeypatch.setattr(AppSession, "_handle_stop_script_request", lambda *_: calls.append("stop"))
    session.handle_backmsg(BackMsg(stop_script=True))
    assert calls == ["stop"]


def test_operations_that_pages_need_pass():
    downloads = BackendOperationRequest(request_id="1", deferred_file=DeferredFileRequestPayload(file_id="a"))
    assert is_needed(BackMsg(backend_operation_request=downloads))
    assert not is_needed(BackMsg(backend_operation_request=BackendOperationRequest(request_id="1")))
    assert not is_needed(BackMsg())


def test_a_browser_is_always_sent_whole_parts(monkeypatch):
    """It may have forgotten what it says it has; then the page would stop for ever."""
    guard_sessions()
    requests = []
    monkeypatch.setattr(AppSession, "request_rerun", lambda _, state: requests.append(state))
    state = ClientState(query_string="image=cat", cached_message_hashes=["abc"])
    QuietSession().handle_backmsg(BackMsg(rerun_script=state))
    assert requests == [ClientState(query_string="image=cat")]


def test_browsers_are_not_told_in_which_folder_the_program_lies():
    def greet(_: object) -> ForwardMsg:
        message = ForwardMsg()
        message.new_session.main_script_path = "/srv/secret/app.py"
        return message

    assert _without_the_folder(greet)(None).new_session.main_script_path == "app.py"
    guard_sessions()
    assert AppSession._create_new_session_message.is_guarded
    assert AppSession.handle_backmsg.is_guarded


def file(name: str, size: int) -> UploadedFileRec:
    return UploadedFileRec(name, f"{name}.png", "image/png", b"x" * size)


@pytest.fixture
def manager(monkeypatch):
    """Streamlit's store of uploads with limits in bytes: 10 at once, 20 of a session, 50 of all."""
    monkeypatch.setattr(upload_memory, "MEGABYTE", 1)
    values = {"upload_megabytes": 10, "uploads_per_visitor_megabytes": 20, "uploads_megabytes": 50}
    made = MemoryUploadedFileManager("/upload")
    made.add_file = UploadBounds(made, lambda: Settings(limits=read_limits(values))).add_file
    return made


def held(manager, session_id):
    return list(manager.file_storage.get(session_id, {}))


def test_the_oldest_uploads_of_a_session_give_way_to_its_new_ones(manager):
    for name in "abc":
        manager.add_file("one", file(name, 10))
    manager.add_file("two", file("d", 10))
    assert (held(manager, "one"), held(manager, "two")) == (["b", "c"], ["d"])


def test_what_is_too_large_is_not_held(manager):
    with pytest.raises(HTTPException) as refused:
        manager.add_file("one", file("a", 11))
    assert refused.value.status_code == 413
    assert held(manager, "one") == []


def test_a_full_server_takes_no_more_and_drops_nothing(manager):
    for number in range(5):
        manager.add_file(f"session {number}", file("a", 10))
    with pytest.raises(HTTPException) as refused:
        manager.add_file("one more", file("a", 10))
    assert refused.value.status_code == 507
    assert sum(len(held(manager, f"session {number}")) for number in range(5)) == 5


SCRIPT = """
import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile
from pages.shell.upload_memory import take_upload

uploaded = st.file_uploader("File", key="file")
manager = get_script_run_ctx().uploaded_file_mgr
if uploaded is not None:
    st.session_state["bytes"] = [manager._total_bytes]
    result = take_upload(uploaded, lambda file: file.name, {remember})
    st.session_state["bytes"].append(manager._total_bytes)
    again = take_upload(DeletedFile(uploaded.file_id), lambda file: file.name, {remember})
    st.session_state["results"] = [result, again]
"""


@pytest.mark.parametrize(("remember", "again"), [(False, None), (True, "a.txt")])
def test_an_upload_is_released_once_it_is_taken(remember, again):
    at = AppTest.from_string(SCRIPT.format(remember=remember)).run()
    at.file_uploader(key="file").upload("a.txt", b"hello").run()
    assert not at.exception
    assert at.session_state["bytes"] == [5, 0]
    assert at.session_state["results"] == ["a.txt", again]
