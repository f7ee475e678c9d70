import pytest
import torch

from masking import Classifier, Mask
from masking.masks.drawing import TOOLS
from pages.mask_editor.draft import STEPS_BACK, MaskDraft, canvas_size

SIZE = (96, 96)


def box(left, top, width=96, height=96, action="hide"):
    """A rectangle as the canvas sends it, in canvas pixels: a quarter of these in the mask."""
    return {
        "type": "Rect",
        "left": left,
        "top": top,
        "width": width,
        "height": height,
        "stroke": TOOLS["rectangle"].ink(action),
        "strokeWidth": 0,
    }


def pick(x, y):
    return {"type": "Circle", "left": x, "top": y, "radius": 0, "stroke": TOOLS["segment"].ink("hide")}


def halves():
    """Two superpixels: left and right."""
    return (torch.arange(96) >= 48).long().expand(96, 96)


def quarters():
    """Four superpixels, none of them a half."""
    rows, columns = (torch.arange(96) >= 48).long()[:, None], (torch.arange(96) >= 48).long()[None]
    return 2 * rows + columns


@pytest.fixture
def draft():
    return MaskDraft(Mask.full(SIZE), 1.0)


def same(mask, expected):
    return mask.digest == expected.digest


def test_what_is_drawn_lies_on_top_of_the_base(draft):
    draft.base = Mask.box(SIZE, 0, 0, 24, 24)
    draft.objects = [box(192, 192)]
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 24, 24) & Mask.box(SIZE, 48, 48, 24, 24))


def test_undo_takes_strokes_back_one_by_one_and_begins_a_new_canvas(draft):
    draft.objects = [box(0, 0), box(192, 192)]
    before = draft.turn
    draft.undo()
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 24, 24))
    assert draft.turn > before
    draft.undo()
    assert same(draft.mask(), Mask.full(SIZE))
    assert not draft.can_undo


def test_undo_takes_back_strokes_before_the_change_under_them(draft):
    draft.objects = [box(0, 0)]
    draft.replace(~draft.mask())
    draft.objects = [box(0, 0)]
    for expected in (~Mask.box(SIZE, 0, 0, 24, 24), Mask.box(SIZE, 0, 0, 24, 24), Mask.full(SIZE)):
        draft.undo()
        assert same(draft.mask(), expected)
    assert not draft.can_undo


def test_undo_on_an_untouched_draft_does_nothing(draft):
    draft.undo()
    assert same(draft.mask(), Mask.full(SIZE))


def test_the_number_of_undo_steps_is_limited(draft):
    for _ in range(STEPS_BACK + 5):
        draft.replace(~draft.mask())
    for _ in range(STEPS_BACK):
        assert draft.can_undo
        draft.undo()
    assert not draft.can_undo


def test_a_picked_superpixel_hides_and_picked_again_shows(draft):
    draft.segments, draft.objects = halves(), [pick(10, 10)]
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 96, 48))
    draft.objects = [pick(10, 10), pick(20, 300)]
    assert same(draft.mask(), Mask.full(SIZE))


def test_picks_keep_their_meaning_under_other_segments(draft):
    draft.segments, draft.objects = halves(), [pick(10, 10)]
    draft.commit()
    draft.segments = quarters()
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 96, 48))


def test_undoing_a_change_does_not_reread_picks_under_other_segments(draft):
    draft.segments, draft.objects = halves(), [pick(10, 10)]
    draft.replace(~draft.mask())
    draft.segments = quarters()
    draft.undo()
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 96, 48))


def test_strokes_stay_on_the_canvas_when_there_is_nothing_to_commit(draft):
    draft.objects = [box(0, 0)]
    before = draft.turn
    draft.commit()
    assert (draft.turn, len(draft.objects)) == (before, 1)


def test_committed_picks_can_be_undone(draft):
    draft.segments, draft.objects = halves(), [pick(10, 10)]
    draft.commit()
    draft.undo()
    assert same(draft.mask(), Mask.full(SIZE))


def test_another_frame_and_back_loses_nothing(draft):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    draft.replace(fine)
    draft.fit((40, 40), 1.0)
    assert draft.mask().size == (40, 40)
    draft.fit((224, 224), 0.875)
    draft.fit(SIZE, 1.0)
    assert same(draft.mask(), fine)


def test_a_frame_that_shows_less_magnifies(draft):
    draft.replace(Mask.box(SIZE, 24, 24, 48, 48))
    draft.fit(SIZE, 0.5)
    assert same(draft.mask(), Mask.empty(SIZE))


def test_strokes_drawn_in_another_frame_are_carried_on(draft):
    draft.fit((48, 48), 1.0)
    draft.objects = [box(0, 0)]
    draft.fit(SIZE, 1.0)
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 24, 24))


