import re
from contextlib import suppress

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from masking import Mask
from tests.masks.patterns import SHARES, rows

SIDES = st.integers(1, 20)


def masks_of(size):
    return arrays(bool, size).map(lambda keep: Mask(torch.from_numpy(keep)[None, None]))


MASKS = st.tuples(SIDES, SIDES).flatmap(masks_of)
PAIRS = st.tuples(SIDES, SIDES).flatmap(lambda size: st.tuples(masks_of(size), masks_of(size)))


def same(first: Mask, second: Mask) -> bool:
    return torch.equal(first.keep, second.keep)


def mask(*pattern: str) -> Mask:
    return Mask(torch.tensor([[cell == "." for cell in row] for row in pattern])[None, None])


# --- algebra ---------------------------------------------------------------------------------------------------------


@given(PAIRS)
def test_de_morgan(pair):
    first, second = pair
    assert same(~(first & second), ~first | ~second)
    assert same(~(first | second), ~first & ~second)


@given(MASKS)
def test_inverting_twice_changes_nothing(original):
    assert same(~~original, original)
    assert (~original).hidden_share == pytest.approx(1 - original.hidden_share)


def test_and_keeps_what_both_keep():
    assert rows(mask("..", "xx") & mask(".x", ".x")) == [".x", "xx"]
    assert rows(mask("..", "xx") | mask(".x", ".x")) == ["..", ".x"]


def test_masks_of_different_sizes_do_not_meet():
    with pytest.raises(ValueError, match="one mask is 2x3 but the other is 4x5"):
        Mask.full((2, 3)) & Mask.full((4, 5))


@given(PAIRS)
def test_digests_are_equal_exactly_for_equal_masks(pair):
    first, second = pair
    assert (first.digest == second.digest) == same(first, second)
    assert Mask.full((2, 8)).digest != Mask.full((4, 4)).digest


@pytest.mark.parametrize(
    "keep", [torch.ones(1, 1, 2, 2), torch.ones(2, 2, dtype=torch.bool), torch.ones(1, 3, 2, 2, dtype=torch.bool)]
)
def test_only_bool_with_one_channel_is_a_mask(keep):
    with pytest.raises(ValueError, match=re.escape(f"this is {keep.dtype} {tuple(keep.shape)}")):
        Mask(keep)


def test_a_batch_has_masks():
    three = Mask.random_patches(8, 0.5, 2, count=3)
    assert len(three) == 3
    assert same(three[1], Mask(three.keep[1:2]))
    assert same(three[1:], Mask(three.keep[1:]))
    assert three.hidden_share == 0.5


# --- making masks ----------------------------------------------------------------------------------------------------


def test_full_empty_and_box_by_hand():
    assert rows(Mask.full((1, 2))) == [".."]
    assert rows(Mask.empty((1, 2))) == ["xx"]
    assert rows(Mask.box((3, 4), 1, 2, 1, 2)) == ["....", "..xx", "...."]
    assert rows(Mask.box((3, 4), -1, 3, 2, 9)) == ["...x", "....", "...."]  # what sticks out is cut off
    assert Mask.box((3, 4), -5, 0, 2, 4).hidden_share == 0
    assert Mask.box(4, 0, 0, 4, 2).hidden_share == 0.5


@pytest.mark.parametrize("size", [0, (0, 3), (3, -1)])
def test_masks_without_pixels_are_refused(size):
    for make in (Mask.full, Mask.empty):
        with pytest.raises(ValueError, match="give at least 1x1"):
            make(size)


def test_a_box_of_negative_size_is_refused():
    with pytest.raises(ValueError, match="the box is -1x2 pixels"):
        Mask.box(4, 0, 0, -1, 2)


SEGMENTS = torch.tensor([[0, 0, 1], [2, 2, 1]])


def test_segments_are_hidden_by_label():
    assert rows(Mask.from_segments(SEGMENTS, [1])) == ["..x", "..x"]
    assert rows(Mask.from_segments(SEGMENTS, torch.tensor([0, 2]))) == ["xx.", "xx."]
    assert rows(Mask.from_segments(SEGMENTS, [])) == ["...", "..."]


def test_a_matrix_hides_segments_of_many_masks():
    hidden = torch.tensor([[True, False, False], [False, True, True]])
    both = Mask.from_segments(SEGMENTS, hidden)
    assert rows(both[0]) == ["xx.", "..."]
    assert rows(both[1]) == ["..x", "xxx"]


@pytest.mark.parametrize("labels", [[3], [-1], torch.ones(1, 4, dtype=torch.bool), torch.ones(3, dtype=torch.bool)])
def test_segments_that_do_not_exist_are_refused(labels):
    with pytest.raises(ValueError, match=r"there is no segment|there are 3 segments but the matrix has shape"):
        Mask.from_segments(SEGMENTS, labels)


@given(SHARES, st.integers(0, 99), st.integers(1, 5), st.integers(1, 8), st.integers(1, 8))
def test_random_patches_hide_their_share_of_whole_patches(share, seed, patch, tall, wide):
    made = Mask.random_patches((tall * patch, wide * patch), share, patch, seed)
    grid = made.keep[0, 0, ::patch, ::patch]
    assert (~grid).sum() == round(share * tall * wide)
    assert torch.equal(grid.repeat_interleave(patch, 0).repeat_interleave(patch, 1), made.keep[0, 0])


