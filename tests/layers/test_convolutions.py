"""Convolutions under both rules, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import layer_masked
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, check
from tests.layers.sample_masks import cells

CONVOLUTIONS = {
    "3x3": {"kernel_size": 3, "padding": 1},
    "no padding": {"kernel_size": 3},
    "even": {"kernel_size": 4, "padding": 1},
    "7x7, stride 2": {"kernel_size": 7, "stride": 2, "padding": 3},
    "1x1, stride 2": {"kernel_size": 1, "stride": 2},
    "stride above kernel": {"kernel_size": 2, "stride": 3},
    "dilated": {"kernel_size": 3, "padding": 2, "dilation": 2},
    "grouped": {"kernel_size": 3, "padding": 1, "groups": 2},
    "depthwise": {"kernel_size": 5, "padding": 2, "groups": CHANNELS},
    "1x7": {"kernel_size": (1, 7), "padding": (0, 3)},
    "7x1, dilation by side": {"kernel_size": (3, 2), "dilation": (1, 3), "stride": (1, 2)},
    "same": {"kernel_size": 4, "padding": "same"},
    "same, dilated": {"kernel_size": (2, 3), "padding": "same", "dilation": (3, 1)},
    "valid": {"kernel_size": 3, "padding": "valid"},
    "padding above half the kernel": {"kernel_size": 3, "padding": 4},
    "without bias": {"kernel_size": 3, "bias": False},
}


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
@pytest.mark.parametrize("convolution", dense.CONVOLUTIONS)
def test_convolution(settings, convolution):
    by_the_book = dense.CONVOLUTIONS[convolution]
    conv, last = nn.Conv2d(CHANNELS, CHANNELS, **settings), nn.Conv2d(CHANNELS, 2, 2)
    check(
        lambda x, conv, last: last(conv(x)),
        lambda s, conv, last: by_the_book(by_the_book(s, conv), last),
        convolution=convolution,
        conv=conv,
        last=last,
    )


@pytest.mark.parametrize("convolution", dense.CONVOLUTIONS)
def test_convolution_as_a_function(convolution):
    settings = {"stride": 2, "padding": 2, "dilation": 2, "groups": 2}
    check(
        lambda x, conv: F.conv2d(x, conv.weight, conv.bias, **settings),
        lambda s, conv: dense.CONVOLUTIONS[convolution](s, conv),
        convolution=convolution,
        conv=nn.Conv2d(CHANNELS, CHANNELS, 3, **settings),
    )


def test_partial_convolution_by_hand():
    """Ones under a 3x3 window of ones: every sum is weighted up to the number of cells inside the image."""
    conv = nn.Conv2d(1, 1, 3, padding=1)
    nn.init.ones_(conv.weight)
    nn.init.constant_(conv.bias, 0.5)
    keep = cells("#..## ..... .....")
    result = layer_masked(nn.Sequential(conv).eval(), convolution="partial")(torch.ones(1, 1, 3, 5), keep)
    assert result[0, 0].tolist() == [[4.5, 6.5, 6.5, 6.5, 4.5], [6.5, 9.5, 9.5, 9.5, 6.5], [0] * 5]
