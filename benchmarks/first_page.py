"""How long a visitor waits for the first page of a freshly started dashboard.

    python -m benchmarks.first_page --rounds 5

Each round starts a server of its own, waits until it answers, and opens the page in Chromium. The seconds count from
there: until the first sentence, until the first picture, and until this machine has computed the examples itself.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[1]
RESULT = Path(__file__).parent / "results" / "first_page.json"
PATIENCE_MS = 120_000
MARKS: dict[str, str] = {
    "first sentence": "document.querySelector('.mx-reading')?.innerText.length > 0",
    "first picture": "document.querySelector('.mx-exhibit img')?.naturalWidth > 0",
    "computed here": "document.querySelector('.mx-origin')?.innerText.includes('Computed on this machine')",
}


def wait_for_answer(address: str) -> None:
    """Wait until the server answers."""
    while True:
        try:
            urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
        else:
            return


def seconds_of_visit(browser: Browser, address: str) -> dict[str, float]:
    """Open the page and return the seconds until each of `MARKS`."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    start = time.perf_counter()
    since: Callable[[], float] = lambda: time.perf_counter() - start  # noqa: E731
    page.goto(address, wait_until="commit")
    seconds: dict[str, float] = {}
    for mark, condition in MARKS.items():
        page.wait_for_function(condition, polling="raf", timeout=PATIENCE_MS)
        seconds[mark] = since()
    context.close()
    return seconds


def measure(rounds: int, port: int) -> list[dict[str, float]]:
    """Return the seconds of each round, with the machine's load."""
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless",
        "true",
        "--server.port",
        str(port),
    ]
    visits: list[dict[str, float]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for _ in range(rounds):
            server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_for_answer(f"http://127.0.0.1:{port}")
                visits.append({**seconds_of_visit(browser, f"http://127.0.0.1:{port}"), "load": os.getloadavg()[0]})
            finally:
                server.terminate()
                server.wait()
        browser.close()
    return visits


def main() -> None:
    """Measure, print the medians and write all rounds."""
    parser = argparse.ArgumentParser(description="How long a visitor waits for the first page.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--port", type=int, default=8639)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    visits = measure(options.rounds, options.port)
    medians = {mark: round(statistics.median(visit[mark] for visit in visits), 2) for mark in visits[0]}
    options.out.write_text(json.dumps({"medians": medians, "rounds": visits}, indent=1) + "\n", "utf-8")
    print(medians)


if __name__ == "__main__":
    main()
