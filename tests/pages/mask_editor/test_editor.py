import pytest

from masking import Mask
from masking.masks.drawing import draw
from pages.mask_editor.draft import CANVAS
from tests.pages.coffee import SIZE, START, canvas
from tests.pages.compare_page import PAGE, Bench, brush, rectangle


def test_the_first_mask_of_a_scene_hides_its_object():
    assert 1 < Bench().hidden < 60


def test_the_first_mask_of_a_photograph_is_a_box_in_the_middle():
    bench = Bench(image="coffee")
    assert bench.mask.digest == START.digest


@pytest.mark.parametrize("stroke", [brush(), rectangle(30, 40, 100, 50)])
def test_a_stroke_hides_what_it_covers_and_the_cards_follow(bench, stroke):
    before = bench.cards
    bench.draw(stroke)
    assert bench.mask.digest == draw(START, [stroke], (CANVAS, CANVAS)).digest
    assert bench.hidden == pytest.approx(100 * bench.mask.hidden_share, abs=0.05)
    assert bench.comparison.mask.digest == bench.mask.digest
    assert bench.cards["Untouched"] == before["Untouched"]
    assert bench.cards["Blackout"] != before["Blackout"]


def test_the_eraser_shows_what_was_hidden(bench):
    bench.draw(rectangle(0, 0, CANVAS, CANVAS, "show"))
    assert bench.hidden == 0


def test_a_stroke_outlives_reruns(bench):
    bench.draw(brush())
    drawn = bench.mask.digest
    assert bench.run().mask.digest == drawn != START.digest


def test_undo_takes_back_stroke_by_stroke_then_change_by_change(bench):
    seen = [bench.mask.digest]
    for step in (
        lambda: bench.press("Invert"),
        lambda: bench.draw(brush("show")),
        lambda: bench.draw(rectangle(300, 300, 9, 9, "show")),
    ):
        step()
        seen.append(bench.mask.digest)
    assert len(set(seen)) == 4
    for expected in reversed(seen[:-1]):
        assert bench.press("Undo").mask.digest == expected
    assert bench.at.button(key="undo").disabled


def test_after_undo_the_canvas_holds_the_remaining_strokes(bench):
    bench.draw(brush()).draw(rectangle(0, 0, 9, 9)).press("Undo")
    assert len(canvas(bench)) == 1
    assert canvas(bench)[0]["type"] == "Path"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Clear", Mask.full(SIZE)),
        ("Invert", ~START),
        ("Box", START),
        ("Hull", START),
        ("Grow", START.grow(4)),
        ("Shrink", START.shrink(4)),
    ],
)
def test_changes_change_the_mask_and_can_be_undone(bench, label, expected):
    assert bench.press(label).mask.digest == expected.digest
    assert bench.press("Undo").mask.digest == START.digest


def test_changes_take_strokes_along(bench):
    bench.draw(brush())
    drawn = bench.mask
    assert bench.press("Invert").mask.digest == (~drawn).digest
    assert canvas(bench) == []


def test_a_stroke_still_on_its_way_when_a_button_is_pressed_is_not_lost(bench):
    stroke = rectangle(0, 0, 30, 30)
    drawing = {"raw": {"objects": [stroke]}, "data": None}
    bench.at.session_state["canvas-0"] = {"drawing": drawing, "backgroundFit": None}
    bench.press("Invert")
    assert bench.mask.digest == (~draw(START, [stroke], (CANVAS, CANVAS))).digest


def test_a_stroke_still_on_its_way_when_the_picture_changes_is_not_lost(bench):
    stroke = rectangle(0, 0, 30, 30)
    drawing = {"raw": {"objects": [stroke]}, "data": None}
    bench.at.session_state["canvas-0"] = {"drawing": drawing, "backgroundFit": None}
    bench.choose("image", "chelsea")
    assert bench.mask.digest == draw(START, [stroke], (CANVAS, CANVAS)).digest


def test_box_and_hull_close_what_is_drawn(bench):
    two = Mask.box(SIZE, 0, 0, 10, 10) & Mask.box(SIZE, 50, 60, 10, 10)
    assert Bench(mask=two.to_text()).press("Box").mask.digest == two.bounding_box().digest
    assert Bench(mask=two.to_text()).press("Hull").mask.digest == two.convex_hull().digest


def test_grow_goes_as_far_as_chosen(bench):
    assert bench.choose("grow-by", 16).press("Grow").mask.digest == START.grow(16).digest


@pytest.mark.parametrize("mask", [Mask.full(SIZE), Mask.empty(SIZE)])
def test_changes_bear_extremes(mask):
    bench = Bench(mask=mask.to_text(), methods="")
    for label in ("Clear", "Invert", "Box", "Hull", "Grow", "Shrink"):
        assert not bench.press(label).errors
        assert bench.hidden in {0, 100}
        assert bench.press("Undo").mask.digest == mask.digest


# --- extremes and journeys -----------------------------------------------------------------------


@pytest.mark.parametrize(("mask", "share"), [(Mask.full(SIZE), 0), (Mask.empty(SIZE), 100)])
def test_nothing_and_everything_can_be_hidden(mask, share):
    bench = Bench(mask=mask.to_text(), methods="blackout,noise,mean_colour,blur,inpaint,layer_masking")
    assert bench.hidden == share
    assert len(bench.cards) == 7
    assert not bench.errors
    if share == 0:
        assert all(card == bench.cards["Untouched"] for card in bench.cards.values())


def test_the_mask_survives_another_classifier_and_back(toys, bench):
    bench.draw(brush())
    drawn = bench.mask.digest
    bench.choose("model", "alexnet")
    assert bench.mask.size == (224, 224)
    assert bench.hidden > 0
    assert bench.choose("model", "silhouettes/resnet").mask.digest == drawn


def test_strokes_made_under_another_classifier_survive_the_way_back(toys, bench):
    bench.press("Clear").choose("model", "alexnet").draw(rectangle(96, 96, 192, 192))
    bench.choose("model", "silhouettes/resnet")
    assert bench.hidden == pytest.approx(25 * 0.875**2, abs=1)


def test_the_mask_survives_another_page(bench):
    bench.press("Invert").draw(brush())
    drawn = bench.mask.digest
    bench.go("app.py").go(PAGE)
    for _ in range(3):
        assert bench.run().mask.digest == drawn
    assert len(canvas(bench)) == 1
    assert bench.address["mask"] == bench.mask.to_text()
    assert bench.press("Undo").press("Undo").mask.digest == START.digest


def test_the_mask_survives_another_picture(bench):
    bench.draw(brush())
    drawn = bench.mask.digest
    assert bench.choose("image", "chelsea").mask.digest == drawn
    assert bench.comparison.mask.digest == drawn


def test_every_tool_can_be_taken_up(bench):
    for tool in ("lasso", "rectangle", "ellipse", "polygon", "brush"):
        bench.choose("tool", tool)
        assert bench.mask.digest == START.digest
    bench.choose("action", "show").choose("brush-width", 80)
    assert not bench.errors


def test_what_the_canvas_cannot_mean_is_passed_over(bench):
    bench.draw({"type": "Rect", "stroke": "#123456"}, {}, {"type": "Path", "path": [], "stroke": brush()["stroke"]})
    assert bench.mask.digest == START.digest
