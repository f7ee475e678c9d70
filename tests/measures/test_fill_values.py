import pytest
import torch

from masking import METHODS, Mask
from masking.measures.fill_values import measure_fill_values


def test_a_flat_fill_is_one_colour(bundled):
    mask = Mask.box(16, 2, 2, 5, 5)
    paint = measure_fill_values(bundled, METHODS["greyout"]().fill(torch.rand(1, 3, 16, 16), mask, bundled), mask)
    assert paint.flat
    assert paint.pixel == pytest.approx(tuple(bundled.mean.flatten().tolist()))
    assert paint.normalised == pytest.approx((0, 0, 0), abs=1e-7)


def test_mean_and_spread_over_hidden_pixels_only(bundled):
    mask = Mask.box(2, 0, 0, 1, 2)
    seen = torch.tensor([[0.2, 0.6], [1.0, 1.0]]).expand(1, 3, 2, 2)
    paint = measure_fill_values(bundled, seen, mask)
    assert paint.pixel == pytest.approx((0.4, 0.4, 0.4))
    assert paint.pixel_std == pytest.approx((0.2, 0.2, 0.2))
    assert paint.normalised_std == pytest.approx(tuple(0.2 / std for std in bundled.std.flatten().tolist()))
    assert not paint.flat


def test_nothing_hidden_shows_no_paint(bundled):
    assert measure_fill_values(bundled, torch.rand(1, 3, 4, 4), Mask.full(4)) is None
