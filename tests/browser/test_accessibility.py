"""Every page by its names, its contrasts and by the keyboard alone, in the light and the dark theme.

axe-core judges what a machine can judge. That the focus is seen is measured here: a ring that stands out from its
background, around text that stays readable.
"""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from masking.benchmarks.storage.store import Store
from pages.shell import frame
from tests.browser.rest import PATIENCE, listen, wait_until_it_rests
from tests.pages.runs.runs_page import finished

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).with_name("focus.js").read_text("utf-8")
ADDRESSES = ["/", *(f"/{Path(path).stem.split('_', 1)[1]}" for path in frame.pages().values() if path != frame.START)]
FEWEST_STOPS = 12
"""So many stops has the shortest page at least: the menu, the way on, and what it is for."""
MOST_STOPS = 120


@pytest.fixture(scope="module", params=["light", "dark"])
def themed_page(browser, request):
    """A page in a browser profile that prefers one theme."""
    context = browser.new_context(viewport={"width": 1440, "height": 1200}, color_scheme=request.param)
    context.set_default_timeout(PATIENCE)
    listen(context)
    yield context.new_page()
    context.close()


def rest(page: Page) -> Page:
    page.wait_for_selector(".mx-footer", state="attached")
    wait_until_it_rests(page)
    return page


def findings(page: Page) -> list[str]:
    """Return what axe-core objects to, one line for each element."""
    return [
        f"{finding['impact']} {finding['id']}: {node['target']} {node['html'][:120]}"
        for finding in Axe().run(page).response["violations"]
        for node in finding["nodes"]
    ]


def unseen_stops(page: Page) -> list[str]:
    """Go through a page by Tab and return the stops that do not show that they have the focus."""
    page.evaluate("() => document.activeElement.blur()")
    stops = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        if (stop := page.evaluate(SCRIPT)) is None:
            break
        stops.append(stop)
    assert FEWEST_STOPS < len(stops) < MOST_STOPS
    return [stop["name"] + ": " + stop["fault"] for stop in stops if stop["fault"]]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_has_names_and_contrasts_and_shows_the_focus(themed_page, address, path):
    themed_page.goto(address + path)
    rest(themed_page)
    assert findings(themed_page) == []
    assert unseen_stops(themed_page) == []


def test_open_folds_and_results_have_names_and_contrasts(themed_page, address, runs_folder):
    run = finished(Store(runs_folder))
    themed_page.goto(f"{address}/Benchmarks?view=run&run={run.id}")
    themed_page.wait_for_selector(".mx-numbers", state="attached")
    assert findings(rest(themed_page)) == []
    themed_page.goto(f"{address}/Benchmarks?view=runs")
    assert findings(rest(themed_page)) == []
    themed_page.goto(f"{address}/Compare")
    rest(themed_page).get_by_role("button", name="Methods").click()
    assert findings(rest(themed_page)) == []
    themed_page.keyboard.press("Escape")
    themed_page.get_by_role("button", name="Class entropy").click()
    assert findings(rest(themed_page)) == []
