import pytest
import torch

from masking import Mask
from masking.masks.drawing import TOOLS
from pages.mask_editor.draft import STEPS_BACK, MaskDraft

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
def sheet():
    return MaskDraft(Mask.full(SIZE), 1.0)


def same(one, other):
    return one.digest == other.digest


def test_what_is_drawn_lies_on_top_of_the_base(sheet):
    sheet.base = Mask.box(SIZE, 0, 0, 24, 24)
    sheet.objects = [box(192, 192)]
    assert same(sheet.mask(), Mask.box(SIZE, 0, 0, 24, 24) & Mask.box(SIZE, 48, 48, 24, 24))


def test_undo_takes_strokes_back_one_by_one_and_begins_a_new_canvas(sheet):
    sheet.objects = [box(0, 0), box(192, 192)]
    before = sheet.turn
    sheet.undo()
    assert same(sheet.mask(), Mask.box(SIZE, 0, 0, 24, 24))
    assert sheet.turn > before
    sheet.undo()
    assert same(sheet.mask(), Mask.full(SIZE))
    assert not sheet.can_undo


def test_undo_takes_back_strokes_before_the_change_under_them(sheet):
    sheet.objects = [box(0, 0)]
    sheet.replace(~sheet.mask())
    sheet.objects = [box(0, 0)]
    for expected in (~Mask.box(SIZE, 0, 0, 24, 24), Mask.box(SIZE, 0, 0, 24, 24), Mask.full(SIZE)):
        sheet.undo()
        assert same(sheet.mask(), expected)
    assert not sheet.can_undo


def test_undo_on_an_untouched_sheet_does_nothing(sheet):
    sheet.undo()
    assert same(sheet.mask(), Mask.full(SIZE))


def test_the_way_back_is_long_but_ends(sheet):
    for _ in range(STEPS_BACK + 5):
        sheet.replace(~sheet.mask())
    for _ in range(STEPS_BACK):
        assert sheet.can_undo
        sheet.undo()
    assert not sheet.can_undo


def test_a_picked_superpixel_hides_and_picked_again_shows(sheet):
    sheet.segments, sheet.objects = halves(), [pick(10, 10)]
    assert same(sheet.mask(), Mask.box(SIZE, 0, 0, 96, 48))
    sheet.objects = [pick(10, 10), pick(20, 300)]
    assert same(sheet.mask(), Mask.full(SIZE))


def test_picks_keep_their_meaning_under_other_segments(sheet):
    sheet.segments, sheet.objects = halves(), [pick(10, 10)]
    sheet.commit()
    sheet.segments = quarters()
    assert same(sheet.mask(), Mask.box(SIZE, 0, 0, 96, 48))


def test_undoing_a_change_does_not_reread_picks_under_other_segments(sheet):
    sheet.segments, sheet.objects = halves(), [pick(10, 10)]
    sheet.replace(~sheet.mask())
    sheet.segments = quarters()
    sheet.undo()
    assert same(sheet.mask(), Mask.box(SIZE, 0, 0, 96, 48))


def test_strokes_stay_on_the_canvas_when_there_is_nothing_to_commit(sheet):
    sheet.objects = [box(0, 0)]
    before = sheet.turn
    sheet.commit()
    assert (sheet.turn, len(sheet.objects)) == (before, 1)


def test_committed_picks_can_be_undone(sheet):
    sheet.segments, sheet.objects = halves(), [pick(10, 10)]
    sheet.commit()
    sheet.undo()
    assert same(sheet.mask(), Mask.full(SIZE))


def test_another_frame_and_back_loses_nothing(sheet):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    sheet.replace(fine)
    sheet.fit((40, 40), 1.0)
    assert sheet.mask().size == (40, 40)
    sheet.fit((224, 224), 0.875)
    sheet.fit(SIZE, 1.0)
    assert same(sheet.mask(), fine)


def test_a_frame_that_shows_less_magnifies(sheet):
    sheet.replace(Mask.box(SIZE, 24, 24, 48, 48))
    sheet.fit(SIZE, 0.5)
    assert same(sheet.mask(), Mask.empty(SIZE))


def test_strokes_drawn_in_another_frame_are_carried_on(sheet):
    sheet.fit((48, 48), 1.0)
    sheet.objects = [box(0, 0)]
    sheet.fit(SIZE, 1.0)
    assert same(sheet.mask(), Mask.box(SIZE, 0, 0, 24, 24))


def test_picks_are_carried_to_another_frame(sheet):
    sheet.segments, sheet.objects = halves(), [pick(10, 10)]
    sheet.fit((48, 48), 1.0)
    assert same(sheet.mask(), Mask.box((48, 48), 0, 0, 48, 24))


def test_strokes_can_be_undone_in_another_frame(sheet):
    sheet.objects = [box(0, 0), box(192, 192)]
    sheet.fit((48, 48), 1.0)
    assert sheet.can_undo
    while sheet.can_undo:
        sheet.undo()
    assert same(sheet.mask(), Mask.full(48))


def test_undo_after_a_visit_to_another_frame_loses_nothing(sheet):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    sheet.replace(fine)
    sheet.replace(Mask.full(SIZE))
    sheet.fit((40, 40), 1.0)
    sheet.fit(SIZE, 1.0)
    sheet.undo()
    assert same(sheet.mask(), fine)


def test_undo_within_another_frame_is_carried_back_whole(sheet):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    sheet.replace(fine)
    sheet.replace(Mask.full(SIZE))
    sheet.fit((40, 40), 1.0)
    sheet.undo()
    sheet.fit(SIZE, 1.0)
    assert same(sheet.mask(), fine)
