"""The app on its own port, and the system's Chromium. In CI no browser test may be skipped."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.dashboard import ROOT
from tests.browser.rest import PATIENCE, listen

expect.set_options(timeout=PATIENCE)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    if os.environ.get("CI"):
        pytest.fail("Chromium is missing; .ci/run installs it, and no browser test may be skipped in CI")
    pytest.skip("no Chromium on this machine: install the package chromium to run the browser tests")


@pytest.fixture(scope="session")
def runs_folder(tmp_path_factory):
    """The folder in which the dashboard keeps its runs."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def sets_folder(tmp_path_factory):
    """The folder from which the dashboard reads a lecturer's own sets of prepared states."""
    return tmp_path_factory.mktemp("sets")


@pytest.fixture(scope="session")
def address(tmp_path_factory, runs_folder, sets_folder):
    """A freshly started dashboard with its own uploads, settings and weights folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    home = tmp_path_factory.mktemp("home")
    (home / "none.toml").touch()
    places = {
        "MASKING_UPLOADS": str(home / "uploads"),
        "MASKING_SETTINGS": str(home / "none.toml"),
        "MASKING_RUNS": str(runs_folder),
        "MASKING_LESSONS": str(sets_folder),
        "TORCH_HOME": str(home),
        "OMP_NUM_THREADS": "1",
        "https_proxy": "http://127.0.0.1:9",  # nothing listens there: no test depends on a network
    }
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.port",
                str(port),
                "--server.headless",
                "true",
            ],
            cwd=ROOT,
            env=os.environ | places,
            stdout=log,
            stderr=log,
        )
        try:
            _wait_until_healthy(f"http://127.0.0.1:{port}/_stcore/health", server, home / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(60)


def _wait_until_healthy(url: str, server: subprocess.Popen, log: Path) -> None:
    for _ in range(900):
        try:
            with urllib.request.urlopen(url, timeout=1) as reply:
                if reply.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            assert server.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(f"the dashboard did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def browser():
    """One Chromium for all tests."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=_chromium(), args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser):
    """A page in its own browser profile."""
    context = browser.new_context(viewport={"width": 1440, "height": 1200}, accept_downloads=True)
    context.set_default_timeout(PATIENCE)
    listen(context)
    elsewhere: list[str] = []
    local = ("http://127.0.0.1", "data:", "blob:")
    context.on("request", lambda request: request.url.startswith(local) or elsewhere.append(request.url))
    yield context.new_page()
    context.close()
    assert elsewhere == [], "the dashboard must not ask any other server for anything"


@pytest.fixture
def second_page(browser):
    """A page in the browser profile of a second person."""
    context = browser.new_context(viewport={"width": 1440, "height": 1200})
    context.set_default_timeout(PATIENCE)
    listen(context)
    yield context.new_page()
    context.close()
