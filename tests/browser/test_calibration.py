"""Calibration in a real Chromium: fitted on Compare, its answer stands there at once, and Cancel leaves none."""

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import Dashboard

pytestmark = pytest.mark.browser
LINK = "/Compare?image=scene-004&model=silhouettes/resnet&methods=blackout,calibrated:of=noise&fit.shares=0.5"


def test_fit_cancel_and_fit_again(page, address):
    dashboard = Dashboard(page, address).open(LINK)
    fit = page.get_by_role("button", name="Fit", exact=True)
    assert len(dashboard.cards) == 2
    fit.click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled", exact=False).first).to_be_visible()
    dashboard.settle()
    assert len(dashboard.cards) == 2
    page.get_by_text("Calibration: what was fitted").click()
    page.get_by_role("spinbutton", name="How many").fill("16")
    page.keyboard.press("Tab")
    dashboard.settle()
    fit.click()
    expect(page.locator(".mx-card", has_text="Calibrated noise")).to_be_visible()
    expect(page.get_by_text("Calibrated noise was fitted to 16 pictures")).to_be_visible()
    expect(fit).to_have_count(0)
