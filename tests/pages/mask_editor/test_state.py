import pytest
import torch

from masking import Mask
from pages.mask_editor.draft import CANVAS, MaskDraft
from pages.mask_editor.state import EditorState
from tests.pages.compare_page import click, rectangle

SIZE = (16, 16)
IMAGES = torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16)


@pytest.fixture
def state():
    return EditorState(MaskDraft(Mask.full(SIZE), 1.0))


def canvas(*objects):
    return {"drawing": {"raw": {"objects": list(objects)}, "data": None}}


@pytest.mark.parametrize("nothing", [None, {}, {"drawing": None}, {"drawing": {"raw": None}}, {"drawing": {"raw": {}}}])
def test_a_canvas_that_has_not_answered_yet_changes_nothing(state, nothing):
    state.read_canvas(canvas(rectangle(0, 0, CANVAS, CANVAS)))
    state.read_canvas(nothing)
    assert state.draft.mask().hidden_share == 1


def test_a_canvas_begins_with_the_strokes_of_the_draft(state):
    stroke = rectangle(0, 0, 9, 9)
    state.read_canvas(canvas(stroke))
    state.begin_canvas()
    assert state.canvas_start == [stroke]
    assert state.canvas_key == "canvas-0"
    state.draft.undo()
    assert state.canvas_key == "canvas-1"


def test_superpixels_picked_on_one_picture_are_plain_mask_on_the_next(state):
    state.show_picture(IMAGES[0])
    state.draft.segments = torch.arange(16)[:, None].expand(16, 16) // 8
    state.read_canvas(canvas(click(5, 5)))
    picked = state.draft.mask().digest
    state.show_picture(IMAGES[0])
    assert state.draft.objects
    state.show_picture(IMAGES[1])
    assert not state.draft.objects
    assert state.draft.mask().digest == picked != Mask.full(SIZE).digest


def test_a_failure_is_shown_until_the_mask_changes(state):
    assert state.failure(state.draft.mask()) == ""
    state.fail("No.")
    assert state.failure(state.draft.mask()) == "No."
    state.draft.replace(Mask.empty(SIZE))
    assert state.failure(state.draft.mask()) == ""


def test_clicks_belong_to_the_mask_and_the_picture_that_they_were_made_on(state):
    state.show_picture(IMAGES[0])
    clicks = [(3, 4, "hide"), (8, 8, "show")]
    state.replace_by_clicks(Mask.empty(SIZE), clicks)
    assert state.clicks_so_far() == clicks
    state.show_picture(IMAGES[1])
    assert state.clicks_so_far() == []
    state.show_picture(IMAGES[0])
    state.draft.undo()
    assert state.clicks_so_far() == []
