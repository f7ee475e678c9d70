"""Masks by heat: the hottest or the coldest patches are hidden first."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from masking import Mask
from tests.masks.patterns import SHARES, rows

TIES = st.none() | st.integers(0, 9)
HEAT = torch.tensor([[1.0, 2, 8, 8], [3, 2, 8, 9], [0, 0, 5, 5]]).view(1, 1, 3, 4)  # patches of 2: 2, 8.25, 0, 5


def test_heat_hides_the_hottest_patches_first():
    assert rows(Mask.by_heat(HEAT, 0.25, patch=2)) == ["..xx", "..xx", "...."]
    assert rows(Mask.by_heat(HEAT, 0.5, patch=2)) == ["..xx", "..xx", "..xx"]
    assert rows(Mask.by_heat(HEAT, 0.5, most_salient=False, patch=2)) == ["xx..", "xx..", "xx.."]


def test_heat_of_single_pixels_and_of_three_channels():
    assert rows(Mask.by_heat(HEAT, 1 / 12, patch=1)) == ["....", "...x", "...."]
    channels = torch.cat([HEAT, -2 * HEAT, torch.zeros_like(HEAT)], 1)  # sums to -HEAT
    assert rows(Mask.by_heat(channels, 0.5, most_salient=False, patch=2)) == ["..xx", "..xx", "..xx"]


@given(arrays(np.float32, (2, 1, 6, 7), elements=st.floats(-9, 9, width=32)), SHARES, SHARES, TIES)
def test_masks_by_heat_are_nested(heat, share, other_share, ties):
    less, more = sorted((share, other_share))
    small, large = (
        Mask.by_heat(torch.from_numpy(heat), hidden_share, patch=2, ties=ties) for hidden_share in (less, more)
    )
    assert (small.keep >= large.keep).all()


def test_lots_order_only_patches_of_equal_heat():
    heat = torch.zeros(1, 1, 32, 32)
    heat[..., 30:, 30:] = 1
    hottest = Mask.by_heat(heat, 1 / 256, patch=2, ties=3)
    assert torch.equal(hottest.keep, heat == 0)
    masks = [Mask.by_heat(heat, 0.25, patch=2, ties=ties) for ties in (None, 3, 3, 4)]
    assert masks[1].digest == masks[2].digest != masks[3].digest
    assert [mask.hidden_share for mask in masks] == [0.25] * 4
    in_rows = [int((~mask.keep).any(3).sum()) for mask in masks]
    assert in_rows[0] <= 18, "row by row"
    assert in_rows[1] > 28, "all over the picture"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_heat_without_an_order_is_refused(value):
    with pytest.raises(ValueError, match="NaN or infinite"):
        Mask.by_heat(torch.full((1, 1, 4, 4), value), 0.5, patch=2)


def test_heat_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"the heat has shape \(4, 4\); give \(n, 1, h, w\) or \(n, 3, h, w\)"):
        Mask.by_heat(torch.rand(4, 4), 0.5, patch=2)
