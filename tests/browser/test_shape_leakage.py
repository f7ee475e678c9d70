"""Shape leakage as a lecturer shows it, in a real Chromium."""

import json

import pytest

from tests.browser.dashboard import Dashboard

pytestmark = pytest.mark.browser


class Leakage(Dashboard):
    """The Shape leakage page in a browser."""

    def open(self, path: str = "/Shape_leakage") -> "Leakage":
        self.page.goto(self.address + path if path.startswith("/") else path)
        self.page.wait_for_selector(".mx-tiles")
        self.page.wait_for_selector(".mx-canvas canvas")
        self.settle()
        return self

    @property
    def holes(self) -> list[str]:
        heads = self.page.locator(".mx-tile-row").first.locator(".mx-hole").all_inner_texts()
        return [text.split("\n")[0].strip() for text in heads]

    @property
    def verdicts(self) -> list[str]:
        return self.page.locator(".mx-tile").all_inner_texts()

    def tiles_in_sight(self) -> bool:
        """Whether no tile is cut off at the side, as wide as the window is now."""
        edges = self.page.locator(".mx-tile").evaluate_all("tiles => tiles.map(t => t.getBoundingClientRect().right)")
        return max(edges) <= self.page.evaluate("() => document.body.clientWidth")


def test_pick_a_hole_measure_a_few_scenes_and_share(page, second_page, address):
    dashboard = Leakage(page, address).open("/Shape_leakage?methods=blackout,layer_masking&holes=exact,box&scenes=16")
    assert dashboard.holes == ["Exact", "Box"]
    assert page.locator(".mx-tile .mx-leak").count() > 0
    assert "reveals the star" in page.locator(".mx-reading").inner_text()

    box = page.get_by_role("combobox", name="Holes")
    box.click()
    page.get_by_role("option", name="Disc").click()
    page.keyboard.press("Escape")
    dashboard.settle()
    assert dashboard.holes == ["Exact", "Box", "Disc"]
    assert len(dashboard.verdicts) == 6
    assert "holes=exact%2Cbox%2Cdisc" in page.url

    dashboard.press("Measure")
    page.locator(".mx-measured").wait_for(timeout=180_000)  # a busy machine takes its time
    page.locator(".js-plotly-plot").nth(1).wait_for()
    dashboard.settle()
    shown = page.locator(".mx-measured tbody tr").all_inner_texts()
    assert [row.split("\n")[0].split("\t")[0] for row in shown] == ["Blackout", "Layer masking"]
    with page.expect_download() as waiting:
        page.locator(".st-key-download-Measured-JSON button:visible").first.click()
    facts = json.loads(waiting.value.path().read_text())
    bits = {row["method"]: row["bits"] for row in facts["rows"] if row["hole"] == "exact"}
    for method, row in zip(bits, shown, strict=True):
        assert f"{bits[method]:.2f}" in row
    assert bits["blackout"] > 2.5
    assert bits["layer_masking"] < 1.5
    dashboard.expect_no_error()

    other = Leakage(second_page, address).open(page.url)
    assert other.hidden == dashboard.hidden
    assert other.verdicts == dashboard.verdicts


def test_tiles_are_in_sight_at_every_width_and_the_file_says_it_all(page, address):
    dashboard = Leakage(page, address).open("/Shape_leakage?methods=blackout,layer_masking")
    for width in (1440, 1024, 800, 390):
        page.set_viewport_size({"width": width, "height": 768})
        page.wait_for_function("width => document.body.clientWidth <= width", arg=width)
        assert dashboard.tiles_in_sight()
    with page.expect_download() as waiting:
        page.locator(".st-key-download-HTML button:visible").first.click()
    assert waiting.value.suggested_filename == "shape-leakage-drawn-star-star.html"
    page.set_content(waiting.value.path().read_text())
    assert page.locator("figure img").count() == 1 + 2 * 6
    assert "reveals the star" in page.locator("main").inner_text()


def test_a_cue_slider_renders_the_scene_again(page, address):
    dashboard = Leakage(page, address).open("/Shape_leakage?source=rendered&methods=blackout&holes=exact,blob")
    first = page.locator(".mx-tile img").evaluate_all("images => images.map(image => image.src)")
    slider = page.get_by_role("slider", name="Texture cue")
    slider.focus()
    page.keyboard.press("End")
    dashboard.settle()
    assert "cue-texture=1.0" in page.url
    again = page.locator(".mx-tile img").evaluate_all("images => images.map(image => image.src)")
    assert len(again) == len(first) == 2
    assert again[1] != first[1]  # of the object behind a blob there is something to see
    dashboard.expect_no_error()
