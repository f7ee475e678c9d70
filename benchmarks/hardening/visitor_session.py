"""One visitor's session with a running dashboard: Streamlit's own protocol, without a browser."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import ClientConnection, connect

POLL_SECONDS = 0.5
"""How often a page with work under way is drawn again, as a browser does."""
SILENCE_SECONDS = 0.3
"""A page is at rest when nothing runs and the server has sent nothing for so long; this is not part of its time."""
LONGEST_MESSAGE = 256 * 2**20


@dataclass
class PageElements:
    """What a page shows: elements by their path, with the run that drew them and the fragment that they belong to."""

    elements: dict[tuple[int, ...], Any] = field(default_factory=dict[tuple[int, ...], Any])
    runs: dict[tuple[int, ...], int] = field(default_factory=dict[tuple[int, ...], int])
    fragments: dict[tuple[int, ...], str] = field(default_factory=dict[tuple[int, ...], str])
    run: int = 0

    def begin(self) -> None:
        """A run begins, of the whole page or of one fragment."""
        self.run += 1

    def add(self, path: tuple[int, ...], element: Any, fragment: str) -> None:
        """An element is drawn."""
        self.elements[path], self.runs[path], self.fragments[path] = element, self.run, fragment

    def finish(self, fragments: Collection[str]) -> None:
        """A run of these fragments ends, or of the whole page: what it did not draw again is gone, as in a browser."""
        for path in [path for path in self.elements if self.runs[path] != self.run]:
            if not fragments or self.fragments[path] in fragments:
                del self.elements[path], self.runs[path], self.fragments[path]

    def of_kind(self, kind: str) -> list[Any]:
        """Return the elements of one kind, in the order of the page."""
        elements = (self.elements[path] for path in sorted(self.elements))
        return [getattr(element, kind) for element in elements if element.WhichOneof("type") == kind]


class VisitorSession:
    """A session of a visitor who opens pages and waits until each shows its answer.

    Attributes:
        page: what the current page shows.
        faults: exceptions and error messages that pages showed, each with the page's name.
    """

    def __init__(self, port: int, patience_seconds: float = 120.0):
        self.page = PageElements()
        self.faults: list[str] = []
        self._patience = patience_seconds
        self._timers: dict[str, int] = {}
        self._name, self._query, self._fragment = "", "", ""
        self._pages: dict[str, str] = {}
        self._is_running = False
        host = f"127.0.0.1:{port}"
        self._connection = connect(
            f"ws://{host}/_stcore/stream",
            origin=f"http://{host}",  # pyright: ignore[reportArgumentType]
            subprotocols=["streamlit"],  # pyright: ignore[reportArgumentType]
            max_size=LONGEST_MESSAGE,
            proxy=None,
            ping_interval=None,
        )

    def __enter__(self) -> Self:
        self._socket: ClientConnection = self._connection.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.__exit__(kind, error, trace)

    @property
    def address(self) -> dict[str, str]:
        """The parameters in the address of the page."""
        return dict(parse_qsl(self._query, keep_blank_values=True))

    def open(self, name: str, parameters: Mapping[str, str] | None = None, is_patient: bool = True) -> float:
        """Open a page by its name in the address, and wait until it shows its answer; return the seconds it took.

        A visitor who is not patient waits until the page is drawn, with its work still under way.

        Raises:
            TimeoutError: the page is not at rest when the patience ends.
        """
        self._name, self._query, self._fragment = name, urlencode(parameters or {}), ""
        self._timers.clear()
        return self._draw([], is_patient)

    def choose(self, key: str, value: str | list[str] | None) -> float:
        """Change a select box or multiselect, or press a button (None), as `open` opens a page.

        Raises:
            KeyError: the page has no control with this key.
        """
        path, widget = self._widget(key)
        state = WidgetState(id=widget.id)
        if value is None:
            state.trigger_value = True
        elif isinstance(value, str):
            state.string_value = value
        else:
            state.string_array_value.data.extend(value)
        self._fragment = self.page.fragments[path]
        return self._draw([state], is_patient=True)

    def options(self, key: str) -> list[str]:
        """Return what a select box or multiselect offers."""
        return list(self._widget(key)[1].options)

    def _widget(self, key: str) -> tuple[tuple[int, ...], Any]:
        for path, element in self.page.elements.items():
            widget = getattr(element, element.WhichOneof("type"))
            if getattr(widget, "id", "").endswith(f"-{key}"):
                return path, widget
        raise KeyError(f"{self._name} shows no control {key!r}")

    def _draw(self, widgets: list[WidgetState], is_patient: bool) -> float:
        begin = time.monotonic()
        self._rerun(self._fragment, widgets)
        end = self._rest(begin)
        while is_patient and (self.page.of_kind("progress") or self.page.of_kind("spinner")):
            time.sleep(POLL_SECONDS)
            if time.monotonic() - begin > self._patience:
                raise TimeoutError(self._late())
            for fragment in list(self._timers):
                self._rerun(fragment, [], is_timer=True)
            end = self._rest(begin)
        self._note_faults()
        return end - begin

    def _rerun(self, fragment: str, widgets: list[WidgetState], is_timer: bool = False) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.fragment_id, state.is_auto_rerun = self._query, fragment, is_timer
        if self._name in self._pages:
            state.page_script_hash = self._pages[self._name]
        else:
            state.page_name = self._name
        state.widget_states.widgets.extend(widgets)
        self._socket.send(message.SerializeToString())
        self._is_running = True

    def _rest(self, begin: float) -> float:
        """Take what the server sends until it has drawn the page and is silent; return when it had drawn it."""
        end = time.monotonic()
        while True:
            left = self._patience - (time.monotonic() - begin)
            if left <= 0:
                raise TimeoutError(self._late())
            try:
                data = self._socket.recv(timeout=left if self._is_running else SILENCE_SECONDS)
            except TimeoutError:
                if self._is_running:
                    continue
                return end
            message = ForwardMsg()
            message.ParseFromString(data if isinstance(data, bytes) else data.encode())
            self._take(message)
            end = time.monotonic()

    def _late(self) -> str:
        under_way = ", ".join(each.text for each in self.page.of_kind("progress")) or "no progress shown"
        return f"{self._name or 'Start'} is not at rest after {self._patience:g} s ({under_way})"

    def _take(self, message: ForwardMsg) -> None:
        kind = message.WhichOneof("type")
        if kind == "new_session":
            self._is_running = True
            self.page.begin()
        elif kind == "delta" and message.delta.WhichOneof("type") == "new_element":
            path = tuple(message.metadata.delta_path)
            self.page.add(path, message.delta.new_element, message.delta.fragment_id)
        elif kind == "auto_rerun":
            self._timers[message.auto_rerun.fragment_id] = self.page.run
        elif kind == "stop_auto_rerun":
            for fragment in message.stop_auto_rerun.fragment_ids:
                self._timers.pop(fragment, None)
        elif kind == "page_info_changed":
            self._query = message.page_info_changed.query_string
        elif kind == "script_finished":
            self._is_running = False
            status = ForwardMsg.ScriptFinishedStatus.Name(message.script_finished)
            if status != "FINISHED_EARLY_FOR_RERUN":
                self._finish(list(message.metadata.run.fragment_ids))
        elif kind == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in message.navigation.app_pages}

    def _finish(self, fragments: list[str]) -> None:
        self.page.finish(fragments)
        if not fragments:
            self._timers = {name: run for name, run in self._timers.items() if run == self.page.run}

    def _note_faults(self) -> None:
        for exception in self.page.of_kind("exception"):
            self.faults.append(f"{self._name}: {exception.type}: {exception.message}")
        for alert in self.page.of_kind("alert"):
            if alert.format == alert.ERROR:
                self.faults.append(f"{self._name}: {alert.body}")
