"""What follows from masks alone: windows, votes, memory."""

import gc
import weakref

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from masking.layers.maps.keep import Family, Keep, Recent, Window
from tests.layers.sample_masks import cells, patches

pairs = st.tuples(st.integers(1, 4), st.integers(1, 3))


@given(
    seed=st.integers(0, 2**20), kernel=pairs, stride=pairs, dilation=pairs,
    padding=st.tuples(st.integers(0, 5), st.integers(0, 5)),
)  # fmt: skip
@settings(deadline=None, max_examples=80)
def test_a_cell_is_visible_if_any_in_its_window_is(seed, kernel, stride, dilation, padding):
    mask = torch.rand(2, 1, 11, 12, generator=torch.Generator().manual_seed(seed)) < 0.2
    counts = F.conv2d(mask.double(), torch.ones(1, 1, *kernel).double(), None, stride, padding, dilation)
    window = Window(kernel, stride, padding, dilation)
    seen = Family().interned(mask).through(window, (counts.shape[2], counts.shape[3]))
    assert torch.equal(seen.cells, counts > 0.5)


def test_window_past_the_end():
    """A pool with ceil_mode looks beyond the image on the far side, where nothing is."""
    mask = cells("....# ..... ..... ..... .....")
    pooled = F.max_pool2d(mask.float(), 2, 2, ceil_mode=True)
    assert torch.equal(Family().interned(mask).through(Window((2, 2), (2, 2)), (3, 3)).cells, pooled > 0)


@pytest.mark.parametrize(("rule", "expected"), [("intersection", "#..."), ("majority", "##.."), ("union", "###.")])
def test_votes(rule, expected):
    family = Family()
    maps = [family.interned(cells(row)) for row in ("###.", "##..", "#...")]
    assert torch.equal(Keep.voted(maps, rule).cells, cells(expected))


def test_a_majority_is_more_than_half():
    family = Family()
    maps = [family.interned(cells(row)) for row in ("##", "#.", "##", "#.")]
    assert torch.equal(Keep.voted(maps, "majority").cells, cells("#."))
    assert Keep.voted([*maps, None], "majority").full


def test_equal_masks_of_a_family_are_one():
    family = Family()
    small, large = family.interned(cells("#..")), family.interned(cells("##."))
    assert family.interned(cells("#..")) is small
    assert Keep.voted([small, large], "intersection") is small
    assert large.covers(small)
    assert not small.covers(large)
    assert small.through(Window((1, 3), padding=(0, 1)), (1, 3)) is large


def test_repeated_masks_are_remembered_and_old_ones_freed():
    recent = Recent(cells=2 * 64)
    mask = patches(1, 8, 2)
    keep = recent.keep(mask)
    window = Window((3, 3), padding=(1, 1))
    assert recent.keep(mask.clone()) is keep
    gc.disable()
    try:
        next_one, rings = weakref.ref(keep.through(window, (8, 8))), keep.rings(2, 1, torch.float32)
        for _ in range(3):
            recent.keep(torch.rand(1, 1, 8, 8) < 0.5)
        assert recent.keep(mask) is not keep
        assert len(rings) == 2
        assert next_one() is None, "an evicted mask should go at once, without the garbage collector"
    finally:
        gc.enable()


def test_one_mask_larger_than_the_memory_still_works():
    recent = Recent(cells=1)
    assert recent.keep(cells("#.")) is recent.keep(cells("#."))
