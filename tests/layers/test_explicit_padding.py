"""Cells that a network puts around its maps, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, check
from tests.layers.dense_oracle import State

PADS = {"even": (1, 1, 1, 1), "behind": (0, 1, 0, 1), "by side": (2, 0, 1, 3)}


def conv(stride=2, kernel=3, **settings):
    return nn.Conv2d(CHANNELS, CHANNELS, kernel, stride=stride, **settings)


@pytest.mark.parametrize("pads", PADS.values(), ids=PADS)
@pytest.mark.parametrize("settings", [{}, {"padding": 1}, {"kernel": 5, "stride": 1}, {"dilation": 2, "groups": 2}])
def test_constant_cells_before_a_convolution_lie_outside_the_picture(pads, settings):
    check(
        lambda x, conv, last: last(conv(F.pad(x, pads))),
        lambda s, conv, last: dense.conv(dense.padded_conv(s, conv, pads), last),
        conv=conv(**settings),
        last=nn.Conv2d(CHANNELS, 2, 2),
    )


def first_rows_are_zero(layer: nn.Conv2d, pads: tuple) -> nn.Conv2d:
    """The same plain convolution with symmetric padding: a wider kernel whose first rows and columns are zero."""
    left, right, top, bottom = pads
    kernel = (layer.kernel_size[0] + bottom - top, layer.kernel_size[1] + right - left)
    wide = nn.Conv2d(CHANNELS, CHANNELS, kernel, layer.stride, (bottom, right)).double()
    nn.init.zeros_(wide.weight)
    with torch.no_grad():
        wide.weight[:, :, bottom - top :, right - left :] = layer.weight
        wide.bias.copy_(layer.bias)
    return wide


def test_the_oracle_pads_as_tensorflow_does():
    layer, x = conv().double(), torch.randn(1, CHANNELS, 8, 8, dtype=torch.float64)
    whole = State(x, torch.ones(1, 1, 8, 8, dtype=torch.float64))
    torch.testing.assert_close(
        dense.padded_conv(whole, layer, (0, 1, 0, 1)).x, first_rows_are_zero(layer, (0, 1, 0, 1))(x)
    )


LAYERS = {
    "ZeroPad2d": (nn.ZeroPad2d((0, 1, 2, 1)), (0, 1, 2, 1), 0.0),
    "ConstantPad2d": (nn.ConstantPad2d(1, 2.5), (1, 1, 1, 1), 2.5),
    "F.pad, value": (lambda x: F.pad(x, (1, 2), value=-1.0), (1, 2, 0, 0), -1.0),
    "F.pad, keywords": (lambda x: F.pad(input=x, pad=(0, 1, 0, 1), mode="constant", value=None), (0, 1, 0, 1), 0.0),
    "twice": (lambda x: F.pad(F.pad(x, (0, 1)), [1, 0, 1, 1]), (1, 1, 1, 1), 0.0),
    "through identities": (lambda x: F.dropout(F.pad(x, (1, 1, 1, 1)), training=False).contiguous(), (1, 1, 1, 1), 0.0),
    "pad by pad": (lambda x: F.pad(x, (-1, 2, 0, 0)), None, 0.0),
}


@pytest.mark.parametrize(("layer", "pads", "value"), LAYERS.values(), ids=LAYERS)
def test_spellings(layer, pads, value):
    def by_the_book(s, conv, **_):
        if pads is None:
            return dense.padded_conv(State(s.x[..., 1:], s.m[..., 1:]), conv, (0, 2, 0, 0))
        return dense.padded_conv(s, conv, pads, value)

    if isinstance(layer, nn.Module):
        check(lambda x, conv, layer: conv(layer(x)), by_the_book, conv=conv(), layer=layer)
    else:
        check(lambda x, conv: conv(layer(x)), by_the_book, conv=conv())


@pytest.mark.parametrize("pads", PADS.values(), ids=PADS)
def test_partial_convolution(pads):
    def by_the_book(s, conv):
        """As on a larger picture, but cells around the map are no hidden ones: they do not count."""
        y = dense.partial_conv(State(F.pad(s.x, pads), F.pad(s.m, pads)), conv)
        inside = F.conv2d(F.pad(torch.ones_like(s.m), pads), torch.ones(1, 1, 3, 3).double(), stride=conv.stride)
        bias = conv.bias.view(-1, 1, 1)
        return State(dense.select(y.m, (y.x - bias) * inside / 9 + bias), y.m)

    check(lambda x, conv: conv(F.pad(x, pads)), by_the_book, convolution="partial", conv=conv())


def test_constants_before_a_partial_convolution_count_as_they_are():
    def by_the_book(s, conv):
        zeros = torch.zeros_like(s.x)
        share = conv(F.pad(zeros, (1, 1, 1, 1), value=2.0)) - conv(F.pad(zeros, (1, 1, 1, 1)))
        padded = nn.Conv2d(CHANNELS, CHANNELS, 3, 2, 1).double()
        padded.load_state_dict(conv.state_dict())
        y = dense.partial_conv(s, padded)
        return State(dense.select(y.m, y.x + share), y.m)

    check(lambda x, conv: conv(F.pad(x, (1, 1, 1, 1), value=2.0)), by_the_book, convolution="partial", conv=conv())


@pytest.mark.parametrize("pads", PADS.values(), ids=PADS)
@pytest.mark.parametrize("value", [0.0, 3.0])
def test_pools(pads, value):
    largest, average, last = nn.MaxPool2d(3, 2), nn.AvgPool2d(4, 2), nn.Conv2d(CHANNELS, 2, 2)
    check(
        lambda x, pool, last: last(pool(F.pad(x, pads, value=value))),
        lambda s, pool, last: dense.conv(dense.padded_max_pool(s, pool, pads, value), last),
        pool=largest, last=last,
    )  # fmt: skip
    check(
        lambda x, pool, last: last(pool(F.pad(x, pads, value=value))),
        lambda s, pool, last: dense.conv(dense.padded_average_pool(s, pool, pads, value), last),
        pool=average, last=last,
    )  # fmt: skip
    check(
        lambda x, pool: F.max_pool2d(F.pad(x, pads), 3, stride=2, padding=1, ceil_mode=True),
        lambda s, pool: dense.padded_max_pool(s, pool, pads),
        pool=nn.MaxPool2d(3, 2, 1, ceil_mode=True),
    )


OTHERS = {
    "relu": lambda s, pads: dense.pointwise(dense.around(s, pads), F.relu),
    "sum": lambda s, pads: dense.add(dense.around(s, pads), dense.around(s, pads)),
    "concatenation": lambda s, pads: dense.cat([dense.around(s, pads), dense.around(s, pads)]),
    "mean": lambda s, pads: dense.global_mean(dense.around(s, pads)),
    "output": lambda s, pads: dense.around(s, pads),
}
FORWARDS = {
    "relu": lambda x, pads: F.relu(F.pad(x, pads)),
    "sum": lambda x, pads: F.pad(x, pads) + F.pad(x, pads),
    "concatenation": lambda x, pads: torch.cat([F.pad(x, pads), F.pad(x, pads)], 1),
    "mean": lambda x, pads: F.pad(x, pads).mean((2, 3)),
    "output": lambda x, pads: F.pad(x, pads),
}


@pytest.mark.parametrize("name", OTHERS)
def test_behind_anything_else_the_cells_are_visible(name):
    pads = (1, 0, 2, 1)
    check(lambda x: FORWARDS[name](x, pads), lambda s: OTHERS[name](s, pads))


MODES = {"reflect": nn.ReflectionPad2d, "replicate": nn.ReplicationPad2d, "circular": nn.CircularPad2d}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("convolution", dense.CONVOLUTIONS)
def test_copies_of_hidden_cells_are_hidden(mode, convolution):
    def by_the_book(s, conv, **_):
        plain = nn.Conv2d(CHANNELS, CHANNELS, 3, 2, dilation=1).double()
        plain.load_state_dict(conv.state_dict())
        return dense.CONVOLUTIONS[convolution](dense.copied_around(s, (1, 1, 1, 1), mode), plain)

    both = {"convolution": convolution, "conv": conv(padding=1, padding_mode=mode)}
    check(lambda x, conv: conv(x), by_the_book, **both)
    check(lambda x, conv, pad: conv(pad(x)), by_the_book, convolution=convolution, conv=conv(), pad=MODES[mode](1))
    check(
        lambda x, conv: conv(F.pad(x, (1, 1, 1, 1), mode)), by_the_book, convolution=convolution, conv=conv()
    )  # fmt: skip


def test_a_blur_pool():
    kernel = torch.tensor([1.0, 2.0, 1.0], dtype=torch.float64)
    blur = (kernel[:, None] * kernel / 16).expand(CHANNELS, 1, 3, 3).contiguous()

    def by_the_book(s):
        layer = nn.Conv2d(CHANNELS, CHANNELS, 3, 2, groups=CHANNELS, bias=False).double()
        layer.weight = nn.Parameter(blur)
        return dense.conv(dense.copied_around(s, (1, 1, 1, 1), "reflect"), layer)

    check(lambda x: F.conv2d(F.pad(x, (1, 1, 1, 1), "reflect"), blur, stride=2, groups=x.shape[1]), by_the_book)


def test_a_crop_by_negative_numbers():
    check(lambda x: F.pad(x, (-1, -2, -3, 0)), lambda s: State(s.x[..., 3:, 1:-2], s.m[..., 3:, 1:-2]))


def test_cells_around_a_map_with_channels_last():
    def forward(x, conv):
        return conv(F.pad(x.permute(0, 2, 3, 1), (0, 0, 0, 1, 2, 1)).permute(0, 3, 1, 2))

    check(forward, lambda s, conv: dense.padded_conv(s, conv, (0, 1, 2, 1)), conv=conv())


def test_channels_beside_cells_around_a_map():
    def by_the_book(s, conv):
        zeros = torch.zeros_like(s.x[:, :1])
        return dense.padded_conv(State(torch.cat([zeros, s.x], 1), s.m), conv, (1, 1, 0, 0))

    wide = nn.Conv2d(CHANNELS + 1, 2, 3)
    check(lambda x, conv: conv(F.pad(x, (1, 1, 0, 0, 1, 0))), by_the_book, conv=wide)
    check(lambda x, conv: conv(F.pad(F.pad(x, (0, 0, 0, 0, 1, 0)), (1, 1))), by_the_book, conv=wide)


def test_the_least_number_around_a_max_pool_is_its_own_padding():
    """As TensorFlow's ports pad before max pools."""
    check(
        lambda x, pool: pool(F.pad(x, (0, 1, 0, 1), value=-float("inf"))),
        lambda s, pool: dense.padded_max_pool(s, pool, (0, 1, 0, 1), -float("inf")),
        pool=nn.MaxPool2d(3, 2),
    )
