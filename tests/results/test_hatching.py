import torch

from masking import Mask
from masking.results.hatching import DARK, LIGHT, hatched


def test_hidden_pixels_are_striped_and_visible_ones_stay():
    image, mask = torch.rand(2, 3, 56, 56), Mask.box(56, 10, 10, 30, 30)
    shown = hatched(image, mask)
    hidden = ~mask.keep[0, 0]
    assert torch.equal(shown[..., ~hidden], image[..., ~hidden])
    stripes = shown[0, :, hidden]
    assert set(stripes.unique().tolist()) == {torch.tensor(tone).item() for tone in (LIGHT, DARK)}
    assert 0.4 < (stripes == stripes.max()).double().mean() < 0.6


def test_stripes_run_along_diagonals():
    shown = hatched(torch.zeros(1, 3, 8, 8), Mask.empty(8))[0, 0]
    assert torch.equal(shown[1:, :-1], shown[:-1, 1:])
    assert not torch.equal(shown[1:, 1:], shown[:-1, :-1])
