"""Make the files of the first page in assets/start: its stored exhibits and the pictures of its doors.

    python docs/make_start_page.py exhibits
    make run &    python docs/make_start_page.py doors --address http://127.0.0.1:8501

The doors need Chromium and the development requirements; make them again after a page has changed its looks. A test
compares the stored exhibits with new ones.
"""

import argparse
import io
import shutil
import sys
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs.take_pictures import wait_until_it_rests  # noqa: E402
from masking import Mask  # noqa: E402
from masking.models.packaged_networks import LITE  # noqa: E402
from pages.landing.computation import named_counts, photograph_exhibit, scene_exhibit  # noqa: E402
from pages.landing.curves import store_curves  # noqa: E402
from pages.landing.exhibit import SEED, SHARE, SHARES, STORED  # noqa: E402

COMMAND = "python docs/make_start_page.py exhibits"
VIEW = {"width": 1280, "height": 3000}
DOOR = (480, 270)
"""The size of a door's picture, twice as large as it is shown."""
LARGEST_BYTES = 25 * 1024
PATCHES = Mask.random_patches((224, 224), hidden_share=0.5, patch=16, seed=0).to_text()
DOORS = {
    "Compare": ({"image": "chelsea", "model": LITE, "mask": PATCHES}, ".mx-cards", ""),
    "Layers": ({"image": "chelsea", "model": LITE, "mask": PATCHES}, ".mx-cards", ""),
    "Shape_leakage": ({}, ".mx-tiles", ""),
    "LIME": ({"image": "chelsea", "model": LITE, "samples": "100"}, ".mx-cards", ".st-key-lime-run button"),
    "Attribution_masks": (
        {"image": "coffee", "model": LITE, "for": "719", "other": "756", "iterations": "6", "step": "4"},
        ".mx-rows",
        "",
    ),
    "Learn": ({"idea": "window", "at": "blackout"}, ".st-key-lesson-figure", ""),
    "Benchmarks": ({"view": "run", "run": "0f347438"}, ".js-plotly-plot", ""),
}
"""For each page: its link, the part that the picture shows, and the button to press first."""


def store_exhibits() -> None:
    """Compute the exhibits and store them."""
    photograph_exhibit(SHARE, SEED).store("photograph", COMMAND)
    scene_exhibit().store("scene", COMMAND)
    store_curves({share: named_counts(share) for share in SHARES}, COMMAND)


def store_door(browser: Browser, address: str, name: str) -> None:
    """Open a page, do what a person would, and store a small picture of the part that matters."""
    query, part, button = DOORS[name]
    page = browser.new_page(viewport=VIEW, color_scheme="light")
    page.goto(f"{address}/{name}?{urlencode(query)}")
    page.wait_for_selector("[data-testid=stMain] button")
    wait_until_it_rests(page)
    if button and page.locator(f"{button}:visible").first.is_enabled():  # it is not where the result is there already
        page.locator(f"{button}:visible").first.click()
        wait_until_it_rests(page)
    box = page.locator(part).first.bounding_box()
    if box is None:
        raise ValueError(f"{name} shows no {part}")
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    left, top, width = int(box["x"]), int(box["y"]), int(box["width"])
    picture = picture.crop((left, top, left + width, top + width * DOOR[1] // DOOR[0]))
    picture = picture.resize(DOOR, Image.Resampling.LANCZOS)
    for quality in range(90, 20, -5):
        picture.save(STORED / f"{name}.webp", quality=quality, method=6)
        if (STORED / f"{name}.webp").stat().st_size <= LARGEST_BYTES:
            return


def main() -> None:
    """Make the exhibits or the doors."""
    parser = argparse.ArgumentParser(description="Make the files of the first page.")
    parser.add_argument("what", choices=["exhibits", "doors"])
    parser.add_argument("names", nargs="*", help="which doors; all by default")
    parser.add_argument("--address", default="http://127.0.0.1:8501", help="where the dashboard runs")
    options = parser.parse_args()
    if options.what == "exhibits":
        store_exhibits()
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name in options.names or DOORS:
            store_door(browser, options.address, name)
        browser.close()


if __name__ == "__main__":
    main()
