"""The time from the end of a stroke to updated cards in a real Chromium, on a running dashboard.

    make run &
    python -m benchmarks.stroke --address http://127.0.0.1:8501 --out benchmarks/results/stroke.json

Prints median, 95th percentile and slowest of the strokes, with the load of the machine meanwhile; `--out` writes a file
of all times. The time runs from the release of the mouse until new cards are in the page.
"""

import json
import os
import platform
import statistics
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync"]
CANVAS = ".mx-canvas canvas"
SETTLE_MS = 400
"""Between the end of one stroke's work and the next stroke."""
WATCH = """
() => {
  const old = document.querySelector(".mx-cards").innerHTML;
  window.strokeSeconds = null;
  window.addEventListener("pointerup", () => {
    const start = performance.now();
    const look = () => {
      const cards = document.querySelector(".mx-cards:not(.mx-waiting)");
      if (cards && cards.innerHTML !== old) window.strokeSeconds = (performance.now() - start) / 1000;
      else setTimeout(look, 5);
    };
    look();
  }, { once: true, capture: true });
}
"""
"""Measures in the page, so that the tool's own way to and from the browser does not count."""


def main(
    address: Annotated[str, typer.Option()] = "http://127.0.0.1:8501",
    strokes: Annotated[int, typer.Option()] = 30,
    chromium: Annotated[str, typer.Option()] = "/usr/bin/chromium",
    query: Annotated[str, typer.Option(help="Parameters of the link")] = (
        "image=chelsea&model=imagenet/efficientnet-lite0"
    ),
    out: Annotated[Path | None, typer.Option(help="File for all times, as JSON")] = None,
) -> None:
    with sync_playwright() as playwright:
        page = playwright.chromium.launch(executable_path=chromium, args=FLAGS).new_page(
            viewport={"width": 1440, "height": 1000}
        )
        page.goto(f"{address}/Compare?{query}")
        page.wait_for_selector(".mx-cards:not(.mx-waiting)", timeout=120_000)
        page.wait_for_selector(CANVAS)
        page.wait_for_timeout(3000)
        seconds = [_draw_stroke(page, (number + 0.5) / strokes) for number in range(strokes)]
    facts = {
        "query": query,
        "strokes": strokes,
        "median_seconds": statistics.median(seconds),
        "p95_seconds": statistics.quantiles(seconds, n=20)[-1] if strokes > 1 else seconds[0],
        "slowest_seconds": max(seconds),
        "load_1_minute": os.getloadavg()[0],
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "seconds": seconds,
    }
    if out is not None:
        out.write_text(json.dumps(facts, indent=1) + "\n", "utf-8")
    print(
        f"strokes {strokes}, median {facts['median_seconds']:.2f} s, 95 % within {facts['p95_seconds']:.2f} s, "
        f"slowest {max(seconds):.2f} s, load {facts['load_1_minute']:.1f} on {facts['cpus']} CPUs"
    )


def _draw_stroke(page: Page, height: float) -> float:
    """Draw across the canvas at this height, 0 … 1; return the seconds until the cards show it."""
    box = page.locator(CANVAS).bounding_box()
    assert box
    y = box["y"] + height * box["height"]
    page.evaluate(WATCH)
    page.mouse.move(box["x"] + 0.1 * box["width"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.9 * box["width"], y, steps=10)
    page.mouse.up()
    seconds = page.wait_for_function("window.strokeSeconds", timeout=120_000).json_value()
    page.wait_for_timeout(SETTLE_MS)
    return seconds


if __name__ == "__main__":
    typer.run(main)
