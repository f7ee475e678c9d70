"""Ways to make a mask besides drawing: patches, superpixels, numbers, files."""

import numpy as np
import pytest

from masking import SEGMENTATIONS, Mask
from masking.masks.drawing import draw
from tests.pages.coffee import SIZE, START, png
from tests.pages.compare_page import SIDE, ComparePage, brush, click

# --- random patches ------------------------------------------------------------------------------


def test_random_patches_follow_share_patch_and_seed(page):
    page.choose("way", "Patches").choose("share", 70).choose("patch", 32).choose("seed", 5)
    assert page.mask.digest == Mask.random_patches(SIZE, 0.7, 32, 5).digest


def test_opening_the_patches_leaves_the_mask_alone(page):
    assert page.choose("way", "Patches").mask.digest == START.digest


def test_new_random_patches_take_the_shown_seed_and_then_the_next(page):
    page.choose("way", "Patches").press("New random patches")
    assert page.mask.digest == Mask.random_patches(SIZE, 0.5, 16, 0).digest
    page.press("New random patches")
    assert page.at.session_state["seed"] == 1
    assert page.mask.digest == Mask.random_patches(SIZE, 0.5, 16, 1).digest
    page.draw(brush("show")).press("New random patches")  # a mask of one's own: the shown seed is new again
    assert page.at.session_state["seed"] == 1


def test_the_share_alone_makes_random_patches(page):
    assert page.choose("way", "Patches").choose("share", 30).hidden == pytest.approx(30, abs=1)


def test_new_random_patches_begin_again_after_the_last_seed():
    page = ComparePage(seed=str(2**31 - 1)).choose("way", "Patches")
    page.press("New random patches").press("New random patches")
    assert page.at.session_state["seed"] == 0


def test_a_patch_larger_than_the_frame_hides_all_or_nothing(page):
    page.choose("way", "Patches").choose("patch", 512).choose("share", 100)
    assert page.hidden == 100


def test_settings_of_patches_outlive_another_way(page):
    page.choose("way", "Patches").choose("share", 70).choose("way", "Draw").run().choose("way", "Patches")
    assert page.at.slider(key="share").value == 70


def test_patches_can_be_drawn_upon(page):
    page.choose("way", "Patches").choose("share", 70).draw(brush("show"))
    patches = Mask.random_patches(SIZE, 0.7, 16, 0)
    assert page.mask.digest == draw(patches, [brush("show")]).digest


# --- superpixels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SEGMENTATIONS)
def test_a_click_hides_a_superpixel_and_another_shows_it(page, name):
    page.press("Clear").choose("way", "Superpixels").choose("segmentation", name)
    segments = SEGMENTATIONS[name]().segments(page.comparison.image)
    page.draw(click(30, 30))
    assert page.mask.digest == Mask.from_segments(segments, [int(segments[10, 10])]).digest
    assert page.draw(click(30, 30)).hidden == 0


@pytest.mark.parametrize(
    "then",
    [
        lambda page: page.choose("segmentation", "grid"),
        lambda page: page.choose("slic.count", 10),
        lambda page: page.choose("image", "chelsea"),
        lambda page: page.choose("way", "Draw"),
        lambda page: page.choose("way", "Numbers").choose("way", "Superpixels"),
    ],
    ids=["segmentation", "parameter", "picture", "way", "way and back"],
)
def test_picks_stay_hidden_when_superpixels_change(page, then):
    page.choose("way", "Superpixels").draw(click(30, 30))
    picked = page.mask.digest
    then(page)
    assert page.mask.digest == picked != START.digest
    assert page.press("Undo").mask.digest == START.digest


def test_undo_takes_picks_back_one_by_one(page):
    page.choose("way", "Superpixels").draw(click(30, 30))
    first_pick = page.mask.digest
    page.draw(click(300, 300)).press("Undo")
    assert page.mask.digest == first_pick
    assert page.press("Undo").mask.digest == START.digest


def test_picks_travel_to_another_classifier(toys):
    page = ComparePage(image="coffee", methods="blackout", mask=Mask.full(SIZE).to_text())
    page.choose("way", "Superpixels").draw(click(192, 192))
    share = page.hidden
    page.choose("model", "alexnet")
    assert page.hidden == pytest.approx(share / 0.875**2, abs=1)


# --- numbers and files ---------------------------------------------------------------------------


