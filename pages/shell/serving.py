"""What a server of the dashboard does when it starts and when it is told to end, beside Streamlit's own."""

import asyncio
import signal
import sys
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from types import FrameType
from typing import Any

import streamlit as st
from streamlit import cli_util, config
from streamlit.web.server import server_util

from pages.shell.ending import end_on_signals
from pages.shell.session_guard import guard_sessions
from pages.shell.waiting_runs import start_waiting_runs


def exit_on_signals() -> None:
    """Let SIGTERM and Ctrl-C end the process as an exit does, so that everything registered for the exit runs.

    The web server hands a signal on to whoever handled it before, once it has shut down. Without a handler the process
    would die at once; with this one it goes on to its end.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _exit)
        signal.signal(signal.SIGINT, _exit)


@asynccontextmanager
async def open_browser(_app: st.App) -> AsyncGenerator[dict[str, Any]]:
    """Open the first page in a browser as the server starts, unless `server.headless` is set; start waiting runs."""
    guard_sessions()  # browsers may connect and send messages before any page is drawn
    if threading.current_thread() is threading.main_thread():
        end_on_signals()
    start_waiting_runs()
    if not config.get_option("server.headless"):
        name = "browser.serverAddress" if config.is_manually_set("browser.serverAddress") else "server.address"
        address = server_util.get_display_address(config.get_option(name) or "localhost")
        asyncio.get_running_loop().call_soon(cli_util.open_browser, server_util.get_url(address))
    yield {}


def _exit(_number: int, _frame: FrameType | None) -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:  # the web server has not started
        sys.exit(0)
