import pytest
import torch

from masking import Mask
from masking.masks.drawing import draw
from pages.mask_editor.editor import LONGEST_IN_LINK, usual_patches
from pages.shell import uploads
from tests.pages.coffee import SIZE, START
from tests.pages.compare_page import PAGE, SIDE, ComparePage, brush, rectangle, send_strokes


def test_the_first_mask_of_a_scene_hides_its_object():
    assert 1 < ComparePage().hidden < 60


def test_the_first_mask_of_a_photograph_hides_half_of_it_in_patches():
    page = ComparePage(image="coffee")
    assert page.mask.digest == Mask.random_patches(SIZE, 0.5, 16, 0).digest


@pytest.mark.parametrize("stroke", [brush(), rectangle(30, 40, 100, 50)])
def test_a_stroke_hides_what_it_covers_and_the_cards_follow(page, stroke):
    before = page.cards
    page.draw(stroke)
    assert page.mask.digest == draw(START, [stroke]).digest
    assert page.hidden == pytest.approx(100 * page.mask.hidden_share, abs=0.05)
    assert page.comparison.mask.digest == page.mask.digest
    assert page.cards["Whole picture"] == before["Whole picture"]
    assert page.cards["Blackout"] != before["Blackout"]


def test_the_eraser_shows_what_was_hidden(page):
    page.draw(rectangle(0, 0, SIDE, SIDE, "show"))
    assert page.hidden == 0


def test_a_stroke_outlives_reruns(page):
    page.draw(brush())
    digest = page.mask.digest
    assert page.run().mask.digest == digest != START.digest


def test_undo_takes_back_stroke_by_stroke_then_change_by_change(page):
    seen = [page.mask.digest]
    for step in (
        lambda: page.press("Invert"),
        lambda: page.draw(brush("show")),
        lambda: page.draw(rectangle(300, 300, 9, 9, "show")),
    ):
        step()
        seen.append(page.mask.digest)
    assert len(set(seen)) == 4
    for expected in reversed(seen[:-1]):
        assert page.press("Undo").mask.digest == expected
    assert page.at.button(key="undo").disabled


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Clear", Mask.full(SIZE)),
        ("Invert", ~START),
        ("Grow", START.grow(4)),
        ("Shrink", START.shrink(4)),
    ],
)
def test_changes_change_the_mask_and_can_be_undone(page, label, expected):
    assert page.press(label).mask.digest == expected.digest
    assert page.press("Undo").mask.digest == START.digest


@pytest.mark.parametrize("label", ["Box", "Hull"])
def test_a_change_that_changes_nothing_leaves_nothing_to_undo(page, label):
    assert page.press(label).mask.digest == START.digest
    assert page.at.button(key="undo").disabled


def test_changes_take_strokes_along(page):
    page.draw(brush())
    mask = page.mask
    assert page.press("Invert").mask.digest == (~mask).digest


def test_a_stroke_still_on_its_way_when_a_button_is_pressed_is_not_lost(page):
    stroke = rectangle(0, 0, 30, 30)
    send_strokes(page.at, "mask_canvas", page.editor.strokes, stroke)
    page.press("Invert")
    assert page.mask.digest == (~draw(START, [stroke])).digest


def test_a_stroke_still_on_its_way_when_the_picture_changes_is_not_lost(page):
    stroke = rectangle(0, 0, 30, 30)
    send_strokes(page.at, "mask_canvas", page.editor.strokes, stroke)
    page.choose("image", "chelsea")
    assert page.mask.digest == draw(START, [stroke]).digest


def test_box_and_hull_close_what_is_drawn(page):
    two = Mask.box(SIZE, 0, 0, 10, 10) & Mask.box(SIZE, 50, 60, 10, 10)
    assert ComparePage(mask=two.to_text()).press("Box").mask.digest == two.bounding_box().digest
    assert ComparePage(mask=two.to_text()).press("Hull").mask.digest == two.convex_hull().digest


def test_grow_goes_as_far_as_chosen(page):
    assert page.choose("grow-by", 16).press("Grow").mask.digest == START.grow(16).digest


@pytest.mark.parametrize("mask", [Mask.full(SIZE), Mask.empty(SIZE)])
def test_changes_work_on_extreme_masks(mask):
    page = ComparePage(mask=mask.to_text(), methods="")
    for label in ("Clear", "Invert", "Box", "Hull", "Grow", "Shrink"):
        assert not page.press(label).errors
        assert page.hidden in {0, 100}
    while not page.at.button(key="undo").disabled:
        page.press("Undo")
    assert page.mask.digest == mask.digest


# --- extremes and journeys -----------------------------------------------------------------------