def test_a_rectangle_in_numbers(page):
    page.choose("way", "Numbers")
    for name, value in {"top": 10, "left": 20, "height": 30, "width": 40}.items():
        page.choose(f"box-{name}", value)
    assert page.mask.digest == START.digest
    first = Mask.box(SIZE, 10, 20, 30, 40)
    assert page.press("Clear").press("Hide this rectangle").mask.digest == first.digest
    page.choose("box-top", 60).press("Hide this rectangle")  # several of them, hidden or shown
    assert page.mask.digest == (first & Mask.box(SIZE, 60, 20, 30, 40)).digest
    page.choose("box-top", 10).press("Show this rectangle")
    assert page.mask.digest == Mask.box(SIZE, 60, 20, 30, 40).digest


def test_a_rectangle_outside_the_frame_hides_nothing(page):
    page.choose("way", "Numbers").choose("box-top", 4000).press("Hide this rectangle").press("Show this rectangle")
    assert page.mask.digest == START.digest


def test_a_mask_file_of_the_frame_is_taken_as_it_is(page):
    mask = Mask.random_patches(SIZE, 0.3, 8)
    page.choose("way", "File").upload("mask-file", "mask.png", mask.to_png())
    assert page.mask.digest == mask.digest
    assert page.press("Undo").mask.digest == START.digest


def test_a_mask_file_of_the_picture_is_cut_like_the_picture(page):
    pixels = np.full((400, 600), 255, np.uint8)  # coffee is 600x400: the frame shows its middle 400
    pixels[:, :300] = 0
    page.choose("way", "File").upload("mask-file", "mask.png", png(pixels))
    assert page.hidden == pytest.approx(50, abs=1)
    assert not page.mask.keep[0, 0, :, 0].any()
    assert page.mask.keep[0, 0, :, -1].all()


def test_a_mask_file_of_a_large_upload_may_have_its_original_size(page):
    large = np.zeros((2400, 3600, 3), np.uint8)
    page.upload("photograph", "large.png", png(large))
    page.choose("way", "File").upload("mask-file", "mask.png", png(large[..., 0]))
    assert not page.errors
    assert page.hidden == 100


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (png(np.zeros((50, 70), np.uint8)), "Mask is 50x70"),
        (b"hello", "The mask is not a PNG, JPEG or WEBP picture"),
        (Mask.full(SIZE).to_png()[:60], "The mask cannot be read to its end"),
        (b"", "The mask is not a PNG, JPEG or WEBP picture"),
    ],
    ids=["wrong size", "text", "truncated", "empty"],
)
def test_a_bad_mask_file_gives_one_sentence_and_leaves_the_mask(page, content, said):
    page.choose("way", "File").upload("mask-file", "mask.png", content)
    assert len(page.errors) == 1
    assert page.errors[0].startswith(said)
    assert page.mask.digest == START.digest
    assert page.at.button(key="undo").disabled


def test_an_error_about_the_mask_stays_until_the_mask_changes(page):
    page.choose("way", "File").upload("mask-file", "mask.png", b"hello").run()
    assert page.errors
    assert not page.press("Invert").errors


def marked(x: int, y: int, action: str) -> dict:
    """A click on the object ("hide") or on the background ("show"), in pixels of the classifier's input."""
    scale = SIDE // SIZE[0]
    return click(scale * x + 1, scale * y + 1, "mark", action)


def test_clicks_on_an_object_find_it():
    page = ComparePage(image="scene-000", methods="blackout")
    known = ~page.mask.keep[0, 0]
    row, column = (int(coordinate) for coordinate in known.nonzero().double().mean(0))
    page.press("Clear").choose("way", "Click").draw(marked(column, row, "hide"))
    hidden = ~page.mask.keep[0, 0]
    assert hidden[row, column]
    assert (hidden & known).sum() > 0.5 * known.sum()
    beside = [int(index) for index in (hidden & ((~known) | (known.cumsum(0) == 1))).nonzero()[0]]

    page.draw(marked(beside[1], beside[0], "show"))
    assert page.mask.keep[0, 0, beside[0], beside[1]]
    assert not page.mask.keep[0, 0, row, column]  # the first click still counts
    page.press("Undo")
    assert page.mask.keep[0, 0].equal(~hidden)

    page.draw(marked(beside[1], beside[0], "show"))
    assert page.mask.keep[0, 0, beside[0], beside[1]]
    assert not page.mask.keep[0, 0, row, column]  # also after Undo
    page.press("Undo")

    page.press("Clear").draw(marked(64, 4, "hide"))
    assert page.mask.keep[0, 0, row, column]  # a mask begun anew begins with new clicks


def test_a_click_on_the_background_alone_shows_an_error():
    page = ComparePage(methods="blackout").press("Clear").choose("way", "Click")
    page.draw(marked(30, 30, "show"))
    assert any("click on it" in error for error in page.errors)
    assert page.hidden == 0
