"""Growing, shrinking, boxes and hulls of the hidden region, against literal versions and by hand."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from masking import Mask

REGIONS = st.tuples(st.integers(1, 12), st.integers(1, 12)).flatmap(lambda size: arrays(bool, size))
REACH = st.floats(0, 6)


def hiding(region) -> Mask:
    return Mask(~torch.from_numpy(np.asarray(region, bool))[None, None])


def hidden(mask: Mask):
    return ~mask.keep[0, 0].numpy()


def within(region, pixels):
    """Cells with a cell of the region within that Euclidean distance, one by one."""
    there = np.argwhere(region)
    cells = np.argwhere(np.ones_like(region))
    near = [((there - cell) ** 2).sum(1).min(initial=10**6) <= pixels**2 for cell in cells]
    return np.reshape(near, region.shape)


@given(REGIONS, REACH)
def test_grow_hides_all_within_reach(region, pixels):
    np.testing.assert_array_equal(hidden(hiding(region).grow(pixels)), within(region, pixels))


@given(REGIONS, REACH)
def test_shrink_keeps_hidden_what_is_out_of_reach_of_all_visible(region, pixels):
    np.testing.assert_array_equal(hidden(hiding(region).shrink(pixels)), ~within(~region, pixels))


@given(REGIONS, REACH, REACH)
def test_grow_and_shrink_are_monotone(region, reach, other_reach):
    less, more = sorted((reach, other_reach))
    mask = hiding(region)
    assert (hidden(mask.grow(less)) <= hidden(mask.grow(more))).all()
    assert (hidden(mask.shrink(less)) >= hidden(mask.shrink(more))).all()


def test_grow_and_shrink_by_hand():
    pixel = hiding(np.arange(25).reshape(5, 5) == 12)
    assert hidden(pixel.grow(0)).sum() == 1
    assert hidden(pixel.grow(1)).sum() == 5
    assert hidden(pixel.grow(1.5)).sum() == 9
    assert hidden(Mask.empty(5).shrink(9)).all()  # the border of the image is not a visible pixel
    assert not hidden(Mask.full(5).grow(9)).any()


@pytest.mark.parametrize("pixels", [-1, float("nan")])
def test_distances_below_zero_are_refused(pixels):
    for change in (Mask.grow, Mask.shrink):
        with pytest.raises(ValueError, match=f"{pixels} pixels is not a distance; give 0 or more"):
            change(Mask.full(5), pixels)


@given(REGIONS)
def test_the_box_is_the_smallest_upright_one(region):
    box = hidden(hiding(region).bounding_box())
    assert (box >= region).all()
    assert box.any() == region.any()
    if region.any():
        rows, columns = np.where(region)
        expected = np.zeros_like(region)
        expected[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1] = True
        np.testing.assert_array_equal(box, expected)


@given(REGIONS)
def test_the_hull_lies_between_region_and_box(region):
    mask = hiding(region)
    hull = hidden(mask.convex_hull())
    assert (hull >= region).all()
    assert (hull <= hidden(mask.bounding_box())).all()


def test_the_hull_of_two_ends_is_the_line_between_them():
    ends = np.zeros((9, 9), bool)
    ends[0, 0] = ends[8, 8] = True
    hull = hidden(hiding(ends).convex_hull())
    assert hull.diagonal().all()
    assert hull.sum() < 9 * 3
    ends = np.zeros((9, 9), bool)
    ends[4, 1] = ends[4, 7] = True
    assert hidden(hiding(ends).convex_hull()).sum() == 7


def test_the_hull_of_a_ring_is_its_disc():
    rows, columns = np.mgrid[:41, :41] - 20
    radius = np.hypot(rows, columns)
    hull = hidden(hiding((radius <= 15) & (radius > 12)).convex_hull())
    assert ((radius <= 15) <= hull).all()
    assert (hull <= (radius < 16)).all()  # pixels are squares, not points


def test_each_mask_of_a_batch_is_changed_by_itself():
    two = Mask(torch.cat([Mask.box(9, 1, 1, 2, 2).keep, Mask.box(9, 5, 5, 3, 1).keep]))
    for change in (Mask.bounding_box, Mask.convex_hull, lambda mask: mask.grow(2), lambda mask: mask.shrink(1)):
        assert torch.equal(change(two).keep, torch.cat([change(two[0]).keep, change(two[1]).keep]))
