import pytest
import torch

from masking import Classifier, Mask
from pages.mask_editor.draft import STEPS_BACK, MaskDraft

SIZE = (96, 96)


@pytest.fixture
def draft():
    return MaskDraft(Mask.full(SIZE), 1.0)


def same(mask, expected):
    return mask.digest == expected.digest


def box(corner):
    return Mask.box(SIZE, corner, corner, 24, 24)


def test_undo_takes_changes_back_one_by_one(draft):
    for corner in (0, 30, 60):
        draft.replace(draft.mask & box(corner))
    for expected in (box(0) & box(30), box(0), Mask.full(SIZE)):
        draft.undo()
        assert same(draft.mask, expected)
    assert not draft.can_undo


def test_what_changes_nothing_is_no_step(draft):
    draft.replace(box(0))
    draft.undo()
    draft.replace(Mask.full(SIZE))
    assert not draft.can_undo
    assert draft.can_redo


def test_a_version_is_new_after_every_change_and_not_after_another_frame(draft):
    versions = [draft.version]
    for step in (lambda: draft.replace(box(0)), draft.undo, draft.redo):
        step()
        versions.append(draft.version)
    draft.fit((48, 48), 1.0)
    assert len(set(versions)) == 4
    assert draft.version == versions[-1]


def test_undo_on_an_untouched_draft_does_nothing(draft):
    draft.undo()
    assert same(draft.mask, Mask.full(SIZE))


def test_the_number_of_undo_steps_is_limited(draft):
    for _ in range(STEPS_BACK + 5):
        draft.replace(~draft.mask)
    for _ in range(STEPS_BACK):
        assert draft.can_undo
        draft.undo()
    assert not draft.can_undo


def test_another_frame_and_back_loses_nothing(draft):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    draft.replace(fine)
    draft.fit((40, 40), 1.0)
    assert draft.mask.size == (40, 40)
    draft.fit((224, 224), 0.875)
    draft.fit(SIZE, 1.0)
    assert same(draft.mask, fine)


def test_a_frame_that_shows_less_magnifies(draft):
    draft.replace(Mask.box(SIZE, 24, 24, 48, 48))
    draft.fit(SIZE, 0.5)
    assert same(draft.mask, Mask.empty(SIZE))


def test_undo_after_a_visit_to_another_frame_loses_nothing(draft):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    draft.replace(fine)
    draft.replace(Mask.full(SIZE))
    draft.fit((40, 40), 1.0)
    draft.fit(SIZE, 1.0)
    draft.undo()
    assert same(draft.mask, fine)


def test_undo_within_another_frame_is_carried_back_whole(draft):
    fine = Mask.random_patches(SIZE, 0.5, patch=1)
    draft.replace(fine)
    draft.replace(Mask.full(SIZE))
    draft.fit((40, 40), 1.0)
    draft.undo()
    draft.fit(SIZE, 1.0)
    assert same(draft.mask, fine)


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
    assert (draft.mask.keep == expected.keep).double().mean() > 0.97
    draft.fit(square.input_size, square.view_share)
    assert same(draft.mask, square.prepare_mask(png, picture))


def test_redo_puts_changes_back_one_by_one(draft):
    masks = [draft.mask]
    for corner in (0, 30, 60):
        draft.replace(draft.mask & box(corner))
        masks.append(draft.mask)
    while draft.can_undo:
        draft.undo()
    for expected in masks[1:]:
        draft.redo()
        assert same(draft.mask, expected)
    assert not draft.can_redo
    for expected in masks[-2::-1]:  # and back again
        draft.undo()
        assert same(draft.mask, expected)


def test_a_new_change_forgets_what_was_undone(draft):
    draft.replace(box(0))
    draft.undo()
    assert draft.can_redo
    draft.replace(box(30))
    assert not draft.can_redo
    draft.redo()
    assert same(draft.mask, box(30))


def test_redo_without_undo_does_nothing(draft):
    assert not draft.can_redo
    draft.redo()
    assert same(draft.mask, Mask.full(SIZE))


def test_redo_in_another_frame_and_back(draft):
    draft.replace(Mask.box(SIZE, 8, 8, 41, 41))
    draft.undo()
    draft.fit((40, 40), 1.0)
    draft.redo()
    assert draft.mask.size == (40, 40)
    draft.fit(SIZE, 1.0)
    assert same(draft.mask, Mask.box(SIZE, 8, 8, 41, 41))