@pytest.mark.parametrize(("mask", "share"), [(Mask.full(SIZE), 0), (Mask.empty(SIZE), 100)])
def test_nothing_and_everything_can_be_hidden(mask, share):
    page = ComparePage(mask=mask.to_text(), methods="blackout,noise,mean_colour,blur,inpaint,layer_masking")
    assert page.hidden == share
    assert len(page.cards) == 7
    assert not page.errors
    if share == 0:
        assert all(card == page.cards["Whole picture"] for card in page.cards.values())


def test_the_mask_survives_another_classifier_and_back(toys, page):
    page.draw(brush())
    digest = page.mask.digest
    page.choose("model", "alexnet")
    assert page.mask.size == (224, 224)
    assert page.hidden > 0
    assert page.choose("model", "silhouettes/resnet").mask.digest == digest


def test_strokes_made_under_another_classifier_survive_the_way_back(toys, page):
    page.press("Clear").choose("model", "alexnet").draw(rectangle(96, 96, 192, 192))
    page.choose("model", "silhouettes/resnet")
    assert page.hidden == pytest.approx(25 * 0.875**2, abs=1)


def test_the_mask_survives_another_page(page):
    page.press("Invert").draw(brush("show"))
    digest = page.mask.digest
    page.go("app.py").go(PAGE)
    for _ in range(3):
        assert page.run().mask.digest == digest
    assert page.address["mask"] == page.mask.to_text()
    assert page.press("Undo").press("Undo").mask.digest == START.digest


def questions(page) -> list[str]:
    """The keys of the answers that the editor asks for."""
    return [button.key for button in page.at.button if str(button.key).endswith("-other")]


def test_a_drawn_mask_stays_on_another_picture_until_it_is_cleared(page):
    digest = page.draw(brush()).mask.digest
    assert questions(page) == []
    assert page.choose("image", "chelsea").mask.digest == digest
    assert page.comparison.mask.digest == digest
    assert questions(page) == ["clear-other", "keep-other"]
    assert page.press("Clear it").hidden == 0
    assert questions(page) == []
    assert page.press("Undo").mask.digest == digest


def test_a_mask_kept_on_another_picture_is_asked_about_once(page):
    digest = page.draw(brush()).mask.digest
    page.choose("image", "chelsea").press("Keep it")
    assert questions(page) == []
    assert page.run().mask.digest == digest
    page.choose("image", "coffee")
    assert questions(page)


def test_the_mask_of_a_scene_gives_way_to_that_of_the_next_picture():
    page = ComparePage(image="scene-000", methods="blackout", model="silhouettes/resnet")
    star = page.mask
    page.choose("image", "coffee")
    assert page.mask.digest == usual_patches(page.mask.size).digest
    assert page.hidden == pytest.approx(50, abs=0.5)
    assert questions(page) == []
    page.choose("image", "scene-001")
    assert page.mask.digest != usual_patches(page.mask.size).digest
    assert page.mask.resized(star.size).digest != star.digest


def test_random_patches_stay_on_every_picture(page):
    page.choose("way", "Patches").press("New random patches")
    digest = page.mask.digest
    assert page.choose("image", "chelsea").mask.digest == digest
    assert questions(page) == []


def test_a_mask_from_a_link_belongs_to_its_picture():
    mask = Mask.box(SIZE, 3, 3, 50, 50)
    page = ComparePage(image="coffee", methods="blackout", mask=mask.to_text())
    assert questions(page) == []
    assert page.choose("image", "chelsea").mask.digest == mask.digest
    assert questions(page)


def test_what_the_canvas_cannot_mean_is_passed_over(page):
    page.draw({"tool": "spray"}, {}, {"tool": "brush", "action": "burn", "points": [[0, 0]], "width": 1})
    assert page.mask.digest == START.digest


def uploaded():
    return [path.name for path in uploads.folder().iterdir()]


def test_opening_links_uploads_nothing_and_drawing_does():
    noise = Mask(torch.rand(1, 1, *SIZE, generator=torch.Generator().manual_seed(0)) < 0.5)
    assert len(noise.to_text()) > LONGEST_IN_LINK
    page = ComparePage(image="coffee", methods="blackout", mask=noise.to_text())
    assert page.mask.digest == noise.digest
    assert page.address["mask"] == noise.to_text()
    assert uploaded() == []
    page.draw(brush())
    assert page.address["mask"].startswith("shelf.")
    assert uploaded() == [page.address["mask"].removeprefix("shelf.")]
    again = ComparePage(**page.address)
    assert again.mask.digest == page.mask.digest
    assert again.address["mask"] == page.address["mask"]


def test_a_mask_that_nobody_has_made_is_not_uploaded():
    page = ComparePage(image="data:Silhouettes scenes", picture="7", model="silhouettes/resnet", methods="blackout")
    assert uploaded() == []
    assert ComparePage(**page.address).mask.digest == page.mask.digest
