"""LIME as a lecturer shows it, in a real Chromium."""

import json
import re

import pytest

from tests.browser.dashboard import CANVAS, Dashboard

pytestmark = pytest.mark.browser


class Lime(Dashboard):
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


def test_run_choose_a_segment_change_the_display_and_share(page, second_page, address):
    dashboard = Lime(page, address).open("/LIME?methods=greyout,layer_masking&samples=100")
    assert page.locator(".mx-cards img").count() == 2
    dashboard.run()
    page.wait_for_selector(".mx-evidence")
    dashboard.settle()
    assert len(dashboard.overlays) == 2
    assert "segment" in page.locator(".mx-reading").inner_text()
    with page.expect_download() as waiting:
        page.locator(".st-key-download-SVG button:visible").first.click()
    assert re.fullmatch(r"lime-[a-z0-9-]+\.svg", waiting.value.suggested_filename)
    assert "outlined in yellow" in " ".join(waiting.value.path().read_text("utf-8").split())

    dashboard.click_canvas((8, 8))
    page.locator(".mx-evidence").wait_for()
    segment = re.search(r"segment=(\d+)", page.url)[1]
    shown = page.get_by_role("combobox", name="Segment", exact=True).input_value()
    assert shown == f"Segment {segment} (top left)"
    page.locator(".mx-evidence .mx-cut").nth(11).wait_for()

    before = dashboard.overlays
    page.locator(".st-key-sign [role=radio]").nth(2).click()
    dashboard.settle()
    assert "sign=negative" in page.url
    assert dashboard.overlays != before
    with page.expect_download() as waiting:
        page.locator(".st-key-download-JSON button:visible").first.click()
    facts = json.loads(waiting.value.path().read_text())
    assert facts["methods"]["greyout"]["samples"] == 100
    dashboard.expect_no_error()

    other = Lime(second_page, address).open(page.url)
    second_page.wait_for_selector(".mx-evidence")
    other.settle()
    assert other.overlays == dashboard.overlays


def test_a_run_survives_a_reload_and_cancel_keeps_its_part(page, address):
    dashboard = Lime(page, address).open("/LIME?methods=layer_masking&samples=20000&segments=grid")
    dashboard.run()
    page.wait_for_selector(".mx-lime img")
    before = dashboard.done
    page.reload()
    page.wait_for_selector(".mx-lime img")
    page.wait_for_function(
        "least => Number(document.querySelector('.mx-lime .mx-facts').innerText.match(/(\\d+) of/)[1]) > least",
        arg=before,
    )
    first = dashboard.overlays
    page.wait_for_function("old => document.querySelector('.mx-lime img').src != old", arg=first[0])

    page.locator(".st-key-lime-cancel button").click()
    page.wait_for_selector(".mx-evidence")
    dashboard.settle()
    assert before < dashboard.done < 20000
    assert (
        f"Partial: cancelled after {dashboard.done} of 20000 samples."
        in page.locator(".mx-lime .mx-blind").inner_text()
    )
    assert page.locator(".st-key-lime-run button").is_enabled()
    assert page.locator("[data-testid=stProgress]").count() == 0
    dashboard.expect_no_error()


def test_segments_are_selected_with_mouse_and_keys(page, address):
    dashboard = Lime(page, address).open("/LIME?methods=greyout&samples=20&segments=grid")
    dashboard.run()
    page.wait_for_selector(".mx-evidence")
    dashboard.click_canvas((340, 20))
    assert "segment=7" in page.url
    page.get_by_role("application", name="Segments of the picture").focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    dashboard.settle()
    assert "segment=15" in page.url
    assert "Segment 15 is outlined" in page.locator(".mx-canvas img").get_attribute("alt")


def test_on_a_projector_run_and_all_pictures_are_in_sight(page, address):
    """1280 × 720 at 125 %: the picture in segments, one sample per method, and Run without scrolling."""
    page.set_viewport_size({"width": 1024, "height": 576})
    dashboard = Lime(page, address).open(
        "/LIME?image=scene-000&methods=greyout,blackout,layer_masking&samples=64&segments=grid&grid.patch=32"
    )
    run = page.locator(".st-key-lime-run button").bounding_box()
    assert run["y"] + run["height"] < 300
    assert page.locator(CANVAS).bounding_box()["y"] < 300
    images = [image.bounding_box() for image in page.locator(".mx-sample img").all()]
    assert len(images) == 3
    assert all(box["y"] < 500 and box["x"] + box["width"] <= 1024 for box in images)
    assert len({round(box["y"]) for box in images}) == 1, "the methods stand side by side"
    dashboard.run()
    page.wait_for_selector(".mx-evidence")
    dashboard.settle()
    for width in (1440, 1024, 800, 390):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(300)
        edges = page.locator(".mx-lime .mx-card, .mx-lime + .mx-scale").evaluate_all(
            "parts => parts.map(part => part.getBoundingClientRect()).map(edge => [edge.left, edge.right, edge.height])"
        )
        assert all(left >= 0 and right <= width for left, right, _ in edges), width
        assert edges[-1][2] < 110, "the caption of the scale is a column of words"


def test_an_earlier_run_stays_in_sight_and_cancel_keeps_every_part(page, address):
    dashboard = Lime(page, address).open(
        "/LIME?image=chelsea&model=imagenet/efficientnet-lite0&methods=layer_masking,greyout&samples=3000&segments=grid"
    )
    dashboard.run()
    page.wait_for_selector(".mx-lime img")
    page.locator(".st-key-lime-settings button").first.click()
    seed = page.get_by_role("spinbutton", name="Seed", exact=True)
    seed.fill("1")
    seed.press("Enter")
    line = page.locator("[data-testid=stProgress]", has_text="Still running for seed 0: Layer masking and Greyout")
    line.wait_for()
    seed.fill("0")
    seed.press("Enter")
    line.wait_for(state="detached")
    page.keyboard.press("Escape")
    page.locator(".st-key-lime-cancel button").click()
    page.wait_for_selector(".mx-evidence")
    dashboard.settle()
    assert len(dashboard.overlays) == 2
    assert page.locator(".mx-lime .mx-blind", has_text="Partial: cancelled after").count() == 2
    assert dashboard.done < 3000
    assert page.get_by_role("button", name="Run again from the start").is_enabled()
