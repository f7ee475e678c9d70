import pytest
import torch

from masking import Mask
from pages.mask_editor.draft import MaskDraft
from pages.mask_editor.state import EditorState
from tests.pages.compare_page import SIDE, click, rectangle

SIZE = (16, 16)
IMAGES = torch.rand(2, 1, 3, 16, 16, generator=torch.Generator().manual_seed(0))
FIRST = [Mask.box(SIZE, corner, corner, 4, 4) for corner in (0, 8)]
"""What each of two pictures starts with."""


@pytest.fixture
def state():
    state = EditorState(MaskDraft(FIRST[0], 1.0), untouched=0)
    show(state, 0)
    return state


def show(state, picture):
    state.show_picture(IMAGES[picture], f"picture {picture}", FIRST[picture])


def test_each_stroke_is_one_step(state):
    state.take([rectangle(0, 0, SIDE, SIDE), rectangle(0, 0, SIDE // 2, SIDE, "show")])
    assert state.draft.mask.hidden_share == 0.5
    state.draft.undo()
    assert state.draft.mask.hidden_share == 1


def test_keys_of_the_canvas_undo_and_redo(state):
    state.take([rectangle(0, 0, SIDE, SIDE), {"tool": "undo"}])
    assert state.draft.mask.digest == FIRST[0].digest
    state.take([{"tool": "redo"}])
    assert state.draft.mask.hidden_share == 1


def test_a_click_picks_the_superpixel_that_it_was_made_on(state):
    state.segments = torch.arange(16)[:, None].expand(16, 16) // 8
    state.take([click(5, 380)])
    state.segments = None
    state.take([click(5, 5)])
    assert state.draft.mask.digest == (FIRST[0] & Mask.box(SIZE, 8, 0, 8, 16)).digest


def test_a_failure_is_shown_until_the_mask_changes(state):
    def fail(mask):
        raise ValueError("no")

    assert state.failure == ""
    state.change(fail)
    assert state.failure
    state.draft.replace(Mask.empty(SIZE))
    assert state.failure == ""


def test_clicks_belong_to_the_mask_and_the_picture_that_they_were_made_on(state):
    state.take([click(190, 190, "mark")])
    assert state.clicks_so_far() == [(7, 7, "hide")]
    show(state, 1)
    assert state.clicks_so_far() == []
    show(state, 0)
    assert state.clicks_so_far() == [(7, 7, "hide")]
    state.draft.undo()
    assert state.clicks_so_far() == []


@pytest.mark.parametrize("stroke", [click(500, 5, "mark"), click(5, 5, "mark", "burn"), {"tool": "mark"}, {}])
def test_marks_beside_the_picture_and_without_sense_change_nothing(state, stroke):
    state.take([stroke])
    assert state.draft.mask.digest == FIRST[0].digest
    assert not state.failure


# --- another picture -------------------------------------------------------------------------------------------------


def test_a_mask_that_nobody_made_gives_way_to_that_of_another_picture(state):
    show(state, 1)
    assert state.draft.mask.digest == FIRST[1].digest
    assert not state.is_from_another_picture
    show(state, 0)
    assert state.draft.mask.digest == FIRST[0].digest
    state.draft.undo()  # nothing is lost
    assert state.draft.mask.digest == FIRST[1].digest


def test_a_mask_that_somebody_made_stays_and_is_asked_about_until_answered(state):
    state.take([rectangle(0, 0, 190, 190)])
    digest = state.draft.mask.digest
    assert not state.is_from_another_picture
    show(state, 1)
    assert state.draft.mask.digest == digest
    assert state.is_from_another_picture
    show(state, 0)  # back on its own picture there is no question
    assert not state.is_from_another_picture
    show(state, 1)
    state.keep()
    assert not state.is_from_another_picture


@pytest.mark.parametrize("answer", [lambda mask: Mask.full(mask.size), lambda mask: ~mask])
def test_a_change_on_the_new_picture_answers_the_question(state, answer):
    state.take([rectangle(0, 0, 190, 190)])
    show(state, 1)
    state.change(answer)
    show(state, 1)
    assert not state.is_from_another_picture
    state.draft.undo()
    show(state, 1)
    assert not state.is_from_another_picture


def test_another_frame_of_the_same_picture_is_no_other_picture(state):
    state.take([rectangle(0, 0, 190, 190)])
    state.draft.fit((32, 32), 0.875)
    state.show_picture(torch.zeros(1, 3, 32, 32), "picture 0", Mask.full(32))
    assert not state.is_from_another_picture


def test_a_stroke_that_comes_with_the_next_picture_belongs_to_the_last(state):
    state.take([rectangle(0, 0, 190, 190)])
    show(state, 1)
    assert state.is_from_another_picture


def test_a_mask_that_had_to_give_way_comes_back_with_its_picture(state):
    """Shape leakage begins every scene with its object hidden, whatever was drawn on another picture before."""
    state.take([rectangle(0, 0, SIDE, SIDE // 2)])
    own = state.draft.mask.digest
    state.put_first(FIRST[1])
    show(state, 1)
    state.draft.fit((8, 8), 1.0)
    assert state.is_untouched
    show(state, 0)
    state.draft.fit(SIZE, 1.0)
    assert state.draft.mask.digest == own
    assert not state.is_untouched
    state.draft.undo()
    assert state.draft.mask.digest == FIRST[1].digest
