"""Benchmarks as a researcher runs them, in a real Chromium, with real workers."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Page, expect

from masking.benchmarks.storage.store import Store
from tests.browser.dashboard import ROOT, Dashboard

pytestmark = pytest.mark.browser
SLOW = 180_000
"""Milliseconds that a worker may take to get ready on a busy machine."""


class Runs(Dashboard):
    """The Benchmarks page in a browser."""

    def __init__(self, page: Page, address: str, runs_folder: Path | None = None):
        super().__init__(page, address)
        self.runs_folder = runs_folder

    def open(self, path: str = "/Benchmarks") -> "Runs":
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.page.locator(".mx-footer").wait_for()
        return self

    def query(self, sql: str) -> tuple:
        """Return the first row of a query to the store about the shown run."""
        with closing(sqlite3.connect(self.runs_folder / "runs.sqlite")) as store:
            return store.execute(sql, (self.run,)).fetchone()

    @property
    def worker(self) -> psutil.Process:
        """The process that computes the shown run."""
        return psutil.Process(*self.query("SELECT pid FROM runs WHERE id = ?"))

    def suspend(self) -> None:
        """Suspend the worker, but not while it writes to the store, which would block all others."""
        while True:
            self.worker.suspend()
            try:
                with closing(sqlite3.connect(self.runs_folder / "runs.sqlite", timeout=0)) as store:
                    store.execute("BEGIN IMMEDIATE")
                    return
            except sqlite3.OperationalError:
                self.worker.resume()
                time.sleep(0.01)

    def wait_for_shards(self, least: int) -> None:
        """Wait until the shown run has at least this many shards; poll often, so that the run is not finished."""
        end = time.monotonic() + SLOW / 1000
        while self.query("SELECT COUNT(*) FROM shards WHERE run = ?")[0] < least:
            assert time.monotonic() < end, self.page.locator("body").inner_text()
            time.sleep(0.01)

    def wait_for_text(self, pattern: str) -> None:
        """Wait until the progress bar matches a pattern."""
        bar = self.page.locator("[data-testid=stProgress]").first
        expect(bar).to_contain_text(re.compile(pattern), timeout=SLOW)

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
    dashboard = Runs(page, address, runs_folder).open("/Benchmarks?count=24&block=2")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**run=*", timeout=SLOW)
    dashboard.wait_for_shards(1)
    dashboard.suspend()  # however fast the machine: it is in mid-run until told to go on
    assert dashboard.worker.cmdline()[-2:] == ["bench", "wait"]  # the one that was ready is why it moves at once
    dashboard.wait_for_text(r"\d+ of 24 images, .* images/s")
    expect(page.locator(".js-plotly-plot")).to_have_count(5, timeout=SLOW)
    page.reload()
    dashboard.wait_for_text(r"\d+ of 24 images, .* images/s")
    assert page.locator(".mx-shards .mx-done").count() >= 1
    page.get_by_role("button", name="Cancel").click()
    dashboard.wait_for_state("Cancelling")
    dashboard.worker.resume()
    dashboard.wait_for_state("Cancelled")
    kept = int(re.search(r"(\d+) of 12 blocks are saved", " ".join(dashboard.alerts))[1])
    assert 1 <= kept < 12

    page.get_by_role("button", name="Resume").click()
    dashboard.wait_for_shards(kept + 1)
    dashboard.worker.kill()
    dashboard.wait_for_state("Interrupted")
    assert "was killed from outside (SIGKILL)" in " ".join(dashboard.alerts)
    page.get_by_role("button", name="Resume").click()
    dashboard.wait_for_state("Finished")
    dashboard.expect_no_error()

    command = dashboard.command.split()
    assert command[:5] == ["python", "-m", "masking", "bench", "run"]
    environment = {**os.environ, "MASKING_RUNS": str(runs_folder), "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, *command[1:], "--title", "Again"], cwd=ROOT, env=environment, check=True)
    other = Runs(second_page, address).open("/Benchmarks?view=runs&filter=again")
    second_page.get_by_role("button", name="Again").click()
    other.wait_for_state("Finished")
    assert other.run != dashboard.run
    assert other.digest == dashboard.digest
    with second_page.expect_download() as waiting:
        second_page.locator(".st-key-download-JSON button:visible").first.click()
    assert json.loads(waiting.value.path().read_text())["run"]["id"] == other.run

    other.open(f"/Benchmarks?runs={dashboard.run},{other.run}")
    other.settle()
    assert "+0.000" in second_page.locator(".mx-numbers").first.inner_text()
    other.expect_no_error()


def test_delete_and_undo(page, address):
    dashboard = Runs(page, address).open("/Benchmarks?view=runs&sort=oldest")
    dashboard.settle()
    lines = page.locator("[class*=st-key-run-line-]")
    before = lines.count()
    assert before >= 2
    page.locator("[class*=st-key-select-] label").first.click()
    dashboard.settle()
    dashboard.press("Delete")
    expect(lines).to_have_count(before - 1, timeout=SLOW)
    dashboard.press("Undo")
    expect(lines).to_have_count(before, timeout=SLOW)
    dashboard.expect_no_error()


def test_back_leads_from_a_run_to_the_list_and_on(page, address):
    dashboard = Runs(page, address).open("/Benchmarks?view=runs&sort=oldest")
    dashboard.settle()
    before = page.evaluate("history.length")
    page.get_by_role("button", name="four methods").click()
    dashboard.wait_for_state("Finished")
    page.locator(".js-plotly-plot").first.wait_for(timeout=SLOW)
    assert page.evaluate("history.length") == before + 1
    lines = page.locator("[class*=st-key-run-line-]")
    page.go_back()
    lines.first.wait_for(timeout=SLOW)
    assert page.url.endswith("?view=runs&sort=oldest")
    page.go_forward()
    page.locator(".js-plotly-plot").first.wait_for(timeout=SLOW)
    expect(lines).to_have_count(0)
    page.go_back()
    lines.first.wait_for(timeout=SLOW)
    dashboard.expect_no_error()


def test_typed_text_is_shown_as_typed_and_filters_are_aligned(page, address, runs_folder):
    title = "# a*b*c $x$ :red[q] 50% _u_ <b> :smile:"
    dashboard = Runs(page, address).open("/Benchmarks?view=runs")
    dashboard.settle()
    with Store(runs_folder) as store:
        name = store.runs()[-1].id
        kept = store.run(name).title
        store.write(name, title=title)
    try:
        dashboard.open("/Benchmarks?view=runs")
        expect(page.locator(f".st-key-open-{name}")).to_contain_text(title, timeout=SLOW)
        labels = page.locator(".st-key-run-filters [data-testid=stWidgetLabel]")
        assert len({round(label.bounding_box()["y"]) for label in labels.all()}) == 1
        dashboard.open(f"/Benchmarks?run={name}")
        expect(page.locator(".mx-title")).to_have_text(title, timeout=SLOW)
    finally:
        with Store(runs_folder) as store:
            store.write(name, title=kept)


def test_bad_input_shows_an_error_until_it_is_corrected(page, address):
    dashboard = Runs(page, address).open()
    dashboard.settle()
    field = page.get_by_role("textbox", name="Shares, separated by commas")
    field.fill("0, 2")
    field.press("Enter")
    page.locator("[data-testid=stAlert]").wait_for()
    assert "must be between 0 and 1" in dashboard.alerts[0]
    start = page.get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    expect(field).to_have_value("0, 2")
    field.fill("0, 0.2")
    field.press("Enter")
    expect(start).to_be_enabled()
    dashboard.expect_no_error()
    assert "patch_removal.shares=0%2C+0.2" in page.url
