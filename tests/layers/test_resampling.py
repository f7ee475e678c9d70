"""Interpolation, pixel shuffles and transposed convolutions, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from masking.layers import Joins
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, check
from tests.layers.dense_oracle import State

INTERPOLATIONS = [
    {"scale_factor": 2},
    {"size": (20, 10), "mode": "nearest-exact"},
    {"scale_factor": 2, "mode": "bilinear"},
    {"size": 31, "mode": "bilinear", "align_corners": True},
    {"scale_factor": (0.5, 1.5), "mode": "bilinear"},
    {"size": 7, "mode": "area"},
]


@pytest.mark.parametrize("settings", INTERPOLATIONS)
def test_interpolation(settings):
    last = nn.Conv2d(CHANNELS, 2, 3)

    def by_the_book(s, last, **_):
        return dense.conv(dense.interpolated(s, **settings), last)

    check(lambda x, last: last(F.interpolate(x, **settings)), by_the_book, last=last)
    if settings.get("mode") != "area":
        check(lambda x, last, up: last(up(x)), by_the_book, last=last, up=nn.Upsample(**settings))


def test_nearest_copies_cells_and_what_is_hidden():
    def doubled(values):
        return values.repeat_interleave(2, 2).repeat_interleave(2, 3)

    up = nn.UpsamplingNearest2d(scale_factor=2)
    check(lambda x, up: up(x), lambda s, up: State(doubled(s.x), doubled(s.m)), up=up)


def test_pixel_shuffle():
    def by_the_book(s, **_):
        m = s.m.repeat_interleave(2, 2).repeat_interleave(2, 3)
        return State(F.pixel_shuffle(s.x, 2), m)

    check(lambda x, up: up(x), by_the_book, up=nn.PixelShuffle(2))
    check(lambda x: F.pixel_shuffle(input=x, upscale_factor=2), by_the_book)


@pytest.mark.parametrize(("rule", "needed"), [("majority", 5), ("intersection", 9), ("union", 1)])
def test_pixel_unshuffle_is_a_concatenation_of_corners(rule, needed):
    def by_the_book(s, **_):
        corners = [State(s.x[:, :, i::3, j::3], s.m[:, :, i::3, j::3]) for i in range(3) for j in range(3)]
        joined = dense.cat(corners, needed)
        x = torch.stack([corner.x for corner in corners], 2).flatten(1, 2)
        return State(dense.select(joined.m, x), joined.m)

    check(lambda x, down: down(x), by_the_book, Joins(concatenations=rule), down=nn.PixelUnshuffle(3))
    check(lambda x: F.pixel_unshuffle(x, 3), by_the_book, Joins(concatenations=rule))


def blocks_to_channels(x, rows=3, columns=3):
    """As SpaceToDepth of several networks spells it."""
    n, c, h, w = x.size()
    x = x.view(n, c, h // rows, rows, w // columns, columns)
    return x.permute(0, 3, 5, 1, 2, 4).contiguous().view(n, c * rows * columns, h // rows, w // columns)


@pytest.mark.parametrize(("rows", "columns"), [(3, 3), (5, 3)])
def test_blocks_become_channels(rows, columns):
    def by_the_book(s):
        corners = [
            State(s.x[:, :, i::rows, j::columns], s.m[:, :, i::rows, j::columns])
            for i in range(rows)
            for j in range(columns)
        ]
        return dense.cat(corners)

    check(lambda x: blocks_to_channels(x, rows, columns), by_the_book)


def test_channels_become_blocks():
    def forward(x):
        n, c, h, w = x.shape
        return x.reshape(n, c // 4, 2, 2, h, w).permute(0, 1, 4, 2, 5, 3).reshape(n, c // 4, 2 * h, 2 * w)

    def by_the_book(s):
        return State(F.pixel_shuffle(s.x, 2), s.m.repeat_interleave(2, 2).repeat_interleave(2, 3))

    check(forward, by_the_book)


def test_patches_merged_as_in_swin():
    def forward(x):
        x = F.pad(x, (0, 1, 0, 1)).permute(0, 2, 3, 1)
        corners = [x[:, 0::2, 0::2, :], x[:, 1::2, 0::2, :], x[:, 0::2, 1::2], x[:, 1::2, 1::2, :]]
        return torch.cat(corners, -1).permute(0, 3, 1, 2)

    def by_the_book(s):
        s = dense.around(s, (0, 1, 0, 1))
        return dense.cat([State(s.x[:, :, i::2, j::2], s.m[:, :, i::2, j::2]) for j in (0, 1) for i in (0, 1)])

    check(forward, by_the_book)


TRANSPOSED = [
    {"kernel_size": 2, "stride": 2},
    {"kernel_size": 4, "stride": 2, "padding": 1},
    {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1, "groups": 2},
    {"kernel_size": 3, "stride": 1, "dilation": 2},
    {"kernel_size": (1, 3), "stride": (2, 1)},
    {"kernel_size": 3, "bias": False},
]


@pytest.mark.parametrize("settings", TRANSPOSED)
def test_transposed_convolution(settings):
    conv, last = nn.ConvTranspose2d(CHANNELS, CHANNELS, **settings), nn.Conv2d(CHANNELS, 2, 2)
    check(
        lambda x, conv, last: last(conv(x)),
        lambda s, conv, last: dense.conv(dense.conv_transpose(s, conv), last),
        size=9, conv=conv, last=last,
    )  # fmt: skip


def test_transposed_convolution_as_a_function():
    conv = nn.ConvTranspose2d(CHANNELS, CHANNELS, 3, 2)
    check(
        lambda x, conv: F.conv_transpose2d(input=x, weight=conv.weight, bias=conv.bias, stride=2),
        lambda s, conv: dense.conv_transpose(s, conv),
        size=9,
        conv=conv,
    )


def test_partial_transposed_convolution():
    """The sum of the shares of visible cells, on the scale of all cells with a share."""

    def by_the_book(s, conv):
        whole = dense.conv_transpose(s, conv)
        ones = torch.ones(1, 1, 3, 3, dtype=torch.float64)
        shares = [F.conv_transpose2d(m, ones, stride=2) for m in (torch.ones_like(s.m), s.m)]
        bias = conv.bias.view(-1, 1, 1)
        y = (conv(s.x) - bias) * shares[0] / shares[1].clamp(min=1) + bias
        return State(dense.select(whole.m, y), whole.m)

    conv = nn.ConvTranspose2d(CHANNELS, CHANNELS, 3, 2)
    check(lambda x, conv: conv(x), by_the_book, size=9, convolution="partial", conv=conv)
