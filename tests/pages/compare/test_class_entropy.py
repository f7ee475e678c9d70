import json
import sys
import threading

import pytest

from masking import METHODS, Mask, random_removal
from masking.datasets.gallery import open_sample
from pages.shell.jobs import Cancelled, long_jobs
from pages.shell.server_wide import forget_server_wide
from tests.pages.compare_page import PAGE, PATIENCE_SECONDS, ComparePage, brush

HALF = Mask.random_patches(128, 0.5, 16, 0)


@pytest.fixture
def entropy_module(compare_module):
    """The module `pages.compare.class_entropy`, which can only be imported while an app runs."""
    return sys.modules["pages.compare.class_entropy"]


def entropies(removals):
    return {name: (removal.agreement, removal.class_entropy) for name, removal in removals.items()}


@pytest.fixture
def page():
    return ComparePage(image="scene-004", mask=HALF.to_text(), masks="16", methods="blackout,layer_masking")


def test_nothing_is_drawn_before_the_button_is_pressed(page):
    assert not page.chart
    assert "Hides 50.0 % of this picture 16 times at random (patches of 16 px, seed 0)" in page.captions


def test_the_chart_shows_what_the_library_computes(page, bundled):
    page.press("Class entropy")
    expected = random_removal(bundled, open_sample("scene-004"), ["blackout", "layer_masking"], 0.5, 16, 16, 0)
    assert entropies(page.removal) == entropies(expected)
    kept, entropy = json.loads(page.at.get("plotly_chart")[0].proto.spec)["data"]
    assert kept["x"] == ["Blackout", "Layer masking"]
    assert kept["text"] == [f"{100 * removal.agreement:.1f} %" for removal in expected.values()]
    assert entropy["text"] == [f"{removal.class_entropy:.2f} bits" for removal in expected.values()]
    assert kept["customdata"][0].startswith("{}: {}".format(*expected["blackout"].histogram()[0]))


def test_share_patch_seed_and_count_are_those_of_the_page(page, bundled):
    page.choose("way", "Patches").choose("share", 25).choose("patch", 32).choose("seed", 3).choose("masks", 8)
    page.press("Class entropy")
    expected = random_removal(bundled, open_sample("scene-004"), ["blackout", "layer_masking"], 0.25, 32, 8, 3)
    assert entropies(page.removal) == entropies(expected)


def test_a_chart_names_its_picture_share_and_classifier_also_when_the_settings_have_changed(page):
    origin = "Drawn mug, silhouettes/resnet, 50.0 % hidden 16 times in patches of 16 px, seed 0."
    page.press("Class entropy")
    assert origin in page.captions
    assert "settings have changed" not in page.captions
    page.choose("image", "coffee").draw(brush())
    assert page.chart
    assert f"The settings have changed. This result is for: {origin}" in page.captions


def test_undo_brings_the_chart_of_before_up_to_date(page):
    page.press("Class entropy").draw(brush())
    assert "settings have changed" in page.captions
    page.press("Undo")
    assert "settings have changed" not in page.captions


def test_another_visitor_reads_that_a_chart_was_computed_before(fresh_server, page):
    page.press("Class entropy")
    visitor = ComparePage(**page.address)
    assert "Computed earlier on this server" in visitor.captions
    assert "Computed earlier on this server" not in visitor.press("Class entropy").captions


def test_pressing_again_draws_the_present_settings(page):
    page.press("Class entropy").choose("masks", 8)
    page.press("Class entropy")
    assert len(page.removal["blackout"].predicted) == 8
    assert "settings have changed" not in page.captions


def test_a_bar_of_height_0_has_its_label_above_it():
    page = ComparePage(mask=Mask.full(128).to_text(), masks="8", methods="blackout,greyout").press("Class entropy")
    _, entropy = json.loads(page.at.get("plotly_chart")[0].proto.spec)["data"]
    assert entropy["text"] == ["0.00 bits", "0.00 bits"]
    assert entropy["textposition"] == "outside"
    assert entropy["marker"]["color"] == [METHODS[name].style.colour for name in ("blackout", "greyout")]


def test_the_chart_outlives_the_memory_of_jobs(page):
    page.press("Class entropy")
    forget_server_wide()
    assert page.run().chart


def test_the_chart_survives_another_page(page):
    page.press("Class entropy")
    assert page.go("app.py").go(PAGE).chart


