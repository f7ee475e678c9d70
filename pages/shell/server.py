"""The dashboard as a server in a thread of this process, so that it can show objects that live here."""

import asyncio
import io
import socket
import threading
import tomllib
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from streamlit import net_util
from streamlit.runtime import Runtime
from streamlit.web import bootstrap
from streamlit.web.server import Server

from pages.shell.ending import stop_everything
from pages.shell.session_guard import guard_sessions

ROOT = Path(__file__).parents[2]
ADDRESS = "127.0.0.1"
FIRST_PORT, PORTS = 8501, 100
START_SECONDS = 60.0


class ThreadedServer:
    """A dashboard that runs until `stop`; a process can hold one at a time."""

    def __init__(self, port: int):
        self.port = port
        self._ready = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: Server | None = None
        self._thread = threading.Thread(target=self._run, name="dashboard", daemon=True)

    def start(self) -> None:
        """Start the server and return once it answers.

        Raises:
            ValueError: this process is a dashboard already, or the server does not start.
        """
        if Runtime.exists():
            raise ValueError("this process runs a Streamlit app already; call explore in a process of its own")
        bootstrap.load_config_options(_options(self.port))
        self._thread.start()
        self._ready.wait(START_SECONDS)
        if self._server is None or self._error is not None:
            raise ValueError(f"the dashboard does not start ({self._error or 'it takes too long'}); try another port")

    @property
    def url(self) -> str:
        """The address of the dashboard."""
        return f"http://{ADDRESS}:{self.port}"

    @property
    def is_running(self) -> bool:
        """Whether the server answers."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Stop the server and its jobs, and wait until its port is free."""
        stop_everything()
        if self._loop is not None and self._server is not None and self.is_running:
            self._loop.call_soon_threadsafe(self._stop_silently, self._server)
            self._thread.join(START_SECONDS)

    def wait(self) -> None:
        """Wait until the server has stopped."""
        while self.is_running:
            self._thread.join(1.0)  # with a limit, Ctrl-C arrives on every system

    @staticmethod
    def _stop_silently(server: Server) -> None:
        with redirect_stdout(io.StringIO()):  # it says so on the terminal, here a notebook
            server.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._error = error
        finally:
            Runtime._instance = None  # pyright: ignore[reportPrivateUsage]  # so that another server can follow
            self._ready.set()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        script = str(ROOT / "app.py")
        server = Server(script, is_hello=False)
        # A connection of a foreign origin would make Streamlit ask a server on the Internet for this machine's address.
        net_util._external_ip = ADDRESS  # pyright: ignore[reportPrivateUsage]
        guard_sessions()
        await server.start()
        bootstrap.prepare_streamlit_environment(script)
        self._server = server
        self._ready.set()
        await server.stopped


def find_port(port: int | None) -> int:
    """Return a port that is free on this machine: the given one, or the first from 8501.

    Raises:
        ValueError: the given port is taken, or all are.
    """
    for candidate in range(FIRST_PORT, FIRST_PORT + PORTS) if port is None else [port]:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((ADDRESS, candidate))
            except (OSError, OverflowError):
                continue
            return probe.getsockname()[1]
    raise ValueError(f"port {port} is not free; leave it out for any other" if port else "no port is free; give one")


def _options(port: int) -> dict[str, Any]:
    """Return the settings of the dashboard's configuration file, which Streamlit looks for in the current folder."""
    table = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))
    return _flatten(table) | {
        "server.address": ADDRESS,
        "server.port": port,
        "server.headless": True,
        "logger.level": "warning",
    }


def _flatten(table: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    options: dict[str, Any] = {}
    for name, value in table.items():
        options |= _flatten(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return options
