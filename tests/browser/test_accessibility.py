"""Every page by its names, its contrasts and by the keyboard alone, in the light and the dark theme.

axe-core judges what a machine can judge. That the focus is seen is measured here: a ring that stands out from its
background, around text that stays readable.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from masking.benchmarks.storage.store import Store
from pages.shell import frame
from tests.browser.rest import wait_until_it_rests
from tests.pages.runs.runs_page import finished

pytestmark = pytest.mark.browser
SCRIPT = Path(__file__).with_name("focus.js").read_text("utf-8")
ADDRESSES = ["/", *(f"/{Path(path).stem.split('_', 1)[1]}" for path in frame.pages().values() if path != frame.START)]
FEWEST_STOPS = 12
"""So many stops has the shortest page at least: the menu, the way on, and what it is for."""
MOST_STOPS = 120


OPTIONS = {"resultTypes": ["violations"], "rules": {"region": {"enabled": False}}}
"""Streamlit puts what opens over a page, such as a list of options, outside all regions of the page."""
OF_COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules about colours: a theme changes nothing else."""
NOTHING_COMES = "() => !document.querySelector('[data-testid=stProgress], [data-testid=stMain] [data-stale=true]')"


WITHOUT_FADING = "[data-stale=true] { opacity: 1 !important; transition: none !important; }"
"""Streamlit fades what is about to be renewed, for a moment; a result that arrives while axe-core looks is no fault."""


def themes(page: Page) -> Iterator[str]:
    """Show a page in one theme after the other, at rest."""
    page.wait_for_selector(".mx-footer", state="attached")
    wait_until_it_rests(page)
    page.wait_for_function(NOTHING_COMES)
    page.add_style_tag(content=WITHOUT_FADING)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        wait_until_it_rests(page)
        yield theme


def findings(page: Page, theme: str) -> list[str]:
    """Return what axe-core objects to, one line for each element; names only in the theme that comes first."""
    options = OPTIONS if theme == "light" else OF_COLOURS
    return [
        f"{finding['impact']} {finding['id']}: {node['target']} {node['html'][:120]}"
        for finding in Axe().run(page, options=options).response["violations"]
        for node in finding["nodes"]
    ]


def unseen_stops(page: Page) -> list[str]:
    """Go through a page by Tab and return the stops that do not show that they have the focus."""
    page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    stops = []
    while len(stops) < MOST_STOPS:
        page.keyboard.press("Tab")
        if (stop := page.evaluate(SCRIPT)) is None:
            break
        stops.append(stop)
    assert FEWEST_STOPS < len(stops) < MOST_STOPS
    return [f"{stop['name']}: {stop['fault']}" for stop in stops if stop["fault"]]


@pytest.mark.parametrize("path", ADDRESSES)
def test_a_page_has_names_and_contrasts_and_shows_the_focus(page, address, path):
    page.goto(address + path)
    for theme in themes(page):
        assert findings(page, theme) == [], theme
        assert unseen_stops(page) == [], theme


def test_open_folds_and_results_have_names_and_contrasts(page, address, runs_folder):
    run = finished(Store(runs_folder))
    page.goto(f"{address}/Benchmarks?view=run&run={run.id}")
    page.wait_for_selector(".mx-numbers", state="attached")
    for theme in themes(page):
        assert findings(page, theme) == [], theme
    page.goto(f"{address}/Compare?image=coffee&model=cifar10/nib-vgg16-slim&masks=8")
    wait_until_it_rests(page)
    page.get_by_role("button", name="Class entropy").click()
    wait_until_it_rests(page)
    page.get_by_role("button", name="Methods").click()
    for theme in themes(page):
        assert findings(page, theme) == [], theme
