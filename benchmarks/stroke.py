"""The time from the end of a stroke to updated cards in a real Chromium, on a running dashboard.

    make run &
    python -m benchmarks.stroke --address http://127.0.0.1:8501

Prints the median and the slowest of the strokes.
"""

import statistics
import time
from typing import Annotated

import typer
from playwright.sync_api import sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]


def main(
    address: Annotated[str, typer.Option()] = "http://127.0.0.1:8501",
    strokes: Annotated[int, typer.Option()] = 20,
    chromium: Annotated[str, typer.Option()] = "/usr/bin/chromium",
    query: Annotated[str, typer.Option(help="Parameters of the link, such as model=resnet18")] = "",
) -> None:
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=chromium, args=FLAGS).new_page(
            viewport={"width": 1440, "height": 1000}
        )
        page.goto(f"{address}/Compare?{query}")
        page.wait_for_selector(".mx-cards")
        page.wait_for_selector(".mx-canvas canvas")
        page.wait_for_timeout(3000)
        box = page.locator(".mx-canvas canvas").bounding_box()
        assert box
        seconds = []
        for number in range(strokes):
            before = page.locator(".mx-cards").inner_html()
            y = box["y"] + 10 + number * 18
            page.mouse.move(box["x"] + 20, y)
            page.mouse.down()
            page.mouse.move(box["x"] + 350, y, steps=10)
            page.mouse.up()
            start = time.perf_counter()
            page.wait_for_function(
                "before => { const cards = document.querySelector('.mx-cards:not(.mx-waiting)');"
                " return cards && cards.innerHTML !== before; }",
                arg=before,
                polling=10,
            )
            seconds.append(time.perf_counter() - start)
            page.wait_for_timeout(500)
    print(f"strokes {strokes}, median {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s")


if __name__ == "__main__":
    typer.run(main)
