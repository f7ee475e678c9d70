"""Rounds of padding and means of a whole map, as settings of the method, against the dense oracle."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torchvision.ops import SqueezeExcitation

from masking.layers import Joins, layer_masked
from masking.methods import METHODS
from masking.registry.params import params
from tests.layers import dense_oracle as dense
from tests.layers.against_oracle import CHANNELS, check
from tests.layers.dense_oracle import State
from tests.layers.sample_masks import patches

CELLS = 15 * 15
CONVOLUTIONS = {"5x5": {"kernel_size": 5, "padding": 2}, "dilated": {"kernel_size": 3, "dilation": 2, "stride": 2}}


@pytest.mark.parametrize("rounds", ["0", "1", "3"])
@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_convolutions_pad_at_most_so_many_rounds(settings, rounds):
    parts, most = {"conv": nn.Conv2d(CHANNELS, CHANNELS, **settings), "last": nn.Conv2d(CHANNELS, 2, 2)}, int(rounds)
    check(
        lambda x, conv, last: last(conv(x)),
        lambda s, conv, last: dense.conv(dense.conv(s, conv, most), last, most),
        Joins(rounds=rounds),
        **parts,
    )


@pytest.mark.parametrize("settings", CONVOLUTIONS.values(), ids=CONVOLUTIONS)
def test_diagonal_neighbours_may_count_half(settings):
    parts = {"conv": nn.Conv2d(CHANNELS, CHANNELS, **settings), "last": nn.Conv2d(CHANNELS, 2, 2)}
    check(
        lambda x, conv, last: last(conv(x)),
        lambda s, conv, last: dense.conv(dense.conv(s, conv, 1, 0.5), last, 1, 0.5),
        Joins(rounds="1", diagonals="half"),
        **parts,
    )
    check(
        lambda x, conv, last: last(conv(x)),
        lambda s, conv, last: dense.conv(dense.conv(s, conv, diagonal=0.5), last, diagonal=0.5),
        Joins(diagonals="half"),
        **parts,
    )


def test_convolutions_behind_cells_around_the_map():
    def by_the_book(s, conv):
        return dense.padded_conv(s, conv, (2, 1, 0, 2), 0.5, 1)

    check(lambda x, conv: conv(F.pad(x, (2, 1, 0, 2), value=0.5)), by_the_book, Joins(rounds="1"),
          conv=nn.Conv2d(CHANNELS, 2, 4))  # fmt: skip


@pytest.mark.parametrize("rounds", ["0", "1"])
def test_transposed_convolutions(rounds):
    check(
        lambda x, conv: conv(x),
        lambda s, conv: dense.conv_transpose(s, conv, int(rounds)),
        Joins(rounds=rounds),
        size=9,
        conv=nn.ConvTranspose2d(CHANNELS, 2, 5, stride=2),
    )


def test_steps_over_cells_take_zero_for_a_hidden_cell_of_a_visible_stride():
    def by_the_book(s):
        any_visible = F.max_pool2d(F.pad(s.m, (0, 1, 0, 1)), 2)
        return State(s.x[:, :, ::2, ::2], any_visible)

    check(lambda x: x[:, :, ::2, ::2], by_the_book, Joins(skips="stride", rounds="0"))


WHOLE_MEANS = {
    "pool": lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1),
    "pool of its size": lambda x: F.avg_pool2d(x, 15).flatten(1),
    "mean": lambda x: x.mean((2, 3)),
    "twice": lambda x: x.mean(3).mean(2),
    "a sequence": lambda x: nn.AdaptiveAvgPool1d(1)(x.flatten(2)).flatten(1),
    "sum": lambda x: x.sum((2, 3)) / CELLS,
}


@pytest.mark.parametrize("forward", WHOLE_MEANS.values(), ids=WHOLE_MEANS)
def test_the_mean_of_a_whole_map_may_count_hidden_cells_as_zero(forward):
    check(forward, lambda s: dense.global_mean(s, of="all"), Joins(pools="all"))


def test_squeezes_too():
    def by_the_book(s, se):
        gate = se.scale_activation(se.fc2(se.activation(se.fc1(dense.global_mean(s, "all")[:, :, None, None]))))
        return State(gate * s.x, s.m)

    check(lambda x, se: se(x), by_the_book, Joins(pools="all"), se=SqueezeExcitation(CHANNELS, 2))


def test_smaller_pools_and_other_reductions_stay_those_of_visible_cells():
    joins = Joins(pools="all")
    pool = nn.AvgPool2d(3, 2)
    check(lambda x, pool: pool(x), lambda s, pool: dense.average_pool(s, pool), joins, pool=pool)
    check(lambda x: x.amax((2, 3)), lambda s: dense.over_visible(s, torch.max), joins)
    check(lambda x: torch.var_mean(x, (2, 3))[1], dense.global_mean, joins)


def test_partial_convolution_pads_nothing_and_pools_by_choice():
    assert [param.name for param in params(METHODS["partial_convolution"])] == [
        "sums", "concatenations", "skips", "pools",
    ]  # fmt: skip
    with pytest.raises(TypeError, match="rounds"):
        METHODS["partial_convolution"](rounds="0")


def test_more_rounds_than_a_window_reaches_change_nothing():
    network = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 2, 3, stride=2)).eval()
    x, keep = torch.randn(2, 3, 15, 15), patches(2, 15, 3)
    with torch.no_grad():
        default, none, single, double, many = (
            layer_masked(network, Joins(rounds=rounds))(x, keep) for rounds in ("window", "0", "1", "2", "4")
        )
    assert torch.equal(double, default)
    assert torch.equal(many, default)
    assert not torch.equal(single, default)
    assert not torch.equal(none, single)
