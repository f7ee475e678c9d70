"""A real server, asked for by raw requests: foreign hosts and origins, and what the server itself asks for."""

import http.client
import os
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.waiting import until

ROOT = Path(__file__).parents[2]


class _Proxy(BaseHTTPRequestHandler):
    """Takes down every request that somebody sends to the outside, and answers none."""

    requests: tuple[str, ...] = ()

    def do_GET(self):
        type(self).requests += (self.path,)
        self.send_error(502)

    def do_CONNECT(self):
        self.do_GET()

    def log_message(self, *_):
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def outside():
    """A proxy through which all requests to other machines would go."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def port(tmp_path_factory, outside):
    """The port of a fresh dashboard whose way to other machines is the proxy."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    proxy = f"http://127.0.0.1:{outside.server_port}"
    places = {"MASKING_RUNS": str(home), "MASKING_UPLOADS": str(home), "http_proxy": proxy, "https_proxy": proxy}
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}", "--server.headless=true"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=os.environ | places, stdout=log, stderr=log)
    try:
        until(lambda: _answers(port) or server.poll() is not None)
        assert server.poll() is None, (home / "log").read_text()
        yield port
    finally:
        server.kill()
        server.wait()


def _answers(port: int) -> bool:
    try:
        return status(port, "/_stcore/health", f"127.0.0.1:{port}") == 200
    except OSError:
        return False


def status(port: int, path: str, host: str, method: str = "GET") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        return connection.getresponse().status
    finally:
        connection.close()


def opens(port: int, host: str, origin: str | None) -> bool:
    """Whether a live connection under this host name is opened for a page of this origin."""
    with socket.create_connection(("127.0.0.1", port)) as sock:
        try:
            address = f"ws://{host}/_stcore/stream"
            with connect(address, sock=sock, origin=origin, subprotocols=["streamlit"], proxy=None):
                return True
        except InvalidStatus as refusal:
            return refusal.response.status_code != 403


def test_a_page_of_another_site_gets_no_connection_and_makes_the_server_ask_nobody(port, outside):
    # First, so that no page has been opened before: the first request to a fresh server may be a hostile one.
    assert not opens(port, f"127.0.0.1:{port}", "http://evil.example")
    assert not opens(port, f"evil.example:{port}", f"http://evil.example:{port}")
    assert opens(port, f"127.0.0.1:{port}", f"http://127.0.0.1:{port}")
    assert opens(port, f"localhost:{port}", f"http://localhost:{port}")
    assert outside.RequestHandlerClass.requests == ()


@pytest.mark.parametrize("path", ["/", "/Compare", "/_stcore/host-config", "/media/x.png", "/_stcore/upload_file/a/b"])
def test_a_name_that_somebody_points_at_this_machine_gets_nothing(port, path):
    methods = ["GET", "PUT"] if "upload" in path else ["GET"]
    assert [status(port, path, f"evil.example:{port}", method) for method in methods] == [403] * len(methods)


def test_a_health_check_is_answered_under_any_name(port):
    assert status(port, "/_stcore/health", "10.0.0.1") == 200