def test_picks_are_carried_to_another_frame(draft):
    draft.segments, draft.objects = halves(), [pick(10, 10)]
    draft.fit((48, 48), 1.0)
    assert same(draft.mask(), Mask.box((48, 48), 0, 0, 48, 24))


def test_strokes_can_be_undone_in_another_frame(draft):
    draft.objects = [box(0, 0), box(192, 192)]
    draft.fit((48, 48), 1.0)
    assert draft.can_undo
    while draft.can_undo:
        draft.undo()
    assert same(draft.mask(), Mask.full(48))


def test_undo_after_a_visit_to_another_frame_loses_nothing(draft):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    draft.replace(fine)
    draft.replace(Mask.full(SIZE))
    draft.fit((40, 40), 1.0)
    draft.fit(SIZE, 1.0)
    draft.undo()
    assert same(draft.mask(), fine)


def test_undo_within_another_frame_is_carried_back_whole(draft):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    draft.replace(fine)
    draft.replace(Mask.full(SIZE))
    draft.fit((40, 40), 1.0)
    draft.undo()
    draft.fit(SIZE, 1.0)
    assert same(draft.mask(), fine)


def mean_brightness():
    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(3, 2))


# --- frames that are not square --------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(128, 192), (192, 128), (224, 112)])
@pytest.mark.parametrize("picture", [(300, 300), (200, 400), (500, 250)])
def test_a_mask_stays_on_the_same_part_of_the_picture(size, picture):
    rows, columns = torch.arange(picture[0])[:, None], torch.arange(picture[1])[None]
    middle = (
        (rows / picture[0] - 0.5) ** 2 * picture[0] ** 2 + (columns / picture[1] - 0.5) ** 2 * picture[1] ** 2
    ) ** 0.5
    keep = middle > 0.2 * min(picture)
    png = Mask(keep[None, None]).to_png()
    square, other = (
        Classifier("toy", mean_brightness(), ["a", "b"], each, resize=resize)
        for each, resize in (((96, 96), 108), (size, round(1.2 * min(size))))
    )
    draft = MaskDraft(square.prepare_mask(png, picture), square.view_share, picture_size=picture)
    draft.fit(other.input_size, other.view_share)
    expected = other.prepare_mask(png, picture)
    assert (draft.base.keep == expected.keep).double().mean() > 0.97
    draft.fit(square.input_size, square.view_share)
    assert same(draft.base, square.prepare_mask(png, picture))


@pytest.mark.parametrize(
    ("size", "canvas"), [((96, 96), (384, 384)), ((128, 192), (256, 384)), ((224, 112), (384, 192))]
)
def test_the_canvas_has_the_shape_of_the_mask(size, canvas):
    assert canvas_size(size) == canvas
    draft = MaskDraft(Mask.full(size), 1.0)
    draft.objects = [box(0, 0, canvas[1] // 2, canvas[0] // 4)]
    assert same(draft.mask(), Mask.box(size, 0, 0, size[0] // 4, size[1] // 2))


def test_redo_puts_strokes_and_changes_back_one_by_one(draft):
    draft.objects = [box(0, 0), box(192, 192)]
    draft.replace(~draft.mask())
    masks = [draft.mask()]
    while draft.can_undo:
        draft.undo()
        masks.append(draft.mask())
    assert len(masks) == 4
    for expected in masks[-2::-1]:
        before = draft.turn
        draft.redo()
        assert same(draft.mask(), expected)
        assert draft.turn > before
    assert not draft.can_redo
    for expected in masks[1:]:  # and back again
        draft.undo()
        assert same(draft.mask(), expected)


def test_a_new_stroke_or_change_forgets_what_was_undone(draft):
    draft.replace(~draft.mask())
    draft.undo()
    assert draft.can_redo
    draft.objects = [box(0, 0)]
    assert not draft.can_redo
    draft.redo()
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 24, 24))
    draft.undo()  # this stroke can be put back, what was undone before it cannot
    draft.redo()
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 24, 24))
    assert not draft.can_redo
    draft.undo()
    draft.replace(Mask.box(SIZE, 1, 1, 9, 9))
    assert not draft.can_redo


def test_redo_without_undo_does_nothing(draft):
    assert not draft.can_redo
    draft.redo()
    assert same(draft.mask(), Mask.full(SIZE))


def test_redo_in_another_frame_and_back(draft):
    draft.replace(Mask.box(SIZE, 8, 8, 40, 40))
    draft.undo()
    draft.fit((40, 40), 1.0)
    draft.fit(SIZE, 1.0)
    draft.redo()
    assert same(draft.mask(), Mask.box(SIZE, 8, 8, 40, 40))


def test_picked_superpixels_are_put_back(draft):
    draft.segments, draft.objects = halves(), [pick(10, 10)]
    draft.undo()
    draft.redo()
    assert same(draft.mask(), Mask.box(SIZE, 0, 0, 96, 48))
