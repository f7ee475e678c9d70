"""Calibrated methods: fitted on the page, side by side, and refused in a sentence where no map is there."""

import pytest

from masking.calibration import head_store, heads_folder
from pages.shell.jobs import long_jobs
from tests.pages.compare_page import ComparePage

ADDRESS = {"image": "scene-004", "model": "silhouettes/resnet", "device": "cpu"}


@pytest.fixture(autouse=True)
def no_heads(folders, monkeypatch, fresh_server):
    """A machine on which nothing has been fitted."""
    monkeypatch.setenv("MASKING_HEADS", str(folders / "heads"))
    monkeypatch.setattr(head_store, "BUNDLED", folders / "none")


def lines(page: ComparePage) -> str:
    """Return the lines about calibrations."""
    return "\n".join([*(line.value for line in page.at.markdown), page.captions])


def small_fit(page: ComparePage) -> ComparePage:
    """Set the form to a fit of a second."""
    page.at.text_input(key="fit.shares").set_value("0.5")
    return page.choose("fit-count", 16)


def test_a_fit_on_the_page_is_shown_at_once_and_can_be_repeated():
    page = ComparePage(methods="blackout,calibrated", **ADDRESS)
    assert list(page.cards) == ["Whole picture", "Blackout"]
    assert "Calibrated blackout cannot be used, because it has not been fitted to silhouettes/resnet yet" in lines(page)
    small_fit(page).press("Fit")
    assert list(page.cards) == ["Whole picture", "Blackout", "Calibrated blackout"]
    assert "fitted to 16 pictures with 50 % hidden" in lines(page)
    assert page.address["methods"] == "blackout,calibrated"
    first = page.cards["Calibrated blackout"]
    assert first != page.cards["Blackout"]
    page.choose("fit-count", 17).press("Fit again")
    assert "fitted to 17 pictures" in lines(page)
    assert page.cards["Calibrated blackout"] != first, "the answer of the map before it"


def test_two_calibrated_methods_stand_side_by_side():
    words = "calibrated:of=blackout,calibrated:of=greyout:grey=middle"
    page = small_fit(ComparePage(methods=words, **ADDRESS)).press("Fit").press("Fit")
    assert list(page.cards) == ["Whole picture", "Calibrated blackout", "Calibrated greyout (grey=middle)"]
    assert not page.errors
    rows = page.comparison.rows()
    assert [row["method"] for row in rows[1:]] == ["calibrated:of=blackout", "calibrated:of=greyout:grey=middle"]


def test_a_cancelled_fit_leaves_nothing_behind():
    page = ComparePage(patient=False, methods="calibrated", **ADDRESS)
    page.run_until(lambda: any(button.label == "Fit" for button in page.at.button))
    page.press("Fit").press("Cancel")
    page.run_until(lambda: all(job.finished for job in long_jobs()._jobs.values()))
    page.run_until(lambda: any("cancelled" in error.lower() for error in page.errors))
    assert not heads_folder().exists() or not list(heads_folder().iterdir())
    assert not any(button.label == "Cancel" for button in page.at.button)


def test_wrong_settings_are_refused_beside_them_and_nothing_can_be_fitted():
    page = ComparePage(methods="calibrated", **ADDRESS)
    page.at.text_input(key="fit.shares").set_value("0.5, 2")
    page.run()
    assert "Shares is 2" in page.errors[0]
    assert next(button for button in page.at.button if button.label == "Fit").disabled
    page.at.text_input(key="fit.shares").set_value("0.5")
    page.choose("fit-source", "folder").press("Fit")
    assert any("folder" in error for error in page.errors)


def test_a_base_that_the_network_cannot_run_is_not_offered_for_a_fit():
    page = ComparePage(methods="calibrated", **ADDRESS, **{"calibrated.of": "token_dropping"})
    assert "Token dropping cannot run silhouettes/resnet" in lines(page)
    assert not any(button.label == "Fit" for button in page.at.button)


def test_a_damaged_map_is_named():
    page = small_fit(ComparePage(methods="calibrated", **ADDRESS)).press("Fit")
    (file,) = heads_folder().iterdir()
    file.write_bytes(b"nothing")
    page.run()
    assert list(page.cards) == ["Whole picture"]
    assert "damaged" in lines(page)


def test_visitors_of_a_public_server_fit_nothing(folders):
    (folders / "masking.toml").write_text("public = true\n")
    page = ComparePage(methods="calibrated", **ADDRESS)
    assert "the operator of this server can fit it" in lines(page)
    assert not any(button.label == "Fit" for button in page.at.button)
