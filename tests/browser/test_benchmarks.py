"""Benchmarks as a researcher runs them, in a real Chromium, with real workers."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.bench import Bench
from tests.browser.conftest import ROOT

pytestmark = pytest.mark.browser
SLOW = 180_000
"""Milliseconds that a worker may take to get ready on a busy machine."""


class Runs(Bench):
    """The Benchmarks page in a browser."""

    def __init__(self, page: Page, address: str, runs_folder: Path | None = None):
        super().__init__(page, address)
        self.runs_folder = runs_folder

    def open(self, path: str = "/Benchmarks") -> "Runs":
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.page.locator(".mx-footer").wait_for()
        return self

    def signal(self, number: signal.Signals) -> None:
        """Send the worker of the shown run a signal."""
        with closing(sqlite3.connect(self.runs_folder / "runs.sqlite")) as store:
            (worker,) = store.execute("SELECT pid FROM runs WHERE id = ?", (self.run,)).fetchone()
        os.kill(worker, number)

    @property
    def progress(self) -> str:
        return self.page.locator("[data-testid=stProgress]").first.inner_text()

    def wait_for_images(self, least: int) -> None:
        """Until the running run has kept at least so many images."""
        self.page.wait_for_function(
            "least => Number((document.querySelector('[data-testid=stProgress]')?.innerText"
            ".match(/(\\d+) of \\d+ images/) ?? [])[1]) >= least",
            arg=least,
            timeout=SLOW,
        )

    def wait_for_state(self, state: str) -> None:
        self.page.locator(".mx-state", has_text=state).first.wait_for(timeout=SLOW)
        self.settle()

    @property
    def run(self) -> str:
        return re.search(r"run=([0-9a-f]{8})", self.page.url)[1]

    @property
    def command(self) -> str:
        return self.page.locator("[data-testid=stCode]", has_text="python -m masking").first.inner_text()

    @property
    def digest(self) -> str:
        return self.page.locator("[data-testid=stCaptionContainer] code").last.inner_text()


def test_start_reload_cancel_resume_kill_and_the_same_from_the_command_line(page, second_page, address, runs_folder):
    bench = Runs(page, address, runs_folder).open("/Benchmarks?count=48&block=2")
    page.get_by_role("button", name="Start").click()
    page.locator("[data-testid=stProgress]").wait_for(timeout=SLOW)
    first = bench.progress
    page.wait_for_function(
        "first => document.querySelector('[data-testid=stProgress]').innerText != first", arg=first, timeout=2_000
    )  # it moves

    bench.wait_for_images(2)
    bench.signal(signal.SIGSTOP)  # however fast the machine: it is in mid-run until told to go on
    expect(page.locator(".js-plotly-plot")).to_have_count(5, timeout=SLOW)
    page.reload()
    bench.wait_for_images(2)
    assert page.locator(".mx-shards .mx-done").count() >= 1
    page.get_by_role("button", name="Cancel").click()
    bench.wait_for_state("Cancelling")
    bench.signal(signal.SIGCONT)
    bench.wait_for_state("Cancelled")
    kept = int(re.search(r"(\d+) of 24 shards are kept", " ".join(bench.alerts))[1])
    assert 1 <= kept < 24

    page.get_by_role("button", name="Resume").click()
    bench.wait_for_state("Running")
    bench.signal(signal.SIGKILL)
    bench.wait_for_state("Interrupted")
    assert "ended without a word" in " ".join(bench.alerts)
    page.get_by_role("button", name="Resume").click()
    bench.wait_for_state("Finished")
    bench.expect_no_error()

    command = bench.command.split()
    assert command[:5] == ["python", "-m", "masking", "bench", "run"]
    environment = {**os.environ, "MASKING_RUNS": str(runs_folder), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *command[1:], "--title", "Again"], cwd=ROOT, env=environment, check=True)
    other = Runs(second_page, address).open("/Benchmarks?view=runs&filter=again")
    second_page.get_by_role("button", name="Again").click()
    other.wait_for_state("Finished")
    assert other.run != bench.run
    assert other.digest == bench.digest
    with second_page.expect_download() as waiting:
        second_page.locator(".st-key-download-JSON button:visible").first.click()
    assert json.loads(waiting.value.path().read_text())["run"]["id"] == other.run

    other.open(f"/Benchmarks?runs={bench.run},{other.run}")
    other.settle()
    assert "+0.000" in second_page.locator(".mx-numbers").first.inner_text()
    other.expect_no_error()


def test_delete_and_undo(page, address):
    bench = Runs(page, address).open("/Benchmarks?view=runs&sort=oldest")
    bench.settle()
    lines = page.locator("[class*=st-key-run-line-]")
    before = lines.count()
    assert before >= 2
    page.locator("[class*=st-key-tick-] label").first.click()
    bench.settle()
    bench.press("Delete")
    expect(lines).to_have_count(before - 1, timeout=SLOW)
    bench.press("Undo")
    expect(lines).to_have_count(before, timeout=SLOW)
    bench.expect_no_error()


def test_bad_input_is_told_and_mended(page, address):
    bench = Runs(page, address).open()
    bench.settle()
    field = page.get_by_role("textbox", name="Shares, separated by commas")
    field.fill("0, 2")
    field.press("Enter")
    page.locator("[data-testid=stAlert]").wait_for()
    assert "must be between 0 and 1" in bench.alerts[0]
    expect(page.get_by_role("button", name="Start")).to_have_count(0)
    field.fill("0, 0.2")
    field.press("Enter")
    page.get_by_role("button", name="Start").wait_for()
    bench.expect_no_error()
    assert "patch_removal.shares=0%2C+0.2" in page.url
