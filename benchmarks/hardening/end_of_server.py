"""Seconds until a server ends after SIGTERM or Ctrl-C while a long job is under way, and while it starts.

    python -m benchmarks.hardening.end_of_server --times 3

Each time, a server starts, a session opens a page that computes for minutes, and the signal comes once the page shows
its progress; or at once, while the libraries are imported. Then nothing may be left: no process, no unfinished file.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

ROOT = Path(__file__).parents[2]
PAGE, LINK = "Attribution_masks", "image=astronaut&attributions=integrated_gradients&iterations=10"
LIMIT_SECONDS = 5.0
PATIENCE_SECONDS = 300.0


def start_server(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a server that keeps its files in `folder`; return its process and port once it listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    places = {"MASKING_RUNS": str(folder / "runs"), "MASKING_UPLOADS": str(folder / "uploads")}
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py")]
    with (folder / "log").open("w") as log:
        options = [f"--server.port={port}", "--server.headless=true"]
        server = subprocess.Popen([*command, *options], cwd=ROOT, env=os.environ | places, stdout=log, stderr=log)
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return server, port
        time.sleep(0.1)
    raise RuntimeError((folder / "log").read_text())


def open_page(port: int) -> ClientConnection:
    """Open the page as a browser does."""
    address, origin = f"ws://127.0.0.1:{port}/_stcore/stream", Origin(f"http://127.0.0.1:{port}")
    browser = connect(address, origin=origin, subprotocols=[Subprotocol("streamlit")], max_size=None)
    browser.__enter__()
    request = BackMsg()
    request.rerun_script.query_string, request.rerun_script.page_name = LINK, PAGE
    browser.send(request.SerializeToString())
    return browser


def wait_for_progress(browser: ClientConnection) -> None:
    """Wait until the page shows the progress of its job."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        message = ForwardMsg()
        message.ParseFromString(browser.recv(timeout=PATIENCE_SECONDS, decode=False))
        if message.WhichOneof("type") == "delta" and message.delta.new_element.WhichOneof("type") == "progress":
            return
    raise RuntimeError("the page shows no progress")


def measure(number: signal.Signals, is_computing: bool) -> tuple[float, int, int, int]:
    """Return seconds until the end, exit status, processes and unfinished files that are left."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server, port = start_server(folder)
        browser = open_page(port)
        if is_computing:
            wait_for_progress(browser)
        children = psutil.Process(server.pid).children(recursive=True)
        begin = time.monotonic()
        server.send_signal(number)
        status = server.wait(PATIENCE_SECONDS)
        seconds = time.monotonic() - begin
        _, alive = psutil.wait_procs(children, timeout=PATIENCE_SECONDS)
        left = [path for path in folder.rglob("*") if path.suffix in {".part", ".tmp", ".partial"}]
        return seconds, status, len(alive), len(left)


def main() -> None:
    """Measure and print one line for each situation."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="how often each situation is measured")
    times: int = parser.parse_args().times
    failures = 0
    for number in (signal.SIGTERM, signal.SIGINT):
        for is_computing in (True, False):
            results = [measure(number, is_computing) for _ in range(times)]
            longest = max(seconds for seconds, *_ in results)
            left = sum(processes + files for _, _, processes, files in results)
            statuses = sorted({status for _, status, _, _ in results})
            during = "a long job" if is_computing else "the import of the libraries"
            print(f"{number.name} during {during}: {longest:.1f} s at most, status {statuses}, {left} left", flush=True)
            failures += longest > LIMIT_SECONDS or left > 0
    sys.exit(failures)


if __name__ == "__main__":
    main()