@given(SHARES, st.integers(0, 99), st.integers(1, 6), st.integers(0, 6))
def test_fewer_masks_are_the_first_of_more(share, seed, few, further):
    some = Mask.random_patches((9, 7), share, 2, seed, few)
    more = Mask.random_patches((9, 7), share, 2, seed, few + further)
    assert torch.equal(more.keep[:few], some.keep)


def test_a_larger_share_hides_more_under_the_same_seed():
    shares = [Mask.random_patches(64, share, 8, seed=3).keep for share in (0.2, 0.5, 0.9)]
    assert (shares[0] >= shares[1]).all()
    assert (shares[1] >= shares[2]).all()


def test_seeds_differ():
    assert not same(Mask.random_patches(64, 0.5, 8, seed=0), Mask.random_patches(64, 0.5, 8, seed=1))
    two = Mask.random_patches(64, 0.5, 8, count=2)
    assert not same(two[0], two[1])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((8, 1.1), "the hidden share is 1.1; it must be between 0 and 1"),
        ((8, -0.1), "the hidden share is -0.1"),
        ((8, float("nan")), "the hidden share is nan"),
        ((8, 0.5, 0), "the patch is 0 pixels wide; it must be between 1 and 8"),
        (((4, 8), 0.5, 9), "between 1 and 8"),
        ((8, 0.5, 4, 0, 0), "0 masks were asked for; ask for at least 1"),
    ],
)
def test_impossible_patches_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        Mask.random_patches(*arguments)


# --- in and out ------------------------------------------------------------------------------------------------------


@given(MASKS)
def test_png_brings_the_mask_back(original):
    assert same(Mask.from_png(original.to_png(), original.size), original)


@given(MASKS)
def test_text_brings_the_mask_back(original):
    text = original.to_text()
    assert same(Mask.from_text(text), original)
    assert re.fullmatch(r"[\w.-]+", text, re.ASCII)  # may stand in a link as it is


def test_text_of_a_smooth_region_is_short():
    disc = (torch.arange(224)[:, None] - 100) ** 2 + (torch.arange(224) - 90) ** 2 > 60**2
    assert len(Mask(disc[None, None]).to_text()) < 500


@given(MASKS, st.data())
def test_damaged_text_is_refused_and_never_another_mask(original, data):
    text = original.to_text()
    at = data.draw(st.integers(text.index(".") + 1, len(text) - 1))
    damaged = text[:at] + data.draw(st.text("Aa0_-.xé ", max_size=2)) + text[at + data.draw(st.integers(0, 2)) :]
    assume(damaged != text)
    with suppress(ValueError):
        assert same(Mask.from_text(damaged), original)


def test_text_cut_short_is_refused():
    text = Mask.random_patches(20, 0.5, 2).to_text()
    for end in range(len(text)):
        with pytest.raises(ValueError, match="damaged"):
            Mask.from_text(text[:end])


@given(st.text(max_size=40))
def test_any_other_text_is_refused(text):
    with pytest.raises(ValueError, match="the mask in the link is damaged; copy the link again"):
        Mask.from_text(text)


@pytest.mark.parametrize("shape", ["0x5", "-1x5", "8193x1", "1x100000000000", "99999999x99999999", "5", "5x5x5", "x"])
def test_text_of_an_impossible_size_is_refused(shape):
    packed = Mask.full(5).to_text().partition(".")[2]
    with pytest.raises(ValueError, match="damaged"):
        Mask.from_text(f"{shape}.{packed}")


def test_mask_pictures_of_the_wrong_size_or_kind_are_refused():
    with pytest.raises(ValueError, match="mask is 4x6 but the image is 4x4"):
        Mask.from_png(Mask.full((4, 6)).to_png(), 4)
    with pytest.raises(ValueError, match="the mask is not a PNG"):
        Mask.from_png(b"hello")


# --- other sizes -----------------------------------------------------------------------------------------------------


def test_resizing_by_hand():
    assert rows(mask("x.", "..").resized((4, 4))) == ["xx..", "xx..", "....", "...."]
    assert rows(mask("xx..", "xx..", "....", "....").resized(2)) == ["x.", ".."]
    assert rows(mask("x..", "...").resized((2, 6))) == ["xx....", "......"]


def test_zoom_magnifies_the_middle():
    frame = mask("....", ".xx.", ".x..", "....")
    assert rows(frame.resized(4, zoom=2)) == ["xxxx", "xxxx", "xx..", "xx.."]
    assert rows(Mask.empty(4).resized(4, zoom=0.5)) == ["....", ".xx.", ".xx.", "...."]  # beyond it, all is present


@given(MASKS, st.integers(1, 4), st.integers(1, 4))
def test_there_and_back_loses_nothing(original, tall, wide):
    larger = original.resized((original.size[0] * tall, original.size[1] * wide))
    assert larger.hidden_share == pytest.approx(original.hidden_share, abs=1e-6)
    assert same(larger.resized(original.size), original)
