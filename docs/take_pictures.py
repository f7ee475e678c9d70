"""Take the pictures of the README and the guide from a running dashboard.

    make run &    python docs/take_pictures.py --address http://127.0.0.1:8501

It needs Chromium and the development requirements. Run it again after a page has changed its looks.
"""

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, sync_playwright

from masking import Mask

IMAGES = Path(__file__).parent / "images"
SIZE = {"width": 1440, "height": 900}
QUIET_MS = 1500
"""A page has come to rest when nothing has run for this long."""
PATIENCE_MS = 300_000
SCENE, SIDE, SHIPPED_RUN = "scene-000", 128, "0f347438"


@dataclass(frozen=True)
class Shot:
    """One picture: the page and its link, what to press first, and how much of the page it shows."""

    name: str
    page: str
    query: dict[str, str]
    press: str = ""
    height: int = SIZE["height"]


PATCHES = Mask.random_patches((SIDE, SIDE), hidden_share=0.5, patch=16, seed=0).to_text()
METHODS = "blackout,greyout,layer_masking"
CAT = {"image": "chelsea", "model": "imagenet/efficientnet-lite0", "methods": METHODS}
SHOTS = (
    Shot("start", "", {}, height=720),
    Shot("tour_1_compare", "Compare", CAT, height=800),
    Shot("tour_2_lime", "LIME", CAT | {"samples": "400"}, press="Run"),
    Shot("tour_3_leakage", "Shape_leakage", {"image": SCENE, "methods": METHODS}),
    Shot("guide_compare", "Compare", CAT, press="Class entropy", height=1500),
    Shot("guide_layers", "Layers", {"image": SCENE, "mask": PATCHES}, height=1300),
    Shot("guide_leakage", "Shape_leakage", {"image": "scene-005", "methods": METHODS}, height=1300),
    Shot("guide_lime", "LIME", {"image": SCENE, "methods": METHODS, "samples": "400"}, press="Run", height=1500),
    Shot("guide_attribution", "Attribution_masks", {"iterations": "5"}, press="Run", height=1300),
    Shot("guide_benchmarks", "Benchmarks", {"view": "run", "run": SHIPPED_RUN}, height=1300),
)


def wait_until_it_rests(page: Page) -> None:
    """Wait until no script runs and no progress bar is shown."""
    busy = "[data-test-script-state=running], [data-testid=stProgress], [data-testid=stSpinner], [data-stale=true]"
    quiet = 0
    for _ in range(PATIENCE_MS // 250):
        quiet = 0 if page.locator(busy).count() else quiet + 250
        if quiet >= QUIET_MS:
            return
        page.wait_for_timeout(250)
    raise TimeoutError(f"{page.url} has not come to rest")


def take(page: Page, address: str, shot: Shot) -> Path:
    """Open a page, do what a person would, and save its picture."""
    page.set_viewport_size({"width": SIZE["width"], "height": shot.height})
    page.goto(f"{address}/{shot.page}?{urlencode(shot.query)}")
    page.wait_for_selector("[data-testid=stMain] button")
    wait_until_it_rests(page)
    if shot.press:
        button = page.locator("[data-testid=stMain] button:visible", has_text=shot.press).first
        if button.count() and button.is_enabled():
            button.click()
            wait_until_it_rests(page)
    page.mouse.move(0, 0)
    page.wait_for_timeout(QUIET_MS)  # a tooltip fades
    path = IMAGES / f"{shot.name}.png"
    page.screenshot(path=path)
    return path


def main() -> None:
    """Take every picture, or those that are named."""
    parser = argparse.ArgumentParser(description="Take the pictures of the README and the guide.")
    parser.add_argument("names", nargs="*", help="which pictures; all by default")
    parser.add_argument("--address", default="http://127.0.0.1:8501", help="where the dashboard runs")
    options = parser.parse_args()
    is_wanted: Callable[[Shot], bool] = lambda shot: not options.names or shot.name in options.names  # noqa: E731
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=SIZE, color_scheme="light")
        for shot in filter(is_wanted, SHOTS):
            print(take(page, options.address, shot))
        browser.close()


if __name__ == "__main__":
    main()