@pytest.mark.parametrize(("mask", "entropy"), [(Mask.full(128), 0.0)])
def test_hiding_nothing_has_no_entropy(mask, entropy):
    page = ComparePage(mask=mask.to_text(), masks="8", methods="blackout").press("Class entropy")
    assert page.removal["blackout"].class_entropy == entropy


def test_hiding_everything_works():
    page = ComparePage(mask=Mask.empty(128).to_text(), masks="8").press("Class entropy")
    assert page.chart
    assert not page.errors


def test_without_methods_there_is_nothing_to_press():
    button = next(button for button in ComparePage(methods="").at.button if button.label == "Class entropy")
    assert button.disabled


# --- taking its time -----------------------------------------------------------------------------


@pytest.fixture
def slow(fresh_server, monkeypatch, entropy_module):
    """Make the computation wait after its first batch for the event, or for Cancel."""
    go_on = threading.Event()

    def wait(classifier, image, methods, share, patch, count, seed, batch=32, on_batch=None):
        while not go_on.wait(0.01):
            on_batch(next(iter(methods)), count // 2)
        return random_removal(classifier, image, methods, share, patch, count, seed, batch, on_batch)

    monkeypatch.setattr(entropy_module, "random_removal", wait)
    monkeypatch.setattr("pages.shell.jobs.show.PATIENCE_SECONDS", 0.2)
    yield go_on
    go_on.set()


@pytest.fixture
def hurried(slow, page):
    """A page that does not wait for running jobs."""
    page.patient = False
    return page


def test_progress_is_shown_and_the_page_can_be_used_meanwhile(slow, hurried):
    hurried.press("Class entropy")
    hurried.run_until(lambda: hurried.at.get("progress")[0].value == 25)
    hurried.draw(brush())
    hurried.run_until(lambda: hurried.comparison.mask.digest == hurried.mask.digest != HALF.digest)
    assert hurried.at.get("progress")
    slow.set()
    assert hurried.settle().chart


def test_cancel_is_confirmed_and_it_can_be_pressed_again(slow, hurried):
    hurried.press("Class entropy").press("Cancel").settle()
    assert [info.value for info in hurried.at.info] == ["Cancelled."]
    assert not hurried.chart
    slow.set()
    assert hurried.press("Class entropy").settle().chart


def test_the_page_says_that_it_is_cancelling_until_the_batch_is_done(hurried, monkeypatch, entropy_module):
    go_on = threading.Event()

    def deaf(*question, **options):
        go_on.wait(PATIENCE_SECONDS)
        raise Cancelled

    monkeypatch.setattr(entropy_module, "random_removal", deaf)
    hurried.press("Class entropy").press("Cancel")
    assert hurried.at.get("progress")[0].proto.text == "Cancelling …"
    assert hurried.at.button(key="removal-cancel").disabled
    go_on.set()
    hurried.settle()


def test_only_the_latest_keeps_a_worker_busy(hurried):
    hurried.press("Class entropy")
    first = hurried.at.session_state["removal"][1]
    hurried.choose("masks", 8).press("Class entropy")
    assert first.wait(PATIENCE_SECONDS)
    assert first.error == "Cancelled."


def test_pressing_again_while_it_runs_goes_on(slow, hurried):
    hurried.press("Class entropy")
    first = hurried.at.session_state["removal"][1]
    hurried.press("Class entropy")
    assert hurried.at.session_state["removal"][1] == first
    assert not first.cancelled
    slow.set()
    assert hurried.settle().chart


def test_after_a_reload_other_settings_still_show_the_running_job(slow, hurried, monkeypatch):
    hurried.press("Class entropy")
    first = hurried.at.session_state["removal"][1]
    monkeypatch.setattr(long_jobs(), "_connected", lambda session: False)  # the first session has lost its browser
    reloaded = ComparePage(patient=False, **hurried.address)
    assert reloaded.choose("masks", 8).at.get("progress")
    reloaded.press("Class entropy")  # nor does the next wait behind it
    assert first.cancelled
    slow.set()
    assert len(reloaded.settle().removal["blackout"].predicted) == 8


def test_a_failure_is_one_sentence(fresh_server, monkeypatch, page, entropy_module):
    def fail(*question, **options):
        raise ValueError("the patch is too large")

    monkeypatch.setattr(entropy_module, "random_removal", fail)
    page.press("Class entropy")
    assert [message.value for message in (*page.at.info, *page.at.error)] == ["The patch is too large."]
    assert len(page.cards) == 3
