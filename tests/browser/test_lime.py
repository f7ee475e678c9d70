"""LIME as a lecturer shows it, in a real Chromium."""

import json
import re

import pytest

from tests.browser.bench import CANVAS, Bench

pytestmark = pytest.mark.browser


class Lime(Bench):
    """The LIME page in a browser."""

    def open(self, path: str) -> "Lime":
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.page.wait_for_selector(".mx-cards")
        self.page.wait_for_selector(CANVAS)
        self.settle()
        return self

    def run(self) -> None:
        self.page.locator(".st-key-lime-run button").click()

    @property
    def done(self) -> int:
        """Samples answered under the first method."""
        return int(re.search(r"(\d+) of \d+", self.page.locator(".mx-lime .mx-card").first.inner_text())[1])

    @property
    def overlays(self) -> list[str]:
        return self.page.locator(".mx-lime img").evaluate_all("images => images.map(image => image.src)")


def test_run_choose_a_segment_draw_otherwise_and_share(page, second_page, address):
    bench = Lime(page, address).open("/LIME?methods=greyout,layer_masking&samples=100")
    assert page.locator(".mx-cards img").count() == 2
    bench.run()
    page.wait_for_selector(".mx-film")
    bench.settle()
    assert len(bench.overlays) == 2
    assert "segment" in page.locator(".mx-reading").inner_text()

    bench.click_canvas((8, 8))
    page.locator(".mx-film").wait_for()
    chosen = re.search(r"segment=(\d+)", page.url)[1]
    shown = page.get_by_role("combobox", name="Segment", exact=True).input_value()
    assert shown == f"Segment {chosen} (top left)"
    page.locator(".mx-film .mx-cut").nth(11).wait_for()

    before = bench.overlays
    page.locator(".st-key-sign [role=radio]").nth(2).click()
    bench.settle()
    assert "sign=negative" in page.url
    assert bench.overlays != before
    with page.expect_download() as waiting:
        page.locator(".st-key-download-JSON button:visible").first.click()
    facts = json.loads(waiting.value.path().read_text())
    assert facts["methods"]["greyout"]["samples"] == 100
    bench.expect_no_error()

    other = Lime(second_page, address).open(page.url)
    second_page.wait_for_selector(".mx-film")
    other.settle()
    assert other.overlays == bench.overlays


def test_a_run_survives_a_reload_and_cancel_keeps_its_part(page, address):
    bench = Lime(page, address).open("/LIME?methods=layer_masking&samples=20000&segments=grid")
    bench.run()
    page.wait_for_selector(".mx-lime img")
    before = bench.done
    page.reload()
    page.wait_for_selector(".mx-lime img")
    page.wait_for_function(
        "least => Number(document.querySelector('.mx-lime .mx-facts').innerText.match(/(\\d+) of/)[1]) > least",
        arg=before,
    )
    first = bench.overlays
    page.wait_for_function("old => document.querySelector('.mx-lime img').src != old", arg=first[0])

    page.locator(".st-key-lime-cancel button").click()
    page.wait_for_selector(".mx-film")
    bench.settle()
    assert before < bench.done < 20000
    assert f"Partial: cancelled after {bench.done} of 20000 samples." in page.locator(".mx-lime .mx-blind").inner_text()
    assert page.locator(".st-key-lime-run button").is_enabled()
    assert page.locator("[data-testid=stProgress]").count() == 0
    bench.expect_no_error()
